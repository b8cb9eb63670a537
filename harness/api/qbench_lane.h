/* qbench_lane.h -- a bounded ring from one producer to one consumer: what `spsc` is, and what
 * `mpsc` has one of per producer.
 *
 * INDICES count messages up for ever, from any start, and are masked on use.  Each side keeps a
 * copy of the other's index and reads the shared one only when the copy says full, or empty, so an
 * index line moves between the CPUs once per refresh instead of once per message (Lamport 1983;
 * the copies as in rigtorp/SPSCQueue).
 *
 * CLOSING needs an answer to "is a push under way?" that costs push no read-modify-write: the
 * producer announces the tail to come before it looks whether the gate is closed.  The lane has
 * ended when its gate is closed and the announced, the published and the consumed tail are one.
 *
 * WAKING the consumer is left to the queue, after each store to the tail: which bell it is, and
 * what else there is to tell, differs.  Sizes are constants where these are called, or nearly. */
#ifndef QBENCH_LANE_H
#define QBENCH_LANE_H

#include "qbench_atomic.h"
#include "qbench_bell.h"
#include "qbench_proof.h"

#define QB_SLIP_PAUSES         16 /* on x86 0.2 us to 0.7 us together */
#define QB_SLIP_FLOWING_PAUSES 64
#define QB_SLIP_FLOWING        8    /* messages: a line of the smallest */
#define QB_ENOUGH              512  /* free slots that are worth the move of a line */
#define QB_AHEAD_BYTES         1024 /* how far ahead of its stores a producer asks for lines */

/* Who finds all empty, or all full, slips: waits a little before looking again, so that the other
 * side gets through whole lines meanwhile, instead of losing each after one message (the "temporal
 * slip" of FastForward, PPoPP 2008).  It waits longer as long as messages flow that fast: it costs
 * latency, which only a rare message feels. */
struct qb_slip {
	bool is_flowing; /* the last one found a line's worth of messages, or room for it */
};

QB_COLD void qb_slip(const struct qb_slip *slip)
{
	const unsigned pauses = slip->is_flowing ? QB_SLIP_FLOWING_PAUSES : QB_SLIP_PAUSES;

	for (unsigned pause = 0; pause < pauses; pause++)
		qb_pause();
}

QB_TEMPLATE void qb_slip_found(struct qb_slip *slip, uint64_t count)
{
	slip->is_flowing = count >= QB_SLIP_FLOWING;
}

/* What the producers look at every time, and what changes hardly ever: alone on its line. */
struct qb_gate {
	struct qb_bell bell; /* the consumer sleeps on it */
	bool is_closed;
};

struct QB_ALIGNED(QB_LINE) qb_lane {
	/* The producer's own. */
	uint64_t announced; /* tail once the push under way is done */
	uint64_t head_copy;
	struct qb_slip slip;
	uint64_t head_refreshes;
	uint64_t producer_waits;
	uint64_t producer_wakes;
	/* Written by the producer, read by the consumer. */
	QB_ALIGNED(QB_LINE) uint64_t tail;
	bool is_taken; /* for a queue that hands lanes out */
	/* Written by the consumer, read by the producer. */
	QB_ALIGNED(QB_LINE) uint64_t head;
	struct qb_bell bell; /* the producer sleeps on it */
	uint64_t consumer_wakes;
	/* Written by none while messages flow. */
	QB_ALIGNED(QB_LINE) char *slots;
	uint64_t capacity;
	uint64_t mask;
	uint64_t ahead;  /* slots, see qb_lane_fetch_ahead */
	uint64_t enough; /* free slots, see qb_lane_look_for_room */
	bool asymmetric; /* see qb_fence_light */
};

/* Without memory for the slots yet. */
QB_COLD void qb_lane_init(struct qb_lane *lane, const struct qb_shape *shape, bool asymmetric)
{
	lane->announced = lane->head_copy = lane->tail = lane->head = shape->first_index;
	lane->capacity = shape->capacity;
	lane->mask = qb_ring_slots(shape, qb_stride(shape->message_size)) - 1;
	lane->ahead = QB_AHEAD_BYTES / qb_stride(shape->message_size);
	if (lane->ahead > lane->mask / 4)
		lane->ahead = 0; /* in a small ring those lines are the consumer's */
	lane->enough = lane->capacity / 4 < QB_ENOUGH ? lane->capacity / 4 : QB_ENOUGH;
	if (lane->enough == 0)
		lane->enough = 1;
	lane->asymmetric = asymmetric;
}

/* False if there is no memory for the slots. */
QB_COLD bool qb_lane_allocate(struct qb_lane *lane, const struct qb_shape *shape)
{
	const size_t stride = qb_stride(shape->message_size);
	const size_t count = qb_ring_slots(shape, stride);

	if (!lane->slots && count != 0)
		lane->slots = (char *)qb_allocate(shape, count * stride);
	return lane->slots != NULL;
}

