/* limits_drive -- what the two sides of each probe do: drive one line, ring or futex as hard as can
 * be, and count. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/futex.h>

#include "harness/limits_probe.h"

#define RELEASE_LINES 512 /* the consumer gives the ring back in such steps */
#define LINE_WORDS    8
#define AHEAD_LINES   16  /* lines that the producer asks for before it writes them */
#define SLIP_PAUSES   64  /* how long a slipping consumer leaves an empty ring alone */
#define CHUNK         256 /* operations between two looks at the clock */
#define GRACE_NS      UINT64_C(300000000)
#define STOP          UINT64_MAX

/* For spin loops: true once it is no use to go on waiting. */
static bool hopeless(struct qb_duel *duel, uint32_t *spins)
{
	if (++*spins % 4096 != 0)
		return false;
	if (qb_probe_now_ns() > duel->deadline + GRACE_NS)
		qb_probe_break(duel, "one did not answer the other within 300 ms");
	return atomic_load_explicit(&duel->stop, memory_order_relaxed);
}

static bool time_left(const struct qb_duel *duel) { return qb_probe_now_ns() < duel->deadline; }

/* Waits until *word is `wanted`.  False: stopped. */
static inline bool await(struct qb_duel *duel, _Atomic uint64_t *word, uint64_t wanted)
{
	uint32_t spins = 0;
	uint64_t found;

	while ((found = atomic_load_explicit(word, memory_order_acquire)) != wanted)
		if (found == STOP || hopeless(duel, &spins))
			return false;
	return true;
}

/* The control of result files too: a change of it needs a new name in control.c. */
static uint64_t lead_ping_pong(struct qb_duel *duel, unsigned lines)
{
	_Atomic uint64_t *ping = &duel->arena->ping;
	_Atomic uint64_t *pong = lines == 1 ? ping : &duel->arena->pong;
	uint64_t round = 0;

	while (time_left(duel)) {
		for (unsigned i = 0; i < 16; i++, round++) {
			atomic_store_explicit(ping, 2 * round + 1, memory_order_release);
			if (!await(duel, pong, 2 * round + 2))
				return round;
		}
	}
	atomic_store_explicit(ping, STOP, memory_order_release);
	return round;
}

static uint64_t follow_ping_pong(struct qb_duel *duel, unsigned lines)
{
	_Atomic uint64_t *ping = &duel->arena->ping;
	_Atomic uint64_t *pong = lines == 1 ? ping : &duel->arena->pong;

	for (uint64_t round = 0; await(duel, ping, 2 * round + 1); round++)
		atomic_store_explicit(pong, 2 * round + 2, memory_order_release);
	return 0;
}

/* One round trip bounds cpu_b's counter minus cpu_a's from both sides, because the follower read
 * its counter after the leader's first reading and before its second. */
static uint64_t lead_offset(struct qb_duel *duel, unsigned parameter)
{
	struct qb_probe_arena *arena = duel->arena;
	uint64_t round = 0;

	(void)parameter;
	while (time_left(duel)) {
		const uint64_t before = qb_probe_ticks_ordered();

		atomic_store_explicit(&arena->ping, round + 1, memory_order_release);
		if (!await(duel, &arena->pong, round + 1))
			return round;
		const int64_t high = (int64_t)(arena->pong_stamp - before);
		const int64_t low = (int64_t)(arena->pong_stamp - qb_probe_ticks_ordered());

		if (low > duel->offset_low)
			duel->offset_low = low;
		if (high < duel->offset_high)
			duel->offset_high = high;
		round++;
	}
	atomic_store_explicit(&arena->ping, STOP, memory_order_release);
	return round;
}

static uint64_t follow_offset(struct qb_duel *duel, unsigned parameter)
{
	struct qb_probe_arena *arena = duel->arena;

	(void)parameter;
	for (uint64_t round = 0; await(duel, &arena->ping, round + 1); round++) {
		arena->pong_stamp = qb_probe_ticks_ordered();
		atomic_store_explicit(&arena->pong, round + 1, memory_order_release);
	}
	return 0;
}

