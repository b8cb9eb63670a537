# loop_length.awk -- instructions of the shortest way round a loop, out of a disassembly.
#
#   objdump -d -l --no-show-raw-insn PROGRAM | awk -v loop=NAME -v way='FILE:LINE ...' -f ...
#
# `way` lists source lines that the way must pass, in this order and back to the first: among them
# lies the path that a message takes.  Calls are the cold side of a branch and lead nowhere.  The
# search is breadth-first over pairs of an instruction and how many of the lines lie behind it.

/^[0-9a-f]+ <.*>:$/ { inside = $2 == "<" loop ">:"; next }
!inside { next }
/^[^ \t]+:[0-9]+( \(discriminator [0-9]+\))?$/ { line = $1; sub(/.*\//, "", line); next }
/^ *[0-9a-f]+:\t/ {
    address = $1
    sub(/:/, "", address)
    index_of[address] = count
    at[count] = line
    mnemonic[count] = $2
    for (i = 3; i < NF; i++)
        if ($(i + 1) ~ /^</)
            target[count] = $i
    count++
}

function passes(node, place) { return at[node] == place }

function step(to, stage) {
    if (to == start && stage == places) {
        found = 1
        return
    }
    if (stage < places && passes(to, way_at[stage + 1]))
        stage++
    if ((to, stage) in seen)
        return
    seen[to, stage] = 1
    queue[tail] = to
    stage_of[tail] = stage
    length_of[tail++] = length_of[head] + 1
}

# From `start` round to it again; 0: there is no way.
function round_from(    node, stage) {
    split("", seen)
    head = found = 0
    tail = 1
    queue[0] = start
    stage_of[0] = 1
    length_of[0] = 0
    for (; head < tail; head++) {
        node = queue[head]
        stage = stage_of[head]
        if (mnemonic[node] ~ /^(bl|blr|ret|br)$/)
            continue
        if (mnemonic[node] != "b")
            step(node + 1, stage)
        if (!found && node in target && target[node] in index_of)
            step(index_of[target[node]], stage)
        if (found)
            return length_of[head] + 1
    }
    return 0
}

END {
    places = split(way, way_at, " ")
    for (start = 0; start < count; start++) {
        if (!passes(start, way_at[1]))
            continue
        length_round = round_from()
        if (length_round && (!best || length_round < best))
            best = length_round
    }
    print best + 0
}
