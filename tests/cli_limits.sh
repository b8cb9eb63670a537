# shellcheck shell=sh disable=SC2016,SC2154,SC2034
# cli_limits.sh -- what qbench limits measures, keeps and shows; read by cli.sh.

cache_file() { # where limits of this machine are kept
    fingerprint=$(sed -nE 's/.*"fingerprint": "([^"]*)".*/\1/p' "$1")
    echo "$XDG_CACHE_HOME/qbench/limits-$fingerprint.json"
}

# Puts limits into the cache that look as if a quiet machine had been measured SECONDS ago.
keep_limits() { # SECONDS
    has_python
    run limits -t 1ms --format json
    exits 0
    file=$(cache_file "$work/out")
    mkdir -p "${file%/*}"
    python3 -c 'import json, sys, time
d = json.load(sys.stdin)
for l in d["limits"]:
    l["measured_unix_ms"] = int((time.time() - float(sys.argv[1])) * 1000)
    if l["n"]: l["min"] = l["max"] = l["value"]
json.dump(d, open(sys.argv[2], "w"))' "$1" "$file" <"$work/out"
}

own_cache() { # a cache of this claim's own
    XDG_CACHE_HOME=$work/cache
    export XDG_CACHE_HOME
}

measures_limits() {
    has_python
    own_cache
    run limits -t 2ms --format json -o "$work/l.csv" -o "$work/l.json"
    exits 0
    silent
    json "$work/out" 'd["schema"] == "qbench-limits/1" and not d["cached"]'
    json "$work/out" 'all(not l["n"] or l["value"] > 0 or l["name"] == "clock_offset"
        for l in d["limits"])'
    json "$work/out" 'all(l["n"] or l["reason"] for l in d["limits"])'
    json "$work/out" '{"rtt_one_line", "stream_8", "cas"} <= {l["name"] for l in d["limits"]}'
    cmp "$work/out" "$work/l.json" || fail 'the file differs from what was printed'
    [ "$(grep -c . "$work/l.csv")" -gt 10 ] || fail 'too few rows of CSV'
    [ ! -e "$work/cache" ] || fail 'limits of short repetitions were kept'
}

shows_kept_limits() {
    own_cache
    keep_limits 200000
    run limits
    exits 0
    silent
    prints '2 days ago; --fresh measures again'
    run limits --format json
    json "$work/out" 'd["cached"]'
}

measures_anew() {
    own_cache
    keep_limits 200000
    run limits --fresh
    exits 0
    prints 'just now'
    file=$(ls "$work"/cache/qbench/limits-*.json)
    now=$(date +%s)
    json "$file" "all($now - 600 < l['measured_unix_ms'] / 1000 for l in d['limits'])"
}

survives_a_broken_cache() {
    own_cache
    keep_limits 0
    for text in '' '{' '{"schema": "qbench-limits/1"}' '[1]'; do
        printf %s "$text" >"$file"
        run limits -t 1ms --quiet
        exits 0
        silent
    done
    run limits --format csv
    exits 0
    says 'what was measured before is not used: '
    prints 'rtt_one_line,ns'
}

survives_without_a_cache() {
    has_python
    touch "$work/file"
    XDG_CACHE_HOME=$work/file
    export XDG_CACHE_HOME
    run limits --format json
    exits 0
    says "what was measured is not kept: cannot create '$work/file/qbench'"
    json "$work/out" 'len(d["limits"]) > 5'
}

interrupts_limits() {
    has_python
    own_cache
    "$qbench" limits --format json >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 0.3
    kill -INT $pid
    wait $pid
    code=$?
    exits 130
    json "$work/out" 'd["interrupted"] and all(l["cpu_b"] is None for l in d["limits"])'
}

fits_limits() {
    own_cache
    keep_limits 60
    on_terminal 80 "$qbench" limits --color never
    exits 0
    prints 'one CPU'
    tr -d '\r' <"$work/out" | awk 'length > 80 { exit 1 }' || fail 'a line is wider than 80 columns'
}

