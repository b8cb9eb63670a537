# shellcheck shell=sh
# cli_gate.sh -- part of cli.sh: ab and compare, each verdict and each exit code, hostile files
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

pair='-t 0.1 --warmup 0.02'
base=$temporary/base.json

# ---- saved results made by hand ----

# Ten runs 1 % apart around FACTOR x 100 M, of a case; the rest as sed(1) shall have it.
made() { # FILE FACTOR [SED_SCRIPT]
    awk -v factor="$2" 'BEGIN {
        for (run = 0; run < 10; run++)
            values = values (run ? ", " : "") sprintf("%.1f", factor * 1e6 * (95.5 + run))
        print "{ \"schema\": \"qbench-result/1\",\n" \
            "  \"tool\": {\"name\": \"qbench\"}, \"command\": [], \"warnings\": [],\n" \
            "  \"machine\": {\"fingerprint\": \"one\", \"cpu\": \"Some CPU\"},\n" \
            "  \"protocol\": {\"runs\": 10, \"time_s\": 0.3, \"hash\": \"abc\"},\n" \
            "  \"results\": [ { \"key\": \"throughput/q/p1c1\", \"impl\": \"q\",\n" \
            "    \"workload\": \"throughput\", \"producers\": 1, \"consumers\": 1,\n" \
            "    \"batch\": 1, \"api\": \"single\", \"message_size\": 8, \"capacity\": 64,\n" \
            "    \"wait\": \"spin\", \"pin\": \"auto\", \"status\": \"ok\", \"reason\": null,\n" \
            "    \"delivery\": {\"sent\": 9, \"received\": 9, \"lost\": 0,\n" \
            "      \"duplicated\": 0, \"reordered\": 0, \"corrupted\": 0},\n" \
            "    \"metrics\": {\"throughput\": {\"unit\": \"msg/s\", \"better\": \"higher\",\n" \
            "      \"gated\": true, \"n\": 10, \"values\": [" values "]}} } ] }"
    }' | sed "${3:-}" >"$1"
}

made "$base" 1

# Compares the base with a file made by hand; recordings taken as if of one time.
compare_made() { # FACTOR SED_SCRIPT OPTION...
    made "$work/new.json" "$1" "$2"
    shift 2
    run compare "$base" "$work/new.json" --recording-sd 0 "$@"
}

verdict() { # CODE WORD TEXT FACTOR [SED_SCRIPT]
    compare_made "$4" "${5:-}" -o "$work/kept.txt" -f json
    exits "$1"
    silent
    prints "\"verdict\": \"$2\""
    prints "\"exit_code\": $1"
    grep -qF -e "$3" "$work/kept.txt" || fail "the text lacks '$3': $(cat "$work/kept.txt")"
    grep -q "(exit status $1)" "$work/kept.txt" || fail 'the text lacks the exit code'
}

claim 'compare finds no change, exit 0' \
    verdict 0 no-change 'no change (+0.00 %, 95 % CI -2.99..+3.08)' 1
claim 'compare finds a regression, exit 1' \
    verdict 1 regression 'REGRESSION alert (-15.0 %, 95 % CI -17.5..-12.4, at least -11.5 %)' 0.85
claim 'compare finds an improvement, exit 0' \
    verdict 0 improvement 'IMPROVEMENT (+20.0 %, 95 % CI +16.4..+23.7, at least +15.2 %)' 1.2
claim 'compare leaves open what is close to the threshold, exit 3' \
    verdict 3 inconclusive 'inconclusive (-2.50 %, 95 % CI -5.41..+0.50)' 0.975
claim 'compare calls a crashed new side invalid, exit 4' \
    verdict 4 invalid 'INVALID: new: crashed: signal 11' 1 \
    's/"status": "ok", "reason": null/"status": "crashed", "reason": "signal 11"/'
