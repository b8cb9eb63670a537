#!/bin/sh
# cli.sh -- the command line as its users meet it: exit codes, sentences, pipes, files, signals.
#
#   BUILD=release tests/cli.sh [PATTERN]     only the claims that contain PATTERN
#
# Every check is named by its claim.  Ends with `N passed, N failed[, N skipped]`; exits 1 if any
# failed.  Runs are kept as short as they can be: what is asked here is never how fast anything is.
# shellcheck disable=SC2016,SC2086 # eval expands what is quoted; $quick is several words
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR COLUMNS
cd "$(dirname "$0")/.." || exit 2
root=$PWD
build=$root/build/${BUILD:-release}
qbench=$build/qbench
fixtures=$build/fixtures
pattern=${1:-}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
passed=0 failed=0 skipped=0
quick='-r 1 -t 0.1 --warmup 0.02'

[ -x "$qbench" ] || { echo "cli: $qbench is missing; run make" >&2; exit 2; }

# ---- how a check is written ----

claim() { # CLAIM COMMAND...
    name=$1
    shift
    case $name in *"$pattern"*) ;; *) return ;; esac
    : >"$work/why"
    ("$@") 2>>"$work/why"
    case $? in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && echo "skipped: $name: $(tail -n 1 "$work/why")" ;;
    *) failed=$((failed + 1)) && echo "FAILED: $name" && sed 's/^/    /' "$work/why" ;;
    esac
}

fail() { echo "$*" >&2 && exit 1; }
skip() { echo "$*" >&2 && exit 77; }

