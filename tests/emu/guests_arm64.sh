# guests_arm64.sh -- part of check.sh: Neoverse-N1, whose PMU the emulator counts exactly.
# shellcheck shell=sh disable=SC2016,SC2086,SC2154
#
# -icount gives every instruction one nanosecond and makes INST_RETIRED exact; but it counts those
# of all virtual CPUs together, so the guests that are asked for figures have one CPU.

icount='-accel tcg,thread=single -icount shift=0,sleep=off'

# ---- what a message costs, from the disassembly ----

line_of() { # HEADER TEXT: `HEADER:LINE`
    echo "$1:$(grep -nF -e "$2" harness/api/"$1" | head -n 1 | cut -d: -f1)"
}

way_round() { # LOOP WAY
    aarch64-linux-gnu-objdump -d -l --no-show-raw-insn --disassemble="$1" $emu/arm64/obj/qbench |
        awk -v loop="$1" -v way="$2" -f tests/emu/loop_length.awk
}

# A message of QB_TURN makes the way by the look at the phase, the others the shorter one.
per_message() { # LOOP WAY
    turn=$(sed -n 's/^#define QB_TURN \([0-9]*\).*/\1/p' harness/api/qbench_loops.h)
    short=$(way_round "$1" "$2")
    long=$(way_round "$1" "$2 $(line_of qbench_loops.h '__atomic_load_n(worker->phase')")
    echo "$short $long $turn" | awk '{ print $1 + ($2 - $1) / $3 }'
}

derive() {
    sends=$(per_message spsc_single_produce_8 \
        "$(line_of qbench_lane.h 'qb_store(&lane->tail, tail + 1, RELEASE)')")
    release=$(line_of qbench_lane.h 'qb_store(&lane->head, reader->head, RELEASE)')
    receives=$(per_message spsc_single_consume_8 \
        "$release $(line_of qbench_proof.h 'return expected + 1;')")
}

# ---- exact: one CPU, nobody else counts ----

# Waiting is not in the disassembly, so there is hardly any: the queue holds all messages, who has
# nothing to do sleeps, and who is woken waits for the end of the other's 4 ms, 4 M instructions.  A
# scheduler that is fair at each wake instead gives the cheaper side as much time as the other one,
# and what its messages leave of it goes into waiting.
if is_wanted exact; then
    arm64_guest exact 100 highres=off -cpu neoverse-n1 -smp 1 $icount <<'END'
mount -t debugfs none /sys/kernel/debug
echo NO_WAKEUP_PREEMPTION >/sys/kernel/debug/sched/features
all='qbench run --impl spsc --messages 4M -q 4M -r 1 --wait block --format json'
command all $all --counters all
command user $all --counters user
few='qbench run --impl spsc --messages 200k --format json'
command raw $few -r 2 -e mine=r8,arm_n1::INST_RETIRED
command list qbench list --format json
[ ! -e /bin/unit_tests ] || command unit unit_tests 'counter*/*' 'clock/*'
echo 3 >/proc/sys/kernel/perf_event_paranoid
command denied su nobody -s /bin/sh -c "exec $few -r 1"
END
    [ -n "$lacks" ] || derive
    claim 'a message costs the instructions of the disassembled loops, within 1 %, in all modes' \
        holds all "r['status'] == 'ok' and \
            abs(per('instructions') / (${sends:-0} + ${receives:-0}) - 1) < 0.01" \
        "f'{per(\"instructions\"):.4f} of ${sends:-} + ${receives:-}'"
    claim 'a producer and a consumer each cost those of their own loop, in user mode' \
        holds user "abs(c['instructions']['producer_per_message'] / ${sends:-0} - 1) < 0.005 and \
            abs(c['instructions']['consumer_per_message'] / ${receives:-0} - 1) < 0.01" \
        "f'{c[\"instructions\"][\"producer_per_message\"]:.4f} of ${sends:-}, \
{c[\"instructions\"][\"consumer_per_message\"]:.4f} of ${receives:-}'"
    claim 'cycles are counted, one for each instruction of this machine' \
        holds all "abs(c['ipc']['value'] - 1) < 0.001 and c['cycles']['coverage'] == 1" \
        "f'{per(\"cycles\"):.4f} cycles, ipc {c[\"ipc\"][\"value\"]:.6f}'"
    user=$(holds user True "per('instructions')" 2>/dev/null || echo 0)
    claim 'all modes cost a little more than user mode alone' \
        holds all "0 < per('instructions') - $user < 0.01 * $user" \
        "f'{per(\"instructions\"):.4f}, $user'"
    claim 'a raw code and a name of libpfm4 count the same event' \
        holds raw "all(abs(per(n) / per('instructions') - 1) < 0.05 \
            for n in ('mine', 'arm_n1::INST_RETIRED'))" \
        "[f'{per(n):.2f}' for n in ('instructions', 'mine', 'arm_n1::INST_RETIRED')]"
    claim 'an event that opens and never moves in the self-test is dead, not 0' \
        holds list "any(e['name'] == 'barriers' and e['code'] == 'dead' for e in d['counters'])" \
        "[(e['name'], e['code']) for e in d['counters'] if e['name'] == 'barriers']"
    claim 'who may not count is told what it needs' \
        holds denied "r['status'] == 'ok' and code('cycles') == 'denied' and \
            '(now 3)' in why('cycles') and 'value' in c['cpu-ns']" "why('cycles')"
    [ -n "$lacks" ] || [ -e "$guest/unit.out" ] || lacks='no Criterion to build tests with'
    claim 'the unit tests of counters and clocks pass on aarch64, the PMU included' \
        exits_with unit 0
