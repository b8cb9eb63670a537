/* check_omission -- whether a stall shows in latencies as what it was for those who waited.
 *
 *   build/release/check_omission <HISTOGRAMS     two lines, HdrHistogram V2 in base64: response
 *                                                times, then transit times; exits 1 if one is off
 *
 * 10 000 messages a second for 10 s, the consumer stopped once for 100 ms: the thousand that were
 * due meanwhile waited for 0 to 100 ms.  They are 1 % of all, so that the half of them that waited
 * longest begins at p99.5: at 50 ms; and 900 waited for more than 10 ms. */
#include <stdio.h>
#include <stdlib.h>

#include "harness/histogram.h"

#define SLOW_NS UINT64_C(10000000)
#define LINE    1000000 /* longer than any histogram's text */

static unsigned passed_count, failed_count;

static void report(const char *what, double value, double least, double most)
{
	const bool holds = value >= least && value <= most;

	printf("%-6s %-48s %8.4g  bound: %g to %g\n", holds ? "ok" : "FAILED", what, value, least,
	       most);
	passed_count += holds;
	failed_count += !holds;
}

static void read_histogram(struct qb_histogram *histogram)
{
	static char line[LINE];
	struct qb_error error = { 0, "there is none" };

	if (fgets(line, sizeof(line), stdin))
		line[strcspn(line, "\n")] = '\0';
	if (qb_histogram_decode(line, histogram, &error) == 0)
		return;
	fprintf(stderr, "check_omission: %s\n", error.text);
	exit(2);
}

static double p99_5_ms(const struct qb_histogram *histogram)
{
	uint64_t value = 0;

	return qb_histogram_quantile(histogram, 9950, &value) ? (double)value / 1e6 : -1;
}

int main(void)
{
	static struct qb_histogram response, transit;

	read_histogram(&response);
	read_histogram(&transit);
	report("messages that were due", (double)qb_histogram_count(&response), 99999, 100001);
	report("response time: p99.5 in ms", p99_5_ms(&response), 40, 60);
	report("response time: messages over 10 ms",
	       (double)qb_histogram_count_above(&response, SLOW_NS), 810, 990);
	/* What is sent once a slot is free has hardly waited: the queue's 16 slots did. */
	report("transit time alone: p99.5 in ms", p99_5_ms(&transit), 0, 5);
	report("transit time alone: messages over 10 ms",
	       (double)qb_histogram_count_above(&transit, SLOW_NS), 1, 17);
	printf("%u passed, %u failed\n", passed_count, failed_count);
	return failed_count == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
