/* mpsc_list -- Vyukov's intrusive list: one exchange per push, no atomic operation per pop.
 *
 * A producer swaps its node in as the new tail and then links the previous one to it.  Between the
 * two steps the list is in two parts, and a pop that comes to the gap finds nothing, though later
 * messages are there (weak-empty); a producer stopped in it stops the consumer.
 *
 * The nodes belong to the producers: each registration owns `capacity` of them and takes them in
 * turn.  They come back in turn too, because the list is FIFO, so the consumer returns a node by
 * counting up its owner's counter: nothing is allocated while messages flow, and memory is bounded
 * by producers x capacity, though the number of messages inside is not by the capacity. */
#include <stdatomic.h>

#include <qbench.h>

struct mpsc_list_lane;

struct mpsc_list_node {
	struct mpsc_list_node *_Atomic next;
	uint64_t message;
	struct mpsc_list_lane *owner;
	uint64_t unused; /* two nodes to a line, none across two */
};

/* One registration's nodes. */
struct mpsc_list_lane {
	QB_ALIGNED(QB_LINE) uint64_t sent; /* the producer's own, like what follows */
	uint64_t returned_copy;
	size_t next_node;
	struct mpsc_list_node *nodes;
	_Atomic bool taken;
	QB_ALIGNED(QB_LINE) _Atomic uint64_t returned; /* written by the consumer */
};

struct mpsc_list {
	QB_ALIGNED(QB_LINE) struct mpsc_list_node *_Atomic tail; /* exchanged by producers */
	QB_ALIGNED(QB_LINE) struct mpsc_list_node *head;         /* the consumer's own */
	QB_ALIGNED(QB_LINE) struct mpsc_list_node stub;
	QB_ALIGNED(QB_LINE) size_t capacity;
	unsigned lane_count;
	struct mpsc_list_lane *lanes;
};

static void mpsc_list_destroy(struct mpsc_list *q)
{
	for (unsigned i = 0; q->lanes && i < q->lane_count; i++)
		qb_deallocate(q->lanes[i].nodes);
	qb_deallocate(q->lanes);
	qb_deallocate(q);
}

static bool mpsc_list_populate(struct mpsc_list *q, const struct qb_shape *shape)
{
	q->lanes = qb_allocate(shape, q->lane_count * sizeof(*q->lanes));
	for (unsigned i = 0; q->lanes && i < q->lane_count; i++) {
		struct mpsc_list_lane *lane = &q->lanes[i];

		if (q->capacity > SIZE_MAX / 64)
			return false;
		lane->nodes = qb_allocate(shape, q->capacity * sizeof(*lane->nodes));
		if (!lane->nodes)
			return false;
		for (size_t n = 0; n < q->capacity; n++)
			lane->nodes[n].owner = lane;
		lane->sent = lane->returned_copy = shape->first_index;
		atomic_init(&lane->returned, shape->first_index);
	}
	return q->lanes != NULL;
}

static struct mpsc_list *mpsc_list_create(const struct qb_shape *shape, struct qb_error *error)
{
	struct mpsc_list *q = qb_allocate(shape, sizeof(*q));

	if (q) {
		q->capacity = shape->capacity;
		q->lane_count = shape->producer_count;
	}
	if (!q || !mpsc_list_populate(q, shape)) {
		if (q)
			mpsc_list_destroy(q);
		return qb_fail(error, ENOMEM, "cannot allocate %u times %zu nodes",
		               shape->producer_count, shape->capacity);
	}
	q->head = &q->stub;
	atomic_init(&q->tail, &q->stub);
	return q;
}

static void *mpsc_list_attach(struct mpsc_list *q, enum qb_role role, unsigned index,
                              struct qb_error *error)
{
	(void)index;
	if (role == QB_CONSUME)
		return q;
	for (unsigned i = 0; i < q->lane_count; i++) {
		bool free = false;

		/* Acquire: pairs with the release in detach; the lane's counts come with it. */
		if (atomic_compare_exchange_strong_explicit(&q->lanes[i].taken, &free, true,
		                                            memory_order_acquire,
		                                            memory_order_relaxed))
			return &q->lanes[i];
	}
	return qb_fail(error, EAGAIN, "all %u producers are registered", q->lane_count);
}

