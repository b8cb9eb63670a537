# qbench.fish -- completion of qbench(1) in fish
#
# Names and options are asked of the qbench that is typed, so that this file knows none of them;
# what it knows is which option takes what.

function __qbench_ask --description 'names of a kind, one per line'
    set -l tokens (commandline -opc)
    string replace -r '^~' $HOME -- $tokens[1] | read -l program
    $program list --names $argv 2>/dev/null </dev/null
end

function __qbench_options --argument-names command --description 'options, as help tells them'
    set -l tokens (commandline -opc)
    string replace -r '^~' $HOME -- $tokens[1] | read -l program
    ARGP_HELP_FMT= $program $command --help 2>/dev/null </dev/null | awk '
        function tell(  i) {
            for (i = 1; i <= count; i++) print names[i] "\t" text
            count = 0
        }
        /^ +(-[A-Za-z], +)?--[a-z]/ {
            tell()
            count = split(substr($0, 1, 28), names, /,/)
            for (i = 1; i <= count; i++) { sub(/^ +/, "", names[i]); sub(/[= ].*/, "", names[i]) }
            text = substr($0, 30)
            next
        }
        count && substr($0, 1, 29) ~ /^ +$/ { text = text " " substr($0, 30); next }
        { tell() }
        END { tell() }'
end

# One of a list with commas, less what is in it already; the names are on stdin.
function __qbench_listed --argument-names value
    set -l before (string match -r '^.*,' -- $value); or set before ''
    while read -l name
        contains -- $name (string split , -- $before); or echo $before$name
    end
end

# Prints what may follow an option.  Fails if nothing does: then it takes no value.
function __qbench_value --argument-names option command value
    switch $option
        case -i --impl
            if string match -qr '^(.*,)?[./~][^,]*$' -- $value
                set -l before (string match -r '^.*,' -- $value); or set before ''
                set -l last (string replace -r '^.*,' '' -- $value)
                set -l files (__fish_complete_path $last | string match -r '.*(?:/|\.so)(?=\t|$)')
                printf '%s\n' $before$files
            else
                begin
                    __qbench_ask impls
                    echo all
                end | __qbench_listed $value
            end
        case -w --workload
            __qbench_ask workloads | __qbench_listed $value
        case --pin
            __qbench_ask pins | __qbench_listed $value
        case -f --format
            switch "$command"
                case run
                    __qbench_ask formats
                case ab compare
                    __qbench_ask comparison-formats
                case limits trend
                    printf '%s\n' text json csv
                case '*'
                    printf '%s\n' text json
            end
        case --names
            printf '%s\n' impls workloads formats comparison-formats pins counters commands options
        case --api
            printf '%s\n' auto single batch zerocopy
        case --arrivals
            printf '%s\n' uniform poisson
        case --wait
            printf '%s\n' auto spin yield block
        case -e --event
            __qbench_ask counters | __qbench_listed $value
        case --counters
            printf '%s\n' auto off user all
        case --numa
            printf '%s\n' default local interleave
        case --color --progress
            printf '%s\n' auto always never
        case --profile
            printf '%s\n' quick ci nightly
        case --policy
            printf '%s\n' guard strict point
        case --fail-on
            printf '%s\n' minor alert high
        case --inconclusive
            printf '%s\n' report pass fail
        case --normalize
            echo control
        case -o --output --log --topology --base-exec --new-exec --perf-ctl --trace
            __fish_complete_path $value
        case -p -c -b -m -q -r -t --producers --consumers --batch --message-size --capacity
        case --runs --time --warmup --messages --precision --max-runs --timeout --seed --shard --rate
        case --pairs --max-pairs --max-time --threshold --require --recording-sd --save-baseline
        case '*'
            return 1
    end
    return 0
end

# Words that are no option: a command, or what follows it.
function __qbench_word --argument-names command value
    switch "$command"
        case ''
            __qbench_ask commands
            echo help
        case help
            __qbench_ask commands
        case ab
            if string match -qr '^[./~]' -- $value
                __fish_complete_path $value | string match -r '.*(?:/|\.so)(?=\t|$)'
            else
                __qbench_ask impls
            end
        case compare
            string replace -r '.*/(.*)\.json$' '$1' -- .qbench/*.json
            __fish_complete_path $value | string match -r '.*(?:/|\.json)(?=\t|$)'
        case trend
            __fish_complete_path $value | string match -r '.*(?:/|\.json)(?=\t|$)'
        case list
            if contains -- options (commandline -opc | string replace -r '^--names=' '')
                __qbench_ask commands
            else
                __fish_complete_path $value | string match -r '.*(?:/|\.so)(?=\t|$)'
            end
    end
end

function __qbench_complete
    set -l tokens (commandline -opc)
    set -l token (commandline -ct)
    set -l command (string match -v -- '-*' $tokens[2..-1])[1]
    set -l parts (string match -r -- '^(--[^=]+=)(.*)$' $token)
    if test (count $parts) -ge 2
        set -l values (__qbench_value (string trim -r -c = -- $parts[2]) "$command" "$parts[3]")
        and printf '%s\n' $parts[2]$values
        return
    end
    if test (count $tokens) -gt 1; and string match -q -- '-*' $tokens[-1]
        __qbench_value $tokens[-1] "$command" "$token"
        and return
    end
    if not string match -q -- '-*' $token
        __qbench_word "$command" "$token"
    else if test -n "$command"
        __qbench_options $command
    else
        printf '%s\n' --help -h --version -V
    end
end

complete --command qbench --no-files --arguments '(__qbench_complete)'
