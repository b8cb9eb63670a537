/* crossing.h -- threads send messages through a queue; each must arrive exactly once, whole and in
 * the declared order.
 *
 * A message's registration says who sent it; under churn each producer attaches anew every few
 * messages.  What was accepted is noted by the producers, what arrived by the consumers, and the
 * two are compared when all have ended. */
#ifndef CROSSING_H
#define CROSSING_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "every_queue.h"

enum { CROSSING_THREADS_MAX = 8 };

/* What is to cross, and how. */
struct crossing {
	const struct qb_queue *queue;
	unsigned producers, consumers;
	size_t capacity, size, batch;
	enum qb_api api;
	bool blocks;         /* push_wait and pop_wait */
	uint64_t messages;   /* per producer */
	uint64_t churn;      /* messages per registration */
	uint64_t jitter;     /* a pause every so many operations, on average; 0: none */
	long close_after_us; /* closed while producers are at it; 0: when they have ended */
	uint64_t first_index;
};

struct crossing_run {
	struct crossing is;
	void *q;
	uint32_t registration_count; /* at most; they are numbered from 1 */
	_Atomic uint32_t next_registration;
	_Atomic uint64_t received;
	_Atomic bool is_closing;
	pthread_barrier_t start;     /* or the first threads would be done before the last begin */
	_Atomic uint64_t *accepted;  /* by registration */
	_Atomic unsigned char *seen; /* by registration, then sequence number */
};

struct crossing_thread {
	struct crossing_run *run;
	unsigned index;
	void *handle;
	char *buffer;
	uint64_t random;
	uint64_t *last; /* consumer: identity seen last, by registration */
	pthread_t thread;
};

/* Ends the test from any thread. */
#define crossing_fail(run, ...)                                                                    \
	(fprintf(stderr, "%s: ", (run)->is.queue->id), fprintf(stderr, __VA_ARGS__),               \
	 fputc('\n', stderr), abort())

static inline void sleep_us(long us)
{
	nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
}

/* Leaves this thread, and those it starts, the first `count` of the CPUs it had at first. */
static inline void use_cpus(int count)
{
	static cpu_set_t all;
	cpu_set_t some;

	if (CPU_COUNT(&all) == 0)
		sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&some);
	for (size_t cpu = 0; cpu < CPU_SETSIZE && count != 0; cpu++) {
		if (CPU_ISSET(cpu, &all)) {
			CPU_SET(cpu, &some);
			count--;
		}
	}
	sched_setaffinity(0, sizeof(some), &some);
}

/* Now and then a yield or a nap, so that the threads meet in all states. */
static inline void crossing_jitter(struct crossing_thread *thread)
{
	const uint64_t mean = thread->run->is.jitter;

	thread->random ^= thread->random << 13;
	thread->random ^= thread->random >> 7;
	thread->random ^= thread->random << 17;
	if (mean == 0 || thread->random % mean != 0)
		return;
	if (thread->random / mean % 4 != 0)
		sched_yield();
	else
		sleep_us(1 + (long)(thread->random / mean / 4 % 100));
}

/* False only if the queue has been closed. */
static inline bool crossing_attach(struct crossing_thread *thread, enum qb_role role)
{
	struct crossing_run *run = thread->run;
	struct qb_error error = { 0, "" };

	if (!run->is.queue->handles)
		return true;
	thread->handle = run->is.queue->handles->attach(run->q, role, thread->index, &error);
	if (!thread->handle && !run->is_closing)
		crossing_fail(run, "attach: %s", error.text);
	return thread->handle;
}

static inline void crossing_detach(struct crossing_thread *thread, enum qb_role role)
{
	const struct qb_handles *handles = thread->run->is.queue->handles;

	if (handles)
		handles->detach(thread->run->q, role, thread->handle);
}

