/* mpsc -- a lane per producer, one consumer that goes round the lanes.
 *
 * Each registered producer has a ring of its own (qbench_lane.h), of `capacity` slots, so producers
 * share nothing that any of them writes in the steady state; what they all read (closed?  asleep?
 * is my lane active?) changes only when the answer does.  The price is the order between producers.
 *
 * ACTIVITY.  The consumer visits the lanes whose bit in `active` is set.  A producer that finds its
 * bit clear after publishing sets it; the consumer clears the bit of a lane that stays empty
 * (demotion) and looks at it once more.  Invariant: a lane with messages has its bit set, or its
 * producer has not yet come to look at the bit.
 *
 * ROUND.  The consumer stays with a lane for STICKY_MESSAGES or until it is empty, then goes on:
 * whole lines are read, and a busy lane delays the others by a bound.  When all are empty it slips.
 *
 * REGISTRATION.  A producer takes a free lane, a drained one if there is, and leaves it when it
 * likes: indices go on where they are, so whoever takes the lane next continues behind what is
 * left.  The end is reached when the queue is closed and every lane has ended. */
#include <qbench.h>

#define LANE_MAX        2048
#define STICKY_MESSAGES 1024
#define COLD_POLLS      64 /* empty looks at a lane before it is demoted */
#define SPIN_COUNT      64 /* looks before a thread goes to sleep; >= COLD_POLLS */

struct mpsc_lane {
	struct qb_lane ring;
	QB_ALIGNED(QB_LINE) uint64_t *active; /* the word, and in it the bit, of this lane */
	uint64_t active_bit;
};

/* What the consumer knows of a lane; densely packed, so that a round stays in its cache. */
struct mpsc_view {
	struct qb_reader reader;
	uint32_t cold; /* empty looks in a row */
};

/* What the consumer counts. */
enum { WAITS, WAKES, HEAD_REFRESHES, TAIL_REFRESHES, TURNS, SLIPS, DEMOTIONS, COUNTS };

struct mpsc {
	QB_ALIGNED(QB_LINE) struct qb_gate gate;
	uint64_t active[LANE_MAX / 64];
	QB_ALIGNED(QB_LINE) struct mpsc_view *current; /* the consumer's own, down to counts */
	uint64_t limit;      /* of the current lane: messages before it are there to take */
	uint64_t sticky_end; /* the current lane's turn ends here */
	struct mpsc_view *views;
	uint64_t counts[COUNTS];
	struct qb_slip slip;
	bool has_consumer;
	QB_ALIGNED(QB_LINE) struct mpsc_lane *lanes; /* written by none, like the rest */
	size_t lane_count;
	bool asymmetric; /* see qb_fence_light */
	struct qb_shape shape;
};

static void mpsc_destroy(struct mpsc *q)
{
	for (size_t index = 0; q->lanes && index < q->lane_count; index++)
		qb_deallocate(q->lanes[index].ring.slots);
	qb_deallocate(q->lanes);
	qb_deallocate(q->views);
	qb_deallocate(q);
}

static struct mpsc *mpsc_init(struct mpsc *q, const struct qb_shape *shape)
{
	q->shape = *shape;
	q->asymmetric = qb_fence_is_asymmetric();
	for (size_t index = 0; index < q->lane_count; index++) {
		struct mpsc_lane *lane = &q->lanes[index];

		qb_lane_init(&lane->ring, shape, q->asymmetric);
		lane->active = &q->active[index / 64];
		lane->active_bit = UINT64_C(1) << index % 64;
		q->views[index].reader.head = shape->first_index;
		q->views[index].reader.lane = &lane->ring;
	}
	q->current = q->views;
	q->limit = q->sticky_end = shape->first_index;
	return q;
}

static struct mpsc *mpsc_create(const struct qb_shape *shape, struct qb_error *error)
{
	const size_t stride = qb_stride(shape->message_size), count = shape->producer_count;
	struct qb_shape plain = *shape;
	struct mpsc *q;