QB_TEMPLATE char *qb_lane_slot(const struct qb_lane *lane, uint64_t index, const size_t size)
{
	return lane->slots + (index & lane->mask) * qb_stride(size);
}

/* How many of `count` slots from `index` on lie in a row. */
QB_TEMPLATE size_t qb_lane_straight(const struct qb_lane *lane, uint64_t index, size_t count)
{
	const uint64_t straight = lane->mask + 1 - (index & lane->mask);

	return count < straight ? count : straight;
}

/* The producer's side. */

QB_TEMPLATE uint64_t qb_lane_tail(const struct qb_lane *lane)
{
	return qb_load(&lane->tail, RELAXED); /* the producer reads what it has written itself */
}

/* Asks for the lines of `count` slots some way behind those from `tail` on.  The consumer has them
 * from the lap before, and stores leave a CPU in order: without this each line holds up the
 * producer for as long as it takes to cross. */
QB_TEMPLATE void qb_lane_fetch_ahead(const struct qb_lane *lane, uint64_t tail, size_t count,
                                     const size_t size)
{
	const char *at = qb_lane_slot(lane, tail + lane->ahead, size);

	for (size_t offset = 0; offset < count * qb_stride(size); offset += 64)
		qb_prefetch_to_write(at + offset);
}

/* Slots that are free after all.  Finding only a few it slips as well: a producer at the heels of
 * its consumer loses the line of the head every few messages. */
QB_COLD uint64_t qb_lane_look_for_room(struct qb_lane *lane, uint64_t tail)
{
	lane->head_refreshes++;
	for (unsigned look = 0; look < 2; look++) {
		if (look != 0)
			qb_slip(&lane->slip);
		/* Acquire: pairs with the release in qb_reader_release.  Without it a slot could be
		 * overwritten before the consumer's read of it. */
		lane->head_copy = qb_load(&lane->head, ACQUIRE);
		if (lane->capacity - (tail - lane->head_copy) >= lane->enough)
			break;
	}
	qb_slip_found(&lane->slip, lane->capacity - (tail - lane->head_copy));
	return lane->capacity - (tail - lane->head_copy);
}

/* Free slots, up to `want`.  `tail`, here and below, is qb_lane_tail, read once an operation. */
QB_TEMPLATE uint64_t qb_lane_room(struct qb_lane *lane, uint64_t tail, uint64_t want)
{
	uint64_t room = lane->capacity - (tail - lane->head_copy);

	if (qb_unlikely(room < want))
		room = qb_lane_look_for_room(lane, tail);
	return room < want ? room : want;
}

/* Announces `count` messages; false, and nothing announced, if there are none or the gate is
 * closed. */
QB_TEMPLATE bool qb_lane_announce(struct qb_lane *lane, const struct qb_gate *gate, uint64_t tail,
                                  uint64_t count)
{
	if (qb_unlikely(count == 0))
		return false;
	/* Relaxed: ordered by the fence before the look at the gate.  Partner: the heavy fence
	 * before qb_reader_has_ended, between its looks at the gate and at the announcement. */
	qb_store(&lane->announced, tail + count, RELAXED);
	qb_fence_light(lane->asymmetric);
	if (qb_likely(!qb_load(&gate->is_closed, RELAXED)))
		return true;
	/* Release: who sees this as the end sees all that was published before. */
	qb_store(&lane->announced, tail, RELEASE);
	return false;
}

/* Each of the following four is followed by the queue's call to its consumer, if it moved any. */

QB_TEMPLATE bool qb_lane_push(struct qb_lane *lane, const struct qb_gate *gate, const void *message,
                              const size_t size)
{
	const uint64_t tail = qb_lane_tail(lane);

	if (qb_unlikely(!qb_lane_announce(lane, gate, tail, qb_lane_room(lane, tail, 1))))
		return false;
	qb_lane_fetch_ahead(lane, tail, 1, size);
	qb_message_copy(qb_lane_slot(lane, tail, size), message, size);
	/* Release, here and below: the consumer must see the slots before the new tail. */
	qb_store(&lane->tail, tail + 1, RELEASE);
	return true;
}

QB_TEMPLATE size_t qb_lane_push_batch(struct qb_lane *lane, const struct qb_gate *gate,
                                      const void *messages, size_t count, const size_t size)
{
	const uint64_t tail = qb_lane_tail(lane), room = qb_lane_room(lane, tail, count);
	const size_t first = qb_lane_straight(lane, tail, room);

	if (qb_unlikely(!qb_lane_announce(lane, gate, tail, room)))
		return 0;
	qb_lane_fetch_ahead(lane, tail, room, size);
	qb_messages_copy(qb_lane_slot(lane, tail, size), messages, first, size);
	qb_messages_copy(lane->slots, (const char *)messages + first * qb_stride(size),
	                 room - first, size);
	qb_store(&lane->tail, tail + room, RELEASE);
	return room;
}

