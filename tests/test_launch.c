/* test_launch -- real runs in processes of their own, of queues that work and of broken ones.
 *
 * The child is this very test binary: it turns into a run before any test is looked at. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/proof.h"
#include "harness/registry.h"

static __attribute__((constructor)) void become_run(void)
{
	char arguments[256] = "";
	FILE *stream = fopen("/proc/self/cmdline", "re");
	size_t length = stream ? fread(arguments, 1, sizeof(arguments) - 1, stream) : 0;
	const char *first = arguments + strlen(arguments) + 1;

	if (stream)
		fclose(stream);
	if (length > strlen(arguments) + 1 && strcmp(first, QB_LAUNCH_ARGUMENT) == 0)
		_exit(qb_run_main(atoi(first + strlen(first) + 1)));
}

struct trial {
	struct qb_case c;
	struct qb_protocol protocol;
	volatile int interrupted;
	unsigned ticks, interrupt_at;
	struct qb_samples samples;
};

static void tick(void *context, uint64_t message_count, enum qb_stage stage)
{
	struct trial *trial = context;

	(void)message_count;
	(void)stage;
	if (++trial->ticks == trial->interrupt_at)
		trial->interrupted = 1;
}

/* `name` with an ending is a fixture beside this binary, else a built-in. */
static struct trial *prepare(const char *name, unsigned producers, unsigned consumers)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	struct qb_registry registry;
	struct qb_error error;
	const struct qb_entry *entry;
	char *slash;

	cr_assert_eq(qb_registry_open(&registry, &error), 0, "%s", error.text);
	snprintf(trial->c.impl, sizeof(trial->c.impl), "%s", name);
	if (strchr(name, '.')) {
		*strchr(trial->c.impl, '.') = 0;
		cr_assert_gt(readlink("/proc/self/exe", trial->c.plugin, PATH_MAX - 100), 0);
		slash = strrchr(trial->c.plugin, '/');
		snprintf(slash, 100, "/fixtures/%s", name);
		cr_assert_eq(qb_registry_load(&registry, trial->c.plugin, &error), 0, "%s",
		             error.text);
	}
	entry = qb_registry_find(&registry, trial->c.plugin, trial->c.impl);
	cr_assert(entry, "no queue %s", name);
	trial->c.traits = entry->queue->traits;
	qb_registry_finish(&registry);
	snprintf(trial->c.workload, sizeof(trial->c.workload), "throughput");
	trial->c.producer_count = producers;
	trial->c.consumer_count = consumers;
	trial->c.batch = 1;
	trial->c.api = QB_API_SINGLE;
	trial->c.message_size = 8;
	trial->c.capacity = 1000;
	trial->c.wait = QB_WAIT_YIELD;
	trial->c.proof = true;
	for (unsigned w = 0; w < producers + consumers; w++)
		trial->c.cpus[w] = QB_CPU_NONE;
	trial->protocol = (struct qb_protocol){ .runs = 1,
		                                .time_ns = 50000000,
		                                .warmup_ns = 20000000,
		                                .interval_ns = 10000000,
		                                .timeout_ns = 20000000000 };
	return trial;
}

static void run(struct trial *trial)
{
	struct qb_error error;
	const struct qb_launch_request request = { .c = &trial->c,
		                                   .protocol = &trial->protocol,
		                                   .seed = 77,
		                                   .interrupted = &trial->interrupted,
		                                   .tick = tick,
		                                   .context = trial };

	cr_assert_eq(qb_launch_run(&request, &trial->samples, &error), 0, "%s", error.text);
}

static void expect_ok(const struct trial *trial)
{
	cr_expect_eq(trial->samples.status, QB_STATUS_OK, "%s", trial->samples.reason);
	cr_expect(qb_proof_holds(&trial->samples.delivery));
	cr_expect_gt(trial->samples.delivery.received, 0);
}

Test(launch, correct_queue_is_measured_and_proven, .timeout = 60)
{
	struct trial *trial = prepare("correct.so", 1, 1);
	uint64_t in_intervals = 0;

	run(trial);
	expect_ok(trial);
	cr_expect_gt(trial->samples.window_count, 0);
	cr_expect_leq(trial->samples.window_count, trial->samples.delivery.received);
	cr_expect_geq(trial->samples.window_end.monotonic_ns -
	                      trial->samples.window_start.monotonic_ns,
	              trial->protocol.time_ns);
	for (unsigned interval = 0; interval < trial->samples.interval_count; interval++)
		in_intervals += trial->samples.interval_messages[interval];
	cr_expect_eq(in_intervals, trial->samples.window_count, "intervals do not add up");
	free(trial);
}

Test(launch, more_threads_than_cpus_deliver_too, .timeout = 120)
{
	struct trial *trial = prepare("correct.so", 4, 3);

	run(trial);
	expect_ok(trial);
	for (unsigned w = 0; w < 7; w++)
		cr_expect_neq(trial->samples.workers[w].tid, 0);
	free(trial);
}