/* Numbers from `first` on, and asks for a line to come, as a fast queue does. */
static inline void write_line(struct qb_probe_line *ring, uint64_t index)
{
	struct qb_probe_line *line = &ring[index % QB_PROBE_RING];
	const uint64_t first = index * LINE_WORDS;
	qb_probe_words pair = { first, first + 1 };

	qb_prefetch_to_write(&ring[(index + AHEAD_LINES) % QB_PROBE_RING]);
	for (unsigned i = 0; i < LINE_WORDS / 2; i++, pair += 2)
		line->pairs[i] = pair;
}

static inline qb_probe_words read_line(const struct qb_probe_line *line)
{
	return (line->pairs[0] + line->pairs[1]) + (line->pairs[2] + line->pairs[3]);
}

/* Waits until `lines` more fit behind `tail`; refreshes *head.  False: stopped. */
static bool await_room(struct qb_duel *duel, uint64_t tail, uint64_t lines, uint64_t *head)
{
	uint32_t spins = 0;

	while (tail + lines - *head > QB_PROBE_RING) {
		*head = atomic_load_explicit(&duel->arena->head, memory_order_acquire);
		if (hopeless(duel, &spins))
			return false;
	}
	return true;
}

static uint64_t lead_stream(struct qb_duel *duel, unsigned interval)
{
	struct qb_probe_line *ring = duel->arena->ring;
	uint64_t tail = 0, head = 0;

	while (tail % RELEASE_LINES != 0 || time_left(duel)) {
		if (tail + interval - head > QB_PROBE_RING &&
		    !await_room(duel, tail, interval, &head))
			break;
		for (unsigned i = 0; i < interval; i++)
			write_line(ring, tail + i);
		tail += interval;
		atomic_store_explicit(&duel->arena->tail, tail, memory_order_release);
	}
	return 0; /* lines that arrived count, not those that were sent */
}

static void check_sum(struct qb_duel *duel, uint64_t lines, qb_probe_words sums)
{
	const uint64_t words = lines * LINE_WORDS;
	const uint64_t expected = words % 2 == 0 ? words / 2 * (words - 1) : words * (words / 2);

	if (sums[0] + sums[1] != expected)
		qb_probe_break(duel, "streamed lines arrived with a wrong content");
}

static uint64_t follow_stream(struct qb_duel *duel, unsigned interval)
{
	const struct qb_probe_line *ring = duel->arena->ring;
	const unsigned pauses = duel->slip ? SLIP_PAUSES : 0;
	qb_probe_words sums = { 0, 0 };
	uint64_t head = 0;
	uint32_t spins = 0;

	(void)interval;
	while (!atomic_load_explicit(&duel->stop, memory_order_relaxed)) {
		uint64_t tail = atomic_load_explicit(&duel->arena->tail, memory_order_acquire);

		if (tail == head) {
			for (unsigned i = 0; i < pauses; i++)
				qb_pause();
			if (hopeless(duel, &spins))
				break;
			continue;
		}
		for (; head != tail; head++) {
			sums += read_line(&ring[head % QB_PROBE_RING]);
			if ((head + 1) % RELEASE_LINES == 0)
				atomic_store_explicit(&duel->arena->head, head + 1,
				                      memory_order_release);
		}
	}
	check_sum(duel, head, sums);
	return head;
}

/* clang-format off */
/* Counts one operation over and over: the leader until its time is over, the follower until the
 * leader stops. */
#define COUNTED(name, operation) \
	static uint64_t name(struct qb_duel *duel, unsigned parameter) \
	{ \
		struct qb_probe_arena *arena = duel->arena; \
		uint64_t count = 0; \
		(void)parameter, (void)arena; \
		while (time_left(duel)) \
			for (unsigned i = 0; i < CHUNK; i++, count++) \
				(operation); \
		return count; \
	}
#define COUNTED_BY_BOTH(name, operation) \
	COUNTED(name, operation) \
	static uint64_t name##_follow(struct qb_duel *duel, unsigned parameter) \
	{ \
		struct qb_probe_arena *arena = duel->arena; \
		uint64_t count = 0; \
		(void)parameter; \
		while (!atomic_load_explicit(&duel->stop, memory_order_relaxed)) \
			for (unsigned i = 0; i < CHUNK; i++, count++) \
				(operation); \
		return count; \
	}
/* clang-format on */

static inline void increment_by_cas(_Atomic uint64_t *word)
{
	uint64_t found = atomic_load_explicit(word, memory_order_relaxed);

	while (!atomic_compare_exchange_weak_explicit(word, &found, found + 1, memory_order_acq_rel,
	                                              memory_order_relaxed))
		;
}