claim 'compare calls a new side that hung invalid, exit 4' \
    verdict 4 invalid 'INVALID: new: timeout: no progress' 1 \
    's/"status": "ok", "reason": null/"status": "timeout", "reason": "no progress"/'
claim 'compare says once that a case was interrupted' eval '
    compare_made 1 "s/ok\", \"reason\": null/interrupted\", \"reason\": \"interrupted\"/"; exits 4
    grep -q "INVALID: new: interrupted\$" "$work/out" || prints "interrupted, once"'
claim 'compare calls a queue that lost messages incorrect, exit 5' \
    verdict 5 invalid 'INVALID: new: incorrect: 3 were lost' 1 \
    's/"status": "ok", "reason": null/"status": "incorrect", "reason": "3 were lost"/'
claim 'compare names a base that crashed, exit 4, or lied, exit 5' eval '
    for pair in crashed:4 incorrect:5; do
        made "$work/old.json" 1 "s/\"status\": \"ok\"/\"status\": \"${pair%:*}\"/"
        run compare "$work/old.json" "$base"; exits "${pair#*:}"
        prints "INVALID: base: ${pair%:*}"
    done'
claim 'severity is minor, alert or high at 1, 2 and 4 times the threshold' eval '
    for pair in 0.92:minor 0.87:alert 0.7:high; do
        compare_made "${pair%:*}" ""; exits 1
        prints "REGRESSION ${pair#*:} ("
    done'
claim '--fail-on lets lesser regressions pass' eval '
    compare_made 0.87 "" --fail-on high; exits 0; prints REGRESSION; prints alert'
claim '--inconclusive maps 3 to 0 or 1' eval '
    compare_made 0.975 "" --inconclusive pass; exits 0
    compare_made 0.975 "" --inconclusive fail; exits 1'
claim '--threshold moves the threshold' eval '
    compare_made 0.85 "" --threshold throughput=40%; exits 0'
claim '--policy strict wants a certain loss of the threshold' eval '
    compare_made 0.93 ""; exits 1; compare_made 0.93 "" --policy strict; exits 3'
claim 'two recordings of different times do not decide 5 %' eval '
    made "$work/new.json" 0.95; run compare "$base" "$work/new.json"; exits 3
    prints "an assumption, --recording-sd"; prints "qbench ab"'
claim '--recording-sd 0 warns of false alarms' eval '
    compare_made 1 ""; exits 0; prints "20 to 50 %"'
claim 'another machine is listed, exit 4, unless forced' eval '
    compare_made 1 "s/\"one\"/\"two\"/; s/Some CPU/Other CPU/"; exits 4; silent
    prints "CPU differs: base has"; prints "Other CPU"; prints "INVALID: new: it was measured on"
    compare_made 1 "s/\"one\"/\"two\"/; s/Some CPU/Other CPU/" --force; exits 0
    prints "Other CPU"'
claim 'another protocol is listed, exit 4, unless forced' eval '
    compare_made 1 "s/\"abc\"/\"def\"/; s/\"time_s\": 0.3/\"time_s\": 1/"; exits 4
    silent; prints "measured time in s differs"; prints "INVALID: new: it was measured on"
    compare_made 1 "s/\"abc\"/\"def\"/; s/\"time_s\": 0.3/\"time_s\": 1/" --force; exits 0'
# ---- the control: has the machine itself changed? ----

# A sed script that adds a control, FACTOR times 9 M round trips/s, five values around it.
control() { # FACTOR
    awk -v factor="$1" 'BEGIN {
        for (i = -2; i <= 2; i++)
            values = values (i > -2 ? ", " : "") sprintf("%.1f", factor * 1e6 * (9 + i / 50))
        printf "s|\"results\":|\"control\": {\"name\": \"ping-pong/1\", \"cpu_a\": 0, " \
            "\"cpu_b\": 1, \"values\": [%s]}, &|", values
    }'
}

