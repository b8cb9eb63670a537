# shellcheck shell=sh
# cli_trend.sh -- part of cli.sh: histories of saved results, made by hand as in cli_gate.sh
# shellcheck disable=SC2016,SC2034,SC2086,SC2154 # eval expands what is quoted; cli.sh sets the rest

day() { # NUMBER: a date
    printf '2026-%02d-%02dT03:17:00Z' $((1 + $1 / 28)) $((1 + $1 % 28))
}

# A result of that day, FACTOR x 100 M and 1 % around that; with a control of CONTROL_FACTOR.
add_day() { # FOLDER DAY FACTOR CONTROL_FACTOR [SED_SCRIPT]
    # The newest comes first, so that names are no order.
    made "$1/$((900 - $2)).json" "$(awk -v day="$2" -v factor="$3" \
        'BEGIN { print factor * (1 + 0.01 * sin(day * day * 1.7)) }')" \
        "$(control "$4"); s|\"command\":|\"created\": \"$(day "$2")\", \"seed\": $2, &|; ${5:-}"
}

# Forty days, slower by FACTOR from day 25 on, the machine itself by CONTROL_FACTOR.
forty_days() { # FOLDER FACTOR CONTROL_FACTOR
    mkdir -p "$1"
    number=0
    while [ $number -lt 40 ]; do
        if [ $number -lt 25 ]; then
            add_day "$1" $number 1 1
        else
            add_day "$1" $number "$2" "$3"
        fi
        number=$((number + 1))
    done
}

# Makes histories, once for all claims: $temporary/NAME.
days() { # NAME...
    for name in "$@"; do
        [ ! -d "$temporary/$name" ] || continue
        case $name in
        quiet) forty_days "$temporary/quiet" 1 1 ;;
        slow) forty_days "$temporary/slow" 0.9 1 ;;
        fast) forty_days "$temporary/fast" 1.1 1 ;;
        moved) forty_days "$temporary/moved" 0.9 0.9 ;;
        esac
    done
}

q="'"
quiet=$temporary/quiet slow=$temporary/slow

# stdout has this text, however it is broken into lines.
tells() {
    tr -s '[:space:]' ' ' <"$work/out" | grep -qF -e "$1" ||
        fail "stdout lacks '$1': $(head -c 2000 "$work/out")"
}