# Runs qbench; its streams go to $work/out and $work/err, its exit code to $code.
run() {
    "$qbench" "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

exits() { [ "$code" = "$1" ] || fail "exit code $code, not $1: $(cat "$work/err")"; }
says() { grep -qF -e "$1" "$work/err" || fail "stderr lacks '$1': $(cat "$work/err")"; }
prints() { grep -qF -e "$1" "$work/out" || fail "stdout lacks '$1': $(head -c 2000 "$work/out")"; }
silent() { [ ! -s "$work/err" ] || fail "stderr is not empty: $(cat "$work/err")"; }

# One sentence on stderr, at most one hint behind it.
one_sentence() {
    awk 'NR == 1 && !/^qbench: [^ ]/ { bad = 1 } NR == 2 && !/^hint: / { bad = 1 }
         NR > 2 { bad = 1 } END { exit bad || NR == 0 }' "$work/err" ||
        fail "not one sentence: $(cat "$work/err")"
}

refused() { # SENTENCE ARGUMENT...: a usage error that measures and prints nothing
    sentence=$1
    shift
    run "$@"
    exits 2
    one_sentence
    says "$sentence"
    [ ! -s "$work/out" ] || fail "stdout is not empty: $(cat "$work/out")"
}

json() { # FILE EXPRESSION: true of the document d?
    python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert eval(sys.argv[2]), d' \
        "$1" "$2" || fail "not true of $1: $2"
}

has_python() { command -v python3 >/dev/null || skip 'no python3'; }

# ---- help, version, commands ----

helps() { # ARGUMENT...
    run "$@"
    exits 0
    silent
    prints Usage:
}

shows_version() {
    for argument in --version -V; do
        run "$argument"
        exits 0
        silent
        prints 'qbench 0.'
    done
    for command in $("$qbench" list --names commands); do
        run "$command" --version
        exits 0
        prints 'qbench 0.'
    done
}

every_command_helps() {
    for command in $("$qbench" list --names commands); do
        helps "$command" --help
        helps "$command" -h
        helps help "$command"
        prints "qbench $command"
    done
}

claim 'qbench --help, -h and help list every command' eval '
    for word in --help -h help; do
        helps $word
        for command in $("$qbench" list --names commands); do prints "  $command "; done
    done'
claim 'every command has --help, -h and help COMMAND' every_command_helps
claim 'qbench and every command know --version and -V' shows_version
claim 'no command is a usage error' refused 'a command is missing'
claim 'an empty command is a usage error' refused "no command ''" ''
claim 'an unknown command names the nearest' refused "no command 'rnu', did you mean 'run'?" rnu
claim 'an unknown command with none near is refused' refused "no command 'elephant'" elephant
claim 'help on an unknown command names the nearest' refused "did you mean 'list'?" help lits

# ---- wrong arguments ----

claim 'an unknown option names the nearest' \
    refused "no option '--producer-count'" run -i spsc --producer-count 3
claim 'a mistyped option names the nearest' \
    refused "no option '--prodcers', did you mean '--producers'?" run -i spsc --prodcers 3
claim 'an unknown letter is refused' refused "no option '-z'" run -i spsc -z
claim 'an unknown letter in a cluster is refused' refused "no option '-z'" run -i spsc -hz
claim 'one dash before a long name is refused' refused "no option '-impl', did you mean '--impl'?" run -impl spsc
claim 'an ambiguous option names both' \
    refused "option '--pro' could be '--producers' or '--progress'" run -i spsc --pro 3
claim 'a unique beginning of an option is enough' eval 'run plan -i spsc --prod 1; exits 0'
claim 'a missing value is refused' refused "option '--producers' needs a value" run --producers
claim 'a missing value of a letter is refused' refused "option '-p' needs a value" run -p
claim 'an unwanted value is refused' refused "option '--quiet' takes no value" run --quiet=yes
claim 'a stray word is refused' refused "unexpected argument 'spsc'" run spsc
claim 'no queue at all is refused' refused 'no queue is named' run
claim 'an unknown queue names the nearest' \
    refused "no queue 'spcs', did you mean 'spsc'?" run -i spcs
claim 'a glob without a match is refused' refused "no queue matches 'zz*'" run -i 'zz*'
claim 'a queue named twice is refused' refused "'spsc' is named twice" run -i spsc,spsc
claim 'an empty name is refused' refused 'a name is missing' run -i spsc,,mpmc
claim 'an unknown workload is refused' refused "no workload 'thruput'" run -i spsc -w thruput
claim 'an unknown placement names the nearest' refused "cores" run -i spsc --pin coers
claim 'an unknown way to wait names the nearest' \
    refused "--wait 'blok': did you mean 'block'?" run -i spsc --wait blok
claim 'an unknown way to send names all' \
    refused "must be one of auto, single, batch, zerocopy" run -i spsc --api quickly
claim 'an unknown format is refused' refused "--format 'jsno': did you mean 'json'?" \
    run -i spsc -f jsno
claim 'an output without a known ending asks for a format' \
    refused 'its ending names no format' run -i spsc -o "$work/result"

wrong_number() { # SENTENCE OPTION VALUE
    refused "$1" run -i spsc "$2" "$3"
}

claim '4x is no number' wrong_number "unexpected 'x' at character 2" -p 4x
claim '-1 is no count' wrong_number 'negative at character 1' -p -1
claim '0 threads are refused' wrong_number '0 is less than 1' -p 0
claim '10^30 is refused' wrong_number 'is more than' -p 1000000000000000000000000000000
claim 'a number twice in a list is refused' wrong_number '2 is in the list twice' -p 1,2,2
claim 'an overlap of ranges is refused' wrong_number '3 is in the list twice' -p 1-4,3-5
claim 'an empty list is refused' wrong_number 'a number is missing' -p ''
claim 'a list with an empty item is refused' wrong_number 'a number is missing' -b 1,,2
claim 'a backward range is refused' wrong_number 'runs backwards' -b 8-4
claim 'a message of less than 8 bytes is refused' wrong_number '7 is less than 8' -m 7
claim 'a capacity of 0 is refused' wrong_number '0 is less than 1' -q 0
claim 'a time of 0 is refused' wrong_number 'less than' -t 0
claim 'a negative time is refused' wrong_number 'negative' -t -1
claim 'a time in an unknown unit is refused' wrong_number 'is no unit of time' -t 3parsecs
claim 'a time that is not a number is refused' wrong_number "unexpected 'n'" -t nan
claim '0 runs are refused' wrong_number '0 is less than 1' -r 0
claim 'a shard beyond the last is refused' wrong_number 'there is no part 3 of 2' --shard 3/2
claim 'a precision of 0 % is refused' wrong_number 'not more than 0' --precision 0%
claim 'more cases than anyone can want are refused' \
    refused 'more than 10000 cases' plan -i all -p 1-100 -c 1-100 -b 1-100
claim '--messages and --time exclude each other' \
    refused 'exclude each other' run -i spsc --messages 10 -t 1
claim '--max-runs needs --precision' refused 'needs --precision' run -i spsc --max-runs 20
claim '--quiet and --verbose exclude each other' \
    refused 'exclude each other' run -i spsc --quiet --verbose
claim 'what no queue asked for can serve names those that could' \
    refused "'spsc' takes one producer, 2 were asked; try " run -i spsc -p 2
claim 'an impossible placement says what is possible' \
    refused 'possible here' plan -i spsc --pin cross-llc --topology 'synthetic:l3:1 core:2 pu:1'
claim 'a topology that cannot be read is refused' \
    refused 'topology' plan -i spsc --topology "$work/none.xml"

# ---- plug-ins ----

claim 'a plug-in that is not there is refused' \
    refused "cannot read plug-in './none.so': No such file" run -i ./none.so
claim 'a file that is no shared object is refused' \
    refused 'is not a shared object' run -i ./Makefile
claim 'a folder is no plug-in' refused 'is not a file' run -i ./tests
claim 'a shared object without a catalog is refused' \
    refused "has no symbol 'qbench_catalog'" run -i "$fixtures/no_catalog.so"
claim 'a plug-in of another version is refused' \
    refused 'interface version' run -i "$fixtures/wrong_abi.so"
claim 'a plug-in without a queue is refused' \
    refused 'holds no queue' run -i "$fixtures/no_queue.so"
claim 'a plug-in with two queues of one name is refused' \
    refused "are called 'simple-ring'" run -i "$fixtures/twins.so"
claim 'an unknown queue of a plug-in is refused' \
    refused "has no queue 'other'" run -i "$fixtures/simple_ring.so:other"
claim 'queues of one name get keys of their own' eval '
    run plan -i "$fixtures/simple_ring.so,$fixtures/short_queue.so:simple-ring"
    exits 0
    prints "/simple-ring/p1c1/b1/m8/q65536/spin/auto/simple_ring.so"
    prints "/simple-ring/p1c1/b1/m8/q65536/spin/auto/short_queue.so"'
claim 'list shows the queues of a plug-in' eval '
    run list "$fixtures/simple_ring.so"
    exits 0
    prints "the simplest plug-in there is"'

# ---- list and plan ----

lists_names() {
    for kind in impls workloads formats pins commands; do
        run list --names $kind
        exits 0
        silent
        [ -s "$work/out" ] || fail "no $kind"
        ! grep -q ' ' "$work/out" || fail "more than names: $(cat "$work/out")"
    done
    run list --names options run
    exits 0
    prints --impl
    prints -i
}

claim 'list --names prints one name per line' lists_names
claim 'list --names options wants a command' refused 'no command' list --names options
claim 'list shows queues, workloads, formats and placements' eval '
    run list; exits 0; silent
    for word in spsc mpmc throughput json "Placements" "cross-numa"; do prints "$word"; done'
claim 'list --format json is JSON' eval '
    has_python; run list --format json; exits 0
    json "$work/out" "{\"spsc\",\"mpmc\",\"mutex\"} <= {i[\"name\"] for i in d[\"impls\"]}"
    json "$work/out" "d[\"schema\"] == \"qbench-list/1\""'
claim 'list writes no csv' refused "'list' writes text and json only" list --format csv
claim 'plan shows where each thread goes' eval '
    run plan -i mpmc -p 2 --topology "synthetic:l3:1 core:4 pu:1"; exits 0; silent
    grep -q "producers  *CPU 0 1" "$work/out" && grep -q "consumers  *CPU 2" "$work/out"'
claim 'plan --format json is JSON' eval '
    has_python; run plan -i all -p 1,2 --format json; exits 0
    json "$work/out" "all(c[\"status\"] == \"planned\" or c[\"reason\"] for c in d[\"cases\"])"
    json "$work/out" "any(c[\"status\"] == \"skipped\" for c in d[\"cases\"])"'
claim 'plan says why a case is skipped' eval '
    run plan -i spsc,mpmc -p 2; exits 0; prints "takes one producer, 2 were asked"'
claim 'plan skips nothing twice over shards' eval '
    for shard in 1/3 2/3 3/3; do "$qbench" plan -i mpmc -b 1-7 --shard $shard | grep ^through; done |
        sort >"$work/shards"
    "$qbench" plan -i mpmc -b 1-7 | grep ^through | sort >"$work/whole"
    cmp "$work/shards" "$work/whole" >&2'

# ---- measuring ----

measures() {
    run run -i spsc $quick
    exits 0
    prints 'throughput'
    prints 'lost, duplicated, reordered'
}

writes_all_formats() {
    has_python
    run run -i spsc,mpmc -b 1,4 $quick -o "$work/r.json" -o "$work/r.csv" -o "$work/r.txt"
    exits 0
    json "$work/r.json" 'd["schema"] == "qbench-result/1" and len(d["results"]) == 4'
    json "$work/r.json" 'all(r["status"] == "ok" for r in d["results"])'
    json "$work/r.json" 'd["command"][:4] == ["qbench", "run", "-i", "spsc,mpmc"]'
    python3 - "$work/r.json" "$work/r.csv" <<'END' || fail 'the figures differ'
import csv, json, sys
results = {r["key"]: r for r in json.load(open(sys.argv[1]))["results"]}
rows = [r for r in csv.DictReader(open(sys.argv[2])) if r["metric"] == "throughput"]
assert len(rows) == 4
for row in rows:
    assert float(row["median"]) == results[row["key"]]["metrics"]["throughput"]["median"], row
END
    grep -q throughput "$work/r.txt" || fail 'no text'
}

ends_with() { # CODE STATUS QUEUE [OPTION...]: that code and status, and another queue's result whole
    has_python
    expected=$1 status=$2 queue=$3
    shift 3
    run run -i "mpmc,$fixtures/$queue.so" $quick -t 0.2 --timeout 1 "$@" -o "$work/r.json"
    exits "$expected"
    json "$work/r.json" 'd["results"][0]["status"] == "ok"'
    json "$work/r.json" "d['results'][1]['status'] == '$status'"
    json "$work/r.json" 'd["results"][1]["reason"]'
}

claim 'run measures and prints a report' measures
claim 'run --format json prints JSON and nothing else' eval '
    has_python; run run -i mpmc -p 2 $quick --format json; exits 0; silent
    json "$work/out" "d[\"results\"][0][\"delivery\"][\"sent\"] > 0"
    json "$work/out" "all(r[\"delivery\"][\"sent\"] == r[\"delivery\"][\"received\"]
        for r in d[\"results\"])"'
claim 'every format tells the same figures' writes_all_formats
claim 'what cannot be served is skipped and the rest measured' eval '
    has_python; run run -i spsc,mpmc -p 2 $quick -f json; exits 0
    json "$work/out" "[r[\"status\"] for r in d[\"results\"]] == [\"skipped\", \"ok\"]"'
claim '--messages runs a fixed count' eval '
    has_python; run run -i spsc -r 1 --messages 10k -f json; exits 0
    json "$work/out" "d[\"results\"][0][\"delivery\"][\"received\"] >= 10000"'
claim '--seed is in the result, and gives the same order again' eval '
    for round in 1 2; do
        run run -i spsc -q 64,128,256,512,1024 $quick --seed 7 --log "$work/log" -f json
        prints "\"seed\": 7"
        grep -o "run [0-9]* [^ ]* seed [0-9]*" "$work/log" >"$work/order$round"
    done
    cmp "$work/order1" "$work/order2" >&2'
claim 'a crashing queue is exit 4, and the others stay' ends_with 4 crashed crashing
claim 'a hanging queue is exit 4, and the others stay' ends_with 4 timeout hanging
claim 'a losing queue is exit 5, and the others stay' ends_with 5 incorrect losing -t 1
claim 'a queue that doubles messages is exit 5' ends_with 5 incorrect doubling
claim 'a queue that swaps messages is exit 5' ends_with 5 incorrect swapping
claim 'a queue that damages messages is exit 5' ends_with 5 incorrect garbling

# ---- files and pipes ----

full_device() {
    ln -s /dev/full "$work/full.json"
    run run -i spsc $quick -o "$work/full.json"
    exits 2
    one_sentence
    says "cannot write '$work/full.json': No space left on device"
    prints throughput
}

probes_first() { # SENTENCE FILE...: refused before anything is measured
    sentence=$1
    shift
    began=$(date +%s)
    for file; do set -- "$@" -o "$file" && shift; done
    refused "$sentence" run -i spsc -r 5 -t 3 "$@"
    [ $(($(date +%s) - began)) -lt 3 ] || fail 'it measured first'
}

unwritable_folder() {
    [ "$(id -u)" != 0 ] || skip 'root may write everywhere'
    mkdir "$work/closed" && chmod 500 "$work/closed"
    probes_first 'Permission denied' "$work/closed/r.json"
}

# A file system of 8 KiB, in which a small old file and no result has room.
keeps_old_file() {
    mkdir "$work/small"
    unshare -rm true 2>/dev/null || skip 'no mount namespace to be had'
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare -rm sh -c '
        mount -t tmpfs -o size=8k none "$1" || exit 77
        echo old >"$1/r.json"
        shift
        "$@"
        echo "exit code $?"
        cat "$0/r.json"
        echo "files: $(ls -A "$0")"' "$work/small" "$work/small" \
        "$qbench" run -i spsc,mpmc,mutex -r 8 -t 0.02 -o "$work/small/r.json" >"$work/out" 2>"$work/err"
    [ $? != 77 ] || skip 'no file system can be mounted'
    one_sentence
    says "cannot write '$work/small/r.json': No space left on device"
    for line in throughput 'exit code 2' old 'files: r.json'; do
        grep -qx -e "$line" "$work/out" || prints "$line"
    done
}

writes_through_a_link() {
    echo old >"$work/real.csv"
    chmod 640 "$work/real.csv"
    ln -s real.csv "$work/link.csv"
    run run -i spsc $quick -o "$work/link.csv"
    exits 0
    [ -L "$work/link.csv" ] || fail 'the link was replaced'
    grep -q throughput "$work/real.csv" || fail 'the file behind it was not written'
    [ "$(stat -c %a "$work/real.csv")" = 640 ] || fail 'its mode was changed'
}

writes_to_a_fifo() {
    mkfifo "$work/fifo.csv"
    cat "$work/fifo.csv" >"$work/copy" &
    run run -i spsc $quick -o "$work/fifo.csv"
    wait $!
    exits 0
    grep -q throughput "$work/copy" || fail 'nothing came through'
}

dead_fifo() { # the reader leaves before anything was written
    mkfifo "$work/dead.csv"
    head -c 0 "$work/dead.csv" &
    run run -i spsc $quick -o "$work/dead.csv"
    wait $!
    exits 2
    says "cannot write '$work/dead.csv': Broken pipe"
    prints throughput
}

dead_stdout() { # ARGUMENT...
    (
        sleep 0.3
        "$qbench" "$@" 2>"$work/err"
        echo $? >"$work/code"
    ) | true
    code=$(cat "$work/code")
    exits 2
    one_sentence
    says 'cannot write to standard output: Broken pipe'
}

claim 'a full device is exit 2, and the figures still come' \
    full_device
claim 'a missing folder is found before measuring' \
    probes_first 'No such file or directory' "$work/none/r.json"
claim 'a folder as a file is found before measuring' eval '
    mkdir "$work/folder.csv"; probes_first "Is a directory" "$work/folder.csv"'
claim 'a folder that cannot be written is found before measuring' unwritable_folder
claim 'a file named twice is found before measuring' \
    probes_first 'is named twice' "$work/a.json" "$work/a.json"
claim 'a failed write keeps the former file and leaves no other' keeps_old_file
claim 'a link stays a link, and the file keeps its mode' writes_through_a_link
claim 'a FIFO is written to' writes_to_a_fifo
claim 'a FIFO whose reader left is exit 2' dead_fifo
claim 'a dead pipe is exit 2 and one sentence' dead_stdout run -i spsc $quick
claim 'a dead pipe is exit 2 for list' dead_stdout list
claim 'a dead pipe is exit 2 for help' dead_stdout run --help
claim 'a full device as stdout is exit 2' eval '
    "$qbench" list >/dev/full 2>"$work/err"; code=$?; exits 2; one_sentence
    says "cannot write to standard output: No space left on device"'
claim 'a closed stdout is exit 2' eval '
    "$qbench" run -i spsc $quick -o "$work/c.json" >&- 2>"$work/err"; code=$?; exits 2
    says "cannot write to standard output"; grep -q qbench-result "$work/c.json"'
claim 'a closed stderr does not matter' eval '
    "$qbench" run -i spsc $quick >"$work/out" 2>&-; code=$?; exits 0; prints throughput'
claim '-o /dev/stdout goes behind the text in the same file' eval '
    "$qbench" run -i spsc $quick -f csv -o /dev/stdout >"$work/out" 2>"$work/err"
    code=$?; exits 0; prints "lost, duplicated"; prints "throughput,msg/s"'
claim 'a log that cannot be opened is refused' \
    refused 'No such file or directory' run -i spsc --log "$work/none/log"
claim 'a log on a full disk is exit 2, and the figures still come' eval '
    run run -i spsc $quick --log /dev/full; exits 2; prints throughput
    says "cannot write '"'/dev/full'"': No space left on device"'

# ---- what is said meanwhile ----

on_terminal() { # COLUMNS COMMAND...: runs it with a terminal as stdout and stderr; into $work/out
    command -v python3 >/dev/null || skip 'no python3'
    python3 - "$@" >"$work/out" <<'END'
import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[2], sys.argv[2:])
text = b""
while True:
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    text += part
sys.stdout.buffer.write(text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    code=$?
}

escape=$(printf '\033')

draws_progress() {
    on_terminal 60 "$qbench" run -i spsc -r 2 -t 0.3 --warmup 0.1
    exits 0
    prints ' left: throughput/spsc'
    prints "${escape}[J"
    tr '\r' '\n' <"$work/out" | grep ' left: ' | awk '{ sub(/^.*\033\[J/, "") } length > 59 { exit 1 }' ||
        fail 'a progress line is wider than the terminal'
}

fits() { # no line of the report is wider than the terminal
    on_terminal 80 "$qbench" run -i spsc $quick --progress never --color never
    exits 0
    tr -d '\r' <"$work/out" | awk 'length > 80 { exit 1 }' || fail 'a line is wider than 80 columns'
}

claim 'progress is drawn on a terminal, with the time left, and no wider' draws_progress
claim 'the report fits its terminal' fits
claim 'no progress in a pipe' eval 'run run -i spsc $quick; exits 0; silent'
claim '--progress=always tells of every run in a pipe' eval '
    run run -i spsc -r 2 -t 0.1 --progress always; exits 0; says "2/2, 0 s left"'
claim '--quiet prints nothing' eval '
    run run -i spsc $quick --quiet; exits 0; silent; [ ! -s "$work/out" ] || fail "stdout"'
claim '--quiet still prints what --format asks for' eval '
    run run -i spsc $quick --quiet -f csv; exits 0; silent; prints "throughput,msg/s"'
claim '--verbose tells what is done when' eval '
    run run -i spsc $quick --verbose; exits 0; says "run 1 throughput/spsc/p1c1"; says "seed"'
claim '--log tells what is done when' eval '
    run run -i spsc $quick --log "$work/log"; exits 0; silent; grep -q "exit status 0" "$work/log"'
claim 'a pipe gets no color' eval '
    run list; ! grep -qF "$escape" "$work/out" || fail "escapes in a pipe"'
claim '--color=always colors a pipe' eval '
    run list --color always; prints "${escape}["'

colors_terminal() {
    on_terminal 80 "$qbench" list
    exits 0
    prints "${escape}["
}
no_color_variable() {
    export NO_COLOR=1
    on_terminal 80 "$qbench" list
    exits 0
    ! grep -qF "${escape}[" "$work/out" || fail 'it is colored'
}
color_beats_variable() {
    export NO_COLOR=1
    run list --color always
    exits 0
    prints "${escape}["
}

claim 'a terminal gets color' colors_terminal
claim 'NO_COLOR is honored' no_color_variable
claim '--color=always beats NO_COLOR' color_beats_variable

# ---- signals ----

interrupted() { # SIGNAL: what was finished is written, exit 130
    has_python
    "$qbench" run -i spsc,mpmc -r 50 -t 0.2 -o "$work/i.json" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 1.5
    kill "-$1" $pid
    wait $pid
    code=$?
    exits 130
    prints throughput
    json "$work/i.json" 'all(r["status"] == "interrupted" for r in d["results"])'
    json "$work/i.json" 'any(r["metrics"]["throughput"]["n"] > 0 for r in d["results"])'
}

interrupted_twice() {
    "$qbench" run -i "$fixtures/hanging.so" -r 1 --timeout 60 >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 0.7
    child=$(pgrep -P $pid)
    kill -INT $pid
    kill -INT $pid 2>/dev/null
    wait $pid
    code=$?
    exits 130
    sleep 0.2
    [ -n "$child" ] || fail 'there was no child'
    # Where nobody reaps orphans, a dead one stays as a zombie.
    case $(ps -o stat= -p "$child") in '' | Z*) ;; *) fail 'the measuring child lives on' ;; esac
}

waits_for_a_reader() { # a FIFO that nobody reads can be interrupted
    mkfifo "$work/alone.csv"
    "$qbench" run -i spsc $quick -o "$work/alone.csv" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep 0.3
    kill -INT $pid
    wait $pid
    code=$?
    exits 130
}

claim 'SIGINT ends the run, writes what is finished, exit 130' interrupted INT
claim 'SIGTERM does the same' interrupted TERM
claim 'the second SIGINT ends at once, and the child with it' interrupted_twice
claim 'waiting for the reader of a FIFO can be interrupted' waits_for_a_reader

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