/* Nodes still in the list stay with the lane, and count as its next owner's. */
static void mpsc_list_detach(struct mpsc_list *q, enum qb_role role, void *handle)
{
	struct mpsc_list_lane *lane = handle;

	(void)q;
	if (role == QB_PRODUCE)
		atomic_store_explicit(&lane->taken, false, memory_order_release);
}

QB_TEMPLATE void mpsc_list_append(struct mpsc_list *q, struct mpsc_list_node *node)
{
	struct mpsc_list_node *previous;

	atomic_store_explicit(&node->next, NULL, memory_order_relaxed);
	/* Acquire and release: the node is whole before others can link to it, and the previous one
	 * is whole before we do. */
	previous = atomic_exchange_explicit(&q->tail, node, memory_order_acq_rel);
	/* Release: the message comes with the link.  Between the exchange and this store the list
	 * is in two parts. */
	atomic_store_explicit(&previous->next, node, memory_order_release);
}

QB_TEMPLATE bool mpsc_list_push(struct mpsc_list *q, void *handle, uint64_t message)
{
	struct mpsc_list_lane *lane = handle;
	struct mpsc_list_node *node = &lane->nodes[lane->next_node];

	if (qb_unlikely(lane->sent - lane->returned_copy == q->capacity)) {
		/* Acquire: pairs with the release in pop; the consumer is done with the node. */
		lane->returned_copy = atomic_load_explicit(&lane->returned, memory_order_acquire);
		if (lane->sent - lane->returned_copy == q->capacity)
			return false;
	}
	lane->sent++;
	lane->next_node = lane->next_node + 1 == q->capacity ? 0 : lane->next_node + 1;
	node->message = message;
	mpsc_list_append(q, node);
	return true;
}

QB_TEMPLATE struct mpsc_list_node *mpsc_list_next(struct mpsc_list_node *node)
{
	return atomic_load_explicit(&node->next, memory_order_acquire);
}

/* The head is the last node linked: behind it goes the stub, so that it can be taken out. */
QB_COLD struct mpsc_list_node *mpsc_list_take_last(struct mpsc_list *q, struct mpsc_list_node *head)
{
	struct mpsc_list_node *next;

	/* Relaxed: only tells whether a push is between its two steps. */
	if (head != atomic_load_explicit(&q->tail, memory_order_relaxed))
		return NULL;
	mpsc_list_append(q, &q->stub);
	next = mpsc_list_next(head);
	if (!next)
		return NULL; /* a push came in between, and is between its two steps */
	q->head = next;
	return head;
}

QB_TEMPLATE struct mpsc_list_node *mpsc_list_take(struct mpsc_list *q)
{
	struct mpsc_list_node *head = q->head, *next = mpsc_list_next(head);

	if (head == &q->stub) {
		if (!next)
			return NULL;
		q->head = head = next;
		next = mpsc_list_next(head);
	}
	if (qb_unlikely(!next))
		return mpsc_list_take_last(q, head);
	q->head = next;
	return head;
}

QB_TEMPLATE bool mpsc_list_pop(struct mpsc_list *q, void *handle, uint64_t *message)
{
	struct mpsc_list_node *node = mpsc_list_take(q);
	struct mpsc_list_lane *owner;
	uint64_t returned;

	(void)handle;
	if (qb_unlikely(!node))
		return false;
	*message = node->message;
	owner = node->owner;
	returned = atomic_load_explicit(&owner->returned, memory_order_relaxed);
	/* Release: our reads of the node end before its owner may use it again. */
	atomic_store_explicit(&owner->returned, returned + 1, memory_order_release);
	return true;
}

QB_HANDLES(mpsc_list, mpsc_list_attach, mpsc_list_detach);
QB_ABOUT(mpsc_list, "Vyukov, Intrusive MPSC node-based queue, 1024cores.net", 32);
QB_WORD_QUEUE_WITH(mpsc_list, QB_MPSC | QB_WEAK_EMPTY, "linked list, one exchange per push",
                   QB_NONE, QB_NONE, QB_HAS(mpsc_list, handles), QB_NONE, QB_NONE, QB_NONE,
                   QB_HAS(mpsc_list, about));