compare_controls() { # BASE_FACTOR NEW_FACTOR VALUE_FACTOR OPTION...
    made "$work/old.json" 1 "$(control "$1")"
    made "$work/new.json" "$3" "$(control "$2")"
    shift 3
    run compare "$work/old.json" "$work/new.json" --recording-sd 0 "$@"
}

claim 'a drift of the machine is told with its interval' eval '
    compare_controls 1 0.95 1; exits 0; prints "control -5.00 % (95 % CI -5.63..-4.37)"
    prints "-4.37): the machine itself changed"
    compare_controls 1 1 1; exits 0; prints "no sign that the machine"'
claim 'a machine that changed by more than 10 % is refused, exit 4, unless forced' eval '
    compare_controls 1 0.8 1; exits 4; silent; prints "control -20.0 %"
    prints "9.000 M round trips/s"; prints "INVALID: new: the machine itself has changed"
    compare_controls 1 1.2 1; exits 4
    compare_controls 1 0.8 1 --force; exits 0; prints "control -20.0 %"; prints "no change"'
claim 'results without a control are compared, and it is said' eval '
    compare_made 1 "$(control 1)"; exits 0; prints "drift"; prints "base has no control"
    compare_made 1 "" -f json; prints "\"unavailable\": \"base has no control\""'
claim '--normalize=control takes out what the machine changed by' eval '
    compare_controls 1 0.92 0.92; exits 1; prints REGRESSION
    compare_controls 1 0.92 0.92 --normalize=control; exits 0; prints "no change (+0.00 %"
    prints "new is what it would be without"
    compare_controls 1 0.92 0.92 --normalize=control -f json; prints "\"normalized\": true"'
claim '--normalize without a control, or of runs in turn, is refused' eval '
    refused "nothing to normalize by: base has no control" compare "$base" "$base" \
        --normalize=control
    refused "it must be one of control" compare "$base" "$base" --normalize=all
    refused "of different times" compare "$base" --normalize=control --base-exec "$qbench"'
claim 'a run measures the control between its rounds' eval '
    has_python
    [ "$(nproc)" -gt 1 ] || skip "one CPU"
    run run -i spsc -r 8 $pair -f json; exits 0
    json "$work/out" "d[\"control\"][\"name\"] == \"ping-pong/1\""
    json "$work/out" "2 <= len(d[\"control\"][\"values\"]) <= 9"'
claim 'a run on one CPU says that there is no control' eval '
    has_python; command -v taskset >/dev/null || skip "no taskset"
    "$(command -v taskset)" -c 0 "$qbench" run -i spsc $quick -f json >"$work/out" 2>"$work/err"
    json "$work/out" "d[\"control\"] == {\"unavailable\": \"it needs two CPUs\"}"'

claim 'cases of one side alone are listed' eval '
    compare_made 1 "s|throughput/q/|throughput/r/|"
    prints "missing"; prints "throughput/r/p1c1"; prints "nothing was compared"'
claim 'a requirement is met, not met, or about nothing' eval '
    compare_made 1 "" --require "q: throughput >= 90M"; exits 0; prints met
    compare_made 1 "" --require "throughput >= 200M"; exits 1; prints "NOT MET"
    compare_made 1 "" --require "throughput >= 100M"; exits 3; prints "cannot tell"
    compare_made 1 "" --require "r: throughput >= 1M"; exits 4; prints INVALID'
claim 'the same files give the same bytes' eval '
    compare_made 0.9 "" -f json; cp "$work/out" "$work/first"
    compare_made 0.9 "" -f json; cmp "$work/first" "$work/out"'
claim 'a comparison is written in every format, by the ending of the file' eval '
    has_python
    compare_made 0.9 "" --quiet -o "$work/c.json" -o "$work/c.csv" -o "$work/c.md" \
        -o "$work/c.xml" -o "$work/c.txt"
    exits 1
    json "$work/c.json" "d[\"schema\"] == \"qbench-comparison/1\" and d[\"exit_code\"] == 1"
    python3 -c "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])" "$work/c.xml"
    grep -q "REGRESSION" "$work/c.md" && grep -q "^comparison,throughput/q" "$work/c.csv"'
