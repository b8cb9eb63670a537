#!/bin/sh
# docs.sh -- holds the manual pages to what qbench does: options, names, keys, codes, examples.
#
#   tests/docs.sh      BUILD=release|debug|asan|tsan; needs that build's qbench
#
# Ends with `docs: N passed, N failed[, N skipped]`; exits 1 if a check failed.
set -u
export LC_ALL=C
unset NO_COLOR ARGP_HELP_FMT
cd "$(dirname "$0")/.." || exit 2
tree=$PWD
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/desk"
ln -s "$tree/build/${BUILD:-release}/qbench" "$tmp/bin/qbench"
PATH=$tmp/bin:$PATH
qbench --version >/dev/null || {
    echo "docs: no working build/${BUILD:-release}/qbench" >&2
    exit 2
}

passed=0
failed=0
skipped=0

pass() { passed=$((passed + 1)); }
fail() { # WHAT
    failed=$((failed + 1))
    echo "failed: $*"
}
skip() { # WHAT WHY
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

# Both files must have the same lines; what only one has is shown.
same() { # WHAT WANTED FOUND
    if [ ! -s "$2" ]; then
        fail "$1: nothing was found to compare with"
    elif diff "$2" "$3" >"$tmp/difference"; then
        pass
    else
        fail "$1 (<: wanted, >: found)"
        grep '^[<>]' "$tmp/difference"
    fi
}

# Every word of the file WANTED must be among the lines of FOUND.
within() { # WHAT WANTED FOUND
    sort -u "$2" >"$tmp/within"
    sort -u "$3" | comm -23 "$tmp/within" - >"$tmp/missing"
    if [ ! -s "$2" ]; then
        fail "$1: nothing was found to look for"
    elif [ -s "$tmp/missing" ]; then
        fail "$1: $(tr '\n' ' ' <"$tmp/missing")"
    else
        pass
    fi
}

page_of() { echo "$tree/man/qbench-$1.1"; }
section() { # TITLE PAGE: the lines of one section
    awk -v title=".Sh $1" '/^\.Sh / { inside = $0 == title } inside' "$2"
}

# The options of a command as its help has them: "-i, --impl=NAMES".
help_options() { # COMMAND
    qbench "$1" --help | sed -nE 's/^ +(-., )?(--[a-z-]+(=[][A-Z/,-]+)?).*/\1\2/p' | sort
}

page_options() { # COMMAND
    sed -nE '/^\.It Fl /{
        s/^\.It //; s/ , /, /; s/Fl Fl /--/; s/Fl /-/; s/ Ns = Ns Ar /=/; p
    }' "$(page_of "$1")" | sort
}

check_options() { # COMMAND
    help_options "$1" >"$tmp/help"
    page_options "$1" >"$tmp/page"
    same "qbench-$1.1 has the options of qbench $1 --help" "$tmp/help" "$tmp/page"
    grep -oE -e '^-[A-Za-z]|--[a-z-]+' "$tmp/help" | sort >"$tmp/help-names"
    qbench list --names options "$1" | sort >"$tmp/listed"
    same "qbench list --names options $1 has them too" "$tmp/help-names" "$tmp/listed"
}

# "--runs (10" for each option whose help ends in what holds without it.
help_defaults() { # COMMAND
    qbench "$1" --help | awk '
        function tell() {
            if (match(text, /\([^():;]*([:;][^()]*)?\)$/)) {
                text = substr(text, RSTART)
                sub(/[:;)].*/, "", text)
                print name " " text
            }
            name = text = ""
        }
        /^ +(-., +)?--[a-z]/ {
            tell()
            name = $0; sub(/^[^-]*(-., +)?/, "", name); sub(/[= ].*/, "", name)
            text = substr($0, 30)
            next
        }
        name && substr($0, 1, 29) ~ /^ +$/ { text = text " " substr($0, 30); next }
        { tell() }
        END { tell() }'
}

check_defaults() { # COMMAND
    awk '/^\.(It Fl|Sh|Ss) / { print "" } { sub(/^\.[A-Z][a-z] /, ""); printf "%s ", $0 }' \
        "$(page_of "$1")" >"$tmp/entries"
    help_defaults "$1" >"$tmp/defaults"
    [ -s "$tmp/defaults" ] || fail "qbench $1 --help names no default"
    while read -r option default; do
        if grep -e "Fl Fl ${option#--} " "$tmp/entries" | grep -qF -e "$default"; then
            pass
        else
            fail "qbench-$1.1 does not say that $option is $default)"
        fi
    done <"$tmp/defaults"
}

check_commands() {
    qbench list --names commands | sort >"$tmp/commands"
    qbench --help | sed -nE 's/^  ([a-z]+)  .*/\1/p' | sort >"$tmp/helped"
    same 'qbench --help has every command' "$tmp/commands" "$tmp/helped"
    awk '/^\.Ss / { inside = $2 == "Commands" } inside && sub(/^\.It Cm /, "") && $0 != "help"' \
        man/qbench.1 | sort >"$tmp/described"
    same 'qbench.1 has every command' "$tmp/commands" "$tmp/described"
    while read -r command; do
        qbench --help | sed -nE "s/^  $command +//p" >"$tmp/summary"
        sed -n "s/^\.Nd //p" "$(page_of "$command")" >"$tmp/name"
        same "qbench-$command.1 has the summary of qbench --help" "$tmp/summary" "$tmp/name"
    done <"$tmp/commands"
}

