#!/bin/sh
# tidy.sh -- what a reviewer need not look for: the project's rules, each checked by a script.
#
#   tests/tidy.sh [RULE...]     all rules, or those named; prints FILE:LINE: what is untidy
#   tests/tidy.sh --self-test   breaks every rule in a small tree of its own and expects it to fire
#
# Ends with `tidy: N passed, N failed[, N skipped]`; exits 1 if a rule failed.  A rule whose tool is
# missing is skipped with the reason; in CI (CI=true) that is a failure, for there it can be had.
set -u
export LC_ALL=C # columns are counted by hand, so every tool sees bytes

rules='layering libraries printing columns function_length file_length marks header names'
rules="$rules top_level loops"
here=$(cd "$(dirname "$0")/.." && pwd) || exit 2
code='cmd queues harness perfcounters reports'

# Queues whose measured loops may call out, and why:
#   mutex     a lock and its condition variables are calls into libc; that is what it measures
#   mutex_2   the same, twice
#   pipe, socketpair, mq  system calls are what they measure
lock_queues='mutex mutex_2 pipe socketpair mq'

sources() { # FOLDER...: every source file in them, sorted
    find "$@" \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) 2>/dev/null | sort
}

# grep_sources REGEX WHY FOLDER...: each line that matches is untidy.
grep_sources() {
    regex=$1 why=$2
    shift 2
    # shellcheck disable=SC2046 # file names here hold no blanks
    grep -nHE "$regex" $(sources "$@") /dev/null | awk -F: -v why="$why" '{
        line = $1 ":" $2 ": "; sub(/^[^:]*:[^:]*:/, ""); print line $0 " -- " why }'
}

# A file's lines without their comments, as FILE:LINE:CODE.
without_comments() {
    awk '
    FNR == 1 { inside = 0 }
    {
        rest = $0; kept = ""
        while (rest != "") {
            if (inside) {
                end = index(rest, "*/")
                if (!end) { rest = ""; break }
                rest = substr(rest, end + 2); inside = 0
            } else {
                begin = index(rest, "/*"); slashes = index(rest, "//")
                if (slashes && (!begin || slashes < begin)) {
                    kept = kept substr(rest, 1, slashes - 1); rest = ""; break
                }
                if (!begin) { kept = kept rest; rest = ""; break }
                kept = kept substr(rest, 1, begin - 1); rest = substr(rest, begin + 2); inside = 1
            }
        }
        print FILENAME ":" FNR ":" kept
    }' "$@" /dev/null
}

# The import direction: queues -> <qbench.h>; reports -> results; harness -> perfcounters; cmd all.
rule_layering() {
    include='^[[:space:]]*#[[:space:]]*include[[:space:]]*'
    grep_sources "$include\"" 'a queue includes <qbench.h> and libc only' queues
    grep_sources "$include<(cmd|harness|perfcounters|reports|queues|qbench_)" \
        'a queue includes <qbench.h> and libc only' queues
    grep_sources "${include}[<\"](cmd|harness|queues|reports|qbench)" \
        'perfcounters knows nothing of qbench' perfcounters
    grep_sources "${include}[<\"](cmd|queues|reports)/" 'the harness never includes upwards' harness
    grep_sources "${include}[<\"](cmd|harness|perfcounters)/" \
        'a queue sees nothing but the public headers' harness/api
    grep_sources "${include}[<\"](cmd|queues|perfcounters)/" 'reports see results only' reports
    # shellcheck disable=SC2046
    grep -nHE "${include}[<\"]harness/" $(sources reports) /dev/null |
        grep -vE 'harness/(result|comparison|limits|history|stats|contrast)\.h' |
        sed 's/$/ -- reports see results only/'
}

# Each third-party library enters through the files named here.
rule_libraries() {
    library 'hwloc' 'harness/topology\.c'
    library 'jansson' 'reports/(report_json|result_json|json_[a-z]*)\.[ch]'
    library 'perfmon/' 'perfcounters/event_names\.c'
    library 'linux/perf_event' 'perfcounters/[a-z_]*\.[ch]'
    library 'criterion' 'nowhere but in tests'
}