QB_TEMPLATE void *qb_lane_reserve(struct qb_lane *lane, const struct qb_gate *gate, size_t want,
                                  size_t *got, const size_t size)
{
	const uint64_t tail = qb_lane_tail(lane);

	*got = qb_lane_straight(lane, tail, qb_lane_room(lane, tail, want));
	if (qb_likely(qb_lane_announce(lane, gate, tail, *got))) {
		qb_lane_fetch_ahead(lane, tail, *got, size);
		return qb_lane_slot(lane, tail, size);
	}
	*got = 0;
	return NULL;
}

QB_TEMPLATE void qb_lane_commit(struct qb_lane *lane, size_t used)
{
	const uint64_t tail = qb_lane_tail(lane) + used;

	/* Relaxed: the lane has not ended before this and the tail agree, in either order. */
	qb_store(&lane->announced, tail, RELAXED);
	qb_store(&lane->tail, tail, RELEASE);
}

/* Sleeps until there is room or the gate is closed; may return earlier. */
QB_COLD void qb_lane_wait_for_room(struct qb_lane *lane, const struct qb_gate *gate)
{
	/* Partners of the fence within: the light one in qb_reader_release, the closer's. */
	qb_bell_arm(&lane->bell, lane->asymmetric);
	if (qb_lane_room(lane, qb_lane_tail(lane), 1) != 0 || qb_load(&gate->is_closed, RELAXED))
		qb_bell_disarm(&lane->bell);
	else
		lane->producer_waits += qb_bell_sleep(&lane->bell);
}

/* The consumer's side: where it stands.  It looks for messages by itself, because it knows best how
 * long to look at which lane; `there` is how many it has found. */
struct qb_reader {
	uint64_t head;
	struct qb_lane *lane;
	bool has_ended;
};

/* Messages between the head and the published tail. */
QB_TEMPLATE uint64_t qb_reader_look(const struct qb_reader *reader)
{
	/* Acquire: pairs with the release of the tail; the slots come with it. */
	return qb_load(&reader->lane->tail, ACQUIRE) - reader->head;
}

/* Gives `used` slots back, and wakes the producer if it sleeps for lack of them. */
QB_TEMPLATE void qb_reader_release(struct qb_reader *reader, size_t used)
{
	struct qb_lane *lane = reader->lane;

	reader->head += used;
	/* Release: our reads of the slots must end before the producer may reuse them. */
	qb_store(&lane->head, reader->head, RELEASE);
	/* Orders the head before the look at the bell.  Partner: in qb_lane_wait_for_room. */
	qb_fence_light(lane->asymmetric);
	if (qb_unlikely(qb_bell_is_armed(&lane->bell)))
		lane->consumer_wakes += qb_bell_ring(&lane->bell);
}

QB_TEMPLATE bool qb_reader_pop(struct qb_reader *reader, uint64_t there, void *message,
                               const size_t size)
{
	if (qb_unlikely(there == 0))
		return false;
	qb_message_copy(message, qb_lane_slot(reader->lane, reader->head, size), size);
	qb_reader_release(reader, 1);
	return true;
}

QB_TEMPLATE size_t qb_reader_pop_batch(struct qb_reader *reader, uint64_t there, void *messages,
                                       size_t count, const size_t size)
{
	const struct qb_lane *lane = reader->lane;
	const size_t n = there < count ? there : count;
	const size_t first = qb_lane_straight(lane, reader->head, n);

	if (qb_unlikely(n == 0))
		return 0;
	qb_messages_copy(messages, qb_lane_slot(lane, reader->head, size), first, size);
	qb_messages_copy((char *)messages + first * qb_stride(size), lane->slots, n - first, size);
	qb_reader_release(reader, n);
	return n;
}

QB_TEMPLATE const void *qb_reader_peek(const struct qb_reader *reader, uint64_t there, size_t want,
                                       size_t *got, const size_t size)
{
	*got = qb_lane_straight(reader->lane, reader->head, there < want ? there : want);
	return *got != 0 ? qb_lane_slot(reader->lane, reader->head, size) : NULL;
}

/* True if no message can come any more.  To be asked behind a look that found the gate closed and a
 * qb_fence_heavy, the partner of the fence in qb_lane_announce: from then on, a push that is not
 * announced yet will find the gate closed too.  It announces all the same before it does, so the
 * end is remembered. */
QB_TEMPLATE bool qb_reader_has_ended(struct qb_reader *reader)
{
	const uint64_t announced = qb_load(&reader->lane->announced, ACQUIRE);

	if (announced == qb_load(&reader->lane->tail, ACQUIRE) && announced == reader->head)
		reader->has_ended = true;
	return reader->has_ended;
}

#endif
