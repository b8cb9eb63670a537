/* qbench_loops.h -- the measured loops, written once.
 *
 * Each loop is a template: an always-inline function whose operations and message size are
 * constants wherever it is called, so push and pop inline, the branches fold away and gdb still
 * steps through.  A message that moves costs no call; one that does not (full, empty) goes through
 * the cold qb_miss.  A loop works in turns: after QB_TURN messages or a miss it publishes its
 * counts to its own line of the shared mapping and looks at the phase. */
#ifndef QBENCH_LOOPS_H
#define QBENCH_LOOPS_H

#include <sched.h>

#include "qbench_proof.h"

#define QB_TURN 64 /* messages between two looks at the phase, unless a batch is larger */

/* Producers work in RUN only; consumers until END. */
enum qb_phase { QB_PHASE_RUN, QB_PHASE_DRAIN, QB_PHASE_END };

enum qb_wait { QB_WAIT_AUTO, QB_WAIT_SPIN, QB_WAIT_YIELD, QB_WAIT_BLOCK };

/* Where a thread stands: what a dump of a hung run shows. */
enum qb_stand {
	QB_STAND_STARTING,
	QB_STAND_ATTACHING,
	QB_STAND_READY,
	QB_STAND_RUNNING,  /* inside an operation, or between two */
	QB_STAND_WAITING,  /* found it full or empty, tries again */
	QB_STAND_SLEEPING, /* inside a blocking operation */
	QB_STAND_DETACHING,
	QB_STAND_DONE
};

/* One thread's line in the mapping that the parent reads while the run goes on.  Counts are of the
 * whole run so far; written by their thread alone, relaxed. */
struct QB_ALIGNED(QB_LINE) qb_progress {
	uint64_t message_count;   /* producer: accepted; consumer: received */
	uint64_t operation_count; /* operations that moved something */
	uint64_t miss_count;      /* operations that found it full or empty */
	uint64_t sleep_count;     /* blocking operations entered */
	uint32_t stand;           /* enum qb_stand */
};

struct qb_pace;
struct qb_timing;

/* What a measured loop works on; one per thread, in its own lines.  New members go to the end. */
struct QB_ALIGNED(QB_LINE) qb_worker {
	void *queue;
	void *handle;
	const struct qb_queue *descriptor;
	const uint32_t *phase; /* enum qb_phase, written by the harness, on its own line */
	struct qb_progress *progress;
	void *buffer; /* `batch` messages, the thread's own, faulted in */
	size_t batch; /* messages asked of one operation */
	size_t message_size;
	enum qb_role role;
	enum qb_wait wait;         /* SPIN, YIELD or BLOCK */
	uint64_t next_identity;    /* producer: of the next message */
	uint64_t end_identity;     /* producer: stop before this one */
	struct qb_checker checker; /* consumer */
	uint64_t expected;         /* consumer: see qb_check_one */
	bool closed;               /* the queue said so */
	/* Timed loops, see qbench_timed.h; NULL in all others. */
	const struct qb_pace *pace;
	struct qb_timing *timing; /* consumer */
};

QB_TEMPLATE void qb_publish(struct qb_worker *worker, uint64_t messages, uint64_t operations)
{
	__atomic_store_n(&worker->progress->message_count, messages, __ATOMIC_RELAXED);
	__atomic_store_n(&worker->progress->operation_count, operations, __ATOMIC_RELAXED);
}

QB_TEMPLATE bool qb_goes_on(const struct qb_worker *worker)
{
	const uint32_t last = worker->role == QB_PRODUCE ? QB_PHASE_RUN : QB_PHASE_DRAIN;

	return __atomic_load_n(worker->phase, __ATOMIC_RELAXED) <= last;
}

/* One look more inside an operation, at a step that another thread has begun and must end: pauses,
 * and from the 64th look on gives the CPU away, because that thread may be waiting for it.  *looks
 * starts at 0. */
QB_COLD void qb_await(unsigned *looks)
{
	if (++*looks < 64)
		qb_pause();
	else
		sched_yield();
}

/* After an operation that moved nothing.  Returns true if the message in worker->buffer has moved
 * after all, by a blocking operation. */
