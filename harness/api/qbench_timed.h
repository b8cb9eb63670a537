/* qbench_timed.h -- the loops of the latency workload: at a rate that is set, each message timed.
 *
 * The schedule is open: when message k of a producer is due does not depend on what the queue does.
 * A producer that is late sends at once and leaves nothing out, and a message's response time
 * counts from when it was due, so that all who wait behind a stall are counted as waiting
 * ("coordinated omission" is to forget them; Tene, "How NOT to Measure Latency").  Consumers know
 * from a message's identity when it was due.  When it was really sent it carries itself, in its
 * second word, which is put back before the proof looks at the message. */
#ifndef QBENCH_TIMED_H
#define QBENCH_TIMED_H

#include "qbench_histogram.h"
#include "qbench_loops.h"

#define QB_PACE_DRAWN 16384 /* arrivals drawn for each producer, then the same again; 2^n */

/* What the threads of a timed run agree on; on lines of its own. */
struct QB_ALIGNED(QB_LINE) qb_pace {
	uint64_t (*now)(void); /* NULL: the CPU's counter can be trusted */
	double ns_per_tick;
	uint64_t start;  /* when position 0 is due; this and all below in ticks */
	double interval; /* between two messages of one producer, on average */
	double phase;    /* positions by which a producer is behind the one before it */
	const double
		*drawn; /* QB_PACE_DRAWN positions for each producer; NULL: at equal distances */
	unsigned producer_count;
	bool yields;    /* threads share CPUs: who waits gives his away */
	uint64_t far;   /* from here on a wait may pause */
	uint64_t grace; /* after the window, for messages that were due within */
	/* Messages due from `from` to before `until` are recorded; both are "never" until the
	 * coordinator opens the window. */
	QB_ALIGNED(QB_LINE) uint64_t from;
	uint64_t until;
};

/* What one consumer recorded, in ns. */
struct qb_timing {
	struct qb_histogram response; /* from due to received */
	struct qb_histogram transit;  /* from sent to received */
};

QB_COLD uint64_t qb_pace_ask(const struct qb_pace *pace) { return pace->now(); }