library() { # HEADER FILES
    # shellcheck disable=SC2086,SC2046
    grep -nHE "#[[:space:]]*include[[:space:]]*[<\"]$1" $(sources $code) /dev/null |
        grep -vE "^$2:" | sed "s#\$# -- $1 enters through $2#"
}

# Only cmd/ prints or exits; `_exit` in a child that could not start is no exit of the tool.
rule_printing() {
    calls='(printf|vprintf|puts|putchar|perror|psignal|exit|quick_exit|warnx|errx)'
    calls="${calls}[[:space:]]*\\("
    # shellcheck disable=SC2046
    without_comments $(sources queues harness perfcounters reports) |
        grep -E "(^|[^[:alnum:]_.>])($calls|(stdout|stderr)([^[:alnum:]_]|\$))" |
        sed 's/$/ -- only cmd prints or exits/'
}

rule_columns() {
    # shellcheck disable=SC2046,SC2086
    awk '{
        width = 0; text = $0; gsub(/[\200-\277]/, "", text) # a UTF-8 character is one column
        count = split(text, part, "\t")
        for (i = 1; i <= count; i++) {
            width += length(part[i])
            if (i < count) width += 8 - width % 8
        }
        if (width > 100) print FILENAME ":" FNR ": " width " columns -- at most 100"
    }' $(sources $code tests) $(scripts) /dev/null
}

scripts() { find tests .ci -name '*.sh' 2>/dev/null; find .ci -type f 2>/dev/null; }

rule_function_length() {
    if ! ctags --version 2>/dev/null | grep -q Universal; then
        echo 'no Universal Ctags here (ctags)'
        return 77
    fi
    # shellcheck disable=SC2086
    sources $code tests |
        ctags -x --kinds-c=f --kinds-c++=f --fields=+ne --_xformat='%F %n %e %N' -L - |
        awk '$3 - $2 + 1 > 70 {
            print $1 ":" $2 ": " $4 "() has " $3 - $2 + 1 " lines -- at most 70" }'
}

rule_file_length() {
    # shellcheck disable=SC2046,SC2086
    awk 'FNR == 401 { print FILENAME ":401: longer than 400 lines" }' $(sources $code tests) \
        $(scripts) /dev/null
}

# Marks of unfinished work; spelled apart, so that this line is none.
rule_marks() {
    # shellcheck disable=SC2086
    grep -rnIE '(^|[^[:alnum:]_])(TO''DO|FIX''ME|XX''X|HA''CK)([^[:alnum:]_]|$)' $code tests man \
        completions .ci .github ./*.md Makefile 2>/dev/null | sed 's/$/ -- open an issue instead/'
}

rule_header() {
    # shellcheck disable=SC2086
    sources $code tests | while read -r file; do
        name=${file##*/}
        first=$(head -n 1 "$file")
        case $first in
        "/* $name -- "?* | "/* ${name%.*} -- "?* | "// $name -- "?*) ;;
        *) echo "$file:1: the first line is not \`/* ${name%.*} -- what it is for\`" ;;
        esac
    done
}

rule_names() {
    # shellcheck disable=SC2086
    sources $code tests | awk -F/ '
        $NF in seen { print $0 ":1: another file has this name: " seen[$NF] }
        { seen[$NF] = $0 }'
}

rule_top_level() {
    { git ls-files 2>/dev/null || ls -A; } | cut -d/ -f1 | sort -u | while read -r entry; do
        case $entry in
        cmd | queues | harness | perfcounters | reports | tests | man | completions) ;;
        .ci | .github | .git | .gitignore | .gitattributes | .clang-format | .clang-tidy) ;;
        .editorconfig | .shellcheckrc | Makefile | LICENSE | *.md | build | qbench | .qbench) ;;
        *) echo "$entry:1: the top level has no such entry" ;;
        esac
    done
}

