# shellcheck shell=sh
# cli_results.sh -- part of cli.sh: measuring, exit codes, files and pipes
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

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

# CODE STATUS QUEUE: ends with that code and status, and the other queue's result whole.
ends_with() {
    has_python
    expected=$1 status=$2 queue=$3
    run run -i "mpmc,$fixtures/$queue.so" -r 1 --messages 1200k --timeout 3 -o "$work/r.json"
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
claim 'at capacity 0 every message is handed over, and other queues are skipped' eval '
    has_python; run run -i mpmc,futex-channel -q 0 -p 2 -c 2 -r 1 --messages 20000 -o "$work/r.json"
    exits 0; prints "capacity 0"
    json "$work/r.json" "[r[\"status\"] for r in d[\"results\"]] == [\"skipped\", \"ok\"]"
    json "$work/r.json" "d[\"results\"][1][\"delivery\"][\"received\"] == 20000"
    json "$work/r.json" "d[\"results\"][1][\"capacity\"] == 0"
    json "$work/r.json" "\"rendezvous\" in d[\"results\"][1][\"traits\"]"
    json "$work/r.json" "\"/q0/block/\" in d[\"results\"][1][\"key\"]"
    run compare "$work/r.json" "$work/r.json"; exits 3; prints "/q0/block/"'
claim '--seed is in the result, and gives the same order again' eval '
    for round in 1 2; do
        run run -i spsc -q 64,128,256,512,1024 $quick --seed 7 --log "$work/log" -f json
        prints "\"seed\": 7"
        grep -o "run [0-9]* [^ ]* seed [0-9]*" "$work/log" >"$work/order$round"
    done
    cmp "$work/order1" "$work/order2" >&2'
claim 'a crashing queue is exit 4, and the others stay' ends_with 4 crashed crashing
claim 'a hanging queue is exit 4, and the others stay' ends_with 4 timeout hanging
claim 'a losing queue is exit 5, and the others stay' ends_with 5 incorrect losing
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
        "$qbench" run -i spsc,mpmc,mutex -r 8 -t 0.02 -o "$work/small/r.json" \
        >"$work/out" 2>"$work/err"
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
    says 'cannot write to standard output: '
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
