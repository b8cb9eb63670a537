#!/bin/sh
# completions.sh -- loads each completion in its own shell and looks at what it offers there.
#
#   tests/completions.sh      BUILD=release|debug|asan|tsan; needs that build's qbench
#
# bash gets the words that readline would make of a line, zsh a terminal of its own and the Tab key,
# fish its `complete -C`.  What is offered is compared after taking away what differs between shells
# and means nothing: how much of the word is repeated, and descriptions.
# Ends with `completions: N passed, N failed[, N skipped]`; exits 1 if a check failed.
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 2
tree=$PWD
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/bin" "$tmp/desk" "$tmp/desk/folder"
touch "$tmp/desk/ring.so" "$tmp/desk/result.txt" "$tmp/desk/saved.json"
mkdir "$tmp/desk/.qbench" && touch "$tmp/desk/.qbench/sat.json"
ln -s "$tree/build/${BUILD:-release}/qbench" "$tmp/bin/qbench"
PATH=$tmp/bin:$PATH
cd "$tmp/desk" || exit 2
qbench --version >/dev/null || { echo "completions: no working $tmp/bin/qbench" >&2 && exit 2; }

passed=0
failed=0
skipped=0
line_count=0

pass() { passed=$((passed + 1)); }
fail() { # WHAT
    failed=$((failed + 1))
    echo "failed: $*"
}
skip() { # WHAT WHY
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

# want LINE WORD...: behind LINE exactly these words are offered, in any order.
want() {
    line_count=$((line_count + 1))
    printf '%s\n' "$1" >>"$tmp/lines"
    shift
    for word in "$@"; do echo "$word"; done | sort >"$tmp/wanted.$line_count"
}

names() { qbench list --names "$@"; }
words_from() { # PREFIX: those words of stdin
    grep -e "^$1"
}

# shellcheck disable=SC2046 # names are words
list_wants() {
    want 'qbench ' $(names commands) help
    want 'qbench r' run
    want 'qbench help p' plan
    want 'qbench --v' --version
    for command in $(names commands); do
        want "qbench $command --" $(names options "$command" | words_from --)
        want "qbench $command -" $(names options "$command")
    done
    want 'qbench run --impl ' $(names impls) all
    want 'qbench run -i sp' $(names impls | words_from sp)
    want 'qbench run --impl=sp' $(names impls | words_from sp)
    want 'qbench run --impl=spsc,' $(names impls | grep -vx spsc) all
    want 'qbench plan -p 2 -i mutex,sp' $(names impls | words_from sp)
    want 'qbench run -i ./' ring.so folder
    want 'qbench run -i spsc,./ri' ring.so
    want 'qbench run --workload=' $(names workloads)
    want 'qbench run -w ' $(names workloads)
    want 'qbench run --pin ' $(names pins)
    want 'qbench run --pin=none,c' $(names pins | words_from c)
    want 'qbench run -f ' $(names formats)
    want 'qbench plan --format=' text json
    want 'qbench list -f ' text json
    want 'qbench ab -f ' $(names comparison-formats)
    want 'qbench ab sp' $(names impls | words_from sp)
    want 'qbench ab mutex ./' ring.so folder
    want 'qbench ab --profile=' quick ci nightly
    want 'qbench ab --policy ' guard strict point
    want 'qbench ab --fail-on=a' alert
    want 'qbench ab --inconclusive ' report pass fail
    want 'qbench ab --base-exec ri' ring.so
    want 'qbench compare sa' saved.json sat
    want 'qbench trend sa' saved.json
    want 'qbench trend saved.json sa' saved.json
    want 'qbench trend --format ' text json csv
    want 'qbench trend --normalize ' control
    want 'qbench compare -f ' $(names comparison-formats)
    want 'qbench compare --recording-sd '
    want 'qbench compare --normalize=' control
    want 'qbench ab --threshold '
    want 'qbench run --api ' auto single batch zerocopy
    want 'qbench run --wait=' auto spin yield block
    want 'qbench run --numa ' default local interleave
    want 'qbench run --color=' auto always never
    want 'qbench run --progress ' auto always never
    want 'qbench run --counters=' auto off user all
    want 'qbench run -e branch-misses,bu' bus-locks
    want 'qbench run --event ' $(names counters)
    want 'qbench run --producers '
    want 'qbench run -o re' result.txt
    want 'qbench run --output=re' result.txt
    want 'qbench run --log r' result.txt ring.so
    want 'qbench plan --topology f' folder
    want 'qbench run --perf-ctl=re' result.txt
    want 'qbench run --trace re' result.txt
    want 'qbench run --quiet -o x.json --impl=mut' $(names impls | words_from mut)
    want 'qbench list --names ' impls workloads formats comparison-formats pins counters commands \
        options
    want 'qbench list --names options ' $(names commands)
    want 'qbench list r' ring.so
}

drive_bash() {
    cat >"$tmp/drive.bash" <<'END'
source "$1/completions/qbench.bash" || exit 1
number=0
while IFS= read -r line; do
    read -ra COMP_WORDS <<<"${line//=/ = }"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _qbench
    printf '%s\n' "${COMPREPLY[@]}" >"$2/bash.$((++number))"
done <"$2/lines"
END
    bash --norc "$tmp/drive.bash" "$tree" "$tmp"
}

drive_fish() {
    cat >"$tmp/drive.fish" <<'END'
source $argv[1]/completions/qbench.fish; or exit 1
set -l number 0
for line in (cat $argv[2]/lines)
    set number (math $number + 1)
    complete -C "$line" >$argv[2]/fish.$number
end
END
    HOME=$tmp XDG_CONFIG_HOME=$tmp fish "$tmp/drive.fish" "$tree" "$tmp"
}

# The zsh in the terminal writes what compadd is told to offer; see zshcompwid(1) and zshmodules(1).
drive_zsh() {
    cat >"$tmp/.zshrc" <<'END'
fpath=($TREE/completions $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    local -a __offered
    if ((! ${@[(I)-[OAD]]})); then
        builtin compadd -A __offered "$@"
        print -rl -- $__offered >>$OUT
    fi
    builtin compadd "$@"
}
capture() {
    zle complete-word
    BUFFER=''
    : >$OUT.done
}
next() { OUT=$TMP/zsh.$((++number)) && : >$OUT }
zle -N capture
bindkey '^I' capture
setopt no_auto_list no_beep
precmd() { : >$TMP/zsh.ready }
number=0
next
END
    cat >"$tmp/drive.zsh" <<'END'
zmodload zsh/zpty || exit 1
await() { # FILE
    repeat 2400; do
        [[ -e $1 ]] && return
        zpty -rt shell output
        sleep 0.025
    done
    print -u2 "zsh: no $1"
    exit 1
}
export TREE=$1 TMP=$2 ZDOTDIR=$2 TERM=dumb HOME=$2
zpty shell zsh -i
await $TMP/zsh.ready
number=0
for line in "${(f@)$(<$TMP/lines)}"; do
    zpty -w -n shell "$line"$'\t'
    await $TMP/zsh.$((++number)).done
    rm -f $TMP/zsh.ready
    zpty -w shell ' next'
    await $TMP/zsh.ready
done
zpty -d shell
END
    zsh -f "$tmp/drive.zsh" "$tree" "$tmp"
}

# Keeps of each offer the part that is new: the last of a list, without option and description.
plain() { sed 's/\t.*//; s/.*[=,]//; s|^\./||; s|/$||; /^$/d' "$1" | sort; }

compare_offers() { # SHELL
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        plain "$tmp/$1.$number" >"$tmp/offered"
        if cmp -s "$tmp/offered" "$tmp/wanted.$number"; then
            pass
        else
            fail "$1 offers other words behind '$line' (<: wanted, >: offered)"
            diff "$tmp/wanted.$number" "$tmp/offered" | grep '^[<>]'
        fi
    done <"$tmp/lines"
}

try_shell() { # SHELL
    if ! command -v "$1" >/dev/null; then
        skip "$1" "no $1 here"
    elif "drive_$1"; then
        compare_offers "$1"
    else
        fail "$1 does not load its completion"
    fi
}

# What is offered for an option with fixed words must be what qbench takes.
check_words_are_taken() {
    for pair in api:single api:batch api:zerocopy wait:spin wait:yield wait:block numa:default \
        numa:local numa:interleave counters:auto counters:off counters:user \
        counters:all color:always progress:never; do
        if qbench run -i none --"${pair%:*}" "${pair#*:}" 2>&1 | grep -q -e "--${pair%:*}"; then
            fail "qbench does not take --${pair%:*} ${pair#*:}"
        else
            pass
        fi
    done
}

# An option that takes a value must be known to take one, or its value is taken for a command.
check_valued_options_are_known() {
    for option in $(for command in $(names commands); do qbench "$command" --help; done |
        grep -oE -e '^ +(-., )?--[a-z-]+=' | grep -oE -e '--[a-z-]+' | sort -u); do
        for file in qbench.bash _qbench qbench.fish; do
            if grep -qE -e "$option([ )]|\$)" "$tree/completions/$file"; then
                pass
            else
                fail "completions/$file does not know that $option takes a value"
            fi
        done
    done
}

check_descriptions() {
    command -v fish >/dev/null || return
    if grep -q "$(printf -- '^--shard\t.*parts of all cases')" "$tmp"/fish.*; then
        pass
    else
        fail 'fish shows no description of --shard'
    fi
}

check_loader() {
    loader=/usr/share/bash-completion/bash_completion
    if [ ! -r $loader ] || ! command -v bash >/dev/null; then
        skip 'bash-completion' "no $loader here"
        return
    fi
    mkdir -p "$tmp/user/completions"
    cp "$tree/completions/qbench.bash" "$tmp/user/completions/qbench"
    if BASH_COMPLETION_USER_DIR=$tmp/user bash --norc -c \
        ". $loader; _completion_loader qbench; complete -p qbench" >/dev/null 2>&1; then
        pass
    else
        fail 'bash-completion does not find the completion by its name'
    fi
}

list_wants
try_shell bash
try_shell zsh
try_shell fish
check_words_are_taken
check_valued_options_are_known
check_descriptions
check_loader
echo "completions: $passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
