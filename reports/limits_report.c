/* limits_report -- the table of formats, and what limits are called. */
#include "reports/limits_report.h"

#include <string.h>

const struct qb_limits_format qb_limits_formats[] = {
	{ "text", "for people: a column for each distance", qb_limits_text_write },
	{ "json", "everything, exact: qbench-limits/1", qb_limits_json_write },
	{ "csv", "one row per limit and pair, exact digits", qb_limits_csv_write },
	{ NULL, NULL, NULL },
};

const struct qb_limits_format *qb_limits_format_by_name(const char *name)
{
	for (const struct qb_limits_format *format = qb_limits_formats; format->name; format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return NULL;
}

const char *qb_limits_title(const char *name)
{
	static const char *const titles[][2] = {
		{ "rtt_one_line", "round trip, one line" },
		{ "rtt_two_lines", "round trip, two lines" },
		{ "stream_1", "lines/s, index every 1" },
		{ "stream_2", "lines/s, index every 2" },
		{ "stream_4", "lines/s, index every 4" },
		{ "stream_8", "lines/s, index every 8" },
		{ "stream_16", "lines/s, index every 16" },
		{ "stream_64", "lines/s, index every 64" },
		{ "stream_512", "lines/s, index every 512" },
		{ "fetch_add", "fetch-and-add" },
		{ "fetch_add_contended", "contended fetch-and-add" },
		{ "cas", "CAS" },
		{ "cas_contended", "contended CAS" },
		{ "store_fence", "store and fence" },
		{ "futex_wake", "futex wake, none asleep" },
		{ "futex_round_trip", "futex round trip" },
		{ "clock_ticks", "tick counter" },
		{ "clock_ticks_ordered", "tick counter, ordered" },
		{ "clock_gettime", "clock_gettime" },
		{ "clock_offset", "clock offset" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (strcmp(titles[i][0], name) == 0)
			return titles[i][1];
	}
	return name;
}
