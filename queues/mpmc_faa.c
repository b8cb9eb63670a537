/* mpmc_faa -- a list of arrays, in which both ends move by fetch-and-add.
 *
 * A push takes the next cell of the last array and puts its message there by compare-and-exchange,
 * which fails only if a pop has given the cell up; a pop takes the next cell of the first array and
 * exchanges its content for TAKEN.  A full array gets a successor, an emptied one leaves the list.
 *
 * Arrays come from a pool made at creation and go back to it.  Which ones may be used again is told
 * by hazard pointers: each registration publishes the one array it works on, and a thread in need
 * of an array passes over those that somebody has published.  The pool is large enough for
 * `capacity` messages in the worst case, so the queue says full late (it may hold more), never
 * early. */
#include <stdatomic.h>

#include <qbench.h>

#define TAKEN         (UINT64_C(1) << 63) /* no message has the top bit */
#define CELLS_MAX     1024
#define PATIENCE      32 /* looks at a cell whose push is under way, before it is given up */
#define STATE_FREE    0u /* in the pool */
#define STATE_USED    1u /* in the list, or about to be */
#define STATE_RETIRED 2u /* left the list; somebody may still look at it */
#define STATE_MASK    3u /* above: a count, so that a state seen earlier is known to be old */

struct mpmc_faa_array {
	QB_ALIGNED(QB_LINE)
	_Atomic uint64_t pushed; /* cells handed to pushes; may go past the end */
	QB_ALIGNED(QB_LINE) _Atomic uint64_t popped;
	QB_ALIGNED(QB_LINE) struct mpmc_faa_array *_Atomic next;
	_Atomic uint64_t state;
	_Atomic uint64_t *cells;
};

/* One registration. */
struct mpmc_faa_thread {
	QB_ALIGNED(QB_LINE) struct mpmc_faa_array *_Atomic hazard;
	_Atomic bool taken;
};

struct mpmc_faa {
	QB_ALIGNED(QB_LINE) struct mpmc_faa_array *_Atomic tail;
	QB_ALIGNED(QB_LINE) struct mpmc_faa_array *_Atomic head;
	QB_ALIGNED(QB_LINE) uint64_t cell_count; /* of one array */
	size_t array_count;
	unsigned thread_count;
	struct mpmc_faa_array *arrays;
	struct mpmc_faa_thread *threads;
	_Atomic uint64_t *cells; /* of all arrays */
};

static void mpmc_faa_destroy(struct mpmc_faa *q)
{
	qb_deallocate(q->cells);
	qb_deallocate(q->threads);
	qb_deallocate(q->arrays);
	qb_deallocate(q);
}

/* `capacity` messages fill that many arrays at most: whole ones, the rest of the first and the
 * start of the last.  On top, each thread may look at a retired one, and each producer may hold one
 * that another was faster to append. */
static bool mpmc_faa_populate(struct mpmc_faa *q, const struct qb_shape *shape)
{
	q->cell_count = 16;
	while (q->cell_count < CELLS_MAX && q->cell_count * 8 < shape->capacity)
		q->cell_count *= 2;
	q->thread_count = shape->producer_count + shape->consumer_count;
	if (shape->capacity > SIZE_MAX / 64)
		return false;
	q->array_count =
		shape->capacity / q->cell_count + 3 + q->thread_count + shape->producer_count;
	q->arrays = qb_allocate(shape, q->array_count * sizeof(*q->arrays));
	q->threads = qb_allocate(shape, q->thread_count * sizeof(*q->threads));
	q->cells = qb_allocate(shape, q->array_count * q->cell_count * sizeof(*q->cells));
	if (!q->arrays || !q->threads || !q->cells)
		return false;
	for (size_t i = 0; i < q->array_count; i++)
		q->arrays[i].cells = q->cells + i * q->cell_count;
	atomic_init(&q->arrays[0].state, STATE_USED);
	atomic_init(&q->head, &q->arrays[0]);
	atomic_init(&q->tail, &q->arrays[0]);
	return true;
}

