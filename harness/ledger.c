/* ledger -- CPU time of others, as what is left of the time of a run's CPUs.
 *
 * The kernel samples busy time at its ticks, which says little of a third of a second, but counts
 * idle time by the clock (proc_stat(5); CONFIG_NO_HZ).  So: time that passed, less idle and stolen
 * time, less our own CPU time, which the scheduler counts in nanoseconds. */
#include "harness/ledger.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

#include "harness/clock.h"

static void choose_cpus(const struct qb_case *c, cpu_set_t *ret_set)
{
	CPU_ZERO(ret_set);
	for (unsigned w = 0; w < qb_case_worker_count(c); w++) {
		if (c->cpus[w] == QB_CPU_NONE) {
			sched_getaffinity(0, sizeof(*ret_set), ret_set);
			return;
		}
		CPU_SET((size_t)c->cpus[w], ret_set);
	}
}

/* "cpu3 user nice system idle iowait irq softirq steal ...", proc_stat(5). */
static void add_cpu(const char *line, const cpu_set_t *set, struct qb_ledger *ledger)
{
	unsigned long long idle, waiting, stolen;
	unsigned cpu;

	if (sscanf(line, "cpu%u %*u %*u %*u %llu %llu %*u %*u %llu", &cpu, &idle, &waiting,
	           &stolen) != 4 ||
	    !CPU_ISSET((size_t)cpu, set))
		return;
	ledger->free_ticks += idle + waiting + stolen;
	ledger->cpu_count++;
}

static uint64_t own_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void qb_ledger_read(const char *root, const struct qb_case *c, struct qb_ledger *ret_ledger)
{
	struct qb_ledger ledger = { 0 };
	char path[PATH_MAX], *line = NULL;
	size_t size = 0;
	cpu_set_t set;
	FILE *stream;

	choose_cpus(c, &set);
	snprintf(path, sizeof(path), "%s/proc/stat", root);
	stream = fopen(path, "re");
	while (stream && getline(&line, &size, stream) > 0 && strncmp(line, "cpu", 3) == 0)
		add_cpu(line, &set, &ledger);
	ledger.monotonic_ns = qb_clock_monotonic_ns();
	ledger.own_ns = own_ns();
	free(line);
	if (stream)
		fclose(stream);
	ledger.known = ledger.cpu_count > 0 && ledger.cpu_count == (unsigned)CPU_COUNT(&set);
	*ret_ledger = ledger;
}

static double time_of_cpus(const struct qb_ledger *from, const struct qb_ledger *to)
{
	return (double)(to->monotonic_ns - from->monotonic_ns) * from->cpu_count;
}

double qb_ledger_foreign_ns(const struct qb_ledger *from, const struct qb_ledger *to)
{
	if (!from->known || !to->known || from->cpu_count != to->cpu_count ||
	    to->monotonic_ns <= from->monotonic_ns)
		return NAN;
	return fmax(0, time_of_cpus(from, to) -
	                       (double)(to->free_ticks - from->free_ticks) * QB_LEDGER_TICK_NS -
	                       (double)(to->own_ns - from->own_ns));
}

double qb_ledger_foreign_share(const struct qb_ledger *from, const struct qb_ledger *to)
{
	return qb_ledger_foreign_ns(from, to) / time_of_cpus(from, to);
}