# The functions that the compiler was told are cold: calls to them leave the measured path.
cold_functions() {
    for object in build/release/queues/*.o; do
        objdump -t "$object" | awk '/\.text\.unlikely/ && / F / { print $NF }'
    done | sort -u | tr '\n' ' '
}

# The measured loops of the built-ins call nothing on the path of a message that moves.  Allowed:
# cold functions; memcpy where the message size is a variable (`any`); a smashed stack's report; and
# the helpers through which gcc chooses an atomic instruction on aarch64.  Nor is a part of a loop
# set aside as cold: gcc then moves what follows that branch too, and each message goes through it.
rule_loops() {
    if ! command -v objdump >/dev/null || [ ! -e build/release/qbench ]; then
        echo 'no objdump, or no build/release/qbench, here'
        return 77
    fi
    ids=$(cat queues/*.c | sed -n 's/^QB_QUEUE[A-Z_]*(\([a-z0-9_]*\),.*/\1/p' | tr '\n' ' ')
    objdump -d --no-show-raw-insn build/release/qbench |
        awk -v cold=" $(cold_functions)" -v locks=" $lock_queues " -v ids="$ids" '
        /^[0-9a-f]+ <.*>:$/ {
            loop = ""; name = $2; gsub(/[<>:]/, "", name)
            if (name ~ /_(single|batch|zerocopy|timed)_(produce|consume)_([0-9]+|any)$/) {
                loop = name; id = name
                sub(/_(single|batch|zerocopy|timed)_(produce|consume)_([0-9]+|any)$/, "", id)
                seen[id] = 1
            }
            if (name ~ /_(produce|consume)_([0-9]+|any)\.cold$/)
                print "build/release/qbench:" name ": a part of the loop is set aside as cold"
        }
        loop == "" || index(locks, " " id " ") { next }
        $2 == "bnd" || $2 == "notrack" { $2 = "" ; $0 = $0 }
        $2 ~ /^(callq?|bl|blr|blra.*)$/ {
            target = $NF
            if (target !~ /^<.*>$/) {
                print "build/release/qbench:" loop ": indirect call: " $0
                next
            }
            gsub(/[<>]/, "", target); sub(/@plt.*/, "", target); sub(/\+0x.*/, "", target)
            if (index(cold, " " target " ")) next
            if (target == "__stack_chk_fail" || target ~ /^__aarch64_/) next
            if (loop ~ /_any$/ && target ~ /^(__)?memcpy(_chk)?$/) next
            print "build/release/qbench:" loop ": calls " target " for every message"
        }
        END {
            count = split(ids, id_of, " ")
            for (i = 1; i <= count; i++)
                if (!(id_of[i] in seen))
                    print "build/release/qbench:" id_of[i] ": its measured loops are not there"
            if (!count) print "queues:1: no QB_QUEUE line found"
        }'
}

run_rules() {
    passed=0 failed=0 skipped=0
    for rule in "$@"; do
        found=$("rule_$rule")
        status=$?
        if [ $status = 77 ] && [ "${CI:-}" != true ]; then
            echo "skipped: tidy $rule: $found"
            skipped=$((skipped + 1))
        elif [ -n "$found" ]; then
            echo "$found"
            echo "tidy: rule '$rule' is broken" >&2
            failed=$((failed + 1))
        else
            passed=$((passed + 1))
        fi
    done
    tail=
    [ $skipped = 0 ] || tail=", $skipped skipped"
    echo "tidy: $passed passed, $failed failed$tail"
    [ $failed = 0 ]
}

case ${1:-} in
--self-test)
    exec "$here/tests/tidy_self_test.sh" "$rules"
    ;;
esac
cd "${TIDY_ROOT:-$here}" || exit 2
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $rules
for rule in "$@"; do
    case " $rules " in
    *" $rule "*) ;;
    *) echo "tidy: no such rule '$rule'; rules: $rules" >&2 && exit 2 ;;
    esac
done
run_rules "$@"