static struct mpmc_faa *mpmc_faa_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct mpmc_faa *q = qb_allocate(shape, sizeof(*q));

	if (!q || !mpmc_faa_populate(q, shape)) {
		if (q)
			mpmc_faa_destroy(q);
		return qb_fail(error, ENOMEM, "cannot allocate arrays for %zu messages",
		               shape->capacity);
	}
	return q;
}

static void *mpmc_faa_attach(struct mpmc_faa *q, enum qb_role role, unsigned index,
                             struct qb_error *error)
{
	(void)role;
	(void)index;
	for (unsigned i = 0; i < q->thread_count; i++) {
		bool free = false;

		if (atomic_compare_exchange_strong(&q->threads[i].taken, &free, true))
			return &q->threads[i];
	}
	return qb_fail(error, EAGAIN, "all %u threads are registered", q->thread_count);
}

static void mpmc_faa_detach(struct mpmc_faa *q, enum qb_role role, void *handle)
{
	struct mpmc_faa_thread *thread = handle;

	(void)q;
	(void)role;
	atomic_store(&thread->hazard, NULL);
	atomic_store(&thread->taken, false);
}

/* The array that `end` points to, published as this thread's hazard.  It stays published from
 * operation to operation: most find it unchanged, and then it costs two loads. */
QB_TEMPLATE struct mpmc_faa_array *mpmc_faa_protect(struct mpmc_faa_thread *thread,
                                                    struct mpmc_faa_array *_Atomic *end)
{
	struct mpmc_faa_array *array = atomic_load_explicit(end, memory_order_acquire);

	while (qb_unlikely(array != atomic_load_explicit(&thread->hazard, memory_order_relaxed))) {
		/* Sequentially consistent, store and second look: whoever retires the array after
		 * our second look sees the hazard, whoever did before makes us see it moved. */
		atomic_store(&thread->hazard, array);
		array = atomic_load(end);
	}
	return array;
}

static bool mpmc_faa_is_hazard(struct mpmc_faa *q, const struct mpmc_faa_array *array)
{
	for (unsigned i = 0; i < q->thread_count; i++)
		if (atomic_load(&q->threads[i].hazard) == array)
			return true;
	return false;
}

/* An array that nobody uses or looks at, emptied; NULL if there is none.  The state counts its
 * changes, so the exchange succeeds only if the array is still in the state that was looked at:
 * not used and retired again meanwhile, which would have made old the look at the hazards. */
QB_COLD struct mpmc_faa_array *mpmc_faa_obtain(struct mpmc_faa *q)
{
	for (size_t i = 0; i < q->array_count; i++) {
		struct mpmc_faa_array *array = &q->arrays[i];
		uint64_t state = atomic_load(&array->state);

		if ((state & STATE_MASK) == STATE_USED || mpmc_faa_is_hazard(q, array))
			continue;
		if (!atomic_compare_exchange_strong(&array->state, &state,
		                                    (state & ~(uint64_t)STATE_MASK) + 4 +
		                                            STATE_USED))
			continue;
		for (uint64_t cell = 0; cell < q->cell_count; cell++)
			atomic_store_explicit(&array->cells[cell], 0, memory_order_relaxed);
		atomic_store_explicit(&array->popped, 0, memory_order_relaxed);
		atomic_store_explicit(&array->next, NULL, memory_order_relaxed);
		return array;
	}
	return NULL;
}

/* USED becomes FREE or RETIRED; only its owner, or the one that took it off the list, does it. */
QB_TEMPLATE void mpmc_faa_leave(struct mpmc_faa_array *array, unsigned state)
{
	const uint64_t old = atomic_load_explicit(&array->state, memory_order_relaxed);

	atomic_store(&array->state, (old & ~(uint64_t)STATE_MASK) + 4 + state);
}

/* `array` has no cell left: makes its successor the last, with the message in its first cell if we
 * append it.  *ret_pushed: the message is in.  False: no array is to be had. */