claim 'workflow commands annotate a job' eval '
    compare_made 0.85 "" -f github; exits 1
    prints "::error title=throughput of throughput/q/p1c1::REGRESSION"'
claim 'the report is there although stdout is full' eval '
    [ -e /dev/full ] || skip "no /dev/full"
    made "$work/new.json" 1
    "$qbench" compare "$base" "$work/new.json" -o "$work/kept.json" >/dev/full 2>"$work/err"
    [ $? = 2 ] || fail "exit code"
    grep -q qbench-comparison/1 "$work/kept.json"'

# ---- files that are none ----

hostile() { # CODE SENTENCE FILE
    run compare "$base" "$3"
    exits "$1"
    one_sentence
    says "$2"
    [ ! -s "$work/out" ] || fail "stdout is not empty"
}

claim 'a truncated file is refused with one sentence' eval '
    made "$work/whole.json" 1; head -c 400 "$work/whole.json" >"$work/cut.json"
    hostile 2 "cut.json" "$work/cut.json"'
claim 'a file of another schema is refused' eval '
    made "$work/bad.json" 1 "s|qbench-result/1|qbench-result/9|"
    hostile 2 "qbench-result/9" "$work/bad.json"
    echo "{}" >"$work/bad.json"; hostile 2 "schema" "$work/bad.json"'
claim 'a number that is none is refused' eval '
    for value in NaN 1e400 -1e400 Infinity 1$(printf "%0400d" 0) "\"9\"" true; do
        made "$work/bad.json" 1 "s/95500000.0/$value/"; hostile 2 "bad.json" "$work/bad.json"
    done'
claim 'a number that no run can have is invalid' eval '
    for value in 0 -5 null; do
        made "$work/bad.json" 1 "s/95500000.0/$value/"
        run compare "$base" "$work/bad.json"
        [ "$code" = 2 ] || [ "$code" = 4 ] || fail "exit code $code for $value"
    done'
# The text itself would not fit into the memory that is left.
claim '100 MB of nested brackets are refused at once, without being held' eval '
    head -c 100000000 /dev/zero | tr "\0" "[" >"$work/deep.json"
    began=$(date +%s)
    (ulimit -v 90000; hostile 2 "nested deeper than 32 levels at line 1" "$work/deep.json")
    [ $? = 0 ] || exit 1
    [ $(($(date +%s) - began)) -lt 20 ] || fail "it took too long"; rm "$work/deep.json"'
claim 'a folder, an empty file and a missing one are refused' eval '
    hostile 2 "$work" "$work"; : >"$work/empty.json"; hostile 2 "is empty" "$work/empty.json"
    hostile 2 "nowhere.json" "$work/nowhere.json"; hostile 2 "is empty" /dev/null'
claim 'a result comes through a FIFO, or is refused like a file' eval '
    mkfifo "$work/pipe"; made "$work/new.json" 1
    cat "$work/new.json" >"$work/pipe" & run compare "$base" "$work/pipe" --recording-sd 0
    exits 0; prints "no change"; wait $!
    : >"$work/pipe" & hostile 2 "is empty" "$work/pipe"; wait $!'
claim 'waiting for the writer of a FIFO ends with Ctrl-C, exit 130' eval '
    mkfifo "$work/pipe"
    "$qbench" compare "$base" "$work/pipe" >"$work/out" 2>"$work/err" &
    sleep 0.5; kill -INT $!; wait $!; code=$?; exits 130; silent'
claim 'a comparison is no result' eval '
    compare_made 1 "" -f json; cp "$work/out" "$work/other.json"
    hostile 2 "qbench-comparison/1" "$work/other.json"'

# ---- measured in turn ----

