#!/bin/sh
# tidy_self_test.sh -- shows that every rule of tidy.sh can fail.
#
# Builds a small tidy tree, sees every rule pass in it, then breaks one rule at a time and expects
# exactly that rule to name the file.  Called by `tests/tidy.sh --self-test`.
set -u
here=$(cd "$(dirname "$0")/.." && pwd) || exit 2
rules=${1:-}
tree=$(mktemp -d) || exit 2
trap 'rm -rf "$tree"' EXIT
passed=0
failed=0

tidy() { TIDY_ROOT=$tree "$here/tests/tidy.sh" "$@" 2>&1; }

result() { # OK WHAT: counts it
    if [ "$1" = yes ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "tidy --self-test: $2"
    fi
}

write() { # FILE LINE...: a source file with a proper header
    file=$tree/$1
    mkdir -p "${file%/*}"
    name=${1##*/}
    echo "/* ${name%.*} -- seeded by the self-test. */" >"$file"
    shift
    [ $# = 0 ] || printf '%s\n' "$@" >>"$file"
}

plant() { # PUSH: a queue whose push does that, linked as the tool is
    write queues/seed.c '#include <qbench.h>' \
        'struct seed { uint64_t item; void (*call)(void); };' \
        'static struct seed *seed_create(const struct qb_shape *s, struct qb_error *e)' \
        '{ (void)e; return (struct seed *)qb_allocate(s, sizeof(struct seed)); }' \
        'static void seed_destroy(struct seed *q) { qb_deallocate(q); }' \
        'QB_COLD void seed_cold(void) { __asm__ volatile("" ::: "memory"); }' \
        '__attribute__((noinline, unused)) static void seed_warm(void)' \
        '{ __asm__ volatile("" ::: "memory"); }' \
        '__attribute__((cold, noinline, unused)) static void seed_frozen(void)' \
        '{ __asm__ volatile("" ::: "memory"); }' \
        'static inline bool seed_push(struct seed *q, void *h, uint64_t item)' \
        "{ (void)h; if (item == 7) seed_cold(); q->item = item; $1; return true; }" \
        'static inline bool seed_pop(struct seed *q, void *h, uint64_t *item)' \
        '{ (void)h; *item = q->item; return true; }' \
        'QB_QUEUE(seed, QB_SPSC, "seeded");'
    mkdir -p "$tree/build/release/queues"
    echo 'int main(void) { return 0; }' >"$tree/build/main.c"
    ${CC:-cc} -O2 -w -I"$here/harness/api" -c -o "$tree/build/release/queues/seed.o" \
        "$tree/queues/seed.c" &&
        ${CC:-cc} -o "$tree/build/release/qbench" "$tree/build/release/queues/seed.o" \
            "$tree/build/main.c"
}

repeat() { # COUNT LINE
    awk -v count="$1" -v line="$2" 'BEGIN { while (count-- > 0) print line }'
}

# breaks RULE FILE: expects the rule to fail and to name the file; then mends the tree.
breaks() {
    output=$(tidy "$1")
    status=$?
    case $status$output in
    1*"$2"*) result yes ;;
    *) result no "rule '$1' did not fire for $2: exit $status: $output" ;;
    esac
    case $2 in
    */*) rm -f "$tree/$2" ;;
    strange) rm -r "$tree/strange" ;;
    esac
}

write cmd/main.c 'int main(void) { return printf("exit(1)"); }'
write harness/topology.c '#include <hwloc.h>' '/* printf() is named in a comment: exit(1) */'
write harness/topology.h
write reports/report_json.c '#include <jansson.h>' '#include "harness/result.h"'
write perfcounters/event_names.c '#include <perfmon/pfmlib.h>'
write tests/test_seed.c '#include <criterion/criterion.h>'

if command -v objdump >/dev/null && plant ''; then
    # shellcheck disable=SC2086
    if output=$(tidy $rules); then
        result yes
    else
        result no "the tidy tree is not tidy: $output"
    fi
    plant 'q->call()' && breaks loops seed_single_produce_8
    plant 'seed_warm()' && breaks loops seed_single_produce_8
    case $(${CC:-cc} -v 2>&1) in
    *'gcc version'*) plant 'if (item == 9) seed_frozen()' && breaks loops 'set aside as cold' ;;
    esac
    plant '' && echo 'QB_QUEUE(absent, 0, "");' >>"$tree/queues/seed.c" && breaks loops absent
    plant '' && echo '/* seed -- no queue */' >"$tree/queues/seed.c" && breaks loops 'no QB_QUEUE'
    rm -rf "$tree/queues" "$tree/build"
else
    echo 'skipped: tidy --self-test of loops: no compiler or objdump here'
    [ "${CI:-}" != true ] || result no 'objdump is missing in CI'
fi

write queues/bad.c '#include "harness/plan.h"' && breaks layering queues/bad.c
write queues/bad.c '#include <qbench_loops.h>' && breaks layering queues/bad.c
write perfcounters/bad.c '#include "harness/plan.h"' && breaks layering perfcounters/bad.c
write harness/bad.c '#include "cmd/command.h"' && breaks layering harness/bad.c
write harness/api/bad.h '#include "harness/plan.h"' && breaks layering harness/api/bad.h
write reports/bad.c '#include "perfcounters/perfcounters.h"' && breaks layering reports/bad.c
write reports/bad.c '#include "harness/plan.h"' && breaks layering reports/bad.c

write harness/bad.c '#include <hwloc.h>' && breaks libraries harness/bad.c
write cmd/bad.c '# include <jansson.h>' && breaks libraries cmd/bad.c
write perfcounters/bad.c '#include <perfmon/pfmlib.h>' && breaks libraries perfcounters/bad.c
write harness/bad.c '#include <linux/perf_event.h>' && breaks libraries harness/bad.c
write cmd/bad.c '#include <criterion/criterion.h>' && breaks libraries cmd/bad.c

write harness/bad.c 'void f(void) { printf("x"); }' && breaks printing harness/bad.c
write reports/bad.c '/* a */ void f(void) { fputs("x", stderr); } /* b' '*/' &&
    breaks printing reports/bad.c
write perfcounters/bad.c '	exit (1);' && breaks printing perfcounters/bad.c

write cmd/bad.c "$(repeat 12 '	' | tr -d '\n')abcde" && breaks columns cmd/bad.c
write cmd/bad.c "int f(void)" '{' "$(repeat 68 '	;')" '}' && breaks function_length cmd/bad.c
write tests/bad.c "$(repeat 400 ';')" && breaks file_length tests/bad.c
write cmd/bad.c "/* FIX""ME: later */" && breaks marks cmd/bad.c
echo '#include <stdio.h>' >"$tree/harness/bad.c" && breaks header harness/bad.c
echo '/* other.c -- not this one */' >"$tree/harness/bad.c" && breaks header harness/bad.c
write reports/main.c && breaks names reports/main.c
write strange/bad.c && breaks top_level strange

echo "rules: $passed passed, $failed failed"
[ $failed = 0 ]