Test(launch, crash_ends_its_run_with_the_signal_named, .timeout = 60)
{
	struct trial *trial = prepare("crashing.so", 1, 1);

	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_CRASHED, "%s", trial->samples.reason);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	cr_expect(strstr(trial->samples.reason, "signal 11"), "%s", trial->samples.reason);
#endif
	cr_expect(strstr(trial->samples.reason, "\nproducer 0: "), "%s", trial->samples.reason);
	cr_expect(strstr(trial->samples.reason, "\nconsumer 0: "), "%s", trial->samples.reason);
	cr_expect(!strstr(trial->samples.reason, "kernel"), "it knows nothing of the dead");
	free(trial);
}

Test(launch, hang_ends_in_time_and_tells_where_each_thread_stood, .timeout = 60)
{
	struct trial *trial = prepare("hanging.so", 1, 1);
	const uint64_t start_ns = qb_clock_monotonic_ns();

	trial->protocol.timeout_ns = 1000000000;
	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_TIMEOUT, "%s", trial->samples.reason);
	cr_expect_lt(qb_clock_monotonic_ns() - start_ns, UINT64_C(10000000000));
	cr_expect(strstr(trial->samples.reason, "producer 0: inside push"), "%s",
	          trial->samples.reason);
	cr_expect(strstr(trial->samples.reason, "consumer 0: "), "%s", trial->samples.reason);
	free(trial);
}

Test(launch, loss_of_one_message_in_a_million_is_seen, .timeout = 120)
{
	struct trial *trial = prepare("losing.so", 1, 1);

	trial->protocol.message_count = 1500000;
	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_INCORRECT, "%s", trial->samples.reason);
	cr_expect_eq(trial->samples.delivery.lost, 1);
	cr_expect_eq(trial->samples.delivery.faults[0].sequence, 999999);
	free(trial);
}

Test(launch, duplicate_swap_and_damage_are_told_apart, .timeout = 240)
{
	for (unsigned consumers = 1; consumers <= 2; consumers++) {
		struct trial *doubling = prepare("doubling.so", 1, consumers);
		struct trial *swapping = prepare("swapping.so", 1, consumers);
		struct trial *garbling = prepare("garbling.so", 1, consumers);

		doubling->protocol.message_count = 150000;
		swapping->protocol.message_count = 150000;
		garbling->protocol.message_count = 150000;
		run(doubling);
		run(swapping);
		run(garbling);
		cr_expect_eq(doubling->samples.status, QB_STATUS_INCORRECT);
		/* A full ring may refuse the second copy, and get both again. */
		cr_expect_geq(doubling->samples.delivery.duplicated, 1);
		cr_expect_eq(doubling->samples.delivery.lost, 0);
		/* Two consumers may take the swapped pair in either order: nothing to see then. */
		cr_expect_leq(swapping->samples.delivery.reordered, 1);
		cr_expect(consumers == 2 || swapping->samples.delivery.reordered == 1);
		cr_expect_eq(garbling->samples.status, QB_STATUS_INCORRECT);
		cr_expect_eq(garbling->samples.delivery.corrupted, 1);
		free(doubling);
		free(swapping);
		free(garbling);
	}
}

Test(launch, queue_that_cannot_be_created_says_why, .timeout = 60)
{
	struct trial *trial = prepare("failing.so", 1, 1);

	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_INVALID);
	cr_expect(strstr(trial->samples.reason, "no room for 1000 messages"), "%s",
	          trial->samples.reason);
	free(trial);
}

Test(launch, interrupt_ends_the_run_at_once, .timeout = 60)
{
	struct trial *trial = prepare("correct.so", 1, 1);

	trial->protocol.time_ns = UINT64_C(30000000000);
	trial->interrupt_at = 2;
	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_INTERRUPTED);
	free(trial);
}

Test(launch, fixed_count_is_delivered_to_the_last_message, .timeout = 60)
{
	struct trial *trial = prepare("correct.so", 3, 2);

	trial->protocol.message_count = 100001;
	run(trial);
	expect_ok(trial);
	cr_expect_eq(trial->samples.delivery.sent, 100001);
	cr_expect_eq(trial->samples.window_count, 100001);
	free(trial);
}

Test(launch, sleeping_threads_are_woken_at_the_end, .timeout = 60)
{
	struct trial *trial = prepare("mutex", 2, 2);

	trial->c.wait = QB_WAIT_BLOCK;
	trial->c.capacity = 4;
	run(trial);
	expect_ok(trial);
	free(trial);
}

Test(launch, floors_hand_every_consumer_a_stream_of_its_own, .timeout = 60)
{
	struct trial *trial = prepare("null", 2, 2);

	run(trial);
	expect_ok(trial);
	free(trial);
}

Test(launch, figure_without_proof_still_counts_what_arrived, .timeout = 60)
{
	struct trial *trial = prepare("losing.so", 1, 1);

	trial->c.proof = false;
	trial->protocol.message_count = 1500000;
	run(trial);
	cr_expect_eq(trial->samples.status, QB_STATUS_INCORRECT);
	cr_expect_eq(trial->samples.delivery.lost, 1);
	free(trial);
}
