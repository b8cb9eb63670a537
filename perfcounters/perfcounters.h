/* perfcounters.h -- hardware and software counters of single threads: the whole interface.
 *
 *   main thread    qb_counters_plan      once: what can be counted here, and why not the rest
 *   each worker    qb_counters_attach    after it pinned itself; opens and starts its counters
 *   any thread     qb_counters_snap      at both edges of what is measured
 *   any thread     qb_counters_diff, qb_counters_usage   from two snaps to values
 *   any thread     qb_counters_detach    when no snap of that thread can come any more
 *
 * More events than the PMU has counters are not multiplexed: they form groups, and whoever measures
 * several times takes another group each time.  {cycles, instructions} lead every group.
 *
 * Plans and snaps are plain data without pointers: they may live in memory shared by processes, and
 * a plan made by a parent serves its children (not across machines or a change of privileges). */
#ifndef QB_PERFCOUNTERS_H
#define QB_PERFCOUNTERS_H

#include "perfcounters/absence.h"
#include "perfcounters/counter_math.h"
#include "perfcounters/counters_machine.h"
#include "perfcounters/counters_system.h"
#include "perfcounters/counters_unit.h"
#include "perfcounters/thread_usage.h"

#define QB_COUNTERS_EVENTS_MAX 48
#define QB_COUNTERS_GROUPS_MAX 48
#define QB_COUNTERS_NAME_SIZE  64

enum qb_counters_scope { QB_COUNTERS_USER, QB_COUNTERS_ALL /* the kernel's part too */ };

struct qb_counters_request {
	enum qb_counters_scope scope;
	bool standard; /* all events of enum qb_event */
	/* More: `name`, `name=event` or `event`; an event is one of ours, any string of libpfm4
	 * (`spr::L2_RQSTS:RFO_MISS`), or a raw code `rNNNN` in hexadecimal. */
	const char *const *events;
	size_t event_count;
	unsigned thread_count; /* that will attach at the same time */
};

/* One event, on each core type of this machine. */
struct qb_counters_event {
	char name[QB_COUNTERS_NAME_SIZE];
	char source[96]; /* what is really counted: `spr::INST_RETIRED:ANY_P`, `raw 0x4d2` */
	int semantic;    /* enum qb_event; -1: the user's own */
	bool generic;    /* by the kernel's generic event, which means what the vendor likes */
	bool core;       /* counted by a core PMU; else by one that all CPUs share */
	struct {
		bool available, proven; /* proven: moved in the self-test */
		struct qb_unit_member member;
		struct qb_counters_why why; /* unless available */
	} on[QB_CORE_PMUS_MAX];
	struct qb_counters_why why; /* code NONE: available on one core type at least */
};

struct qb_counters_group {
	bool core; /* its events' */
	unsigned count;
	unsigned events[QB_UNIT_MEMBERS_MAX]; /* indices of events */
};

struct qb_counters {
	enum qb_counters_scope scope; /* what we may count; see notes */
	struct qb_counters_machine machine;
	unsigned event_count, group_count, note_count;
	struct qb_counters_event events[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_group groups[QB_COUNTERS_GROUPS_MAX];
	struct qb_counters_why notes[4]; /* of the whole plan: to be told once */
	bool migrations;                 /* can be counted: needs a look at the kernel */
};

/* One thread's open counters; opaque, of its owner's memory.  Zero it, and set `system` (NULL: this
 * machine), before qb_counters_attach. */
struct qb_counters_thread {
	const struct qb_counters_system *system;
	struct qb_thread_identity identity;
	unsigned group, pmu_mask;
	struct qb_counters_unit units[QB_CORE_PMUS_MAX];
	struct qb_counters_unit migrations;
	enum qb_absence absence[QB_CORE_PMUS_MAX][QB_UNIT_MEMBERS_MAX];
};

struct qb_counters_snap {
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC, just before the counters were read */
	unsigned group, pmu_mask;
	struct qb_unit_reading units[QB_CORE_PMUS_MAX];
	enum qb_absence absence[QB_CORE_PMUS_MAX][QB_UNIT_MEMBERS_MAX];
	bool migrations_known;
	uint64_t migrations;
	struct qb_thread_usage usage;
};

/* The software side of a region; needs no PMU. */
struct qb_counters_usage {
	struct qb_counters_value cpu_ns, user_ns, system_ns, delay_ns;
	struct qb_counters_value voluntary, involuntary, migrations, minor_faults, major_faults;
	bool moved; /* on another CPU at the end than at the start */
};

/* Detects, encodes, opens, proves in a self-test (some ms per group) and packs into groups; raises
 * RLIMIT_NOFILE if need be.  Main thread, before workers start; system NULL: this machine.
 * Absent events are no failure: returns 0, or -EINVAL with why for a request that makes no sense.
 */
int qb_counters_plan(const struct qb_counters_system *system,
                     const struct qb_counters_request *request, struct qb_counters *ret_counters,
                     struct qb_counters_why *why);

/* Opens and starts group `group` (modulo their number) for the calling thread, pinned to `cpu`
 * (-1: not pinned; on a hybrid machine it then counts on every core type and sums).  Returns 0, or
 * -errno and why for the first event that was planned and refused now; the thread can be snapped
 * and must be detached in either case, and what was refused is absent. */
int qb_counters_attach(const struct qb_counters *counters, unsigned group, int cpu,
                       struct qb_counters_thread *thread, struct qb_counters_why *why);

/* Reads all counters of `thread`, which may be any attached thread of this process: descriptors
 * belong to the process, and reading one interrupts the thread's CPU for no more than the read.
 * So a coordinator can snap running workers at the edges of a window that they do not know; it
 * should note each worker's progress beside its snap, and snap in the same order at both edges, so
 * that each one's region is as long as the window.  Hardware counters come first (0.3 us; a few us
 * across CPUs), the software side after them (some 10 us for another thread, read from /proc).
 * Of a thread that has ended the software side is no longer known, so let workers wait for the last
 * snap.  Allocates nothing; changes nothing in `thread`: several may snap it at the same time. */
void qb_counters_snap(const struct qb_counters_thread *thread, struct qb_counters_snap *ret_snap);

/* Values of the region between two snaps of one thread: one for each of counters->events.  Events
 * of other groups are absent with QB_ABSENCE_OTHER_RUN. */
void qb_counters_diff(const struct qb_counters *counters, const struct qb_counters_snap *from,
                      const struct qb_counters_snap *to, struct qb_counters_value *ret_values);

void qb_counters_usage(const struct qb_counters_snap *from, const struct qb_counters_snap *to,
                       struct qb_counters_usage *ret_usage);

/* Share of the region's running time on each core type; all 0 where none is known. */
void qb_counters_shares(const struct qb_counters_snap *from, const struct qb_counters_snap *to,
                        double ret_shares[QB_CORE_PMUS_MAX]);

/* The sentence of an absent or estimated value of that event. */
void qb_counters_explain(const struct qb_counters *counters, unsigned event,
                         const struct qb_counters_value *value, struct qb_counters_why *ret_why);

void qb_counters_detach(struct qb_counters_thread *thread);

#endif
