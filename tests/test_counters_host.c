/* test_counters_host -- the real kernel, without a hardware PMU: breakpoints and software events
 * count exactly, one thread at a time, through the same code as hardware events. */
#include <criterion/criterion.h>

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/host_perf.h"

TestSuite(counters_host, .init = host_setup);

static void make_plan(const char *const *events, size_t count, unsigned thread_count)
{
	const struct qb_counters_request request = { .events = events,
		                                     .event_count = count,
		                                     .thread_count = thread_count };
	struct qb_counters_why why;

	cr_assert_eq(qb_counters_plan(&host, &request, &plan, &why), 0);
}

/* The group that holds the event; skips the test if the host does not count it. */
static unsigned need(const char *name)
{
	const unsigned index = index_of(name);

	if (plan.events[index].why.code)
		cr_skip("this host counts no '%s': %s", name, plan.events[index].why.text);
	for (unsigned group = 0; group < plan.group_count; group++)
		for (unsigned i = 0; i < plan.groups[group].count; i++)
			if (plan.groups[group].events[i] == index)
				return group;
	cr_assert_fail("'%s' is in no group", name);
	return 0;
}

struct worker {
	pthread_t id;
	struct qb_counters_thread thread;
	struct qb_counters_snap from, to;
	pthread_barrier_t *edges;
	unsigned group, writes;
	int rc;
};

/* Atomic, because both workers write the same word. */
static void write_word(uint64_t value) { __atomic_store_n(&watched[0], value, __ATOMIC_RELAXED); }

static void *write_watched(void *argument)
{
	struct worker *worker = argument;
	struct qb_counters_why why;

	worker->thread = (struct qb_counters_thread){ .system = &host };
	worker->rc = qb_counters_attach(&plan, worker->group, -1, &worker->thread, &why);
	write_word(1); /* before the window: not counted */
	pthread_barrier_wait(worker->edges);
	pthread_barrier_wait(worker->edges);
	for (unsigned i = 0; i < worker->writes; i++)
		write_word(i);
	pthread_barrier_wait(worker->edges);
	pthread_barrier_wait(worker->edges);
	write_word(1); /* after it */
	return NULL;
}

/* The coordinator snaps the workers, which know nothing of the window. */
Test(counters_host, count_each_workers_writes_exactly_from_outside)
{
	static const char *const events[] = { "bp0" };
	struct worker workers[2] = { { .writes = 1000 }, { .writes = 2000 } };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	pthread_barrier_t edges;
	unsigned group;

	make_plan(events, 1, 2);
	group = need("bp0");
	pthread_barrier_init(&edges, NULL, 3);
	for (int i = 0; i < 2; i++) {
		workers[i].edges = &edges;
		workers[i].group = group;
		pthread_create(&workers[i].id, NULL, write_watched, &workers[i]);
	}
	pthread_barrier_wait(&edges);
	for (int i = 0; i < 2; i++)
		qb_counters_snap(&workers[i].thread, &workers[i].from);
	pthread_barrier_wait(&edges);
	pthread_barrier_wait(&edges);
	for (int i = 0; i < 2; i++)
		qb_counters_snap(&workers[i].thread, &workers[i].to);
	pthread_barrier_wait(&edges);
	for (int i = 0; i < 2; i++) {
		const struct qb_counters_value *value = &values[index_of("bp0")];

		pthread_join(workers[i].id, NULL);
		cr_expect_eq(workers[i].rc, 0);
		qb_counters_diff(&plan, &workers[i].from, &workers[i].to, values);
		cr_assert(value->available);
		cr_expect_eq(value->value, workers[i].writes, "%g", value->value);
		cr_expect_eq(value->coverage, 1.0f);
		qb_counters_detach(&workers[i].thread);
	}
}