claim 'trend finds no change where nothing changed, exit 0' eval '
    days quiet
    run trend "$quiet"/*.json --alarm; exits 0; silent
    prints "Trend of 40 results, 2026-01-01 to 2026-02-12"
    prints "no change   1"; prints "0 regressions, 0 improvements (exit status 0)"'
claim 'trend finds a step with its files, and --alarm makes it exit 1' eval '
    days slow
    run trend "$slow"/*.json; exits 0; silent
    prints "REGRESSION  -10"; tells "p < 0.0001"; tells "15 of 40 points ago"
    tells "after $q$slow/878.json$q (2026-01-23), by $q$slow/873.json$q (2026-01-28)"
    tells "most likely in $q$slow/875.json$q"
    run trend "$slow"/*.json --alarm; exits 1; prints "(exit status 1)"'
claim 'trend calls an improvement no alarm' eval '
    days fast
    run trend "$temporary/fast"/*.json --alarm; exits 0; prints "IMPROVEMENT +9.87 %"
    prints "0 regressions, 1 improvement (exit status 0)"'
claim 'trend does not alarm for what is more than 20 points old' eval '
    days slow
    for number in 40 41 42 43 44 45 46 47 48; do add_day "$work" $number 0.9 1; done
    run trend "$slow"/*.json "$work"/*.json --alarm; exits 0; prints REGRESSION
    tells "24 of 49 points ago"'
claim 'trend tells the machine from the queue by the control' eval '
    days moved
    run trend "$temporary/moved"/*.json; exits 0; prints "control -10"
    tells "the machine changed as well"
    run trend "$temporary/moved"/*.json --normalize=control --alarm; exits 0
    prints "0 regressions"; tells "as if it had always"'
claim 'trend leaves out other machines and protocols, and says so' eval '
    days quiet
    for number in 40 41; do
        add_day "$work" $number 2 1 "s/\"one\"/\"two\"/; s/Some CPU/Other CPU/"
    done
    add_day "$work" 42 2 1 "s/\"abc\"/\"def\"/; s/\"time_s\": 0.3/\"time_s\": 1/"
    add_day "$work" 43 1 1
    run trend "$work"/*.json "$quiet"/*.json --alarm; exits 0; silent
    prints "Trend of 41 results"; prints "2 results,"; tells "another machine: CPU ${q}Other CPU$q"
    tells "measured in another way: 1 s after"; prints "0 improvements"'
claim 'trend of results that cannot stand beside the newest is exit 4' eval '
    days quiet
    has_python
    add_day "$work" 50 1 1 "s/\"one\"/\"two\"/"
    run trend "$quiet"/*.json "$work"/*.json -o "$work/t.json"; exits 4; silent
    prints "No other result can stand beside the newest (exit status 4)"
    json "$work/t.json" "d[\"exit_code\"] == 4 and not d[\"comparable\"] and d[\"used\"] == 1"'
claim 'trend says of fewer than 8 points that they are too few, exit 0' eval '
    days slow
    mkdir "$work/few"; cp "$slow"/87[2-8].json "$work/few"
    run trend "$work"/few/*.json --alarm; exits 0; silent; prints "too few"
    tells "nothing is said of 7 points"
    cp "$slow"/879.json "$work/few"
    run trend "$work"/few/*.json; exits 0; prints "no change"; tells "told from chance"'
claim 'trend counts copies of a result once' eval '
    days quiet
    run trend "$quiet"/*.json "$quiet"/9*.json; exits 0
    prints "Trend of 40 results"; tells "the same result as"'
claim 'trend names the cases without a figure' eval '
    days quiet
    add_day "$work" 50 1 1 "s/\"ok\", \"reason\": null/\"crashed\", \"reason\": \"signal 11\"/"
    run trend "$quiet"/*.json "$work"/*.json; exits 0; prints "no figure"
    prints "crashed"; run trend "$work"/*.json; exits 4; prints "No result has a figure"'
claim 'trend --alarm fails for a case without a figure in the newest, exit 4 or 5' eval '
    days quiet
    add_day "$work" 50 1 1 \
        "s/\"n\": 10, \"values\": .*]}}/\"n\": 0, \"reason\": \"saturated\", \"values\": []}}/"
    run trend "$quiet"/*.json "$work"/*.json; exits 0; prints "NO FIGURE"
    run trend "$quiet"/*.json "$work"/*.json --alarm; exits 4; silent
    tells "in the newest, $q$work/850.json$q (2026-02-23): throughput: saturated"
    add_day "$work" 51 1 1 "s/\"ok\", \"reason\": null/\"incorrect\", \"reason\": \"lost 3\"/"
    run trend "$quiet"/*.json "$work"/*.json --alarm; exits 5
    tells "(2026-02-24): incorrect: lost 3"
    add_day "$work" 52 1 1
    run trend "$quiet"/*.json "$work"/*.json --alarm; exits 0'
claim 'trend is told in every format, with the same figures' eval '
    days slow
    has_python
    run trend "$slow"/*.json --quiet -o "$work/t.json" -o "$work/t.csv" -o "$work/t.txt"
    exits 0; silent; [ ! -s "$work/out" ] || fail "--quiet printed"
    json "$work/t.json" "d[\"schema\"] == \"qbench-trend/1\" and d[\"used\"] == 40"
    json "$work/t.json" "len(d[\"series\"][0][\"points\"]) == 40"
    json "$work/t.json" "d[\"series\"][0][\"changes\"][0][\"direction\"] == \"regression\""
    python3 - "$work/t.json" "$work/t.csv" <<"END" || fail "the figures differ"
import csv, json, sys
series = json.load(open(sys.argv[1]))["series"][0]
rows = list(csv.DictReader(open(sys.argv[2])))
assert [float(r["value"]) for r in rows] == [p["value"] for p in series["points"]]
changed = [i for i, r in enumerate(rows) if r["change"]]
assert changed == [series["changes"][0]["point"]], changed
assert float(rows[changed[0]]["level"]) == series["changes"][0]["after"]
END
    grep -q REGRESSION "$work/t.txt"'
claim 'trend gives the same bytes for the same history' eval '
    days slow
    run trend "$slow"/*.json -f json; cp "$work/out" "$work/first"
    run trend "$slow"/*.json -f json; cmp "$work/first" "$work/out"'
claim 'trend draws blocks on a UTF-8 terminal, letters elsewhere, within its width' eval '
    days slow
    on_terminal 60 "$qbench" trend "$slow"/900.json "$slow"/8*.json; exits 0; prints "▁"
    on_terminal 60 "$(command -v env)" LC_ALL=C "$qbench" trend "$slow"/*.json --color never
    exits 0
    ! grep -q "▁" "$work/out" || fail "blocks without UTF-8"
    tr -d "\r" <"$work/out" | awk "length > 60 { exit 1 }" || fail "too wide"'
claim 'trend takes a threshold' eval '
    days slow
    run trend "$slow"/*.json --threshold throughput=30% --alarm; exits 0; prints "no change"'
claim 'trend refuses what is no result, with one sentence' eval '
    days quiet
    head -c 400 "$quiet/900.json" >"$work/cut.json"
    refused "cut.json" trend "$quiet"/*.json "$work/cut.json"
    sed "s|qbench-result/1|qbench-result/9|" "$quiet/900.json" >"$work/bad.json"
    refused "qbench-result/9" trend "$work/bad.json" "$quiet"/*.json
    made "$work/undated.json" 1; refused "does not tell when it was made" trend "$work/undated.json"
    refused "nowhere.json" trend "$work/nowhere.json"; : >"$work/empty.json"
    refused "is empty" trend "$quiet/900.json" "$work/empty.json"'
claim 'trend refuses wrong usage' eval '
    days quiet
    refused "saved results are needed" trend
    refused "it must be one of text, json, csv" trend "$quiet"/*.json -f junit
    refused "named twice" trend "$quiet"/*.json -o "$work/t.csv" -o "$work/t.csv"
    refused "cannot write" trend "$quiet"/*.json -o "$work/nowhere/t.csv"
    refused "it must be one of control" trend x --normalize=all
    refused "did you mean" trend x --alarn'
claim 'trend that waits for a FIFO ends with Ctrl-C, exit 130' eval '
    days quiet
    mkfifo "$work/pipe"
    "$qbench" trend "$quiet"/*.json "$work/pipe" >"$work/out" 2>"$work/err" &
    sleep 0.5; kill -INT $!; wait $!; code=$?; exits 130; silent'
