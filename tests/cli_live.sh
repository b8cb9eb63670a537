# shellcheck shell=sh
# cli_live.sh -- part of cli.sh: make check-live counts what a qbench says, and fails when it should
# shellcheck disable=SC2016,SC2034,SC2154 # eval expands what is quoted; cli.sh sets the rest

# check_live.sh with a qbench that says these verdicts in turn, each with a loss of 0.2.
live_with() { # CODE "VERDICT..." CHECK
    mkdir -p "$work/build/fixtures"
    cat >"$work/build/qbench" <<'END_OF_STUB'
#!/bin/sh
folder=${0%/*}
n=$(cat "$folder/n" 2>/dev/null || echo 0)
echo $((n + 1)) >"$folder/n"
set -- $(cat "$folder/verdicts")
shift $((n % $#))
echo "\"verdict\": \"$1\","
echo '"delta": {"no_change": {"level": 0.99, "estimate": 0.2, "low": -0.01, "high": 0.01},'
echo '"order": 1, "disturbed": false'
END_OF_STUB
    chmod +x "$work/build/qbench"
    echo "$2" >"$work/build/verdicts"
    rm -f "$work/build/n"
    # Too many dots end at the root all the same.
    BUILD="../../../../../../../../../../../..$work/build" tests/check_live.sh "$3" \
        >"$work/out" 2>"$work/err"
    code=$?
    exits "$1"
    silent
}

twenty_less_one='no-change no-change no-change no-change no-change no-change no-change no-change
    no-change no-change no-change no-change no-change no-change no-change no-change no-change
    no-change no-change'

claim 'check-live lets two of forty verdicts of a change pass, and no more' eval '
    live_with 0 "$twenty_less_one improvement" quick; prints "2 of 40 "; prints "at most 2"
    live_with 1 "no-change no-change no-change regression" quick; prints FAILED
    prints "10 of 40 "; prints "1 failed"'
claim 'check-live counts what is left open as no verdict' \
    live_with 0 inconclusive quick
claim 'check-live is not content with invalid comparisons' eval '
    live_with 1 invalid quick; prints FAILED; prints "40 invalid"'
claim 'check-live counts each queue against itself' eval '
    live_with 0 "no-change inconclusive" same; prints "2 passed"
    live_with 1 regression same; prints "100 of 100"; prints "2 failed"'
claim 'check-live wants losses found' eval '
    live_with 0 regression power; prints "20 of 20"; prints "at least 17"
    live_with 1 no-change power; prints " 0 of 20"
    live_with 1 "$twenty_less_one regression improvement" power'
claim 'check-live wants a hog to be seen' eval '
    live_with 1 no-change hog; prints "disturbed meanwhile"; prints "1 passed, 1 failed"'
claim 'check-live knows its checks' eval '
    tests/check_live.sh everything 2>"$work/err"; code=$?; exits 2; says "everything"'