	plain.line_offset = 0;
	if (count == 0 || count > LANE_MAX)
		return qb_fail(error, ENOTSUP, "serves 1 to %d producers, not %zu", LANE_MAX,
		               count);
	q = qb_allocate(&plain, sizeof(*q));
	if (q && qb_ring_slots(shape, stride) != 0) {
		q->lane_count = count;
		q->lanes = qb_allocate(&plain, count * sizeof(*q->lanes));
		q->views = qb_allocate(&plain, count * sizeof(*q->views));
	}
	if (q && q->lanes && q->views)
		return mpsc_init(q, shape);
	if (q)
		mpsc_destroy(q);
	return qb_fail(error, ENOMEM, "cannot allocate %zu slots of %zu bytes", shape->capacity,
	               stride);
}

QB_COLD void mpsc_activate(struct mpsc_lane *lane)
{
	/* Relaxed: the bit says where to look; what is there comes with the tail.  The fence orders
	 * it before the look at the bell.  Partner: qb_bell_arm in mpsc_pop_wait. */
	qb_or(lane->active, lane->active_bit, RELAXED);
	qb_fence_light(lane->ring.asymmetric);
}

/* After a store to the lane's tail: sees to it that the consumer comes. */
QB_TEMPLATE void mpsc_call_consumer(struct mpsc *q, struct mpsc_lane *lane)
{
	/* Orders the store before the looks at the bit and the bell.  Partners: the heavy fence in
	 * mpsc_demote, and qb_bell_arm in mpsc_pop_wait. */
	qb_fence_light(lane->ring.asymmetric);
	if (qb_unlikely(!(qb_load(lane->active, RELAXED) & lane->active_bit)))
		mpsc_activate(lane);
	if (qb_unlikely(qb_bell_is_armed(&q->gate.bell)))
		lane->ring.producer_wakes += qb_bell_ring(&q->gate.bell);
}

QB_TEMPLATE bool mpsc_push(struct mpsc *q, void *handle, const void *message, const size_t size)
{
	struct mpsc_lane *lane = handle;

	if (!qb_lane_push(&lane->ring, &q->gate, message, size))
		return false;
	mpsc_call_consumer(q, lane);
	return true;
}

QB_TEMPLATE size_t mpsc_push_batch(struct mpsc *q, void *handle, const void *messages,
                                   const size_t count, const size_t size)
{
	struct mpsc_lane *lane = handle;
	const size_t n = qb_lane_push_batch(&lane->ring, &q->gate, messages, count, size);

	if (qb_likely(n != 0))
		mpsc_call_consumer(q, lane);
	return n;
}

QB_TEMPLATE void *mpsc_reserve(struct mpsc *q, void *handle, const size_t want, size_t *got,
                               const size_t size)
{
	return qb_lane_reserve(&((struct mpsc_lane *)handle)->ring, &q->gate, want, got, size);
}

QB_TEMPLATE void mpsc_commit(struct mpsc *q, void *handle, const size_t used, const size_t size)
{
	(void)size;
	qb_lane_commit(&((struct mpsc_lane *)handle)->ring, used);
	mpsc_call_consumer(q, handle);
}

/* Takes an empty lane out of the round.  If a message came meanwhile, the lane stays in; returns
 * how many. */
QB_COLD uint64_t mpsc_demote(struct mpsc *q, struct mpsc_view *view)
{
	struct mpsc_lane *lane = &q->lanes[view - q->views];
	uint64_t there;

	qb_and(lane->active, ~lane->active_bit, RELAXED);
	/* Orders the clearing before the look at the tail: either we see the tail, or its producer
	 * sees the bit cleared.  Partner: the light fence in mpsc_call_consumer. */
	qb_fence_heavy(q->asymmetric);
	there = qb_reader_look(&view->reader);
	if (there != 0)
		qb_or(lane->active, lane->active_bit, RELAXED);
	else
		q->counts[DEMOTIONS]++;
	view->cold = 0;
	return there;
}

/* Begins the lane's turn, if it has messages; returns how many to take. */
static uint64_t mpsc_visit(struct mpsc *q, struct mpsc_view *view)
{
	uint64_t there = qb_reader_look(&view->reader);

	if (there == 0 && ++view->cold < COLD_POLLS &&
	    qb_load(&view->reader.lane->is_taken, RELAXED))
		return 0;
	if (there == 0 && (there = mpsc_demote(q, view)) == 0)
		return 0;
	view->cold = 0;
	qb_slip_found(&q->slip, there);
	there = there < STICKY_MESSAGES ? there : STICKY_MESSAGES;
	q->current = view;
	q->limit = view->reader.head + there;
	q->sticky_end = view->reader.head + STICKY_MESSAGES;
	q->counts[TURNS]++;
	return there;
}

