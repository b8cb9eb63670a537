# shellcheck shell=sh
# cli_trace.sh -- part of cli.sh: when each run did what
# shellcheck disable=SC2016,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

traces() {
    has_python
    run run -i "spsc,$fixtures/crashing.so" -p 1 -r 2 --messages 1200k --trace "$work/t.json"
    exits 4
    python3 - "$work/t.json" <<'END' || fail 'the trace is not what it should be'
import json, sys
events = json.load(open(sys.argv[1]))["traceEvents"]
names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
assert len(names) == 3, names # a queue that crashed is not run again
spans = {}
for e in events:
    if e["ph"] == "X":
        assert e["dur"] >= 0, e
        spans.setdefault((e["pid"], e["tid"]), []).append(e)
for of_thread in spans.values():
    times = [e["ts"] for e in of_thread]
    assert times == sorted(times), of_thread
runs = []
for pid, name in names.items():
    stages = [e["name"] for e in spans[pid, 1]][1:]
    runs.append((spans[pid, 1][0]["ts"], spans[pid, 1][0]["dur"]))
    if "crashed" in name:
        assert "draining" not in stages and spans[pid, 2][-1]["name"] == "producing", spans
        assert any(e["ph"] == "i" and e["name"] == "crashed" for e in events), name
    else:
        assert stages == ["starting", "creating", "lining up", "warming up", "measuring",
                          "draining", "proving", "ending"], stages
        assert [e["name"] for e in spans[pid, 2]] == ["attaching", "waiting for all", "producing"]
        assert [e["name"] for e in spans[pid, 3]] == ["attaching", "waiting for all", "consuming"]
        assert any(e["ph"] == "C" and e["pid"] == pid for e in events)
runs.sort()
for one, next in zip(runs, runs[1:]): # one at a time, on one time line
    assert one[0] + one[1] <= next[0], runs
END
}

traces_intervals() {
    has_python
    run run -i spsc -r 1 -t 0.2 --warmup 0.02 --trace "$work/t.json" -o "$work/r.json"
    exits 0
    python3 - "$work/t.json" "$work/r.json" <<'END' || fail 'its counts are not those of the result'
import json, sys
trace, result = (json.load(open(path)) for path in sys.argv[1:])
points = [e for e in trace["traceEvents"] if e["ph"] == "C"]
messages = sum(a["args"]["msg/s"] * (b["ts"] - a["ts"]) / 1e6 for a, b in zip(points, points[1:]))
run = result["results"][0]["runs"][0]
assert abs(messages - run["messages"]) < 1 + 1e-6 * run["messages"], (messages, run["messages"])
END
}

claim '--trace shows stages and threads of every run, also of one that crashed' traces
claim 'the throughput of a trace adds up to the messages of the result' traces_intervals
claim '--trace finds out first whether its file can be written' \
    refused "cannot write '/nowhere/t.json'" run -i spsc -r 5 -t 3 --trace /nowhere/t.json
claim '--trace and --output are two files' \
    refused 'is named twice' run -i spsc --trace same.json -o same.json
claim '--trace into nothing is refused' refused "a file's name is missing" run -i spsc --trace ''
claim 'a trace is no format of results' refused 'must be one of text, json, csv' \
    run -i spsc -f trace