fi

# ---- shared: one CPU, others count too ----

if is_wanted shared; then
    arm64_guest shared 100 '' -cpu neoverse-n1 -smp 1 $icount <<'END'
pmu=/sys/bus/event_source/devices/armv8_pmuv3
echo 1 >$pmu/perf_event_mux_interval_ms
run='qbench run --impl spsc -q 1M -r 1 --wait yield --format json'
command turns crowd flexible 4 $run --messages 4M
command text crowd flexible 4 qbench run -i spsc -q 1M -r 1 --wait yield --messages 4M
command starved crowd flexible 24 $run --messages 2M
command narrow crowd pinned 5 $run --messages 1M
command full crowd pinned 6 $run --messages 1M
END
    [ -n "$lacks" ] || derive
    claim 'counters that take turns with others are scaled up, and marked as estimates' \
        holds turns "r['status'] == 'ok' and 0.5 <= c['instructions']['coverage'] < 0.95 and \
            abs(per('instructions') / (${sends:-0} + ${receives:-0}) - 1) < 0.1" \
        "f'{per(\"instructions\"):.2f} of ${sends:-} + ${receives:-}, from \
{100 * c[\"instructions\"][\"coverage\"]:.0f} % of the region'"
    claim 'and in text by ~' prints text 'instructions ~'
    claim 'what was counted for too little of the time is no estimate, and says so' \
        holds starved "r['status'] == 'ok' and \
            code('instructions') in ('multiplexed', 'no-slots')" \
        "why('instructions')"
    claim 'one free counter is enough for the pair that leads every group' \
        holds narrow "c['instructions']['coverage'] == 1 and per('instructions') > 50 and \
            code('fills-far') == 'no-slots'" \
        "f'{per(\"instructions\"):.2f}; fills-far: {why(\"fills-far\")}'"
    claim 'without a free counter there is no value and a reason' \
        holds full "r['status'] == 'ok' and all(code(n) == 'no-slots' \
            for n in ('cycles', 'instructions', 'fills-far'))" "why('instructions')"
fi

# ---- queues: two CPUs ----

# Without -icount the virtual CPUs are threads of the emulator: they really run at the same time.
if is_wanted queues; then
    arm64_guest queues 150 '' -cpu neoverse-n1 -smp 2 -accel tcg,thread=multi <<'END'
command one-to-one qbench run --impl all --messages 2k -r 1 --format json
command two-to-two qbench run --impl all -p 2 -c 2 --messages 2k -r 1 --format json
command in-batches qbench run --impl all -p 2 -b 16 --messages 2k -r 1 --format json
command asleep qbench run --impl all -q 64 --wait block --messages 2k -r 1 --format json
END
    for command in one-to-one two-to-two in-batches asleep; do
        claim "every queue that serves the case delivers all on aarch64 ($command)" \
            holds $command "len(d['results']) > 4 and \
                all(x['status'] in ('ok', 'skipped') for x in d['results'])" \
            "' '.join(x['impl'] for x in d['results'] if x['status'] == 'ok')"
    done
fi

# ---- partial, none, unknown: other PMUs ----

small='command list qbench list --format json
command words qbench list
command run qbench run --impl spsc --messages 200k -r 1 --counters user --format json'

if is_wanted partial; then
    arm64_guest partial 60 '' -cpu neoverse-n1 -smp 2 <<END
$small
END
    claim 'a PMU that counts cycles alone gives cycles, and no instructions' \
        holds run "r['status'] == 'ok' and per('cycles') > 0 and \
            code('instructions') == code('ipc') == 'event-missing'" \
        "f'{per(\"cycles\"):.1f} cycles; {why(\"instructions\")}'"
    claim 'what is derived from a missing counter has the reason of that one' \
        holds run "why('ipc') == why('instructions') and \
            why('memory-clears-per-kilomessage') == why('memory-order-clears')" "why('ipc')"
fi
if is_wanted none; then
    arm64_guest none 60 '' -cpu neoverse-n1,pmu=off -smp 2 <<END
$small
END
    claim 'without a PMU nothing is counted but what the kernel keeps' \
        holds run "r['status'] == 'ok' and code('cycles') == code('ipc') == 'no-pmu' and \
            c['cpu-ns']['value'] > 0" "why('cycles')"
    claim 'list says no-pmu of every hardware counter' \
        holds list "all(e['code'] == 'no-pmu' for e in d['counters'])" \
        "len(d['counters']), 'counters'"
fi
if is_wanted unknown; then
    arm64_guest unknown 60 '' -cpu max,pauth-impdef=on -smp 1 $icount <<END
$small
END
    [ -n "$lacks" ] || derive
    claim 'a CPU that libpfm4 does not know is counted by the codes of its architecture' \
        holds run "abs(per('instructions') / (${sends:-0} + ${receives:-0}) - 1) < 0.05" \
        "f'{per(\"instructions\"):.2f} of ${sends:-} + ${receives:-}'"
    claim 'and list says that libpfm4 does not know the CPU' \
        prints words 'libpfm4 does not know implementer 0x00 part 0x051'
fi