/* Goes on to the next lane that has messages, the current one last. */
QB_COLD uint64_t mpsc_turn(struct mpsc *q)
{
	const size_t word_count = (q->lane_count + 63) / 64;
	const size_t current = (size_t)(q->current - q->views);
	const uint64_t behind = ~UINT64_C(1) << current % 64; /* the current lane, in its word */

	for (size_t step = 0; step <= word_count; step++) {
		const size_t word = (current / 64 + step) % word_count;
		uint64_t bits = qb_load(&q->active[word], RELAXED);

		bits &= step == 0 ? behind : step == word_count ? ~behind : ~UINT64_C(0);
		for (; bits != 0; bits &= bits - 1) {
			const size_t bit = (size_t)__builtin_ctzll(bits);
			const uint64_t there = mpsc_visit(q, &q->views[word * 64 + bit]);

			if (there != 0)
				return there;
		}
	}
	q->counts[SLIPS]++;
	qb_slip(&q->slip);
	q->slip.is_flowing = false; /* until a visit finds otherwise */
	return 0;
}

/* Messages that are there, in the current lane; which lane that is may change. */
QB_TEMPLATE uint64_t mpsc_there(struct mpsc *q)
{
	const uint64_t head = q->current->reader.head, turn = q->sticky_end - head;
	uint64_t there = q->limit - head;

	if (qb_unlikely(there == 0)) {
		there = qb_reader_look(&q->current->reader);
		there = there < turn ? there : turn;
		q->limit = head + there;
		q->counts[TAIL_REFRESHES]++;
		if (qb_unlikely(there == 0))
			there = mpsc_turn(q);
	}
	return there;
}

QB_TEMPLATE bool mpsc_pop(struct mpsc *q, void *handle, void *message, const size_t size)
{
	const uint64_t there = mpsc_there(q); /* may change which lane is the current one */

	(void)handle;
	return qb_reader_pop(&q->current->reader, there, message, size);
}

QB_TEMPLATE size_t mpsc_pop_batch(struct mpsc *q, void *handle, void *messages, const size_t count,
                                  const size_t size)
{
	const uint64_t there = mpsc_there(q);

	(void)handle;
	return qb_reader_pop_batch(&q->current->reader, there, messages, count, size);
}

QB_TEMPLATE const void *mpsc_peek(struct mpsc *q, void *handle, const size_t want, size_t *got,
                                  const size_t size)
{
	const uint64_t there = mpsc_there(q);

	(void)handle;
	return qb_reader_peek(&q->current->reader, there, want, got, size);
}

QB_TEMPLATE void mpsc_release(struct mpsc *q, void *handle, const size_t used, const size_t size)
{
	(void)handle;
	(void)size;
	qb_reader_release(&q->current->reader, used);
}

static void *mpsc_attach_producer(struct mpsc *q, struct qb_error *error)
{
	if (qb_load(&q->gate.is_closed, RELAXED))
		return qb_fail(error, EPIPE, "the queue is closed");
	for (size_t turn = 0; turn < 2 * q->lane_count; turn++) {
		struct mpsc_lane *lane = &q->lanes[turn % q->lane_count];
		struct qb_lane *ring = &lane->ring;
		const bool is_drained =
			qb_load(&ring->head, RELAXED) == qb_load(&ring->tail, RELAXED);

		/* Acquire: pairs with the release in mpsc_detach. */
		if ((turn < q->lane_count && !is_drained) ||
		    qb_swap(&ring->is_taken, true, ACQUIRE))
			continue;
		if (qb_lane_allocate(ring, &q->shape))
			return lane;
		qb_store(&ring->is_taken, false, RELEASE);
		return qb_fail(error, ENOMEM, "cannot allocate a lane");
	}
	return qb_fail(error, EBUSY, "all %zu lanes are taken", q->lane_count);
}

static void *mpsc_attach(struct mpsc *q, enum qb_role role, unsigned index, struct qb_error *error)
{
	(void)index;
	if (role == QB_PRODUCE)
		return mpsc_attach_producer(q, error);
	/* Acquire and release: what one consumer knew is the next one's to read. */
	if (qb_swap(&q->has_consumer, true, ACQ_REL))
		return qb_fail(error, EBUSY, "there is a consumer already");
	return q;
}

