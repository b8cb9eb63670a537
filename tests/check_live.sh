#!/bin/sh
# check_live.sh -- counts wrong verdicts of real comparisons on this machine.
#
#   tests/check_live.sh [quick|same|power|hog|clock|omission...]     BUILD=release; all but quick,
#                                                                    if none
#
#   quick    40 x a queue against itself, profile quick: at most 2 verdicts of a change
#   same     100 x 20 pairs of 50 ms, spsc and mutex against themselves: at most 4 of 100 each
#   power    20 x a loss of three times the smallest change that can be decided: 17 are found
#   hog      40 x a queue against itself while a hog of one CPU comes and goes: at most 3
#   clock    the tick counter over ten seconds, and what a reading costs
#   omission a consumer that stops once for 100 ms at 10 000 messages a second: how long those
#            waited that were due meanwhile, beside what a loop sees that waits for the queue
#
# A correct tool fails a bound once in 200 times.  Where more than a tenth of the comparisons are
# invalid, nothing is shown and the check fails too.  Takes an hour, at most; quick three to seven
# minutes.  Each line says what was found beside its bound, and how long it took.  Ends with
# `N passed, N failed`; exits 1 if any failed.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
build=build/${BUILD:-release}
qbench=$build/qbench
slowed=$build/fixtures/slowed.so
work=$(mktemp -d) || exit 2
hog=
passed=0 failed=0
stop_hog() { [ -z "$hog" ] || kill "$hog" 2>/dev/null; }
trap 'stop_hog; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
since=$(date +%s)
short='-t 50ms --warmup 20ms'
# Twenty pairs of these take nine seconds.
brief='-t 150ms --warmup 50ms'

[ -x "$qbench" ] || { echo "check_live: $qbench is missing; run make" >&2; exit 2; }

note() { # OK WHAT COUNT OF BOUND
    now=$(date +%s)
    if [ "$1" = 0 ]; then
        passed=$((passed + 1)) word=ok
    else
        failed=$((failed + 1)) word=FAILED
    fi
    shift
    printf '%-6s %-48s %4s of %-4s bound: %s; %d s\n' "$word" "$@" $((now - since))
    since=$now
}

# Verdicts of COUNT comparisons, one per line, into $work/verdicts; what is left open is no error.
compare() { # COUNT OPTION...
    count=$1
    shift
    : >"$work/verdicts"
    : >"$work/all.json"
    round=0
    while [ $round -lt "$count" ]; do
        round=$((round + 1))
        "$qbench" ab "$@" -f json >"$work/one.json" 2>>"$work/errors"
        cat "$work/one.json" >>"$work/all.json"
        sed -n 's/.*"verdict": "\([a-z-]*\)".*/\1/p' "$work/one.json" | head -n 1 >>"$work/verdicts"
        [ ! -t 2 ] || printf '\r%d/%d' $round "$count" >&2
    done
    [ ! -t 2 ] || printf '\r         \r' >&2
    [ "$(wc -l <"$work/verdicts")" = "$count" ] || { head -n 3 "$work/errors" && exit 2; }
}

# Comparisons that could not be made tell nothing.
enough() { # COUNT
    [ $(($(number_of invalid) * 10)) -le "$1" ]
}

number_of() { grep -cx "$1" "$work/verdicts"; }
changes() { echo $(($(number_of regression) + $(number_of improvement))); }
tally() { sort "$work/verdicts" | uniq -c | awk '{ printf "%s%s %s", n++ ? ", " : "", $1, $2 }'; }

at_most() { # WHAT COUNT BOUND
    found=$(changes)
    [ "$found" -le "$3" ] && enough "$2"
    note $? "$1" "$found" "$2" "at most $3, $(($2 / 10)) invalid ($(tally))"
}

check_quick() {
    # shellcheck disable=SC2086 # options are words
    compare 40 spsc spsc --profile quick $brief
    at_most 'spsc against itself, profile quick' 40 2
}

check_same() {
    for queue in spsc mutex; do
        # shellcheck disable=SC2086
        compare 100 $queue $queue --pairs 20 $short
        at_most "$queue against itself, 20 pairs of 50 ms" 100 4
    done
}

# The estimate of the last comparison, as the loss in log units.
loss() { sed -n 's/.*"no_change": {.*"estimate": \([^,]*\),.*/\1/p' "$work/one.json" | head -n 1; }
half_width() {
    sed -n 's/.*"no_change": {.*"low": \([^,]*\), "high": \([^}]*\)}.*/\1 \2/p' "$work/one.json" |
        awk 'NR == 1 { print ($2 - $1) / 2 }'
}

