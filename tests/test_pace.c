/* test_pace -- when messages are due, and whether a queue kept up with that; a clock made of ns. */
#include <criterion/criterion.h>

#include <math.h>

#include "harness/clock.h"
#include "harness/histogram.h"
#include "harness/pace.h"

static struct qb_case c;
static struct qb_samples samples;
static const struct qb_instant none;

static struct qb_pace *make_pace(unsigned producers, uint64_t rate, enum qb_arrivals arrivals,
                                 uint64_t seed)
{
	struct qb_error error;
	struct qb_pace *pace;

	c = (struct qb_case){ .producer_count = producers, .rate = rate, .arrivals = arrivals };
	pace = qb_pace_create(&c, seed, &error);
	cr_assert(pace);
	qb_pace_calibrate(pace, &c, false, &none, &none);
	pace->start = 1000;
	return pace;
}

Test(pace, producers_take_turns_at_equal_distances)
{
	struct qb_pace *pace = make_pace(4, 1000000, QB_ARRIVALS_UNIFORM, 1);

	for (unsigned k = 0; k < 1000; k++)
		cr_assert_eq(qb_pace_due(pace, k % 4, k / 4), 1000 + k * 1000);
	qb_pace_destroy(pace);
}

Test(pace, schedule_is_still_exact_after_an_hour)
{
	struct qb_pace *pace = make_pace(1, 1000000, QB_ARRIVALS_UNIFORM, 1);

	cr_expect_eq(qb_pace_due(pace, 0, UINT64_C(3600000000)), 1000 + UINT64_C(3600000000000));
	qb_pace_destroy(pace);
}

Test(pace, counts_what_is_due_before_a_moment)
{
	const enum qb_arrivals arrivals[] = { QB_ARRIVALS_UNIFORM, QB_ARRIVALS_POISSON };

	for (int how = 0; how < 2; how++) {
		struct qb_pace *pace = make_pace(3, 500000, arrivals[how], 5);

		cr_expect_eq(qb_pace_due_before(pace, 0, 0), 0);
		cr_expect_eq(qb_pace_due_before(pace, 2, 1000), 0);
		for (uint64_t at = 1001; at < 500000000; at += 7654321) {
			const uint64_t count = qb_pace_due_before(pace, 1, at);

			cr_assert_geq(qb_pace_due(pace, 1, count), at);
			cr_assert(count == 0 || qb_pace_due(pace, 1, count - 1) < at);
		}
		qb_pace_destroy(pace);
	}
}

/* Gaps of a Poisson process: mean and standard deviation are one, e^-1 of them are longer. */
Test(pace, poisson_arrivals_keep_the_rate_and_are_exponential)
{
	const uint64_t count = 10 * QB_PACE_DRAWN;
	struct qb_pace *pace = make_pace(2, 2000, QB_ARRIVALS_POISSON, 9);
	const double mean = 1e6; /* ns between two of one producer */
	double squares = 0;
	unsigned longer = 0;
	uint64_t before = pace->start;

	for (uint64_t k = 0; k < count; k++) {
		const uint64_t due = qb_pace_due(pace, 1, k);

		cr_assert_geq(due, before);
		squares += pow((double)(due - before) - mean, 2);
		longer += (double)(due - before) > mean;
		before = due;
	}
	cr_expect_float_eq((double)(before - pace->start) / mean / (double)count, 1, 0.001);
	cr_expect_float_eq(sqrt(squares / (double)count) / mean, 1, 0.03);
	cr_expect_float_eq((double)longer / (double)count, exp(-1), 0.02);
	qb_pace_destroy(pace);
}

Test(pace, seed_alone_decides_on_arrivals)
{
	struct qb_pace *a = make_pace(2, 2000, QB_ARRIVALS_POISSON, 9);
	struct qb_pace *b = make_pace(2, 2000, QB_ARRIVALS_POISSON, 9);
	struct qb_pace *other = make_pace(2, 2000, QB_ARRIVALS_POISSON, 10);

	for (uint64_t k = 0; k < 1000; k++)
		cr_assert_eq(qb_pace_due(a, 1, k), qb_pace_due(b, 1, k));
	cr_expect_neq(qb_pace_due(a, 0, 0), qb_pace_due(a, 1, 0), "producers are alike");
	cr_expect_neq(qb_pace_due(a, 0, 0), qb_pace_due(other, 0, 0), "seeds are alike");
	qb_pace_destroy(a);
	qb_pace_destroy(b);
	qb_pace_destroy(other);
}