static void mpsc_detach(struct mpsc *q, enum qb_role role, void *handle)
{
	struct mpsc_lane *lane = handle;

	if (role == QB_PRODUCE)
		qb_lane_commit(&lane->ring, 0); /* a span that is still open is forgotten */
	/* Release: all that this one knew is the next one's to read. */
	qb_store(role == QB_PRODUCE ? &lane->ring.is_taken : &q->has_consumer, false, RELEASE);
}

static void mpsc_close(struct mpsc *q)
{
	qb_store(&q->gate.is_closed, true, RELEASE);
	/* Orders is_closed before the bells.  Partners: the qb_bell_arm of all sleepers. */
	qb_fence_heavy(q->asymmetric);
	qb_bell_ring(&q->gate.bell);
	for (size_t index = 0; index < q->lane_count; index++)
		qb_bell_ring(&q->lanes[index].ring.bell);
}

static bool mpsc_closed(struct mpsc *q)
{
	if (!qb_load(&q->gate.is_closed, ACQUIRE))
		return false;
	qb_fence_heavy(q->asymmetric); /* as qb_reader_has_ended asks */
	for (size_t index = 0; index < q->lane_count; index++)
		if (!qb_reader_has_ended(&q->views[index].reader))
			return false;
	return true;
}

static bool mpsc_push_wait(struct mpsc *q, void *handle, const void *message, size_t size)
{
	struct mpsc_lane *lane = handle;

	for (unsigned look = 1; !mpsc_push(q, handle, message, size); look++) {
		if (qb_load(&q->gate.is_closed, RELAXED))
			return false;
		if (look % SPIN_COUNT == 0)
			qb_lane_wait_for_room(&lane->ring, &q->gate);
	}
	return true;
}

static bool mpsc_is_any_active(const struct mpsc *q)
{
	uint64_t bits = 0;

	for (size_t word = 0; word * 64 < q->lane_count; word++)
		bits |= qb_load(&q->active[word], RELAXED);
	return bits != 0;
}

static bool mpsc_pop_wait(struct mpsc *q, void *handle, void *message, size_t size)
{
	for (unsigned look = 1; !mpsc_pop(q, handle, message, size); look++) {
		if (mpsc_closed(q))
			return false;
		if (look % SPIN_COUNT != 0)
			continue;
		qb_bell_arm(&q->gate.bell, q->asymmetric);
		if (mpsc_is_any_active(q) || qb_load(&q->gate.is_closed, RELAXED))
			qb_bell_disarm(&q->gate.bell);
		else
			q->counts[WAITS] += qb_bell_sleep(&q->gate.bell);
	}
	return true;
}

static void mpsc_internals(struct mpsc *q, uint64_t *ret_values)
{
	memcpy(ret_values, q->counts, sizeof(q->counts));
	for (const struct mpsc_lane *lane = q->lanes; lane < q->lanes + q->lane_count; lane++) {
		ret_values[WAITS] += lane->ring.producer_waits;
		ret_values[WAKES] += lane->ring.producer_wakes + lane->ring.consumer_wakes;
		ret_values[HEAD_REFRESHES] += lane->ring.head_refreshes;
	}
}

QB_BATCH(mpsc, mpsc_push_batch, mpsc_pop_batch);
QB_ZEROCOPY(mpsc, mpsc_reserve, mpsc_commit, mpsc_peek, mpsc_release);
QB_HANDLES(mpsc, mpsc_attach, mpsc_detach);
QB_BLOCKING(mpsc, mpsc_push_wait, mpsc_pop_wait);
QB_CLOSING(mpsc, mpsc_close, mpsc_closed);
QB_INTERNALS(mpsc, mpsc_internals, "futex waits", "futex wakes", "head refreshes", "tail refreshes",
             "lane turns", "slips", "demotions");
QB_ABOUT(mpsc, "lanes: a ring per producer, as in bchan, done right", 8);
QB_QUEUE_WITH(mpsc, QB_ONE_CONSUMER | QB_ORDER_PER_PRODUCER | QB_BOUNDED | QB_WAIT_FREE,
              "a ring of `capacity` per producer, visited in turn", QB_HAS(mpsc, batch),
              QB_HAS(mpsc, zerocopy), QB_HAS(mpsc, handles), QB_HAS(mpsc, blocking),
              QB_HAS(mpsc, closing), QB_HAS(mpsc, internals), QB_HAS(mpsc, about));
