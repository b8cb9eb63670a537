#!/bin/sh
# cli.sh -- the command line as its users meet it: exit codes, sentences, pipes, files, signals.
#
#   BUILD=release tests/cli.sh [PATTERN]     only the claims that contain PATTERN
#
# Every check is named by its claim.  Ends with `N passed, N failed[, N skipped]`; exits 1 if any
# failed.  Runs are kept as short as they can be: what is asked here is never how fast anything is.
set -u
export LC_ALL=C.UTF-8
unset NO_COLOR COLUMNS
cd "$(dirname "$0")/.." || exit 2
root=$PWD
build=$root/build/${BUILD:-release}
qbench=$build/qbench
pattern=${1:-}
temporary=$(mktemp -d) || exit 2
trap 'rm -rf "$temporary"' EXIT
trap 'exit 130' INT TERM
work=$temporary/work why=$temporary/why
# What other invocations measured on this machine shall change nothing here.
export XDG_CACHE_HOME="$temporary/cache"
passed=0 failed=0 skipped=0
# shellcheck disable=SC2034 # used by the parts
fixtures=$build/fixtures
# shellcheck disable=SC2034
quick='-r 1 -t 0.1 --warmup 0.02'

[ -x "$qbench" ] || { echo "cli: $qbench is missing; run make" >&2; exit 2; }

# ---- how a check is written ----

# A loaded machine may make a short measurement invalid, which is exit code 4 and no fault of the
# command line: such a check gets another try.
attempt() { # COMMAND...
    for _ in 1 2 3; do
        rm -rf "$work" && mkdir "$work" || exit 2
        : >"$why"
        ("$@") 2>>"$why"
        status=$?
        grep -q '^exit code 4, not' "$why" || break
    done
    return "$status"
}

claim() { # CLAIM COMMAND...
    name=$1
    shift
    case $name in *"$pattern"*) ;; *) return ;; esac
    attempt "$@"
    case $? in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) && echo "skipped: $name: $(tail -n 1 "$why")" ;;
    *) failed=$((failed + 1)) && echo "FAILED: $name" && sed 's/^/    /' "$why" ;;
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
    if os.environ.get("SHRINK") and text.count(b" left: ") == 1:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
sys.stdout.buffer.write(text)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    code=$?
}

for part in "$root"/tests/cli_*.sh; do
    # shellcheck source=/dev/null
    . "$part"
done

echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