# Three times the smallest change that 20 pairs decide, and no less than twice the threshold.
wanted_loss() {
    # shellcheck disable=SC2086
    compare 1 "$slowed:even" "$slowed:even" --pairs 20 $short
    wanted=$(half_width | awk '{ wanted = 6 * $1; print (wanted > 0.105 ? wanted : 0.105) }')
}

# Finds how often to spin, by doubling and then by the secant between the last two.
calibrate() { # WANTED
    spins=8 before=0 reached=0
    while [ $spins -lt 1000000 ]; do
        export QB_SLOWED_SPINS=$spins
        # shellcheck disable=SC2086
        compare 1 "$slowed:even" "$slowed:slowed" --pairs 12 $short
        last=$reached
        reached=$(loss)
        reached=${reached:-0} # the comparison is invalid
        ! awk "BEGIN { exit !($reached >= $1) }" || break
        before=$spins
        spins=$((spins * 2))
    done
    awk "BEGIN { exit !($reached >= $1) }" || return 1
    QB_SLOWED_SPINS=$(awk "BEGIN { share = ($1 - $last) / ($reached - $last)
        printf \"%d\", $before + ($spins - $before) * (share > 0 ? share : 1) }")
    export QB_SLOWED_SPINS
}

check_power() {
    wanted_loss
    if [ -z "$wanted" ] || ! calibrate "$wanted"; then
        note 1 "a loss of log ${wanted:-that is not known} could not be made" 0 20 'at least 17'
        return
    fi
    # shellcheck disable=SC2086
    compare 20 "$slowed:even" "$slowed:slowed" --pairs 20 $short
    found=$(number_of regression) wrong=$(number_of improvement)
    [ "$found" -ge 17 ] && [ "$wrong" = 0 ]
    note $? "loss of $(awk "BEGIN { printf \"%.0f\", 100 * (1 - exp(-$wanted)) }") %" \
        "$found" 20 "at least 17, no improvement ($(tally))"
}

# One CPU kept busy for three seconds of six.
run_hog() {
    while :; do
        end=$(($(date +%s) + 3))
        while [ "$(date +%s)" -lt $end ]; do
            i=0
            while [ $i -lt 20000 ]; do i=$((i + 1)); done
        done
        sleep 3
    done
}

check_hog() {
    run_hog &
    hog=$!
    # shellcheck disable=SC2086
    compare 40 spsc spsc --profile quick $brief
    stop_hog
    hog=
    at_most 'spsc against itself beside a hog' 40 3
    disturbed=$(grep -c '"disturbed": true' "$work/all.json")
    [ "$disturbed" -gt 0 ]
    note $? 'runs reported as disturbed meanwhile' "$disturbed" \
        "$(grep -c '"order":' "$work/all.json")" 'more than 0'
}

check_clock() {
    "$build/check_clock"
    case $? in
    0) passed=$((passed + 1)) ;;
    77) ;;
    *) failed=$((failed + 1)) ;;
    esac
}

# The queue is small, so that the producer waits too.  What it sent then was sent late, which is
# what a transit time leaves out; the queue itself saw one slow pop.
check_omission() {
    "$qbench" run -i "$build/fixtures/stalling.so" -w latency --rate 10k -q 16 -m 16 -r 1 -t 10 \
        --format json --quiet >"$work/stall.json" 2>>"$work/errors" ||
        { head -n 3 "$work/errors" && exit 2; }
    sed -n 's/.*"hdr": "\([^"]*\)".*/\1/p' "$work/stall.json" >"$work/histograms"
    if "$build/check_omission" <"$work/histograms"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
    slow=$(sed -n '/"pops over 10 ms"/,/value/s/.*"value": \([0-9]*\).*/\1/p' "$work/stall.json")
    [ "${slow:-0}" = 1 ]
    note $? 'pops over 10 ms, which is all that a loop sees' "${slow:-0}" 100000 'just 1'
}

[ $# -gt 0 ] || set -- clock omission same power hog
for check in "$@"; do
    case $check in
    quick | same | power | hog | clock | omission) "check_$check" ;;
    *) echo "check_live: no check '$check'" >&2 && exit 2 ;;
    esac
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
