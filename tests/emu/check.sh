#!/bin/sh
# check.sh -- qbench in emulated machines: counters that count exactly, and machines larger than any
# at hand.
#
#   tests/emu/check.sh [GUEST...]     only these of: exact shared queues partial none unknown places
#
# Boots each guest of the parts guests_*.sh once, with a list of commands; claims are then made
# about what these wrote.  Needs what `make deps-emu` brings; without it guests are skipped.  Ends
# with `emu: N passed, M failed, K skipped`; exits 1 if any failed, 77 if none ran.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
emu=build/emu
wanted=" $* "
passed=0 failed=0 skipped=0 lacks=''
trap 'exit 130' INT TERM

# ---- booting ----

missing() { # ARCHITECTURE: prints what its guests lack here
    case $1 in
    arm64) tools='qemu-system-aarch64 aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump' ;;
    *) tools='qemu-system-x86_64 x86_64-linux-gnu-gcc' ;;
    esac
    for tool in $tools cpio python3 timeout; do
        command -v "$tool" >/dev/null || { echo "no $tool; see 'make deps-emu'" && return; }
    done
    [ -e $emu/"$1"/vmlinuz ] || echo "no kernel image for $1; see 'make deps-emu'"
}

# The programs of an architecture, once: they are the larger part of every guest's disk.
prepare() { # ARCHITECTURE
    [ ! -e $emu/"$1".built ] || return 0
    tests/emu/build.sh "$1" >&2 || return 1
    disk=$emu/$1/disk
    rm -rf "$disk" && mkdir -p "$disk/bin" &&
        cp $emu/"$1"/root/bin/busybox $emu/"$1"/obj/qbench $emu/"$1"/obj/crowd "$disk/bin/" &&
        cp tests/emu/init "$disk/" || return 1
    [ ! -e $emu/"$1"/obj/unit_tests ] || cp $emu/"$1"/obj/unit_tests "$disk/bin/" || return 1
    strip_debug "$1" "$disk"/bin/* || return 1
    (cd "$disk" && find . | cpio -o -H newc --quiet | gzip -1) >$emu/"$1"/disk.gz &&
        : >$emu/"$1".built
}

strip_debug() { # ARCHITECTURE FILE...
    case $1 in
    arm64) shift && aarch64-linux-gnu-strip -S "$@" ;;
    *) shift && x86_64-linux-gnu-strip -S "$@" ;;
    esac
}

# Takes the console's record apart: NAME.out, NAME.err and NAME.status of each command.
take_apart() { # FOLDER
    tr -d '\r' <"$1/console" | awk -v folder="$1/" '
        $1 == "@out" || $1 == "@err" { file = folder $2 "." substr($1, 2); printf "" >file; next }
        $1 == "@end" { print $3 >(folder $2 ".status"); file = ""; next }
        file != "" { print >file }'
}

# Boots GUEST with the commands on standard input; what they wrote is in $guest afterwards.  Not to
# be part of a pipeline.
boot() { # GUEST ARCHITECTURE SECONDS KERNEL-ARGUMENTS QEMU...
    guest=$emu/out/$1 architecture=$2 seconds=$3 arguments=$4
    lacks=$(missing "$architecture")
    [ -z "$lacks" ] || return 0
    name=$1
    shift 4
    rm -rf "$guest" && mkdir -p "$guest/disk" && cat >"$guest/disk/commands"
    prepare "$architecture" || { echo "emu: cannot build for $architecture" >&2 && exit 2; }
    (cd "$guest/disk" && find . | cpio -o -H newc --quiet | gzip -1) |
        cat $emu/"$architecture"/disk.gz - >"$guest/initrd"
    began=$(date +%s)
    timeout "$seconds" "$@" -nographic -no-reboot -nic none \
        -kernel $emu/"$architecture"/vmlinuz -initrd "$guest/initrd" \
        -append "quiet panic=-1 $arguments" >"$guest/console" 2>"$guest/qemu.err" </dev/null
    status=$?
    rm -rf "$guest/disk" "$guest/initrd"
    take_apart "$guest"
    echo "--- $name: $(($(date +%s) - began)) s"
    grep -q '^@done' "$guest/console" && return
    echo "the guest did not come to its end (status $status of qemu); its console ends with:"
    tail -n 5 "$guest/console" "$guest/qemu.err"
}

arm64_guest() { # GUEST SECONDS KERNEL-ARGUMENTS QEMU...: the commands on standard input
    name=$1 seconds=$2 arguments=$3
    shift 3
    boot "$name" arm64 "$seconds" "console=ttyAMA0 $arguments" \
        qemu-system-aarch64 -M virt -m 512 "$@"
}

is_wanted() { [ "$wanted" = '  ' ] || case $wanted in *" $1 "*) ;; *) false ;; esac; }

# ---- claims ----

claim() { # CLAIM COMMAND...: the command prints the figures that it saw
    claim=$1
    shift
    if [ -n "$lacks" ]; then
        skipped=$((skipped + 1))
        echo "skipped: $claim: $lacks"
    elif figures=$("$@" 2>&1); then
        passed=$((passed + 1))
        echo "ok: $claim: $figures"
    else
        failed=$((failed + 1))
        echo "FAILED: $claim"
        echo "$figures" | sed 's/^/    /'
    fi
}

# Holds the EXPRESSION of what COMMAND wrote as JSON?  d is the document, r its first result, c that
# one's counters; per(NAME) is a counter per message, code(NAME) and why(NAME) say why it is absent.
# Prints FIGURES, which is an expression too.
holds() { # COMMAND EXPRESSION FIGURES
    [ -e "$guest/$1.out" ] || { echo "'$1' did not run" && return 1; }
    python3 - "$guest/$1" "$2" "$3" <<'END'
import json, sys
stem, expression, figures = sys.argv[1:]
try:
    d = json.load(open(stem + ".out"))
except ValueError:
    sys.exit(open(stem + ".out").read() + open(stem + ".err").read())
r = d["results"][0] if d.get("results") else {}
c = r.get("counters", {})
per = lambda name: c[name].get("per_message")
code = lambda name: c[name].get("code", "")
why = lambda name: c[name].get("unavailable", "")
try:
    true = eval(expression)
    print(eval(figures))
except Exception as e:
    sys.exit(f"{expression}: {e!r} in {json.dumps(r or d)[:2000]}")
sys.exit(0 if true else f"not so: {expression}")
END
}

prints() { # COMMAND TEXT
    grep -m 1 -F -e "$2" "$guest/$1.out" || { head -n 40 "$guest/$1.out" && false; }
}

exits_with() { # COMMAND STATUS
    if [ "$(cat "$guest/$1.status")" = "$2" ]; then
        tail -n 1 "$guest/$1.out"
    else
        cat "$guest/$1.out" "$guest/$1.err"
        return 1
    fi
}

rm -f $emu/*.built
for part in tests/emu/guests_*.sh; do
    # shellcheck source=/dev/null
    . "$part"
done

echo "emu: $passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ] || exit 1
[ $passed != 0 ] || exit 77
