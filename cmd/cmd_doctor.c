/* cmd_doctor -- what on this machine will disturb a measurement, and what mends it; changes
 * nothing.
 */
#include "cmd/command.h"
#include "cmd/counting.h"
#include "cmd/options.h"
#include "cmd/options_keys.h"
#include "harness/clock.h"
#include "harness/clock_offsets.h"
#include "harness/doctor.h"
#include "harness/environment.h"
#include "perfcounters/energy.h"
#include "reports/json_writer.h"
#include "reports/layout.h"

#define WATCH_NS 1000000000u

static const struct argp_option rows[] = {
	{ "time", 't', "TIME", 0, "how long to watch what others do (1)", 1 },
	{ "format", 'f', "FORMAT", 0, "text or json (text)", 1 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto, always, never (auto; NO_COLOR is honored)", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp_child children[] = {
	{ &qb_options_common, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};

const struct argp qb_cmd_doctor_argp = {
	rows,
	qb_options_parser,
	NULL,
	"Looks at everything on this machine that may disturb a measurement: what it does to one, "
	"and the command that mends it.  Changes nothing.\v"
	"Examples:\n"
	"  qbench doctor\n"
	"  qbench doctor --time 10 --format json\n"
	"Exit status: 0 done, whatever was found, 2 usage or other error.\n",
	children,
	NULL,
	NULL,
};

/* All that the checks look at, and what they found. */
struct visit {
	struct qb_topology topology;
	struct qb_machine machine;
	struct qb_tool tool;
	struct qb_vitals before, after;
	struct qb_limits offsets;
	struct qb_counters *counters;
	struct qb_energy energy;
	struct qb_counters_why energy_why;
	bool energy_known;
	size_t finding_count;
	struct qb_finding findings[QB_DOCTOR_MAX];
};

/* Whatever domain moved will do; what stands still says so. */
static void judge_energy(struct visit *visit, const struct qb_energy_reading *from)
{
	struct qb_energy_reading to;
	struct qb_counters_why why;

	qb_energy_read(&visit->energy, &to);
	for (unsigned i = 0; i < visit->energy.source_count && !visit->energy_known; i++) {
		const enum qb_energy_domain domain = visit->energy.sources[i].domain;

		visit->energy_known =
			qb_energy_diff(&visit->energy, from, &to, domain, &why).available;
		if (!visit->energy_known)
			visit->energy_why = why;
	}
}

/* What moves is read twice, a while apart. */
static void watch(struct visit *visit, uint64_t time_ns)
{
	struct qb_energy_reading energy;

	qb_energy_open(NULL, &visit->energy, &visit->energy_why);
	qb_energy_read(&visit->energy, &energy);
	qb_vitals_read("", &visit->topology, &visit->before);
	qb_clock_sleep_until(qb_clock_monotonic_ns() + time_ns);
	qb_vitals_read("", &visit->topology, &visit->after);
	judge_energy(visit, &energy);
	qb_energy_close(&visit->energy);
}

static void examine(struct visit *visit)
{
	const struct qb_doctor_facts facts = { .root = "",
		                               .machine = &visit->machine,
		                               .topology = &visit->topology,
		                               .tool = &visit->tool,
		                               .before = &visit->before,
		                               .after = &visit->after,
		                               .offsets = &visit->offsets,
		                               .counters = visit->counters,
		                               .energy_known = visit->energy_known,
		                               .energy_why = &visit->energy_why };

	qb_environment_machine("", &visit->topology, &visit->machine);
	qb_environment_tool(&visit->tool);
	visit->finding_count = qb_doctor_examine(&facts, visit->findings);
}

static unsigned count_of(const struct visit *visit, enum qb_health health)
{
	unsigned count = 0;

	for (size_t i = 0; i < visit->finding_count; i++)
		count += visit->findings[i].health == health;
	return count;
}

static void say_finding(const struct qb_layout *out, const struct qb_finding *finding)
{
	static const enum qb_layout_tone tones[] = { [QB_HEALTH_OK] = QB_TONE_GOOD,
		                                     [QB_HEALTH_NOTE] = QB_TONE_PLAIN,
		                                     [QB_HEALTH_UNKNOWN] = QB_TONE_PLAIN,
		                                     [QB_HEALTH_WARNING] = QB_TONE_WARN };

	qb_layout_say(out, qb_doctor_health_name(finding->health), tones[finding->health], "%s: %s",
	              finding->code, finding->text);
	if (finding->effect)
		qb_layout_say(out, "", QB_TONE_PLAIN, "%s", finding->effect);
	if (finding->health != QB_HEALTH_OK && finding->mend[0])
		qb_layout_say(out, "", QB_TONE_TITLE, "%s", finding->mend);
}

static void write_text(const struct visit *visit, const struct qb_report_style *style)
{
	const struct qb_machine *machine = &visit->machine;
	struct qb_layout out;

	qb_layout_begin(&out, style, stdout);
	qb_layout_say(&out, NULL, QB_TONE_TITLE,
	              "%s: %u warnings, %u unknown, %u notes, %u in order",
	              machine->cpu[0] ? machine->cpu : "this machine",
	              count_of(visit, QB_HEALTH_WARNING), count_of(visit, QB_HEALTH_UNKNOWN),
	              count_of(visit, QB_HEALTH_NOTE), count_of(visit, QB_HEALTH_OK));
	for (size_t i = 0; i < visit->finding_count; i++)
		say_finding(&out, &visit->findings[i]);
}

static void write_json(const struct visit *visit)
{
	struct qb_json_writer json;

	qb_json_writer_begin(&json, stdout);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", "qbench-doctor/1");
	qb_json_writer_text(&json, "fingerprint", visit->machine.fingerprint);
	qb_json_writer_number(&json, "watched_s",
	                      (double)(visit->after.monotonic_ns - visit->before.monotonic_ns) /
	                              1e9);
	qb_json_writer_open_list(&json, "findings");
	for (size_t i = 0; i < visit->finding_count; i++) {
		const struct qb_finding *finding = &visit->findings[i];

		qb_json_writer_open_object(&json, NULL);
		qb_json_writer_text(&json, "code", finding->code);
		qb_json_writer_text(&json, "severity", qb_doctor_health_name(finding->health));
		qb_json_writer_text(&json, "text", finding->text);
		qb_json_writer_text_or_null(&json, "effect", finding->effect);
		qb_json_writer_text_or_null(&json, "mend",
		                            finding->health == QB_HEALTH_OK ? NULL : finding->mend);
		qb_json_writer_close(&json);
	}
	qb_json_writer_close(&json);
	qb_json_writer_close(&json);
}

static int visit_machine(const struct qb_options *options, bool json, struct visit *visit,
                         struct qb_error *error)
{
	struct qb_report_style style;
	int result = qb_topology_load(NULL, &visit->topology, error);

	if (result)
		return result;
	result = qb_counting_plan(options, 2, &visit->counters, error);
	if (result == 0)
		result = qb_clock_offsets_measure(&visit->topology, &visit->offsets, error);
	if (result == 0) {
		watch(visit, options->time_given ? options->config.protocol.time_ns : WATCH_NS);
		examine(visit);
		qb_terminal_style(options->color, &style);
		if (json)
			write_json(visit);
		else
			write_text(visit, &style);
		result = qb_terminal_flush(error);
	}
	free(visit->counters);
	qb_limits_finish(&visit->offsets);
	qb_topology_finish(&visit->topology);
	return result;
}

int qb_cmd_doctor(int argc, char **argv)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	struct qb_options options;
	struct qb_error error;
	int exit_code = QB_EXIT_USAGE;
	bool json;

	if (!visit) {
		qb_terminal_complain("out of memory");
		return exit_code;
	}
	if (qb_options_read(&qb_cmd_doctor_argp, argc, argv, &options, &exit_code)) {
		exit_code = QB_EXIT_USAGE;
		if (qb_options_wants_json(&options, "doctor", &json) == 0) {
			if (visit_machine(&options, json, visit, &error) == 0)
				exit_code = QB_EXIT_OK;
			else
				qb_terminal_complain("%s", error.text);
		}
		qb_options_finish(&options);
	}
	free(visit);
	return exit_code;
}
