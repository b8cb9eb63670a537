# shellcheck shell=sh
# cli_latency.sh -- part of cli.sh: what the latency workload measures, compares and writes
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

timed='-w latency --rate 20k -m 16'

claim 'latency is told of a plug-in as of a built-in' eval '
    has_python
    run run -i "$fixtures/simple_ring.so,spsc" -w latency --rate 20k $quick --format json
    exits 0
    json "$work/out" "all(r[\"status\"] == \"ok\" for r in d[\"results\"])"
    json "$work/out" "all(len(r[\"metrics\"][\"latency_p50\"][\"values\"]) == 1
        for r in d[\"results\"])"'
claim 'every latency is finite or null with a reason' eval '
    has_python
    run run -i spsc,mutex $timed $quick --format json
    exits 0
    json "$work/out" "all(m[\"n\"] > 0 and m[\"hl\"] > 0 or m[\"n\"] == 0 and m[\"reason\"]
        for r in d[\"results\"] for m in r[\"metrics\"].values())"
    json "$work/out" "all(m[\"better\"] == \"lower\" and m[\"unit\"] == \"ns\"
        for r in d[\"results\"] for m in r[\"metrics\"].values())"
    json "$work/out" "all(r[\"delivery\"][\"sent\"] == r[\"delivery\"][\"received\"] > 0
        for r in d[\"results\"])"'
claim 'every message that was due in the measured time is in the histogram' eval '
    has_python
    run run -i mutex $timed $quick --arrivals uniform --format json
    exits 0
    json "$work/out" "all(abs(l[\"response\"][\"count\"] + l[\"unsent\"] - 2000) <= 1 and
        l[\"response\"][\"hdr\"].startswith(\"HISTFAAA\")
        for l in (d[\"results\"][0][\"runs\"][0][\"latency\"],))"'
claim 'a queue that cannot keep up is saturated and has no latency' eval '
    has_python
    run run -i socketpair -w latency --rate 100M $quick --format json
    exits 0
    json "$work/out" "d[\"results\"][0][\"metrics\"][\"latency_p50\"][\"n\"] == 0"
    json "$work/out" "\"saturated\" in [w[\"code\"] for w in d[\"results\"][0][\"warnings\"]]"
    run run -i socketpair -w latency --rate 100M $quick
    exits 0
    prints "latency     not told: saturated at this rate"'
claim 'precision is that of the p99, and not waited for where there is none' eval '
    has_python
    run run -i socketpair -w latency --rate 100M -r 2 -t 60ms --warmup 10ms --precision 50% \
        --max-runs 12 --format json
    exits 0
    json "$work/out" "len(d[\"results\"][0][\"runs\"]) == 2"'
claim 'latency reaches the terminal with its rate and the cost of its clock' eval '
    run run -i spsc $timed $quick
    exits 0
    prints "spsc latency: p1 c1"; prints "k msg/s due, uniform arrivals"; prints "  p50 "
    prints "clock       read in "'
claim 'ab judges latency, by the p99' eval '
    run ab mutex mutex -w latency --rate 200k --pairs 5 -t 60ms --warmup 10ms
    [ "$code" = 0 ] || [ "$code" = 3 ] || [ "$code" = 1 ] || exits 0
    prints ": latency_p99"'
claim 'ab through another qbench measures latency at the same rate' eval '
    run ab --base-exec "$qbench" mutex mutex -w latency --rate 200k --pairs 5 -t 60ms \
        --warmup 10ms
    [ "$code" = 0 ] || [ "$code" = 3 ] || [ "$code" = 1 ] || exits 0
    prints "latency/mutex/"; prints "/r200000: latency_p99"'
claim 'compare and --require judge what was saved' eval '
    "$qbench" run -i mutex -w latency --rate 200k -r 10 -t 60ms --warmup 10ms --quiet \
        -o "$work/a.json" || fail "no result"
    run compare "$work/a.json" "$work/a.json" --require "mutex: latency_p99 <= 59s" \
        --recording-sd 0 --inconclusive pass
    exits 0
    prints ": latency_p99"
    run compare "$work/a.json" "$work/a.json" --require "mutex: latency_p99 <= 1ns" \
        --recording-sd 0
    exits 1
    run compare "$work/a.json" "$work/a.json" --require "mutex: latency_p99.9 <= 59s" \
        --recording-sd 0
    exits 4
    prints "messages a run, and 100000 are needed"'
claim 'compare measures a saved latency again at its rate' eval '
    "$qbench" run -i mutex -w latency --rate 200k --arrivals poisson -r 6 -t 60ms --warmup 10ms \
        --quiet -o "$work/a.json" || fail "no result"
    run compare "$work/a.json" --max-pairs 6
    [ "$code" = 0 ] || [ "$code" = 3 ] || [ "$code" = 1 ] || exits 0
    prints "/r200000/poisson: latency_p99"'
