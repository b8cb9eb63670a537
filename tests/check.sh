#!/bin/sh
# check.sh -- runs every test, one step after the other, whatever an earlier one said.
#
#   tests/check.sh MAKE...     MAKE is the command that builds: make, its flags and variables
#
# Each step's output goes to the terminal and to build/check/STEP.log.  The recap names every step
# with the lines its test runner closed with.  Exits 1 if a step failed.
set -u
cd "$(dirname "$0")/.." || exit 2
[ $# -gt 0 ] || set -- make -j"$(nproc)"

logs=build/check
recap=$logs/recap
failed=0
mkdir -p $logs
: >$recap

closing_lines() { grep -E 'Synthesis:|^([a-z]+: )?[0-9]+ passed, [0-9]+ failed|^skipped:' "$1"; }

note() { # STEP STATUS SECONDS
    printf '%-11s %-7s %4s s\n' "$1" "$2" "$3" >>$recap
    closing_lines "$logs/$1.log" | sed 's/^[^a-z0-9[]*//' >>$recap
}

# A pipe to tee would hide the status; a file beside the log carries it.
step() { # STEP COMMAND...
    name=$1
    shift
    echo "=== $name"
    began=$(date +%s)
    { "$@" 2>&1 </dev/null && echo 0 >"$logs/$name.status" || echo 1 >"$logs/$name.status"; } |
        tee "$logs/$name.log"
    seconds=$(($(date +%s) - began))
    if [ "$(cat "$logs/$name.status")" = 0 ]; then
        note "$name" ok $seconds
    else
        note "$name" FAILED $seconds
        failed=1
    fi
}

# In CI a step that cannot run is a failure: there everything can be installed.
skip() { # STEP WHY
    echo "skipped: $1: $2" | tee "$logs/$1.log"
    if [ "${CI:-}" = true ]; then
        note "$1" FAILED 0
        failed=1
    else
        note "$1" skipped 0
    fi
}

can_link() { # FLAG
    echo 'int main(void) { return 0; }' | ${CC:-cc} "$1" -x c - -o $logs/probe 2>/dev/null
}

first_cpu() { taskset -cp $$ | sed 's/.*: //; s/[,-].*//'; }

step release "$@" BUILD=release all unit

# The tests of the release build wait more than they compute: the others are built meanwhile, of the
# lowest priority.  What fails to build says so in its own step.
(
    for build in asan tsan; do
        nice -n 19 "$@" BUILD=$build "build/$build/unit_tests"
    done
) >$logs/others.log 2>&1 </dev/null &
others=$!
trap 'kill $others 2>/dev/null' EXIT

if command -v taskset >/dev/null; then
    step one-cpu taskset -c "$(first_cpu)" "$@" BUILD=release unit
else
    skip one-cpu 'no taskset here'
fi
step stats "$@" BUILD=release check-stats
for script in cli docs completions; do
    step $script env BUILD=release tests/$script.sh
done
step rules tests/tidy.sh --self-test
step tidy tests/tidy.sh
wait $others
for build in asan:address,undefined tsan:thread; do
    if can_link "-fsanitize=${build#*:}"; then
        step "${build%:*}" "$@" "BUILD=${build%:*}" unit
    else
        skip "${build%:*}" "this compiler cannot link -fsanitize=${build#*:}"
    fi
done

echo "=== recap"
cat $recap
if [ $failed != 0 ]; then
    echo "check: FAILED (logs in $logs)" >&2
    exit 1
fi
