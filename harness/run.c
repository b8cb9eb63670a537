/* run -- the measuring child: one queue, one set of threads, one window.
 *
 * The main thread is the coordinator.  It sleeps but for the moments in which it samples the
 * threads' own counters, so it takes no part in what is measured.  Order of events: create the
 * queue, start the threads, barrier, warm-up, window, producers stop, consumers drain, join,
 * reconcile.  The sequence is a README of its own: harness/README.md. */
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/clock.h"
#include "harness/histogram.h"
#include "harness/launch.h"
#include "harness/registry.h"
#include "harness/timed.h"
#include "harness/topology.h"
#include "harness/window.h"

#define CLOCK_PPM_MAX      100    /* beyond it no clock of this machine can be believed */
#define NEGATIVE_SHARE_MAX 0.0001 /* of the messages; below it, an interrupt between two reads */

struct run {
	struct qb_mapping *mapping;
	struct qb_registry registry;
	struct qb_crew crew;
	struct qb_member *members; /* producers, then consumers */
	unsigned member_count;
};

static int fail(struct run *run, enum qb_status status, const char *sentence)
{
	struct qb_samples *samples = &run->mapping->samples;

	samples->status = status;
	snprintf(samples->reason, sizeof(samples->reason), "%s", sentence);
	return -1;
}

static int find_queue(struct run *run, struct qb_error *error)
{
	const struct qb_case *c = &run->mapping->c;
	const struct qb_entry *entry;
	const struct qb_loops *loops;
	int failure = qb_registry_open(&run->registry, error);

	if (failure == 0 && c->plugin[0])
		failure = qb_registry_load(&run->registry, c->plugin, error);
	if (failure != 0)
		return fail(run, QB_STATUS_INVALID, error->text);
	entry = qb_registry_find(&run->registry, c->plugin, c->impl);
	if (!entry) {
		qb_error_set(error, ENOENT, "queue '%s' is not there any more", c->impl);
		return fail(run, QB_STATUS_INVALID, error->text);
	}
	run->crew.descriptor = entry->queue;
	loops = c->rate ? entry->queue->timed : qb_registry_loops(entry->queue, c->api);
	for (int role = 0; role < QB_ROLE_COUNT; role++)
		run->crew.loops[role] = loops->of[qb_registry_size_class(c->message_size)][role];
	return 0;
}

