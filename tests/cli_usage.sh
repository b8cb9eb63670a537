# shellcheck shell=sh
# cli_usage.sh -- part of cli.sh: help, wrong arguments, plug-ins, list and plan
# shellcheck disable=SC2016,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

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
claim 'one dash before a long name is refused' \
    refused "no option '-impl', did you mean '--impl'?" run -impl spsc
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
claim 'a negative capacity is refused' wrong_number 'negative at character 1' -q -1
claim 'a capacity beyond 4G is refused' wrong_number '4294967297 is more than' -q 4294967297
claim 'a capacity of 0 is refused where no queue asked for serves it' \
    refused "'mutex' does not serve capacity 0; try futex-channel" run -i mutex -q 0
claim 'a capacity of 0 is refused to a plug-in that does not serve it' \
    refused "'simple-ring' does not serve capacity 0; try futex-channel" \
    run -i "$fixtures/simple_ring.so" -q 0
claim 'a capacity of 0 is refused to threads that do not sleep' \
    refused 'capacity 0 needs --wait=block: threads that spin never meet' \
    run -i futex-channel -q 0 --wait spin
claim 'a capacity of 0 is refused to batches' \
    refused 'capacity 0 moves one message at a time: it needs --batch=1' \
    run -i futex-channel -q 0 -b 4
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
    prints "/auto/simple_ring.so"
    prints "/auto/short_queue.so"'
claim 'list shows the queues of a plug-in' eval '
    run list "$fixtures/simple_ring.so"
    exits 0
    prints "the simplest plug-in there is"'

# ---- list and plan ----

lists_names() {
    for kind in impls workloads formats pins counters commands; do
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
claim 'plan blocks at capacity 0 and names beside other queues who serves it' eval '
    run plan -i mutex,futex-channel -q 0; exits 0; silent
    prints "/q0/block/auto"; prints "waits by block"
    prints "does not serve capacity 0; try futex-channel"'
claim 'list shows who serves capacity 0' eval '
    has_python; run list; exits 0; prints ", rendezvous"
    run list --format json
    json "$work/out" "[\"futex-channel\"] == [i[\"name\"] for i in d[\"impls\"]
        if \"rendezvous\" in i[\"abilities\"]]"'
claim 'plan skips nothing twice over shards' eval '
    for shard in 1/3 2/3 3/3; do
        "$qbench" plan -i mpmc -b 1-7 --shard $shard | grep ^through
    done | sort >"$work/shards"
    "$qbench" plan -i mpmc -b 1-7 | grep ^through | sort >"$work/whole"
    cmp "$work/shards" "$work/whole" >&2'

# ---- the latency workload ----

claim 'latency without a rate says how to give one' \
    refused 'add --rate=N, messages per second, such as --rate=100k' run -i spsc -w latency
claim 'a rate of 0 is refused' wrong_number '0 is less than 1' --rate 0
claim 'a rate that is no number is refused' wrong_number "unexpected 'n'" --rate nan
claim 'a negative rate is refused' wrong_number 'negative' --rate -5
claim 'a rate beyond a billion is refused' wrong_number 'is more than 1000000000' --rate 2G
claim 'a rate of 10^30 is refused' wrong_number 'is more than' \
    --rate 1000000000000000000000000000000
claim 'a rate without latency is refused' refused 'add --workload=latency' run -i spsc --rate 100k
claim 'arrivals without latency are refused' \
    refused 'add --workload=latency' run -i spsc --arrivals poisson
claim 'unknown arrivals name the nearest' \
    refused "--arrivals 'posson': did you mean 'poisson'?" \
    run -i spsc -w latency --rate 1k --arrivals posson
claim 'latency takes no count of messages' \
    refused 'takes a --time, not --messages' run -i spsc -w latency --rate 1k --messages 10
claim 'latency of a batch is refused' \
    refused 'needs --batch=1' run -i spsc -w latency --rate 1k -b 64
claim 'latency of a floor is refused' \
    refused "'null' makes up its messages" run -i null -w latency --rate 1k
claim 'latency of a plug-in from before it is refused' \
    refused "'short-queue' was built for a qbench without the latency workload: rebuild it" \
    run -i "$fixtures/short_queue.so:short-queue" -w latency --rate 1k
claim 'a rate that a hang cannot be told from is refused' \
    refused 'use a longer --timeout' run -i spsc -w latency --rate 1 --timeout 1
claim 'plan and ab know the latency workload' eval '
    run plan -i spsc,null -w throughput,latency --rate 5k --arrivals poisson
    exits 0; prints "latency/spsc/p1c1/b1/m8/q65536/"; prints "/auto/r5000/poisson"
    prints "due         poisson arrivals, 5.00 k msg/s"
    prints "makes up its messages"
    refused "add --rate=N" ab spsc mutex -w latency'
claim 'list shows the latency workload' \
    eval 'run list; exits 0; prints "messages are due at --rate"'