# Names that qbench lists and a page explains.
check_names() {
    sed -nE 's/^\.(It )?(Cm|Ar) //p' man/qbench-run.1 | tr -s ' ,' '\n' >"$tmp/explained"
    for kind in pins workloads formats; do
        qbench list --names $kind >"$tmp/names"
        within "qbench-run.1 lacks $kind" "$tmp/names" "$tmp/explained"
    done
    sed -nE 's/^\.It Cm //p' man/qbench-ab.1 >"$tmp/explained"
    qbench list --names comparison-formats >"$tmp/names"
    within 'qbench-ab.1 lacks formats' "$tmp/names" "$tmp/explained"
    qbench list --names impls >"$tmp/names"
    grep -ohE -e '(-i|--impl) [^ ]+' man/*.1 | sed 's/^[^ ]* //' | tr ',' '\n' |
        grep -v -e '/' -e '^all$' -e '^NAMES$' >"$tmp/used"
    within 'the examples use queues that are not there' "$tmp/used" "$tmp/names"
}

# Keys of a JSON document; of what it holds by name, that name is no key.
json_keys() {
    grep -oE '"[a-z][a-z_0-9.]*":' | tr -d '":' |
        grep -vxE 'cycles|instructions|barriers|ipc|sent_twice' | sort -u
}

page_keys() { # PAGE
    sed -nE 's/ (Pq|Po) .*//; s/^\.(It )?Va //p' "$1" | tr -s ' ,' '\n' | grep '^[a-z]' | sort -u
}

check_keys() {
    page=man/qbench-result.5
    page_keys $page >"$tmp/page-keys"
    json_keys <tests/golden/sample.json >"$tmp/keys"
    within "$page lacks keys of the sample" "$tmp/keys" "$tmp/page-keys"
    (cd "$tmp/desk" && qbench run -i mutex -p 2 -r 1 --messages 1000 --quiet --explain \
        -o keys.json -o keys.csv) || fail 'qbench run makes no result to compare keys with'
    (cd "$tmp/desk" && qbench run -i mutex -w latency --rate 10k -r 1 -t 0.3 -m 16 --quiet \
        -o timed.json) || fail 'qbench run makes no result of latencies to compare keys with'
    cat "$tmp/desk/keys.json" "$tmp/desk/timed.json" | json_keys >"$tmp/keys"
    within "$page lacks keys of a result" "$tmp/keys" "$tmp/page-keys"
    head -n 1 "$tmp/desk/keys.csv" | tr ',' '\n' | tr -d '\r' >"$tmp/columns"
    section CSV $page >"$tmp/csv.5"
    page_keys "$tmp/csv.5" | sort >"$tmp/csv-keys"
    within "$page lacks columns" "$tmp/columns" "$tmp/csv-keys"
    { cat "$tmp/keys" "$tmp/columns" && json_keys <tests/golden/sample.json; } >"$tmp/all"
    within "$page describes keys that are not there" "$tmp/page-keys" "$tmp/all"
    json_keys <tests/golden/comparison.json >"$tmp/keys"
    page_keys "$(page_of compare)" | cat - "$tmp/page-keys" >"$tmp/compare-keys"
    within 'qbench-compare.1 lacks keys' "$tmp/keys" "$tmp/compare-keys"
    json_keys <tests/golden/trend.json >"$tmp/keys"
    page_keys "$(page_of trend)" | cat - "$tmp/page-keys" >"$tmp/trend-keys"
    within 'qbench-trend.1 lacks keys' "$tmp/keys" "$tmp/trend-keys"
    head -n 1 tests/golden/trend.csv | tr ',' '\n' | tr -d '\r' >"$tmp/columns"
    within 'qbench-trend.1 lacks columns' "$tmp/columns" "$tmp/trend-keys"
    qbench plan -i mutex --format json | json_keys >"$tmp/keys"
    page_keys "$(page_of plan)" | cat - "$tmp/page-keys" >"$tmp/plan-keys"
    within 'qbench-plan.1 lacks keys' "$tmp/keys" "$tmp/plan-keys"
    qbench doctor -t 10ms --format json | json_keys >"$tmp/keys"
    page_keys "$(page_of doctor)" >"$tmp/doctor-keys"
    within 'qbench-doctor.1 lacks keys' "$tmp/keys" "$tmp/doctor-keys"
    qbench list --format json | json_keys >"$tmp/keys"
    page_keys "$(page_of list)" >"$tmp/list-keys"
    within 'qbench-list.1 lacks keys' "$tmp/keys" "$tmp/list-keys"
}