/* The queue is created on the first consumer's CPU, so that "local" memory is the consumer's. */
static void move_to_consumer(const struct qb_case *c, cpu_set_t *ret_before)
{
	const int cpu = c->cpus[c->producer_count];
	cpu_set_t set;

	sched_getaffinity(0, sizeof(*ret_before), ret_before);
	if (cpu == QB_CPU_NONE)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static int create_queue(struct run *run, struct qb_error *error)
{
	const struct qb_case *c = &run->mapping->c;
	const struct qb_shape shape = { .capacity = c->capacity,
		                        .message_size = c->message_size,
		                        .producer_count = c->producer_count,
		                        .consumer_count = c->consumer_count,
		                        .line_offset =
		                                (unsigned)(run->mapping->samples.seed % 64) };
	cpu_set_t before;

	qb_mapping_enter(run->mapping, QB_STAGE_CREATING);
	move_to_consumer(c, &before);
	if (c->numa != QB_NUMA_DEFAULT &&
	    qb_topology_bind_memory(c->numa, c->numa_node, error) != 0)
		return fail(run, QB_STATUS_INVALID, error->text);
	error->code = 0;
	run->crew.queue = run->crew.descriptor->create(&shape, error);
	sched_setaffinity(0, sizeof(before), &before);
	if (!run->crew.queue)
		return fail(run, error->code == ENOTSUP ? QB_STATUS_SKIPPED : QB_STATUS_INVALID,
		            error->text);
	return 0;
}

/* A fixed count is split evenly; the first producers take the rest. */
static uint64_t share_of(uint64_t total, unsigned count, unsigned index)
{
	if (total == 0)
		return UINT64_MAX;
	return total / count + (index < total % count);
}

static int start_threads(struct run *run, struct qb_error *error)
{
	const struct qb_case *c = &run->mapping->c;

	qb_mapping_enter(run->mapping, QB_STAGE_LINING_UP);
	run->member_count = qb_case_worker_count(c);
	run->mapping->samples.worker_count = run->member_count;
	run->crew.members = run->members = calloc(run->member_count, sizeof(*run->members));
	if (!run->members)
		return fail(run, QB_STATUS_INVALID, "out of memory");
	qb_meter_open(&run->crew);
	pthread_barrier_init(&run->crew.barrier, NULL, run->member_count + 1);
	for (unsigned position = 0; position < run->member_count; position++) {
		struct qb_member *member = &run->members[position];
		const bool produces = position < c->producer_count;

		member->crew = &run->crew;
		member->role = produces ? QB_PRODUCE : QB_CONSUME;
		member->position = position;
		member->index = produces ? position : position - c->producer_count;
		if (produces)
			member->end_count = share_of(run->mapping->protocol.message_count,
			                             c->producer_count, member->index);
		/* Threads already waiting at the barrier die with the process. */
		if (qb_worker_start(member, error) != 0)
			return fail(run, QB_STATUS_INVALID, error->text);
	}
	qb_window_prepare(&run->crew);
	qb_timed_begin(&run->crew);
	pthread_barrier_wait(&run->crew.barrier);
	if (!__atomic_load_n(&run->crew.abandoned, __ATOMIC_RELAXED))
		return 0;
	for (unsigned position = 0; position < run->member_count; position++) {
		pthread_join(run->members[position].thread, NULL);
		if (run->members[position].error.code != 0)
			*error = run->members[position].error;
	}
	return fail(run, QB_STATUS_INVALID, error->text);
}

static void join(struct run *run)
{
	for (unsigned position = 0; position < run->member_count; position++)
		pthread_join(run->members[position].thread, NULL);
}

/* A floor hands each consumer a stream of its own, which its loop alone can vouch for. */
static void prove_floor(const struct run *run, struct qb_keeper *keepers, uint64_t *sent)
{
	const struct qb_case *c = &run->mapping->c;
	struct qb_delivery *delivery = &run->mapping->samples.delivery, own;

	for (unsigned index = 0; index < c->consumer_count; index++) {
		const uint64_t count =
			run->mapping->progress[c->producer_count + index].message_count;

		sent[index + 1] = count;
		qb_proof_reconcile(&keepers[index], 1, sent, count, &own);
		sent[index + 1] = 0;
		delivery->sent += own.sent;
		delivery->received += own.received;
		delivery->lost += own.lost;
		delivery->duplicated += own.duplicated;
		delivery->reordered += own.reordered;
		delivery->corrupted += own.corrupted;
	}
}

static void prove_queue(const struct run *run, struct qb_keeper *keepers, uint64_t *sent)
{
	const struct qb_case *c = &run->mapping->c;
	uint64_t received = 0;

	for (unsigned index = 0; index < c->consumer_count; index++)
		received += run->mapping->progress[c->producer_count + index].message_count;
	for (unsigned index = 0; index < c->producer_count; index++)
		sent[index + 1] = run->members[index].sent_count;
	qb_proof_reconcile(keepers, c->consumer_count, sent, received,
	                   &run->mapping->samples.delivery);
}

static int prove(struct run *run)
{
	const struct qb_case *c = &run->mapping->c;
	struct qb_keeper *keepers = calloc(c->consumer_count, sizeof(*keepers));
	uint64_t *sent = calloc(run->member_count + 1, sizeof(*sent));

	if (!keepers || !sent) {
		free(keepers);
		free(sent);
		return fail(run, QB_STATUS_INVALID, "out of memory for the proof");
	}
	for (unsigned index = 0; index < c->consumer_count; index++)
		keepers[index] = run->members[c->producer_count + index].keeper;
	if (c->traits & QB_FLOOR)
		prove_floor(run, keepers, sent);
	else
		prove_queue(run, keepers, sent);
	for (unsigned index = 0; index < c->consumer_count; index++)
		qb_proof_finish(&keepers[index]);
	free(sent);
	free(keepers);
	return 0;
}

static void read_internals(struct run *run)
{
	const struct qb_internals *internals = run->crew.descriptor->internals;
	struct qb_samples *samples = &run->mapping->samples;

	if (!internals)
		return;
	samples->internal_count =
		(unsigned)(internals->count < QB_INTERNALS_MAX ? internals->count
	                                                       : QB_INTERNALS_MAX);
	for (unsigned index = 0; index < samples->internal_count; index++)
		snprintf(samples->internal_names[index], sizeof(samples->internal_names[index]),
		         "%s", internals->names[index]);
	internals->read(run->crew.queue, samples->internals);
}

/* What no clock can have measured. */
static void judge_latency(struct qb_samples *samples)
{
	const struct qb_timing *recorded = &samples->latency.recorded;
	const uint64_t count = qb_histogram_count(&recorded->response);
	const uint64_t negative =
		recorded->response.negative_count + recorded->transit.negative_count;

	if (!samples->latency.timed || samples->status != QB_STATUS_OK)
		return;
	if (recorded->response.overflow_count + recorded->transit.overflow_count > 0) {
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason),
		         "messages took longer than a minute, which is as far as latencies are "
		         "told; use a lower --rate");
	} else if ((double)negative > NEGATIVE_SHARE_MAX * (double)count) {
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason),
		         "%llu of %llu messages were received before they were sent: the counters "
		         "of the CPUs disagree, see 'qbench doctor'",
		         (unsigned long long)negative, (unsigned long long)count);
	}
}

