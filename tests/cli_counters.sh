# cli_counters.sh -- part of cli.sh: what is counted beside a measurement, and what is not.
# shellcheck shell=sh disable=SC2016,SC2154,SC2086

count() { run run -i spsc $quick --format json "$@"; }

claim 'every counter has a value or a reason, never neither' eval '
    has_python; count --counters all; exits 0
    json "$work/out" "all(\"value\" in c or c[\"unavailable\"] and c[\"code\"] != \"none\" \
        for c in d[\"results\"][0][\"counters\"].values())"'
claim 'hardware counters are in the result, or say why not' eval '
    has_python; count --counters all; exits 0
    json "$work/out" "all(d[\"results\"][0][\"counters\"][n].get(\"value\", 1) > 0 \
        for n in (\"cycles\", \"instructions\"))"'
claim 'CPU time and context switches are counted without any privilege' eval '
    has_python; count --counters user; exits 0
    json "$work/out" "d[\"results\"][0][\"counters\"][\"cpu-ns\"][\"value\"] > 1e7"
    json "$work/out" "d[\"results\"][0][\"counters\"][\"cpu-ns\"][\"producer_per_message\"] > 0"
    json "$work/out" "\"value\" in d[\"results\"][0][\"counters\"][\"context-switches-voluntary\"]"'
claim 'threads that sleep are seen to sleep' eval '
    has_python; run run -i mutex --wait block -q 2 $quick --format json; exits 0
    json "$work/out" \
        "d[\"results\"][0][\"counters\"][\"context-switches-voluntary\"][\"value\"] > 0"'
claim 'a fixed count of messages is counted from its first to its last' eval '
    has_python; run run -i spsc --messages 200k -r 1 --format json; exits 0
    json "$work/out" "d[\"results\"][0][\"counters\"][\"cpu-ns\"][\"value\"] > 0"'
claim '--counters=off counts nothing' eval '
    has_python; count --counters off; exits 0
    json "$work/out" "d[\"results\"][0][\"counters\"] == {}"'
claim '--event adds counters by its names' eval '
    has_python; count -e "mine=r1234,rc0"; exits 0
    json "$work/out" "{\"mine\", \"rc0\"} <= set(d[\"results\"][0][\"counters\"])"'
claim '--event and --counters=off exclude each other' \
    refused 'exclude each other' run -i spsc --counters off -e cycles
claim 'an unknown kind of counting names all' refused 'auto, off, user, all' \
    run -i spsc --counters something
claim '--explain says what the counters mean, if only that nothing stands out' eval '
    has_python; count --explain; exits 0
    json "$work/out" "all(e[\"code\"] and e[\"text\"] for e in d[\"results\"][0][\"explanations\"])"
    run run -i spsc $quick --explain; exits 0; prints "explained"'
claim '--explain and --counters=off exclude each other' \
    refused 'exclude each other' run -i spsc --counters off --explain
claim 'what is missing for one reason takes one line of text' eval '
    run run -i spsc $quick; exits 0
    [ "$(grep -c "^  not counted.*cycles" "$work/out")" -le 1 ] || fail "$(cat "$work/out")"
    prints "cpu-ns"'
claim 'list shows each counter with its source or the reason' eval '
    has_python; run list --format json; exits 0
    json "$work/out" "all(c[\"source\"] if c[\"possible\"] else c[\"code\"] and c[\"reason\"] \
        for c in d[\"counters\"])"
    json "$work/out" "len(d[\"counters\"]) >= 18"'