Test(pace, ticks_are_told_in_ns_at_their_rate)
{
	const struct qb_instant a = { .raw_ns = 500, .ticks = 1000 };
	const struct qb_instant b = { .raw_ns = 500 + 10000000, .ticks = 1000 + 25000000 };
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);

	qb_pace_calibrate(pace, &c, true, &a, &b);
	pace->start = 0;
	cr_expect_eq(qb_pace_due(pace, 0, 1), 2500000);
	cr_expect_eq(qb_pace_ns(pace, 0, 2500), 1000);
	cr_expect_eq(qb_pace_ns(pace, 2500, 0), -1000);
	cr_expect_null(pace->now);
	qb_pace_destroy(pace);
}

Test(pace, clock_of_the_loops_rises_with_the_kernels)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	struct qb_instant a, b;
	uint64_t first, last;

	for (int by_ticks = 0; by_ticks <= qb_clock_ticks_trusted(); by_ticks++) {
		qb_clock_read(&a);
		qb_clock_sleep_until(a.monotonic_ns + 20000000);
		qb_clock_read(&b);
		qb_pace_calibrate(pace, &c, by_ticks, &a, &b);
		qb_clock_read(&a);
		first = qb_pace_now(pace);
		qb_clock_sleep_until(a.monotonic_ns + 20000000);
		last = qb_pace_now(pace);
		qb_clock_read(&b);
		cr_expect_leq(qb_pace_at(pace, &a), first);
		cr_expect_geq(qb_pace_at(pace, &b), last);
		cr_expect_float_eq((double)qb_pace_ns(pace, first, last),
		                   (double)(b.monotonic_ns - a.monotonic_ns), 5e6);
		cr_expect_gt(qb_pace_timer_ns(pace), 0);
	}
	qb_pace_destroy(pace);
}

/* 15 intervals of 1 ms at 1000 messages each, of which `share` are received, but for `late` of the
 * last. */
static void receive(struct qb_pace *pace, double share, unsigned late)
{
	const uint64_t all = UINT64_MAX;

	samples = (struct qb_samples){ .window_start = { .monotonic_ns = 101000 },
		                       .interval_count = 15 };
	for (unsigned i = 0; i < 15; i++) {
		samples.interval_end_ns[i] = (i + 1) * 1000000;
		samples.interval_messages[i] = (uint64_t)(share * 1000) - (i == 14) * late;
	}
	pace->until = 16000000;
	qb_pace_judge(pace, &all, &samples);
}

Test(pace, backlog_that_grows_is_seen)
{
	struct qb_pace *pace = make_pace(1, 1000000, QB_ARRIVALS_UNIFORM, 1);

	receive(pace, 1, 0);
	cr_expect_eq(samples.latency.due_count, 15000);
	cr_expect_float_eq(samples.latency.backlog_growth, 0, 1);
	cr_expect_not(samples.latency.backlog_rises);
	receive(pace, 0.9, 0);
	cr_expect_float_eq(samples.latency.backlog_growth, 1000, 1); /* of 1500, over two thirds */
	cr_expect(samples.latency.backlog_rises);
	qb_pace_destroy(pace);
}

Test(pace, stall_at_the_end_is_no_growing_backlog)
{
	struct qb_pace *pace = make_pace(1, 1000000, QB_ARRIVALS_UNIFORM, 1);

	receive(pace, 1, 900);
	cr_expect_float_eq(samples.latency.backlog_growth, 0, 1);
	qb_pace_destroy(pace);
}

Test(pace, messages_never_sent_are_counted)
{
	struct qb_pace *pace = make_pace(2, 2000000, QB_ARRIVALS_UNIFORM, 1);
	const uint64_t sent[] = { 900, 2000 };

	pace->until = 1000 + 1000000;
	qb_pace_judge(pace, sent, &samples);
	cr_expect_eq(samples.latency.unsent_count, 100);
	qb_pace_destroy(pace);
}

Test(pace, producer_goes_on_until_all_that_was_due_is_sent_or_given_up)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	uint32_t phase = QB_PHASE_RUN;
	struct qb_worker worker = { .role = QB_PRODUCE, .pace = pace, .phase = &phase };

	cr_expect(qb_pace_goes_on(&worker, 5000, 4000), "no window yet");
	pace->until = 6000000;
	cr_expect(qb_pace_goes_on(&worker, 5999999, 7000000), "late, but due");
	cr_expect_not(qb_pace_goes_on(&worker, 6000000, 5000000), "due after the window");
	phase = QB_PHASE_DRAIN;
	cr_expect(qb_pace_goes_on(&worker, 5999999, 5000000));
	cr_expect(qb_pace_goes_on(&worker, 5999999, 6000000 + pace->grace - 1));
	cr_expect_not(qb_pace_goes_on(&worker, 5999999, 6000000 + pace->grace));
	worker.closed = true;
	cr_expect_not(qb_pace_goes_on(&worker, 5999999, 5000000));
	worker.closed = false;
	pace->until = UINT64_MAX;
	cr_expect_not(qb_pace_goes_on(&worker, 5000, 4000), "ended before any window");
	qb_pace_destroy(pace);
}