claim 'ab measures two queues in turn and ends with a code of its own' eval '
    run ab spsc mpmc --pairs 2 $pair; exits 3; prints "in turn"; prints "at least 8 pairs"'
claim 'ab finds a queue that is many times slower' eval '
    run ab null mutex --pairs 10 $pair -f json; exits 1; prints "\"severity\": \"high\""'
claim 'ab compares plug-in files of one name' eval '
    mkdir -p "$work/old"; cp "$fixtures/simple_ring.so" "$work/old/"
    run ab "$work/old/simple_ring.so" "$fixtures/simple_ring.so:simple-ring" --pairs 1 $pair
    exits 3; prints "throughput/simple-ring/"'
broken_side() { # CODE NAME WHY ARGUMENT...: the report is whole, and there before the code
    expected=$1 side=$2 sentence=$3
    shift 3
    # A loaded machine may make the other side invalid before its turn.
    for _ in 1 2 3; do
        run ab "$@" --pairs 4 -o "$work/kept.json"
        ! grep -qF "INVALID: $side: $sentence" "$work/out" || break
    done
    exits "$expected"
    prints "INVALID: $side: $sentence"
    prints "(exit status $expected)"
    silent
    grep -q "\"exit_code\": $expected\$" "$work/kept.json" || fail 'the file has no exit code'
}

claim 'ab names a new side that crashed, exit 4' \
    broken_side 4 new 'killed by signal 11' spsc "$fixtures/crashing.so" $pair
claim 'ab names a base that crashed, exit 4' \
    broken_side 4 base 'killed by signal 11' "$fixtures/crashing.so" spsc $pair
claim 'ab names a new side that lost messages, exit 5' \
    broken_side 5 new 'of ' mpmc "$fixtures/losing.so" -t 0.3
claim 'ab names a base that lost messages, exit 5' \
    broken_side 5 base 'of ' "$fixtures/losing.so" mpmc -t 0.3
claim 'ab compares whole qbench binaries' eval '
    run ab --base-exec "$qbench" spsc spsc --pairs 2 $pair -p 1 -b 4 --api single
    exits 3; prints "spsc of $qbench"'
claim 'ab hands a list of CPUs to another binary' eval '
    run ab --new-exec "$qbench" spsc spsc --pairs 1 $pair --pin 0/0; exits 3
    prints "/0:0"'
claim 'ab says what another binary refused' eval '
    printf "#!/bin/sh\necho qbench: no such thing >&2; exit 2\n" >"$work/other"
    chmod +x "$work/other"
    refused "no such thing" ab --base-exec "$work/other" spsc spsc $pair
    refused "printed no result" ab --base-exec /bin/true spsc spsc $pair
    refused "cannot run" ab --base-exec "$work/none" spsc spsc $pair'
claim 'ab holds the new side against a requirement' eval '
    run ab mutex mutex --pairs 9 $pair --require "mutex: throughput <= 1"; exits 1
    prints "NOT MET"'
claim 'ab ends with --max-time' eval '
    run ab spsc spsc -q 64,128,256 --max-time 0.3 $pair; prints "--max-time ended it"; exits 3'
claim 'ab interrupted writes what there is, exit 130' eval '
    "$qbench" ab spsc mutex --pairs 100 $pair -o "$work/cut.json" >"$work/out" 2>&1 &
    sleep 1.5; kill -INT $!; wait $!; code=$?; exits 130
    grep -q "\"interrupted\": true" "$work/cut.json"; prints interrupted'
claim 'ab shows the interval on a terminal' eval '
    command -v script >/dev/null || skip "no script(1)"
    TERM=xterm script -qec "$qbench ab mpmc mpmc --pairs 7 $pair" /dev/null >"$work/out" </dev/null
    prints "7 pairs"; grep -q "\[.*o.*\]" "$work/out"'
