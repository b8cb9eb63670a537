/* test_loops.c -- the measured loops of every queue, in every size class: their copies are of
 * constant size, so no other test runs the same instructions. */
#include <pthread.h>
#include <sched.h>

#include "every_queue.h"
#include "harness/registry.h"

enum { BATCH_MAX = 13, SIZE_MAX_BYTES = 256 };

/* One thread's loop, with all that the harness would give it. */
struct side {
	struct qb_worker worker;
	struct qb_progress progress;
	struct qb_stream streams[2];
	uint64_t buffer[BATCH_MAX * SIZE_MAX_BYTES / 8];
	qb_loop_fn *loop;
	pthread_t thread;
};

static void fail_at_once(struct qb_checker *checker, uint64_t identity, bool intact)
{
	const struct qb_queue *queue = checker->keeper;

	fprintf(stderr, "%s: got %#llx, %s\n", queue->id, (unsigned long long)identity,
	        intact ? "which is not the next" : "damaged");
	abort();
}

static void *run_side(void *argument)
{
	struct side *side = argument;
	struct qb_worker *worker = &side->worker;
	const struct qb_handles *handles = worker->descriptor->handles;
	struct qb_error error;

	if (handles)
		worker->handle = handles->attach(worker->queue, worker->role, 0, &error);
	side->loop(worker);
	if (handles)
		handles->detach(worker->queue, worker->role, worker->handle);
	return NULL;
}

static void prepare_side(struct side *side, const struct qb_queue *queue, void *q,
                         const uint32_t *phase, enum qb_role role)
{
	memset(side, 0, sizeof(*side));
	side->streams[1].next = qb_identity(1, 0);
	side->worker = (struct qb_worker){
		.queue = q,
		.descriptor = queue,
		.phase = phase,
		.progress = &side->progress,
		.buffer = side->buffer,
		.role = role,
		.next_identity = qb_identity(1, 0),
		.expected = qb_identity(1, 0),
		.checker = { .streams = side->streams,
		             .stream_count = 2,
		             .proof = QB_PROOF_SEQUENCE,
		             .fault = fail_at_once,
		             .keeper = (void *)(uintptr_t)queue },
	};
}

/* Both loops of one way of sending and one size, against each other. */
static void run_loops(const struct qb_queue *queue, enum qb_api api, size_t size, enum qb_wait wait)
{
	const uint64_t count = SANITIZED ? 500 : 5000;
	const struct qb_loops *loops = qb_registry_loops(queue, api);
	qb_loop_fn *const *of = loops->of[qb_registry_size_class(size)];
	const struct qb_shape shape = {
		wait == QB_WAIT_BLOCK ? 1 : 64, size, 1, 1, UINT64_MAX - 1000, 0
	};
	static struct side sides[QB_ROLE_COUNT];
	uint32_t phase = QB_PHASE_RUN;
	void *q = of[QB_PRODUCE] ? create_queue(queue, &shape) : NULL;

	if (!q)
		return;
	for (enum qb_role role = QB_PRODUCE; role <= QB_CONSUME; role++) {
		prepare_side(&sides[role], queue, q, &phase, role);
		sides[role].loop = of[role];
		sides[role].worker.wait = wait;
		sides[role].worker.batch = api == QB_API_SINGLE ? 1 : BATCH_MAX;
		sides[role].worker.message_size = size;
		sides[role].worker.end_identity = qb_identity(1, count);
		pthread_create(&sides[role].thread, NULL, run_side, &sides[role]);
	}
	pthread_join(sides[QB_PRODUCE].thread, NULL);
	while (qb_load(&sides[QB_CONSUME].progress.message_count, RELAXED) < count)
		sched_yield();
	qb_store(&phase, QB_PHASE_END, RELAXED);
	if (wait == QB_WAIT_BLOCK)
		queue->closing->close(q);
	pthread_join(sides[QB_CONSUME].thread, NULL);
	cr_assert_eq(sides[QB_PRODUCE].worker.next_identity, qb_identity(1, count), "%s",
	             queue->id);
	if (!is_floor(queue))
		cr_assert_eq(sides[QB_CONSUME].worker.expected, qb_identity(1, count), "%s",
		             queue->id);
	for (enum qb_role role = QB_PRODUCE; role <= QB_CONSUME && api == QB_API_SINGLE; role++)
		cr_assert_eq(sides[role].progress.operation_count,
		             sides[role].progress.message_count, "%s", queue->id);
	queue->destroy(q);
}

EVERY_QUEUE(loops, carry_every_size_class_whole_and_in_order)
{
	static const size_t sizes[] = { 8, 16, 32, 64, 128, 256, 24, 13, 72 };

	for (unsigned api = QB_API_SINGLE; api <= QB_API_ZEROCOPY; api++)
		for (size_t index = 0; index < 9 && has_api(queue, (enum qb_api)api); index++)
			run_loops(queue, (enum qb_api)api, sizes[index], QB_WAIT_YIELD);
}

EVERY_QUEUE(loops, count_a_message_that_moved_asleep_as_an_operation)
{
	if (queue->blocking)
		run_loops(queue, QB_API_SINGLE, 8, QB_WAIT_BLOCK);
}