static long futex(_Atomic uint32_t *word, int operation, uint32_t value,
                  const struct timespec *timeout)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, NULL, 0);
}

/* Keeps a reading alive without storing it. */
static inline void keep(uint64_t value) { __asm__ __volatile__("" : : "r"(value) : "memory"); }

/* clang-format off */
COUNTED_BY_BOTH(fetch_add, atomic_fetch_add_explicit(&arena->ping, 1, memory_order_acq_rel))
COUNTED_BY_BOTH(cas, increment_by_cas(&arena->ping))
/* Not atomic_thread_fence, which gcc refuses to build under TSan; the same instruction. */
COUNTED(store_fence,
        (atomic_store_explicit(&arena->ping, i, memory_order_relaxed), __sync_synchronize()))
COUNTED(futex_wake, futex(&arena->calls[0], FUTEX_WAKE, 1, NULL))
COUNTED(clock_ticks, keep(qb_probe_ticks()))
COUNTED(clock_ticks_ordered, keep(qb_probe_ticks_ordered()))
COUNTED(clock_gettime_loop, keep(qb_probe_now_ns()))
/* clang-format on */

/* Wakes the other side, then sleeps until it has answered.  False: stopped. */
static bool call_and_sleep(struct qb_duel *duel, unsigned own, uint32_t answer)
{
	static const struct timespec patience = { 0, 50000000 };
	_Atomic uint32_t *word = &duel->arena->calls[own];
	uint32_t found;

	futex(&duel->arena->calls[1 - own], FUTEX_WAKE, 1, NULL);
	while ((found = atomic_load(word)) != answer) {
		futex(word, FUTEX_WAIT, found, &patience);
		if (qb_probe_now_ns() > duel->deadline + GRACE_NS)
			qb_probe_break(duel, "one did not wake the other within 300 ms");
		if (atomic_load(&duel->stop))
			return false;
	}
	return true;
}

static uint64_t lead_futex(struct qb_duel *duel, unsigned parameter)
{
	uint32_t round = 0;

	(void)parameter;
	while (time_left(duel)) {
		atomic_store(&duel->arena->calls[1], round + 1);
		if (!call_and_sleep(duel, 0, round + 1))
			return round;
		round++;
	}
	atomic_store(&duel->stop, true);
	atomic_store(&duel->arena->calls[1], UINT32_MAX);
	futex(&duel->arena->calls[1], FUTEX_WAKE, 1, NULL);
	return round;
}

static uint64_t follow_futex(struct qb_duel *duel, unsigned parameter)
{
	(void)parameter;
	for (uint32_t round = 0; call_and_sleep(duel, 1, round + 1); round++)
		atomic_store(&duel->arena->calls[0], round + 1);
	return 0;
}

/* clang-format off */
#define STREAM(interval) \
	{ "stream_" #interval, "line/s", lead_stream, follow_stream, interval, true, false }
#define ALONE(name, side) { name, "ns", side, NULL, 0, false, false }

const struct qb_probe qb_probe_list[] = {
	{ "rtt_one_line", "ns", lead_ping_pong, follow_ping_pong, 1, false, false },
	{ "rtt_two_lines", "ns", lead_ping_pong, follow_ping_pong, 2, false, false },
	STREAM(1), STREAM(2), STREAM(4), STREAM(8), STREAM(16), STREAM(64), STREAM(512),
	ALONE("fetch_add", fetch_add),
	{ "fetch_add_contended", "ns", fetch_add, fetch_add_follow, 0, false, false },
	ALONE("cas", cas),
	{ "cas_contended", "ns", cas, cas_follow, 0, false, false },
	ALONE("store_fence", store_fence),
	ALONE("futex_wake", futex_wake),
	{ "futex_round_trip", "ns", lead_futex, follow_futex, 0, false, false },
	ALONE("clock_ticks", clock_ticks),
	ALONE("clock_ticks_ordered", clock_ticks_ordered),
	ALONE("clock_gettime", clock_gettime_loop),
	{ "clock_offset", "ns", lead_offset, follow_offset, 0, false, true },
};
/* clang-format on */

const size_t qb_probe_count = sizeof(qb_probe_list) / sizeof(qb_probe_list[0]);
