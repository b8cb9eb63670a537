# qbench.bash -- completion of qbench(1) in bash
#
# Names are asked of the qbench that is typed, so that this file knows none of them; what it knows
# is which option takes what.  It needs no other file of bash-completion.

_qbench_ask() { # KIND [COMMAND]: names, one per line
    "${COMP_WORDS[0]/#\~/$HOME}" list --names "$@" 2>/dev/null </dev/null
}

# Prints what may follow an option.  Fails if nothing does: then it takes no value.
_qbench_values() { # OPTION COMMAND
    case $1 in
    -i | --impl) _qbench_ask impls && echo all ;;
    -w | --workload) _qbench_ask workloads ;;
    -f | --format)
        case $2 in
        run) _qbench_ask formats ;;
        ab | compare) _qbench_ask comparison-formats ;;
        limits | trend) printf 'text\njson\ncsv\n' ;;
        *) printf 'text\njson\n' ;;
        esac
        ;;
    --pin) _qbench_ask pins ;;
    --names)
        printf '%s\n' impls workloads formats comparison-formats pins counters commands options
        ;;
    --api) printf '%s\n' auto single batch zerocopy ;;
    --wait) printf '%s\n' auto spin yield block ;;
    --arrivals) printf '%s\n' uniform poisson ;;
    -e | --event) _qbench_ask counters ;;
    --counters) printf '%s\n' auto off user all ;;
    --numa) printf '%s\n' default local interleave ;;
    --color | --progress) printf '%s\n' auto always never ;;
    --profile) printf '%s\n' quick ci nightly ;;
    --policy) printf '%s\n' guard strict point ;;
    --fail-on) printf '%s\n' minor alert high ;;
    --inconclusive) printf '%s\n' report pass fail ;;
    --normalize) echo control ;;
    -o | --output | --log | --topology | --base-exec | --new-exec | --perf-ctl | --trace) ;;
    -[pcbmqrt] | --producers | --consumers | --batch | --message-size | --capacity) ;;
    --runs | --time | --warmup | --messages | --precision | --max-runs | --timeout | --rate) ;;
    --seed | --shard | --pairs | --max-pairs | --max-time | --threshold | --require) ;;
    --recording-sd | --save-baseline) ;;
    *) return 1 ;;
    esac
}

# Takes those words from stdin that begin with $cur, each behind $before.  Reads the caller's
# variables.
_qbench_offer() {
    local word
    while IFS= read -r word; do
        [[ $word == "$cur"* && ,$before != *",$word,"* ]] && COMPREPLY+=("$before$word")
    done
}

_qbench_offer_files() { # ENDING
    compopt -o filenames 2>/dev/null
    # Folders first; what is hidden only where it is asked for.
    _qbench_offer < <({ compgen -d -- "$cur"; compgen -f -X "!*$1" -- "$cur"; } |
        if [[ ${cur##*/} == .* ]]; then cat; else grep -vE '(^|/)\.[^/]*$'; fi)
    mapfile -t COMPREPLY < <(printf '%s\n' "${COMPREPLY[@]}" | sort -u)
}

_qbench_offer_value() { # OPTION COMMAND VALUES
    case $1 in
    -o | --output | --log | --topology | --base-exec | --new-exec | --perf-ctl | --trace)
        _qbench_offer_files ''
        return
        ;;
    -i | --impl | -w | --workload | --pin | -e | --event)
        if [[ $cur == *,* ]]; then
            before+=${cur%,*},
            cur=${cur##*,}
        fi
        ;;
    esac
    if [[ $1 == -i || $1 == --impl ]] && [[ $cur == [./~]* ]]; then
        _qbench_offer_files .so
    else
        _qbench_offer <<<"$3"
    fi
}

# Words that are no option: a command, or what follows it.
_qbench_offer_word() { # COMMAND
    case $1 in
    '') _qbench_offer < <(_qbench_ask commands; echo help) ;;
    help) _qbench_offer < <(_qbench_ask commands) ;;
    ab)
        if [[ $cur == [./~]* ]]; then
            _qbench_offer_files .so
        else
            _qbench_offer < <(_qbench_ask impls)
        fi
        ;;
    compare)
        _qbench_offer < <(compgen -G '.qbench/*.json' | sed 's|.*/||; s|\.json$||')
        _qbench_offer_files .json
        ;;
    trend) _qbench_offer_files .json ;;
    list)
        if [[ " ${COMP_WORDS[*]} " == *" options "* ]]; then
            _qbench_offer < <(_qbench_ask commands)
        else
            _qbench_offer_files .so
        fi
        ;;
    esac
}

_qbench() {
    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
    local before='' command='' values index

    COMPREPLY=()
    # `--option=value` is three words where `=` is in COMP_WORDBREAKS, as it usually is.
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $option == = ]] && ((COMP_CWORD > 2)); then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
        option=${cur%%=*}
        before=$option=
        cur=${cur#*=}
    fi
    for ((index = 1; index < COMP_CWORD; index++)); do
        if [[ ${COMP_WORDS[index]} != -* ]]; then
            command=${COMP_WORDS[index]}
            break
        fi
    done
    if [[ $option == -* ]] && values=$(_qbench_values "$option" "$command"); then
        _qbench_offer_value "$option" "$command" "$values"
    elif [[ $cur != -* ]]; then
        _qbench_offer_word "$command"
    elif [[ -n $command ]]; then
        _qbench_offer < <(_qbench_ask options "$command")
    else
        _qbench_offer < <(printf '%s\n' --help -h --version -V)
    fi
}

complete -F _qbench qbench
