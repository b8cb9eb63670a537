# shellcheck shell=sh
# cli_partner.sh -- part of cli.sh: perf beside a run, played by this shell
# shellcheck disable=SC2016,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

# Both FIFOs, read by this shell as 3 and 4.
make_fifos() {
    mkfifo "$work/ctl" "$work/ack" || exit 1
    exec 3<>"$work/ctl" 4<>"$work/ack"
}

# What was said, on one line; the end is marked, for the FIFO has none while we hold it.
heard() {
    echo end >&3
    while read -r word <&3 && [ "$word" != end ]; do printf '%s ' "$word"; done
}

hears() { # WORDS
    words=$(heard)
    [ "$words" = "$1" ] || fail "perf heard '$words', not '$1'"
}

hears_each_window() {
    has_python
    make_fifos
    run run -i spsc,mutex -r 2 -t 0.1 --warmup 0.02 --perf-ctl "$work/ctl" -f json
    exits 0
    hears 'enable disable enable disable enable disable enable disable '
    json "$work/out" 'all(r["perf_ctl"] == "ok" for c in d["results"] for r in c["runs"])'
    json "$work/out" 'all("profiled" in [w["code"] for w in c["warnings"]] for c in d["results"])'
}

waits_for_answers() {
    has_python
    make_fifos
    while read -r word <&3; do
        echo "$word" >>"$work/heard"
        [ "$word" != end ] || break
        sleep 0.3
        printf 'ack\n\0' >&4
    done &
    began=$(date +%s%3N)
    run run -i spsc -r 2 -t 0.1 --warmup 0.02 --perf-ctl="$work/ctl,$work/ack" -f json
    took=$(($(date +%s%3N) - began))
    echo end >&3
    wait
    exits 0
    [ "$(tr '\n' ' ' <"$work/heard")" = 'enable disable enable disable end ' ] ||
        fail "perf heard $(cat "$work/heard")"
    [ $took -ge 1200 ] || fail "it waited for no answer: $took ms"
    json "$work/out" 'all(r["perf_ctl"] == "ok" for r in d["results"][0]["runs"])'
    # Only answers take that long: the windows are as long as they should be.
    json "$work/out" 'all(r["window_ns"] < 200e6 for r in d["results"][0]["runs"])'
}

goes_on_without_perf() {
    has_python
    make_fifos
    head -n 1 <&3 3>&- >"$work/heard" &
    exec 3>&-
    run run -i spsc -r 3 -t 0.1 --warmup 0.02 --perf-ctl "$work/ctl" -f json
    exits 0
    wait
    json "$work/out" 'd["results"][0]["metrics"]["throughput"]["n"] == 3'
    json "$work/out" '[w["text"] for w in d["results"][0]["warnings"]
        if w["code"] == "perf-ctl" and "nobody reads the FIFO any more" in w["text"]]'
}

ends_what_a_crash_began() {
    make_fifos
    run run -i "$fixtures/crashing.so" -r 1 --messages 1200k --perf-ctl "$work/ctl"
    exits 4
    hears 'enable disable '
}

claim 'perf hears of every measured window, and of nothing else' hears_each_window
claim 'perf is waited for where it answers, outside of the window' waits_for_answers
claim 'perf that dies is a warning, and the runs go on' goes_on_without_perf
claim 'perf does not go on recording after a crash' ends_what_a_crash_began
claim 'perf records a fixed count of messages too' eval '
    make_fifos; run run -i spsc -r 1 --messages 10k --perf-ctl "$work/ctl"; exits 0
    hears "enable disable "'
claim '--perf-ctl without its FIFO measures nothing' \
    refused "FIFO '/nowhere' is not there" run -i spsc --perf-ctl /nowhere
claim '--perf-ctl with a file measures nothing' \
    refused "'/dev/null' is no FIFO" run -i spsc --perf-ctl /dev/null
claim '--perf-ctl without a reader measures nothing' eval '
    mkfifo "$work/ctl"; refused "nobody reads FIFO" run -i spsc --perf-ctl "$work/ctl"'
claim '--perf-ctl without a name is refused' \
    refused "a FIFO's name is missing" run -i spsc --perf-ctl ,ack
