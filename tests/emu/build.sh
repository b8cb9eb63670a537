#!/bin/sh
# build.sh ARCHITECTURE -- builds what runs in that architecture's guests, into build/emu.
#
# The same sources by the same Makefile, linked statically against what fetch.sh has unpacked: a
# guest has no other file than these.  Without Criterion's headers there are no unit tests.
set -eu
cd "$(dirname "$0")/../.."
architecture=$1
case $architecture in
arm64) triplet=aarch64-linux-gnu ;;
amd64) triplet=x86_64-linux-gnu ;;
esac
objects=build/emu/$architecture/obj
root=build/emu/$architecture/root/usr
stub=$objects/tests/emu/udev_stub.o
# The tests of what sees the kernel and the PMU, for the guests that have one.
tests='counters_pmu counters_host counters_privileges counters_thread counter_math clock'

# Criterion's headers, the same on every machine, are searched last.
cross_make() { # TARGET...
    make --no-print-directory -s -j"$(nproc)" CC="$triplet-gcc" O="$objects" PFM=yes ARGP= \
        CPPFLAGS="-isystem $root/include -isystem $root/include/$triplet -idirafter /usr/include" \
        LDFLAGS="-static -L$root/lib/$triplet" \
        LIBS="$stub -lhwloc -ljansson -lpfm -ldl -lrt -lm -pthread" "$@"
}

build_unit_tests() {
    targets="$objects/tests/plain_runner.o $objects/tests/emu/criterion_stub.o"
    for test in $tests; do
        targets="$targets $objects/tests/test_$test.o"
    done
    # shellcheck disable=SC2086 # a list of words
    cross_make $targets
    # shellcheck disable=SC2046,SC2086
    "$triplet-gcc" -static -L"$root/lib/$triplet" -o "$objects/unit_tests" $targets \
        $(find "$objects"/*/ -name '*.o' ! -path '*/tests/*' ! -name main.o) \
        "$stub" -lhwloc -ljansson -lpfm -ldl -lrt -lm -pthread
}

# What the linker says of dlopen in a static program is true, and no guest loads a plug-in.
(
    cross_make "$stub" "$objects/tests/emu/crowd.o"
    cross_make "$objects/qbench"
    "$triplet-gcc" -static -o "$objects/crowd" "$objects/tests/emu/crowd.o"
    [ "$architecture" != arm64 ] || [ ! -e /usr/include/criterion/criterion.h ] ||
        build_unit_tests
) 2>"$objects.log" || { cat "$objects.log" >&2 && exit 1; }
