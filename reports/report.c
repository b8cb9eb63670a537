/* report.c -- the table of formats: a new format is one file and one row here. */
#include "reports/report.h"

#include <string.h>
#include <strings.h>

const struct qb_report_format qb_report_formats[] = {
	{ "text", ".txt", "for people: a block per case, then a ranking", qb_report_text_write },
	{ "json", ".json", "everything, exact: qbench-result/1", qb_report_json_write },
	{ "csv", ".csv", "one row per case and metric, exact digits", qb_report_csv_write },
	{ NULL, NULL, NULL, NULL },
};

const struct qb_report_format qb_report_trace = { "trace", ".json",
	                                          "when each run did what: Chrome Trace Event JSON",
	                                          qb_report_trace_write };

const struct qb_report_format *qb_report_by_name(const char *name)
{
	for (const struct qb_report_format *format = qb_report_formats; format->name; format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return strcmp(qb_report_trace.name, name) == 0 ? &qb_report_trace : NULL;
}

const struct qb_report_format *qb_report_by_path(const char *path)
{
	const size_t length = strlen(path);

	for (const struct qb_report_format *format = qb_report_formats; format->name; format++) {
		const size_t ending = strlen(format->extension);

		if (length > ending && strcasecmp(path + length - ending, format->extension) == 0)
			return format;
	}
	return NULL;
}