claim 'limits are measured and written in every format' measures_limits
claim 'limits that were measured before are shown with their age' shows_kept_limits
claim 'limits --fresh measures again and keeps that' measures_anew
claim 'a cache that is no cache is told of and replaced' survives_a_broken_cache
claim 'a cache that cannot be written is told of, and no error' survives_without_a_cache
claim 'SIGINT ends limits after the pair at hand, exit 130' interrupts_limits
claim 'limits fit their terminal' fits_limits
claim 'limits takes no words' refused "unexpected" limits here
claim 'a bad time of limits is a usage error' refused "--time '0'" limits -t 0

# ---- run: shares of the limits, and what the figures mean ----

needs_two_cpus() { [ "$(nproc)" -ge 2 ] || skip 'one CPU'; }

# A cache in which the streamed lines per second are these.
keep_streams() { # LINES_PER_SECOND
    keep_limits 3600
    python3 -c 'import json, sys
d = json.load(open(sys.argv[2]))
for l in d["limits"]:
    if l["name"].startswith("stream_"): l["value"] = l["min"] = l["max"] = float(sys.argv[1])
json.dump(d, open(sys.argv[2], "w"))' "$1" "$file"
}

takes_kept_limits() {
    needs_two_cpus
    own_cache
    keep_streams 1e12
    run run -i spsc $quick -r 2 -o "$work/s.json"
    exits 0
    prints 'of the 8.00 T msg/s that CPUs'
    prints 'measured 60 minutes before'
    json "$work/s.json" 'd["results"][0]["bound"]["limit"] == 8e12'
    json "$work/s.json" 'not d["results"][0]["bound"]["same_sitting"]'
    json "$work/s.json" 'all(abs(s * 8e12 / t - 1) < 1e-9 for m in [d["results"][0]["metrics"]]
        for s, t in zip(m["share_of_limit"]["values"], m["throughput"]["values"]))'
}

warns_of_low_limits() { # limits that a queue passes are old: no reason to call it invalid
    needs_two_cpus
    own_cache
    keep_streams 1000
    run run -i spsc $quick -o "$work/s.json"
    exits 0
    json "$work/s.json" 'd["results"][0]["status"] == "ok"'
    json "$work/s.json" '"beyond-limit" in [w["code"] for w in d["results"][0]["warnings"]]'
    json "$work/s.json" '"at-limit" not in [w["code"] for w in d["results"][0]["readings"]]'
}

measures_limits_between_runs() {
    has_python
    needs_two_cpus
    own_cache
    run run -i spsc -b 1,64 $quick -r 2 --limits --format json
    exits 0
    json "$work/out" 'all(r["bound"]["same_sitting"] for r in d["results"])'
    json "$work/out" 'all(r["metrics"]["share_of_limit"]["n"] == 2 for r in d["results"])'
    json "$work/out" 'all(r["metrics"]["share_of_limit"]["unit"] == "1" for r in d["results"])'
    json "$work/out" 'd["results"][0]["bound"]["pattern_batch"] == 1'
}

names_unknown_limits() {
    has_python
    needs_two_cpus
    own_cache
    run run -i spsc,null $quick -o "$work/s.json"
    exits 0
    prints "'qbench limits' measures"
    json "$work/s.json" '"not measured yet" in d["results"][0]["bound"]["unavailable"]'
    json "$work/s.json" '"floor" in d["results"][1]["bound"]["unavailable"]'
    json "$work/s.json" '"share_of_limit" not in d["results"][0]["metrics"]'
}

reads_results() { # four producers on one CPU, a consumer on the same
    has_python
    run run -i mutex -p 4 --pin 0,0,0,0,0 $quick -o "$work/s.json"
    exits 0
    prints 'reading '
    json "$work/s.json" 'd["results"][0]["readings"][0]["code"] == "taking-turns"'
    json "$work/s.json" '"share one CPU" in d["results"][0]["bound"]["unavailable"]'
}

claim 'run tells the share of limits that were kept, and their age' takes_kept_limits
claim 'limits that a queue passes are warned of' warns_of_low_limits
claim 'run --limits measures between the runs' measures_limits_between_runs
claim 'a share that is not known has a reason' names_unknown_limits
claim 'run says what its figures mean' reads_results