/* ---- what a message carries ---- */

static unsigned fault_count;

static void count_fault(struct qb_checker *checker, uint64_t identity, bool intact)
{
	(void)checker;
	(void)identity;
	fault_count += !intact;
}

static void check(const struct qb_pace *pace, void *message, size_t size, uint64_t now)
{
	struct qb_stream streams[2] = { { 0 }, { .next = qb_identity(1, 7) } };
	struct qb_checker checker = { .streams = streams,
		                      .stream_count = 2,
		                      .proof = QB_PROOF_SEQUENCE,
		                      .fault = count_fault };
	static struct qb_timing timing;
	struct qb_worker worker = { .pace = pace, .timing = &timing };

	fault_count = 0;
	memset(&timing, 0, sizeof(timing));
	qb_timing_record(&worker, message, size, now);
	qb_check_one(&checker, QB_PROOF_SEQUENCE, message, size, qb_identity(1, 7));
	samples.latency.recorded = timing;
}

Test(pace, stamp_is_taken_out_before_the_proof)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	char message[40];

	pace->from = 0;
	for (size_t size = 8; size <= 40; size++) {
		qb_message_write(message, size, qb_identity(1, 7));
		qb_message_stamp(message, size, 7500000);
		check(pace, message, size, 7900000); /* due at 7 001 000 */
		cr_assert_eq(fault_count, 0, "%zu bytes", size);
		cr_assert_eq(samples.latency.recorded.response.max, 899000);
		cr_assert_eq(samples.latency.recorded.transit.max, size < 16 ? 0 : 400000);
	}
	qb_pace_destroy(pace);
}

Test(pace, stamp_of_another_message_is_corruption)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	uint64_t message[4], other[4];

	for (uint64_t sequence = 0; sequence < 1000; sequence++) {
		const uint64_t registration = 1 + (sequence == 7); /* the same, or another */

		qb_message_write(message, 32, qb_identity(1, 7));
		qb_message_write(other, 32, qb_identity(registration, sequence));
		qb_message_stamp(other, 32, 7500000);
		message[1] = other[1];
		check(pace, message, 32, 7900000);
		cr_assert_eq(fault_count, 1, "%u", (unsigned)sequence);
	}
	message[1] = 0; /* never written */
	check(pace, message, 32, 7900000);
	cr_expect_eq(fault_count, 1);
	qb_pace_destroy(pace);
}

Test(pace, message_that_was_long_under_way_is_no_corruption)
{
	static const uint64_t starts[] = { 0, (UINT64_C(1) << 40) - 1000, UINT64_MAX - 1000 };
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	uint64_t message[2], sent;

	for (unsigned i = 0; i < 3; i++) {
		qb_message_write(message, 16, qb_identity(1, 7));
		qb_message_stamp(message, 16, starts[i]);
		cr_assert(
			qb_message_unstamp(message, 16, starts[i] + UINT64_C(150000000000), &sent));
		cr_expect_eq(sent, starts[i]);
		cr_expect(qb_message_intact(message, 16));
		/* The CPU that received it may be behind. */
		qb_message_stamp(message, 16, starts[i]);
		cr_assert(qb_message_unstamp(message, 16, starts[i] - 900, &sent));
		cr_expect_eq(sent, starts[i]);
	}
	qb_pace_destroy(pace);
}

Test(pace, only_messages_due_within_the_window_are_recorded)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_UNIFORM, 1);
	uint64_t message[2];

	for (int when = 0; when < 4; when++) {
		/* Message 7 is due at 7 001 000. */
		pace->from = (const uint64_t[]){ 0, 7001000, 7001001, 0 }[when];
		pace->until =
			(const uint64_t[]){ UINT64_MAX, UINT64_MAX, UINT64_MAX, 7001000 }[when];
		qb_message_write(message, 16, qb_identity(1, 7));
		qb_message_stamp(message, 16, 7500000);
		check(pace, message, 16, 7900000);
		cr_expect_eq(qb_histogram_count(&samples.latency.recorded.response), when < 2);
		cr_expect_eq(qb_histogram_count(&samples.latency.recorded.transit), when < 2);
		cr_expect_eq(fault_count, 0);
	}
	qb_pace_destroy(pace);
}

Test(pace, message_of_nobody_is_left_to_the_proof)
{
	struct qb_pace *pace = make_pace(1, 1000, QB_ARRIVALS_POISSON, 1);
	uint64_t message[2] = { 0 };

	check(pace, message, 16, 7900000);
	cr_expect_eq(qb_histogram_count(&samples.latency.recorded.response), 0);
	cr_expect_eq(fault_count, 1);
	qb_pace_destroy(pace);
}
