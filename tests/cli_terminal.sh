# shellcheck shell=sh
# cli_terminal.sh -- part of cli.sh: what is said meanwhile, and signals
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

# ---- what is said meanwhile ----

escape=$(printf '\033')

draws_progress() {
    on_terminal 60 "$qbench" run -i spsc -r 2 -t 0.3 --warmup 0.1
    exits 0
    prints ' left: throughput/spsc'
    prints "${escape}[J"
    tr '\r' '\n' <"$work/out" | grep ' left: ' |
        awk '{ sub(/^.*\033\[J/, "") } length > 59 { exit 1 }' ||
        fail 'a progress line is wider than the terminal'
}

# The line of the wide window takes several rows of the narrow one: all are erased.
follows_the_window() {
    SHRINK=1 on_terminal 100 "$qbench" run -i spsc -r 1 -t 0.5 -f csv
    exits 0
    prints "${escape}[A${escape}[A"
}

fits() { # no line of the report is wider than the terminal
    on_terminal 80 "$qbench" run -i spsc $quick --progress never --color never
    exits 0
    tr -d '\r' <"$work/out" | awk 'length > 80 { exit 1 }' || fail 'a line is wider than 80 columns'
}

claim 'progress is drawn on a terminal, with the time left, and no wider' draws_progress
claim 'a narrower window keeps no remains of the progress line' follows_the_window
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