#if defined(__x86_64__)
Test(counters_host, say_so_when_the_fifth_breakpoint_finds_no_slot)
{
	static const char *const events[] = { "bp0", "bp1", "bp2", "bp3", "bp4" };
	struct qb_counters_thread four = { .system = &host }, fifth = { .system = &host };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_snap from, to;
	struct qb_counters_why why;

	make_plan(events, 5, 1);
	need("bp4");
	cr_assert_eq(qb_counters_attach(&plan, need("bp0"), -1, &four, &why), 0);
	cr_expect_eq(qb_counters_attach(&plan, need("bp4"), -1, &fifth, &why), -ENOSPC);
	qb_counters_snap(&fifth, &from);
	watched[4] = 1;
	qb_counters_snap(&fifth, &to);
	qb_counters_diff(&plan, &from, &to, values);
	cr_expect_not(values[index_of("bp4")].available);
	cr_expect_eq(values[index_of("bp4")].absence, QB_ABSENCE_NO_SLOTS);
	qb_counters_detach(&fifth);
	qb_counters_detach(&four);
}
#endif

static void touch_pages(size_t count)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	                    -1, 0);

	cr_assert_neq(memory, MAP_FAILED);
	madvise(memory, count * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < count; i++)
		memory[i * page] = 1;
	munmap(memory, count * page);
}

Test(counters_host, agree_with_the_kernels_own_count_of_page_faults)
{
	static const char *const events[] = { "faults" };
	struct qb_counters_thread thread = { .system = &host };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_snap from, to;
	struct qb_counters_usage usage;
	struct qb_counters_why why;

	make_plan(events, 1, 1);
	cr_assert_eq(qb_counters_attach(&plan, need("faults"), -1, &thread, &why), 0);
	touch_pages(1);
	qb_counters_snap(&thread, &from);
	touch_pages(500);
	qb_counters_snap(&thread, &to);
	qb_counters_diff(&plan, &from, &to, values);
	qb_counters_usage(&from, &to, &usage);
	cr_expect_geq(values[index_of("faults")].value, 500);
	cr_expect_float_eq(values[index_of("faults")].value, usage.minor_faults.value, 5);
	qb_counters_detach(&thread);
}

Test(counters_host, count_time_on_a_pmu_that_cannot_leave_out_the_kernel)
{
	static const char *const events[] = { "tsc" };
	struct qb_counters_thread thread = { .system = &host };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_snap from, to;
	struct qb_counters_why why;

	make_plan(events, 1, 1);
	cr_assert_eq(qb_counters_attach(&plan, need("tsc"), -1, &thread, &why), 0);
	qb_counters_snap(&thread, &from);
	touch_pages(200);
	qb_counters_snap(&thread, &to);
	qb_counters_diff(&plan, &from, &to, values);
	cr_expect(values[index_of("tsc")].available && values[index_of("tsc")].value > 0);
	cr_expect_not(plan.events[index_of("tsc")].on[0].member.user_only);
	qb_counters_detach(&thread);
}

struct sleeper {
	struct qb_counters_thread thread;
	struct qb_counters_snap own_from, own_to;
	pthread_barrier_t *edges;
};

static void *sleep_often(void *argument)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	struct sleeper *sleeper = argument;
	struct qb_counters_why why;

	sleeper->thread = (struct qb_counters_thread){ .system = &host };
	qb_counters_attach(&plan, 0, -1, &sleeper->thread, &why);
	pthread_barrier_wait(sleeper->edges);
	pthread_barrier_wait(sleeper->edges);
	qb_counters_snap(&sleeper->thread, &sleeper->own_from);
	for (int i = 0; i < 200; i++)
		nanosleep(&pause, NULL);
	qb_counters_snap(&sleeper->thread, &sleeper->own_to);
	pthread_barrier_wait(sleeper->edges);
	pthread_barrier_wait(sleeper->edges);
	return NULL;
}

