# guests_amd64.sh -- part of check.sh: an x86-64 machine of two packages, whose cores have siblings,
# and of four NUMA nodes, one to a core.
# shellcheck shell=sh disable=SC2002,SC2016,SC2086,SC2154

machine_is() { # WORDS: what the files hold, one behind the other
    found=$(cat "$guest/cpus.out" "$guest/nodes.out" | sed 's/.*://' | tr '\n' ' ')
    echo "$found"
    [ "$found" = "$1 " ]
}

lies_on() { # PAGES NODE
    echo "$1"
    case $1 in "N$2="[0-9][0-9][0-9][0-9]*' ') [ "$(echo "$1" | wc -w)" = 1 ] ;; *) false ;; esac
}

# Four nodes, none with 5 % more or less than its quarter.
lies_evenly() { # PAGES
    echo "$1"
    echo "$1" | tr ' ' '\n' | awk -F= '
        NF == 2 { pages[n++] = $2; total += $2 }
        END {
            for (i = 0; i < n; i++)
                bad += pages[i] < 0.95 * total / 4 || pages[i] > 1.05 * total / 4
            exit n != 4 || bad || total < 4000
        }'
}

# What the kernel says of the machine, and of a run while it goes on, is the oracle: not qbench.
if is_wanted places; then
    nodes=''
    for node in 0 1 2 3; do
        nodes="$nodes -object memory-backend-ram,id=m$node,size=256M"
        nodes="$nodes -numa node,nodeid=$node,cpus=$((2 * node))-$((2 * node + 1)),memdev=m$node"
    done
    boot places amd64 150 console=ttyS0 qemu-system-x86_64 -M q35 -cpu Skylake-Server,-pcid \
        -accel tcg,thread=single -smp 8,sockets=2,cores=2,threads=2 -m 1G $nodes -vga none <<'END'
cd /sys/devices/system
command cpus grep . cpu/cpu*/topology/thread_siblings_list cpu/cpu*/topology/physical_package_id
command nodes grep . node/node*/cpulist

# A run that is stopped once its threads are there: each one's CPU and mask, the nodes of its large
# mappings.
look() { # NAME ARGUMENT...
    look=$1 threads=0
    shift
    qbench run -i spsc -r 1 -t 1 --warmup 0.2 --format json "$@" >/tmp/look 2>&1 &
    until [ "$threads" -ge 3 ]; do
        measuring=$(grep -la '[q]b-run' /proc/[0-9]*/cmdline 2>/dev/null | sed 's/[^0-9]//g')
        threads=$(ls /proc/${measuring:-none}/task 2>/dev/null | wc -l)
    done
    kill -STOP $measuring
    command $look-threads each_thread
    command $look-memory grep -E 'dirty=[0-9]{4}' /proc/$measuring/numa_maps
    kill -CONT $measuring
    wait
    command $look cat /tmp/look
}
each_thread() {
    for task in /proc/$measuring/task/*; do
        echo $(cut -d' ' -f39 $task/stat) $(sed -n 's/^Cpus_allowed_list:.//p' $task/status)
    done
}
echo 0 >/proc/sys/kernel/numa_balancing                   # nothing moves,
echo never >/sys/kernel/mm/transparent_hugepage/enabled   # and a page is 4 KiB
look smt --pin smt --numa 2 -q 2M
look cores --pin cores --numa interleave -q 2M
look cross-package --pin cross-package --numa local -q 2M
look cross-numa --pin cross-numa
command plan qbench plan -i spsc --pin cross-package --format json
command absent qbench run -i spsc --numa 4 -r 1 --format json
END

    # Of each thread that is bound to one CPU: where it was; and pages by node.
    seen() {
        cat "$guest/$1-threads.out" 2>/dev/null |
            awk 'NF == 2 && $2 ~ /^[0-9]+$/ { printf "%s%s", sep, $1; sep = " " }'
    }
    pages() {
        cat "$guest/$1-memory.out" 2>/dev/null | tr ' ' '\n' | grep '^N[0-9]*=' | sort |
            tr '\n' ' '
    }
    where='[p["cpu"] for p in r["placement"]]'
    sound='r["status"] == "ok" and r["runs"][0]["pins_refused"] == 0'

    claim 'the guest has two packages of two cores with two threads each, and a node per core' \
        machine_is '0-1 0-1 2-3 2-3 4-5 4-5 6-7 6-7 0 0 0 0 1 1 1 1 0-1 2-3 4-5 6-7'
    # CPU n is on core and node n / 2 and in package n / 4, as the claim above says.
    claim '--pin smt puts producer and consumer on two threads of one core' \
        holds smt "$sound and $where == [$(seen smt | tr ' ' ',')] and \
            len({c // 2 for c in $where}) == 1 and len(set($where)) == 2" "$where"
    claim '--pin cores puts them on different cores' \
        holds cores "$sound and $where == [$(seen cores | tr ' ' ',')] and \
            len({c // 2 for c in $where}) == 2" "$where"
    claim '--pin cross-package puts them in different packages' \
        holds cross-package "$sound and $where == [$(seen cross-package | tr ' ' ',')] and \
            len({c // 4 for c in $where}) == 2" "$where"
    claim '--pin cross-numa puts them on different nodes' \
        holds cross-numa "$sound and $where == [$(seen cross-numa | tr ' ' ',')] and \
            len({c // 2 for c in $where}) == 2" "$where"
    claim 'plan says where run puts them' \
        holds plan "[p['cpu'] for p in d['cases'][0]['placement']] == \
            [$(seen cross-package | tr ' ' ',')]" "d['cases'][0]['placement']"
    claim '--numa=2 has the pages of the queue on node 2 alone' \
        lies_on "$(pages smt)" 2
    claim '--numa=local has them on the node of the consumer' \
        lies_on "$(pages cross-package)" "$(seen cross-package | awk '{ print int($2 / 2) }')"
    claim '--numa=interleave has them on all nodes in equal parts' \
        lies_evenly "$(pages cores)"
    claim 'a node that is not there is refused with those that are' \
        holds absent "r['status'] == 'invalid' and '0,1,2,3' in r['reason']" "r['reason']"
fi