QB_COLD bool qb_miss(struct qb_worker *worker)
{
	struct qb_progress *progress = worker->progress;
	const struct qb_blocking *blocking = worker->descriptor->blocking;
	bool moved;

	__atomic_store_n(&progress->miss_count, progress->miss_count + 1, __ATOMIC_RELAXED);
	if (worker->wait != QB_WAIT_BLOCK) {
		__atomic_store_n(&progress->stand, QB_STAND_WAITING, __ATOMIC_RELAXED);
		if (worker->wait == QB_WAIT_SPIN)
			qb_pause();
		else
			sched_yield();
		__atomic_store_n(&progress->stand, QB_STAND_RUNNING, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_store_n(&progress->sleep_count, progress->sleep_count + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&progress->stand, QB_STAND_SLEEPING, __ATOMIC_RELAXED);
	moved = worker->role == QB_PRODUCE
	                ? blocking->push_wait(worker->queue, worker->handle, worker->buffer,
	                                      worker->message_size)
	                : blocking->pop_wait(worker->queue, worker->handle, worker->buffer,
	                                     worker->message_size);
	worker->closed = !moved;
	__atomic_store_n(&progress->stand, QB_STAND_RUNNING, __ATOMIC_RELAXED);
	return moved;
}

enum qb_api { QB_API_AUTO, QB_API_SINGLE, QB_API_BATCH, QB_API_ZEROCOPY };

QB_TEMPLATE size_t qb_turn_operations(const struct qb_worker *worker)
{
	return worker->batch < QB_TURN ? (QB_TURN + worker->batch - 1) / worker->batch : 1;
}

/* One producer, until the phase or its last message.  Every argument after `worker` is a constant
 * where this is called; the operations that `api` does not use are NULL. */
QB_TEMPLATE void qb_produce(struct qb_worker *worker, const enum qb_api api,
                            const size_t fixed_size, qb_push_fn *push, qb_push_batch_fn *push_batch,
                            qb_reserve_fn *reserve, qb_commit_fn *commit)
{
	const size_t size = fixed_size ? fixed_size : worker->message_size;
	const size_t batch = worker->batch, turn_operations = qb_turn_operations(worker);
	const uint64_t first = worker->next_identity, end = worker->end_identity;
	void *const queue = worker->queue, *const handle = worker->handle;
	uint64_t local[32]; /* the message of a fixed size, so that it can live in registers */
	void *const message = fixed_size && api == QB_API_SINGLE ? local : worker->buffer;
	uint64_t identity = first, operations = 0;

	while (qb_goes_on(worker) && identity != end && !worker->closed) {
		size_t sent = 1;

		for (size_t turn = turn_operations; turn != 0 && identity != end; turn--) {
			const size_t want =
				end - identity < batch ? (size_t)(end - identity) : batch;

			if (api == QB_API_SINGLE) {
				qb_message_write(message, size, identity);
				sent = push(queue, handle, message, size);
			} else if (api == QB_API_BATCH) {
				qb_write_run(message, want, size, identity);
				sent = push_batch(queue, handle, message, want, size);
			} else {
				void *span = reserve(queue, handle, want, &sent, size);

				if (qb_likely(sent != 0)) {
					qb_write_run(span, sent, size, identity);
					commit(queue, handle, sent, size);
				}
			}
			if (qb_unlikely(sent == 0))
				break;
			identity += sent;
			operations++;
		}
		qb_publish(worker, identity - first, operations);
		if (qb_unlikely(sent == 0)) {
			qb_message_write(worker->buffer, size, identity);
			if (qb_miss(worker)) {
				identity++;
				operations++;
			}
		}
	}
	qb_publish(worker, identity - first, operations);
	worker->next_identity = identity;
}

/* One consumer, until the phase or the queue's end. */
QB_TEMPLATE void qb_consume(struct qb_worker *worker, const enum qb_api api,
                            const size_t fixed_size, qb_pop_fn *pop, qb_pop_batch_fn *pop_batch,
                            qb_peek_fn *peek, qb_release_fn *release)
{
	const size_t size = fixed_size ? fixed_size : worker->message_size;
	const size_t batch = worker->batch, turn_operations = qb_turn_operations(worker);
	void *const queue = worker->queue, *const handle = worker->handle;
	struct qb_checker *const checker = &worker->checker;
	const enum qb_proof proof = checker->proof;
	uint64_t local[32];
	void *const message = fixed_size && api == QB_API_SINGLE ? local : worker->buffer;
	uint64_t count = 0, operations = 0, expected = worker->expected;

	while (qb_goes_on(worker) && !worker->closed) {
		size_t got = 1;

		for (size_t turn = turn_operations; turn != 0; turn--) {
			if (api == QB_API_SINGLE) {
				got = pop(queue, handle, message, size);
				if (qb_likely(got != 0))
					expected = qb_check_one(checker, proof, message, size,
					                        expected);
			} else if (api == QB_API_BATCH) {
				got = pop_batch(queue, handle, message, batch, size);
				if (qb_likely(got != 0))
					expected = qb_check_run(checker, proof, message, got, size,
					                        expected);
			} else {
				const void *span = peek(queue, handle, batch, &got, size);

				if (qb_likely(got != 0)) {
					expected = qb_check_run(checker, proof, span, got, size,
					                        expected);
					release(queue, handle, got, size);
				}
			}
			if (qb_unlikely(got == 0))
				break;
			count += got;
			operations++;
		}
		qb_publish(worker, count, operations);
		if (qb_unlikely(got == 0) && qb_miss(worker)) {
			expected = qb_check_one(checker, proof, worker->buffer, size, expected);
			count++;
			operations++;
		}
	}
	qb_publish(worker, count, operations);
	worker->expected = expected;
}

#endif