Test(counters_host, see_200_sleeps_from_inside_and_from_outside)
{
	struct sleeper sleeper = { 0 };
	struct qb_counters_snap from, to;
	struct qb_counters_usage inside, outside;
	pthread_barrier_t edges;
	pthread_t id;

	make_plan(NULL, 0, 1);
	pthread_barrier_init(&edges, NULL, 2);
	sleeper.edges = &edges;
	pthread_create(&id, NULL, sleep_often, &sleeper);
	pthread_barrier_wait(&edges);
	qb_counters_snap(&sleeper.thread, &from);
	pthread_barrier_wait(&edges);
	pthread_barrier_wait(&edges);
	qb_counters_snap(&sleeper.thread, &to);
	pthread_barrier_wait(&edges);
	pthread_join(id, NULL);
	qb_counters_usage(&sleeper.own_from, &sleeper.own_to, &inside);
	qb_counters_usage(&from, &to, &outside);
	cr_assert(inside.voluntary.available && inside.involuntary.available);
	/* A sleep whose timer fires before the thread is off its CPU is none: allow for some. */
	cr_expect_geq(inside.voluntary.value, 150);
	cr_expect_geq(inside.voluntary.value + inside.involuntary.value, 190);
	cr_expect(outside.voluntary.available && outside.voluntary.value >= inside.voluntary.value);
	cr_expect_leq(outside.voluntary.value, inside.voluntary.value + 10);
	cr_expect(outside.cpu_ns.available && outside.cpu_ns.value >= inside.cpu_ns.value);
	qb_counters_detach(&sleeper.thread);
}

Test(counters_host, count_migrations_where_the_kernel_may_be_seen)
{
	struct qb_counters_thread thread = { .system = &host };
	struct qb_counters_snap from, to;
	struct qb_counters_usage usage;
	struct qb_counters_why why;
	cpu_set_t allowed, one;
	size_t cpus[2];
	int count = 0;

	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (size_t cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[count++] = cpu;
	make_plan(NULL, 0, 1);
	if (count < 2 || !plan.migrations)
		cr_skip("one CPU, or the kernel may not be seen");
	qb_counters_attach(&plan, 0, -1, &thread, &why);
	qb_counters_snap(&thread, &from);
	for (int i = 0; i < 21; i++) {
		CPU_ZERO(&one);
		CPU_SET(cpus[i % 2], &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	qb_counters_snap(&thread, &to);
	qb_counters_usage(&from, &to, &usage);
	cr_expect(usage.migrations.available);
	cr_expect_geq(usage.migrations.value, 20);
	cr_expect_leq(usage.migrations.value, 21);
	sched_setaffinity(0, sizeof(allowed), &allowed);
	qb_counters_detach(&thread);
}

static void run_for_a_while(void)
{
	for (volatile unsigned i = 0; i < 100000; i++)
		;
}

Test(counters_host, either_count_instructions_or_say_why_not)
{
	const struct qb_counters_request request = { .standard = true, .thread_count = 1 };
	struct qb_counters_value values[QB_COUNTERS_EVENTS_MAX];
	struct qb_counters_thread thread = { 0 };
	struct qb_counters_snap from, to;
	struct qb_counters_why why;
	unsigned index;

	cr_assert_eq(qb_counters_plan(NULL, &request, &plan, &why), 0);
	index = index_of("instructions");
	cr_assert_eq(qb_counters_attach(&plan, 0, -1, &thread, &why), 0);
	qb_counters_snap(&thread, &from);
	run_for_a_while();
	qb_counters_snap(&thread, &to);
	qb_counters_diff(&plan, &from, &to, values);
	qb_counters_detach(&thread);
	if (values[index].available) {
		cr_expect_geq(values[index].value, 200000);
		return;
	}
	qb_counters_explain(&plan, index, &values[index], &why);
	cr_expect(isnan(values[index].value));
	cr_expect_neq(why.code, QB_ABSENCE_NONE);
	cr_expect_gt(strlen(why.text), 20, "'%s' is no reason", why.text);
}