/* One operation; returns how many messages it took. */
static inline size_t crossing_send(struct crossing_thread *thread, uint64_t identity, size_t want)
{
	const struct crossing *is = &thread->run->is;
	const struct qb_queue *queue = is->queue;
	void *q = thread->run->q, *handle = thread->handle;
	size_t got = 0;

	if (is->api == QB_API_ZEROCOPY && !is->blocks) {
		void *span = queue->zerocopy->reserve(q, handle, want, &got, is->size);

		if (!span)
			return 0;
		got -= got > 2 && identity % 3 == 0; /* sometimes not all of it */
		write_messages(span, got, is->size, identity);
		queue->zerocopy->commit(q, handle, got, is->size);
		return got;
	}
	write_messages(thread->buffer, want, is->size, identity);
	if (is->blocks)
		return queue->blocking->push_wait(q, handle, thread->buffer, is->size);
	if (is->api == QB_API_BATCH)
		return queue->batch->push(q, handle, thread->buffer, want, is->size);
	return queue->single->push(q, handle, thread->buffer, is->size);
}

static inline void crossing_check(struct crossing_thread *thread, const void *messages,
                                  size_t count)
{
	struct crossing_run *run = thread->run;

	for (size_t index = 0; index < count; index++) {
		const void *message = (const char *)messages + index * qb_stride(run->is.size);
		const uint64_t identity = qb_message_identity(message);
		const uint64_t registration = qb_registration_of(identity);
		const uint64_t sequence = identity & QB_SEQUENCE_MASK;

		if (registration - 1 >= run->registration_count || sequence >= run->is.churn ||
		    !qb_message_intact(message, run->is.size))
			crossing_fail(run, "damaged, or never sent: %#llx",
			              (unsigned long long)identity);
		if ((run->is.queue->traits & QB_ORDER_PER_PRODUCER) &&
		    identity <= thread->last[registration])
			crossing_fail(run, "%#llx came after %#llx", (unsigned long long)identity,
			              (unsigned long long)thread->last[registration]);
		thread->last[registration] = identity;
		if (atomic_fetch_add_explicit(
			    &run->seen[(registration - 1) * run->is.churn + sequence], 1,
			    memory_order_relaxed) != 0)
			crossing_fail(run, "%#llx came twice", (unsigned long long)identity);
	}
}

/* One operation; returns how many messages it gave, each of them checked. */
static inline size_t crossing_receive(struct crossing_thread *thread, size_t want)
{
	const struct crossing *is = &thread->run->is;
	const struct qb_queue *queue = is->queue;
	void *q = thread->run->q, *handle = thread->handle;
	size_t got = 0;

	if (is->api == QB_API_ZEROCOPY && !is->blocks) {
		const void *span = queue->zerocopy->peek(q, handle, want, &got, is->size);

		if (!span)
			return 0;
		got -= got > 2 && got % 3 == 0;
		crossing_check(thread, span, got);
		queue->zerocopy->release(q, handle, got, is->size);
		return got;
	}
	if (is->blocks)
		got = queue->blocking->pop_wait(q, handle, thread->buffer, is->size);
	else if (is->api == QB_API_BATCH)
		got = queue->batch->pop(q, handle, thread->buffer, want, is->size);
	else
		got = queue->single->pop(q, handle, thread->buffer, is->size);
	crossing_check(thread, thread->buffer, got);
	return got;
}

/* Sends one registration's messages; false if the queue was closed. */
static inline bool crossing_register(struct crossing_thread *thread, uint64_t count)
{
	struct crossing_run *run = thread->run;
	const uint32_t registration = atomic_fetch_add(&run->next_registration, 1);
	uint64_t sequence = 0;
	bool is_open = crossing_attach(thread, QB_PRODUCE);

	if (!is_open)
		return false;
	while (sequence != count && is_open) {
		const uint64_t left = count - sequence;
		const size_t got =
			crossing_send(thread, qb_identity(registration, sequence),
		                      left < run->is.batch ? (size_t)left : run->is.batch);

		sequence += got;
		crossing_jitter(thread);
		if (got != 0)
			continue;
		is_open = !run->is_closing;
		if (is_open && run->is.blocks)
			crossing_fail(run, "push_wait gave up");
		sched_yield();
	}
	run->accepted[registration] = sequence;
	crossing_detach(thread, QB_PRODUCE);
	return is_open;
}