static void judge(struct qb_samples *samples, const struct qb_case *c)
{
	const struct qb_delivery *d = &samples->delivery;

	if (!qb_proof_holds(d)) {
		samples->status = QB_STATUS_INCORRECT;
		snprintf(samples->reason, sizeof(samples->reason),
		         "of %llu messages %llu were lost, %llu duplicated, %llu reordered, %llu "
		         "corrupted",
		         (unsigned long long)d->sent, (unsigned long long)d->lost,
		         (unsigned long long)d->duplicated, (unsigned long long)d->reordered,
		         (unsigned long long)d->corrupted);
		return;
	}
	if (samples->window_count == 0) {
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason),
		         "no message arrived inside the measured window; measure longer (--time)");
		return;
	}
	if (samples->clock_checked && labs(samples->clock_disagreement_ppm) > CLOCK_PPM_MAX) {
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason),
		         "the tick counter and CLOCK_MONOTONIC_RAW disagree by %ld ppm over the "
		         "window; "
		         "the machine was suspended or moved, measure again",
		         samples->clock_disagreement_ppm);
		return;
	}
	samples->status = QB_STATUS_OK;
	for (unsigned w = 0; w < samples->worker_count && c->pin_required; w++) {
		if (!samples->workers[w].pin_refused)
			continue;
		samples->status = QB_STATUS_INVALID;
		snprintf(samples->reason, sizeof(samples->reason),
		         "the system refused to pin a thread to CPU %d; choose other CPUs or "
		         "--pin=none",
		         samples->workers[w].cpu_wanted);
	}
}

static void measure(struct run *run)
{
	struct qb_mapping *mapping = run->mapping;
	const uint64_t start_ns = qb_clock_monotonic_ns();
	struct qb_error error = { 0 };

	if (qb_timed_prepare(&run->crew, &error) != 0) {
		fail(run, QB_STATUS_INVALID, error.text);
		return;
	}
	if (find_queue(run, &error) != 0 || create_queue(run, &error) != 0 ||
	    start_threads(run, &error) != 0)
		return;
	qb_window_measure(&run->crew);
	qb_mapping_enter(mapping, QB_STAGE_DRAINING);
	qb_window_drain(&run->crew);
	join(run);
	qb_meter_close(&run->crew);
	qb_mapping_enter(mapping, QB_STAGE_PROVING);
	if (prove(run) != 0 || qb_timed_settle(&run->crew, &error) != 0)
		return;
	read_internals(run);
	judge(&mapping->samples, &mapping->c);
	judge_latency(&mapping->samples);
	run->crew.descriptor->destroy(run->crew.queue);
	mapping->samples.total_ns = qb_clock_monotonic_ns() - start_ns;
}

int qb_run_main(int fd)
{
	struct run run = { .mapping = mmap(NULL, sizeof(struct qb_mapping), PROT_READ | PROT_WRITE,
		                           MAP_SHARED, fd, 0) };

	if (run.mapping == MAP_FAILED || run.mapping->magic != QB_MAPPING_MAGIC ||
	    run.mapping->size != sizeof(struct qb_mapping))
		return 2;
	run.crew.mapping = run.mapping;
	measure(&run);
	qb_mapping_enter(run.mapping, QB_STAGE_FINISHED);
	free(run.members);
	qb_registry_finish(&run.registry);
	return 0;
}
