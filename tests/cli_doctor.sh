# shellcheck shell=sh
# cli_doctor.sh -- what qbench doctor says of this machine; read by cli.sh.
# shellcheck disable=SC2016,SC2154 # eval expands what is quoted; cli.sh sets the rest

claim 'doctor looks, changes nothing and ends with 0' eval '
    run doctor -t 20ms; exits 0; silent
    for word in governor steal counters cpus build; do prints "$word: "; done'
claim 'doctor writes JSON with severity, effect and mend' eval '
    has_python; run doctor -t 20ms --format json; exits 0; silent
    json "$work/out" "d[\"schema\"] == \"qbench-doctor/1\" and len(d[\"findings\"]) > 20"
    json "$work/out" "all(f[\"severity\"] in (\"ok\", \"note\", \"unknown\", \"warning\") \
        and f[\"text\"] for f in d[\"findings\"])"
    json "$work/out" "all(f[\"effect\"] for f in d[\"findings\"] if f[\"severity\"] != \"ok\")"'
claim 'doctor agrees with a result on the machine' eval '
    has_python; run doctor -t 20ms --format json; exits 0
    fingerprint=$(sed -n "s/.*\"fingerprint\": \"\(.*\)\".*/\1/p" "$work/out")
    run run -i null -r 1 --messages 1000 --format json; exits 0
    prints "$fingerprint"'
claim 'doctor tells the interval in which the tick counters of two CPUs lie apart' eval '
    has_python; [ "$(nproc)" -gt 1 ] || skip "one CPU"; run doctor -t 20ms --format json; exits 0
    json "$work/out" "[f[\"severity\"] == \"unknown\" or \" ns\" in f[\"text\"] \
        for f in d[\"findings\"] if f[\"code\"] == \"clock-offset\"] == [True]"'
claim 'doctor says of counters what list says' eval '
    has_python; run list --format json; exits 0
    possible=$(python3 -c "import json,sys
print(any(c[\"possible\"] for c in json.load(open(sys.argv[1]))[\"counters\"]))" "$work/out")
    run doctor -t 20ms --format json
    json "$work/out" "[f[\"severity\"] == \"ok\" for f in d[\"findings\"] \
        if f[\"code\"] == \"counters\"] == [$possible]"'
claim 'doctor writes no csv' refused "'doctor' writes text and json only" doctor --format csv
claim 'doctor takes no words' refused 'unexpected argument' doctor now