QB_COLD bool mpmc_faa_extend(struct mpmc_faa *q, struct mpmc_faa_array *array, uint64_t message,
                             bool *ret_pushed)
{
	struct mpmc_faa_array *next = atomic_load(&array->next), *fresh;

	*ret_pushed = false;
	if (!next) {
		fresh = mpmc_faa_obtain(q);
		if (!fresh)
			return atomic_load(&array->next) != NULL;
		atomic_store_explicit(&fresh->cells[0], message, memory_order_relaxed);
		atomic_store_explicit(&fresh->pushed, 1, memory_order_relaxed);
		/* The success publishes the array. */
		if (atomic_compare_exchange_strong(&array->next, &next, fresh)) {
			*ret_pushed = true;
			next = fresh;
		} else {
			mpmc_faa_leave(fresh, STATE_FREE);
		}
	}
	atomic_compare_exchange_strong(&q->tail, &array, next);
	return true;
}

QB_TEMPLATE bool mpmc_faa_push(struct mpmc_faa *q, void *handle, uint64_t message)
{
	for (;;) {
		struct mpmc_faa_array *array = mpmc_faa_protect(handle, &q->tail);
		const uint64_t index = atomic_fetch_add(&array->pushed, 1);
		uint64_t empty = 0;
		bool pushed;

		if (qb_likely(index < q->cell_count)) {
			if (qb_likely(atomic_compare_exchange_strong(&array->cells[index], &empty,
			                                             message)))
				return true;
			continue; /* a pop has given the cell up */
		}
		if (!mpmc_faa_extend(q, array, message, &pushed))
			return false;
		if (pushed)
			return true;
	}
}

/* `array` is used up: takes it off the list.  False: it is the last. */
QB_COLD bool mpmc_faa_advance(struct mpmc_faa *q, struct mpmc_faa_array *array)
{
	struct mpmc_faa_array *next = atomic_load(&array->next), *tail = array;

	if (!next)
		return false;
	/* The tail never falls behind the head: else a push could take a retired array for it. */
	atomic_compare_exchange_strong(&q->tail, &tail, next);
	tail = array;
	if (atomic_compare_exchange_strong(&q->head, &tail, next))
		mpmc_faa_leave(array, STATE_RETIRED);
	return true;
}

/* A push has the cell but has not filled it: gives it a moment. */
QB_COLD void mpmc_faa_await(_Atomic uint64_t *cell)
{
	for (unsigned look = 0; look < PATIENCE && atomic_load(cell) == 0; look++)
		qb_pause();
}

QB_TEMPLATE bool mpmc_faa_pop(struct mpmc_faa *q, void *handle, uint64_t *message)
{
	for (;;) {
		struct mpmc_faa_array *array = mpmc_faa_protect(handle, &q->head);
		uint64_t index = atomic_load(&array->popped);

		/* Empty: every cell handed out has had its pop, and there is no successor.  In this
		 * order, since all three only rise. */
		if (index >= atomic_load(&array->pushed) && !atomic_load(&array->next))
			return false;
		index = atomic_fetch_add(&array->popped, 1);
		if (qb_unlikely(index >= q->cell_count)) {
			if (!mpmc_faa_advance(q, array))
				return false;
			continue;
		}
		if (qb_unlikely(atomic_load(&array->cells[index]) == 0))
			mpmc_faa_await(&array->cells[index]);
		*message = atomic_exchange(&array->cells[index], TAKEN);
		if (qb_likely(*message != 0))
			return true;
	}
}

QB_HANDLES(mpmc_faa, mpmc_faa_attach, mpmc_faa_detach);
QB_ABOUT(mpmc_faa,
         "Ramalhete and Correia, FAAArrayQueue, 2016; hazard pointers: Michael, TPDS 15(6), 2004",
         8);
QB_WORD_QUEUE_WITH(mpmc_faa, QB_MPMC | QB_LOCK_FREE, "list of arrays, both ends by fetch-and-add",
                   QB_NONE, QB_NONE, QB_HAS(mpmc_faa, handles), QB_NONE, QB_NONE, QB_NONE,
                   QB_HAS(mpmc_faa, about));