claim 'ab refuses what it cannot compare' eval '
    refused "two queues are needed" ab spsc
    refused "several queues" ab spsc "mp*"
    refused "no queue" ab spsc spcs
    refused "takes one producer" ab spsc mpmc -p 2
    refused "exclude each other" ab spsc spsc --pairs 3 --profile ci
    refused "it must be less than 100 %" ab spsc spsc --threshold throughput=100%
    refused "write it as" ab spsc spsc --require "fast"
    refused "did you mean" ab spsc spsc --profile nigthly'

# ---- saved by name ----

in_folder() {
    mkdir -p "$work/repo" && cd "$work/repo" || exit 1
    "$@"
}

claim 'a result is saved under a name, found again and measured against' in_folder eval '
    run run -i mpmc -r 8 $pair --quiet --save-baseline main; exits 0; silent
    run compare main main; prints "(+0.00 %"
    run compare main --base-exec "$qbench" --pairs 2; exits 3; prints "in turn"
    refused "did you mean" compare mian
    refused "there is no NEW" compare main main --base-exec "$qbench"
    refused "need --base-exec" compare main main --pairs 3
    refused "need --base-exec" compare main --recording-sd 3% --pairs 3
    refused "a name is letters" run -i spsc --save-baseline ../x
    refused "a saved result is needed" compare'

# ---- without NEW: what measured BASE measures it again, if it is still there ----

# Another build of qbench, which measures a queue of this build and one of a plug-in, as BASE.
recorded_by_another() {
    cp "$qbench" "$work/other" && printf '\0' >>"$work/other" # a byte behind its end
    cp "$fixtures/simple_ring.so" "$work/ring.so"
    "$work/other" run -i "mpmc,$work/ring.so" -r 2 $pair --quiet --save-baseline other ||
        fail 'no base'
}

claim 'a base is measured again by the program that measured it, in turn' in_folder eval '
    recorded_by_another
    run compare other --pairs 2; exits 3; silent
    prints "other, measured again by"; prints "this qbench, measured now"
    prints "in turn, in pairs"; prints "throughput/simple-ring/"; prints "throughput/mpmc/"
    run compare other --pairs 1 -f json; prints "\"mode\": \"interleaved\""
    prints "\"time_s\": 0.1"'
claim 'a base whose program has changed is compared as recorded, and it is said' in_folder eval '
    recorded_by_another; printf "\0" >>"$work/other"
    run compare other -f json; silent; prints "\"mode\": \"recordings\""
    prints "\"code\": \"base-not-run\""; prints "has changed since"; prints "\"time_s\": 0.1"
    refused "other'"'"' has changed since" compare other --pairs 2
    rm "$work/other"; run compare other -f json; prints "No such file"'
claim 'a base whose plug-in has changed is compared as recorded' in_folder eval '
    recorded_by_another
    printf "\0" >>"$work/ring.so"
    run compare other -f json; prints "\"mode\": \"recordings\""; prints "ring.so"
    prints "has changed since"'
claim 'a base of this very program says that only chance can differ' in_folder eval '
    run run -i mpmc -r 2 $pair --quiet --save-baseline same
    run compare same --pairs 1 -f json; prints "\"mode\": \"interleaved\""
    prints "\"code\": \"same-program\""
    run compare same --recording-sd 3% -f json; prints "\"mode\": \"recordings\""
    prints "\"new\": \"this qbench, measured now\""'
claim 'a result that is kept tells what was run, with its hash' eval '
    has_python; command -v sha256sum >/dev/null || skip "no sha256sum"
    run run -i "mpmc,$fixtures/simple_ring.so" $quick -f json; exits 0
    json "$work/out" "[p[\"path\"].rsplit(\"/\", 1)[1] for p in d[\"programs\"]] == [
        \"qbench\", \"simple_ring.so\"]"
    sum=$(sha256sum <"$qbench")
    json "$work/out" "d[\"programs\"][0][\"sha256\"] == \"${sum%% *}\""'