# Codes of warnings as the sources have them, the first string of a check.
check_codes() {
    { sed -nE 's/.*warn_if\(review, .*, "([a-z][a-z0-9-]*)",$/\1/p
        s/.*"([a-z][a-z0-9-]*)",$/\1/p' \
        harness/review.c && sed -nE 's/.*\{ "([a-z-]+)", [a-z_]+_warns \}.*/\1/p' \
        harness/environment_checks.c && sed -nE 's/^\t\{ "([a-z-]+)", [A-Z]+,.*/\1/p' \
        harness/reading.c && echo beyond-limit; } | grep -vx 'throughput' | sort -u >"$tmp/codes"
    sed -nE 's/^\.It Ql //p' man/qbench-result.5 | tr -s ' ,' '\n' >"$tmp/explained"
    within 'qbench-result.5 lacks codes of warnings' "$tmp/codes" "$tmp/explained"
}

# Each code of a finding, in the tables as in the page.
check_findings() {
    sed -nE 's/^	\{ "([a-z-]+)",.*/\1/p' harness/doctor_*.c | sort >"$tmp/codes"
    section DESCRIPTION "$(page_of doctor)" | sed -nE 's/^\.(Pq )?Ql ([a-z-]+)( [,.;])?$/\2/p' |
        grep -vx null | sort >"$tmp/explained"
    within 'qbench-doctor.1 lacks findings' "$tmp/codes" "$tmp/explained"
    within 'qbench-doctor.1 has findings that are not there' "$tmp/explained" "$tmp/codes"
}

# The plug-in of qbench.1 is compiled as it stands there, and serves the examples.
check_plugin() {
    sed -n '/^#include <qbench.h>/,/^QB_QUEUE/p' man/qbench.1 >"$tmp/desk/my_ring.c"
    if ${CC:-cc} -O2 -Wall -Wextra -Werror -shared -fPIC -Iharness/api \
        -o "$tmp/desk/my-ring.so" "$tmp/desk/my_ring.c"; then
        pass
    else
        fail 'the plug-in of qbench.1 does not compile'
    fi
    cp "$tmp/desk/my-ring.so" "$tmp/desk/my_queue.so"
    ln -s "$tmp/bin/qbench" "$tmp/desk/qbench-main"
}

# Every line that a page or a help text shows as an example.
examples() {
    for page in man/*.[15]; do
        sed -nE 's/^\.Dl (qbench .*)/\1/p' "$page"
    done
    for command in $(qbench list --names commands); do
        qbench "$command" --help
    done | sed -nE 's/^  (qbench .*)/\1/p'
}

# What the examples of qbench compare need.
make_baseline() {
    (cd "$tmp/desk" && qbench run -i mpsc -r 2 -t 20ms --warmup 0 --quiet --save-baseline main -o \
        new.json && mkdir history && cp new.json history) || fail 'qbench run saves no baseline'
}

# As it stands, only that runs are few and short; on a busy machine such a run may see no message
# and be invalid (4), which is not the example's fault.
check_examples() {
    make_baseline
    examples | sort -u >"$tmp/examples"
    [ "$(wc -l <"$tmp/examples")" -gt 15 ] || fail 'too few examples were found'
    while read -r line; do
        case $line in
        'qbench run '*) quick=' -r 1 -t 20ms --warmup 0' ;;
        'qbench compare '*.json* | 'qbench trend '*) quick=' ' ;;
        'qbench compare '*) quick=' --pairs 2' ;;
        'qbench ab '*) quick=' --pairs 2 -t 20ms --warmup 0' ;;
        'qbench limits --all-pairs'*)
            [ "$(nproc)" -le 4 ] || continue # minutes
            quick=' -t 1ms'
            ;;
        'qbench limits'*) quick=' -t 1ms' ;;
        *) quick='' ;;
        esac
        status=0
        (cd "$tmp/desk" && eval "$line$quick" >out 2>err </dev/null) || status=$?
        case $status$quick in
        0* | [34]\ *) pass ;;
        *) fail "the example '$line' ends with $status: $(head -n 1 "$tmp/desk/err")" ;;
        esac
    done <"$tmp/examples"
}

# Pages of qbench that a page refers to must be there; those of others need not be installed here.
check_references() {
    sed -nE 's/^\.Xr (qbench[a-z-]*) ([0-9]).*/\1.\2/p' man/*.[15] >"$tmp/referred"
    (cd man && ls) >"$tmp/pages"
    within 'pages refer to pages that are not there' "$tmp/referred" "$tmp/pages"
}

check_lint() {
    if ! command -v mandoc >/dev/null; then
        skip 'lint of the pages' 'no mandoc here'
        return
    fi
    for page in man/*.[15]; do
        mandoc -T lint "$page" 2>&1 | grep -vE 'mandoc.db|referenced manual not found' >"$tmp/lint"
        if [ -s "$tmp/lint" ]; then
            fail "$(cat "$tmp/lint")"
        else
            pass
        fi
    done
}

check_commands
for command in $(qbench list --names commands); do
    check_options "$command"
    check_defaults "$command"
done
check_names
check_keys
check_codes
check_findings
check_plugin
check_examples
check_references
check_lint
echo "docs: $passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