static inline void *crossing_produce(void *argument)
{
	struct crossing_thread *thread = argument;
	const uint64_t churn = thread->run->is.churn;

	pthread_barrier_wait(&thread->run->start);
	for (uint64_t left = thread->run->is.messages; left != 0;) {
		const uint64_t count = left < churn ? left : churn;

		if (!crossing_register(thread, count))
			break;
		left -= count;
	}
	return NULL;
}

static inline void *crossing_consume(void *argument)
{
	struct crossing_thread *thread = argument;
	struct crossing_run *run = thread->run;
	const struct qb_closing *closing = run->is.queue->closing;
	const uint64_t total = run->is.messages * run->is.producers;

	crossing_attach(thread, QB_CONSUME);
	pthread_barrier_wait(&run->start);
	for (;;) {
		const size_t got = crossing_receive(thread, run->is.batch);

		run->received += got;
		crossing_jitter(thread);
		if (got != 0)
			continue;
		if (closing ? closing->closed(run->q) : run->received == total)
			break;
		if (run->is.blocks)
			crossing_fail(run, "pop_wait gave up");
		sched_yield();
	}
	crossing_detach(thread, QB_CONSUME);
	return NULL;
}

static inline void crossing_start(struct crossing_run *run, struct crossing_thread *thread,
                                  unsigned index, void *(*function)(void *))
{
	const struct crossing *is = &run->is;

	thread->run = run;
	thread->index = index;
	thread->random = 88172645463325252u + index;
	thread->buffer = malloc((is->batch - 1) * qb_stride(is->size) + is->size);
	thread->last = calloc(run->registration_count + 1, sizeof(*thread->last));
	if (pthread_create(&thread->thread, NULL, function, thread) != 0)
		crossing_fail(run, "no thread");
}

static inline void crossing_join(struct crossing_thread *thread)
{
	pthread_join(thread->thread, NULL);
	free(thread->buffer);
	free(thread->last);
}

/* What was accepted, and nothing else, has been seen. */
static inline void crossing_compare(struct crossing_run *run)
{
	for (uint32_t registration = 1; registration < run->next_registration; registration++) {
		for (uint64_t sequence = 0; sequence < run->is.churn; sequence++) {
			const bool seen = run->seen[(registration - 1) * run->is.churn + sequence];

			if (seen != (sequence < run->accepted[registration]))
				crossing_fail(run, "message %llu of registration %u %s",
				              (unsigned long long)sequence, registration,
				              seen ? "was not accepted, but came" : "is lost");
		}
	}
}

static inline void cross(const struct crossing *is)
{
	struct crossing_run run = { .is = *is, .next_registration = 1 };
	struct crossing_thread threads[CROSSING_THREADS_MAX];
	const struct qb_shape shape = { is->capacity,  is->size,        is->producers,
		                        is->consumers, is->first_index, 0 };
	const unsigned count = is->producers + is->consumers;

	run.q = create_queue(is->queue, &shape);
	if (!run.q)
		return;
	run.is.churn = is->churn ? is->churn : is->messages;
	run.registration_count =
		(uint32_t)((is->messages + run.is.churn - 1) / run.is.churn * is->producers);
	pthread_barrier_init(&run.start, NULL, count);
	run.accepted = calloc(run.registration_count + 1, sizeof(*run.accepted));
	run.seen = calloc(run.registration_count, run.is.churn);
	for (unsigned index = 0; index < is->producers; index++)
		crossing_start(&run, &threads[index], index, crossing_produce);
	for (unsigned index = is->producers; index < count; index++)
		crossing_start(&run, &threads[index], index - is->producers, crossing_consume);
	if (is->close_after_us != 0) {
		sleep_us(is->close_after_us);
		run.is_closing = true;
		is->queue->closing->close(run.q);
	}
	for (unsigned index = 0; index < is->producers; index++)
		crossing_join(&threads[index]);
	if (is->queue->closing && is->close_after_us == 0)
		is->queue->closing->close(run.q);
	for (unsigned index = is->producers; index < count; index++)
		crossing_join(&threads[index]);
	crossing_compare(&run);
	is->queue->destroy(run.q);
	pthread_barrier_destroy(&run.start);
	free(run.accepted);
	free(run.seen);
}

#endif
