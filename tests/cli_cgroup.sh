# shellcheck shell=sh
# cli_cgroup.sh -- part of cli.sh: control groups of this very kernel, which root may make
# shellcheck disable=SC2034,SC2154 # cli.sh uses and sets the rest

# Where groups with that controller can be made: version 1 has a mount for each, version 2 one.
hierarchy_of() { # CONTROLLER
    awk -v controller="$1" '$3 == "cgroup" && "," $4 "," ~ "," controller "," { print $2; exit }' \
        /proc/mounts | grep . && return
    unified=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    grep -qw "$1" "$unified/cgroup.subtree_control" 2>/dev/null && echo "$unified"
}

make_group() { # CONTROLLER
    [ "$(id -u)" = 0 ] || skip 'only root may make control groups'
    hierarchy=$(hierarchy_of "$1") || skip "no control groups with '$1' can be made here"
    group=$hierarchy/qbench-test-$$
    mkdir "$group" 2>/dev/null || [ -d "$group" ] || skip "$hierarchy is not writable"
    # A group goes when its last process has gone, which takes the kernel a moment.
    trap 'for _ in 1 2 3 4 5; do rmdir "$group" 2>/dev/null && break; sleep 0.1; done' EXIT
}

set_group() { # FILE VALUE
    echo "$2" 2>/dev/null >"$group/$1" || skip "$group/$1 is not writable"
}

run_in_group() { # ARGUMENT...
    sh -c 'echo $$ >"$0" && exec "$@"' "$group/cgroup.procs" "$qbench" "$@" \
        >"$work/out" 2>"$work/err" </dev/null
    code=$?
}

make_half_a_cpu() {
    make_group cpu
    if [ -e "$group/cpu.max" ]; then
        set_group cpu.max '50000 100000'
    else
        set_group cpu.cfs_period_us 100000
        set_group cpu.cfs_quota_us 50000
    fi
}

make_one_cpu() {
    make_group cpuset
    only=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//') || skip 'no taskset'
    set_group cpuset.cpus "$only"
    set_group cpuset.mems 0
}

tells_of_a_quota() {
    has_python
    make_half_a_cpu
    run_in_group run -i spsc -r 1 -t 0.4 --warmup 0.1 --format json
    exits 0
    json "$work/out" 'd["machine"]["cpu_quota"] == 0.5'
    json "$work/out" '"cpu-quota" in [w["code"] for w in d["machine"]["warnings"]]'
    json "$work/out" 'd["results"][0]["runs"][0]["throttled_periods"] >= 1'
    json "$work/out" 'd["results"][0]["runs"][0]["disturbed"]'
    json "$work/out" '[w for w in d["results"][0]["warnings"]
        if w["code"] == "disturbed" and "a quota stopped it" in w["text"]]'
    run_in_group doctor -t 50ms
    exits 0
    prints "the control group grants 0.5 CPUs"
}

stays_within_its_cpus() {
    has_python
    make_one_cpu
    run_in_group run -i spsc -r 1 -t 0.1 --warmup 0.02 --format json
    exits 0
    json "$work/out" "d['machine']['allowed_cpus'] == '$only'"
    json "$work/out" 'd["machine"]["logical_cpus"] == 1'
    json "$work/out" 'd["results"][0]["oversubscribed"]'
    json "$work/out" "all(p['cpu'] == $only for p in d['results'][0]['placement'])"
}

refuses_other_cpus() {
    [ "$(nproc)" -gt 1 ] || skip 'one CPU'
    make_one_cpu
    run_in_group run -i spsc --pin "$only,$((only + 1))"
    exits 2
    one_sentence
    says "$((only + 1))"
}

claim 'a quota of a control group is told, and that it stopped a run' tells_of_a_quota
claim 'only the CPUs of the control group are used' stays_within_its_cpus
claim 'a CPU outside of the control group is refused' refuses_other_cpus