/* Not before what stands above it has been done. */
QB_TEMPLATE uint64_t qb_pace_now(const struct qb_pace *pace)
{
#if defined(__x86_64__) || defined(__i386__)
	uint32_t low, high;

	if (qb_likely(!pace->now)) {
		/* RDTSC may run ahead of loads before it, LFENCE waits for them (Intel SDM). */
		__asm__ __volatile__("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
		return (uint64_t)high << 32 | low;
	}
#elif defined(__aarch64__)
	uint64_t now;

	if (qb_likely(!pace->now)) {
		__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0" : "=r"(now) : : "memory");
		return now;
	}
#endif
	return qb_pace_ask(pace);
}

/* When message `sequence` of a producer is due. */
QB_TEMPLATE uint64_t qb_pace_due(const struct qb_pace *pace, unsigned producer, uint64_t sequence)
{
	const uint64_t turn = sequence & (QB_PACE_DRAWN - 1);
	double position;

	if (pace->drawn)
		position = (double)(int64_t)(sequence - turn) +
		           pace->drawn[(size_t)producer * QB_PACE_DRAWN + turn];
	else
		position = (double)(int64_t)sequence + producer * pace->phase;
	return pace->start + (uint64_t)(int64_t)(position * pace->interval);
}

QB_TEMPLATE int64_t qb_pace_ns(const struct qb_pace *pace, uint64_t from, uint64_t to)
{
	return (int64_t)((double)(int64_t)(to - from) * pace->ns_per_tick);
}

QB_TEMPLATE uint64_t qb_pace_until(const struct qb_pace *pace)
{
	return __atomic_load_n(&pace->until, __ATOMIC_RELAXED);
}

/* Nothing is due for `ahead` ticks. */
QB_COLD void qb_pace_wait(const struct qb_pace *pace, uint64_t ahead)
{
	if (pace->yields)
		sched_yield();
	else if (ahead > pace->far)
		qb_pause();
}

/* A stamp is the low bits of the time, of which two that belong together are less than half their
 * range apart (160 s at 3.4 GHz), under a mark that belongs to the message alone, so that the
 * second word of any other message is found out as one. */
#define QB_STAMP_BITS 40

QB_TEMPLATE uint64_t qb_stamp_mark(const void *message)
{
	/* Multiplicative hashing: Knuth, The Art of Computer Programming 3, 6.4.  + 1: memory that
	 * was never written is no stamp. */
	return (qb_message_identity(message) + 1) * QB_PATTERN_STEP >> QB_STAMP_BITS;
}

/* The second word of a message carries the time it was sent. */
QB_TEMPLATE void qb_message_stamp(void *message, const size_t size, uint64_t now)
{
	const uint64_t time = now & ((UINT64_C(1) << QB_STAMP_BITS) - 1);
	const uint64_t word = qb_stamp_mark(message) << QB_STAMP_BITS | time;

	if (size >= 16)
		memcpy((char *)message + 8, &word, 8);
}

/* Takes the stamp out again, into *ret_sent.  False: there is no room for one, or another message's
 * word is in its place, which is left for the proof to find. */
QB_TEMPLATE bool qb_message_unstamp(void *message, const size_t size, uint64_t now,
                                    uint64_t *ret_sent)
{
	const uint64_t pattern = qb_message_identity(message) + QB_PATTERN_STEP;
	const unsigned spare = 64 - QB_STAMP_BITS;
	uint64_t word;

	if (size < 16)
		return false;
	memcpy(&word, (char *)message + 8, 8);
	if (qb_unlikely(word >> QB_STAMP_BITS != qb_stamp_mark(message)))
		return false;
	*ret_sent = now - (uint64_t)((int64_t)((now - word) << spare) >> spare);
	memcpy((char *)message + 8, &pattern, 8);
	return true;
}

/* Records one message that was received `now`. */
QB_TEMPLATE void qb_timing_record(struct qb_worker *worker, void *message, const size_t size,
                                  uint64_t now)
{
	const struct qb_pace *const pace = worker->pace;
	const uint64_t identity = qb_message_identity(message);
	const uint64_t producer = qb_registration_of(identity) - 1;
	uint64_t sent, due;
	const bool has_stamp = qb_message_unstamp(message, size, now, &sent);

	if (qb_unlikely(producer >= pace->producer_count))
		return; /* nobody's: for the proof */
	due = qb_pace_due(pace, (unsigned)producer, identity & QB_SEQUENCE_MASK);
	if (due < __atomic_load_n(&pace->from, __ATOMIC_RELAXED) || due >= qb_pace_until(pace))
		return;
	qb_histogram_record(&worker->timing->response, qb_pace_ns(pace, due, now));
	if (has_stamp)
		qb_histogram_record(&worker->timing->transit, qb_pace_ns(pace, sent, now));
}

/* False once the producer is through: the phase, the last message of the window, or the queue's
 * end.  What was due within the window is still sent a while after it. */
QB_TEMPLATE bool qb_pace_goes_on(const struct qb_worker *worker, uint64_t due, uint64_t now)
{
	const uint64_t until = qb_pace_until(worker->pace);

	return due < until && !worker->closed &&
	       (qb_goes_on(worker) ||
	        (until != UINT64_MAX && (int64_t)(now - until) < (int64_t)worker->pace->grace));
}

/* One producer, by its schedule. */
QB_TEMPLATE void qb_produce_timed(struct qb_worker *worker, const size_t fixed_size,
                                  qb_push_fn *push)
{
	const size_t size = fixed_size ? fixed_size : worker->message_size;
	const struct qb_pace *const pace = worker->pace;
	const uint64_t first = worker->next_identity;
	const unsigned producer = (unsigned)qb_registration_of(first) - 1;
	void *const queue = worker->queue, *const handle = worker->handle;
	uint64_t local[32];
	void *const message = fixed_size ? local : worker->buffer;
	uint64_t identity = first, operations = 0;

	for (;;) {
		const uint64_t due = qb_pace_due(pace, producer, identity & QB_SEQUENCE_MASK);
		const uint64_t now = qb_pace_now(pace);

		if (qb_unlikely(!qb_pace_goes_on(worker, due, now)))
			break;
		if ((int64_t)(due - now) > 0) {
			qb_pace_wait(pace, due - now);
			continue;
		}
		qb_message_write(message, size, identity);
		qb_message_stamp(message, size, now);
		if (qb_likely(push(queue, handle, message, size))) {
			identity++;
			operations++;
		} else {
			qb_message_write(worker->buffer, size, identity);
			qb_message_stamp(worker->buffer, size, now);
			if (!qb_miss(worker))
				continue;
			identity++;
			operations++;
		}
		qb_publish(worker, identity - first, operations);
	}
	worker->next_identity = identity;
}

/* One consumer, until the phase or the queue's end. */
QB_TEMPLATE void qb_consume_timed(struct qb_worker *worker, const size_t fixed_size, qb_pop_fn *pop)
{
	const size_t size = fixed_size ? fixed_size : worker->message_size;
	const struct qb_pace *const pace = worker->pace;
	void *const queue = worker->queue, *const handle = worker->handle;
	struct qb_checker *const checker = &worker->checker;
	const enum qb_proof proof = checker->proof;
	uint64_t local[32];
	void *const message = fixed_size ? local : worker->buffer;
	uint64_t count = 0, operations = 0, expected = worker->expected;

	while (qb_goes_on(worker) && !worker->closed) {
		const bool moved = pop(queue, handle, message, size);
		void *const at = moved ? message : worker->buffer;

		if (qb_unlikely(!moved) && !qb_miss(worker))
			continue;
		operations++;
		qb_timing_record(worker, at, size, qb_pace_now(pace));
		expected = qb_check_one(checker, proof, at, size, expected);
		qb_publish(worker, ++count, operations);
	}
	worker->expected = expected;
}

#endif
