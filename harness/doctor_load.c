/* doctor_load -- who else is at work: what moved while nothing of ours was running. */
#include "harness/doctor.h"

#define STEAL_MAX      0.001 /* of the CPUs' time */
#define PRESSURE_MAX   0.01  /* of the time */
#define BUSY_MAX       0.05  /* CPUs' worth */
#define INTERRUPTS_MAX 1000  /* a second */

static double seconds(const struct qb_doctor_facts *facts)
{
	return (double)(facts->after->monotonic_ns - facts->before->monotonic_ns) / 1e9;
}

static double share(uint64_t from, uint64_t to, double whole)
{
	return to > from && whole > 0 ? (double)(to - from) / whole : 0;
}

static enum qb_health look_at_steal(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;
	double stolen;

	if (!a->times_known || !b->times_known)
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN, "/proc/stat tells no CPU times");
	stolen = share(a->steal_ticks, b->steal_ticks, (double)(b->all_ticks - a->all_ticks));
	if (stolen <= STEAL_MAX)
		return qb_doctor_say(finding, QB_HEALTH_OK, "no CPU time stolen");
	qb_doctor_mend(finding, "on the host: pin this guest's CPUs, or take a dedicated machine");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "the hypervisor took %.2g %% of the CPUs' time for other guests",
	                     100 * stolen);
}

static enum qb_health look_at_pressure(const struct qb_doctor_facts *facts,
                                       struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;
	double waiting;

	if (!a->pressure_known || !b->pressure_known) {
		qb_doctor_mend(finding, "boot with psi=1");
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "the kernel keeps no /proc/pressure/cpu");
	}
	waiting = share(a->pressure_us, b->pressure_us, 1e6 * seconds(facts));
	if (waiting <= PRESSURE_MAX)
		return qb_doctor_say(finding, QB_HEALTH_OK, "nobody waits for a CPU");
	qb_doctor_mend(finding, "ps -eo pid,pcpu,comm --sort=-pcpu | head");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "programs wait for a CPU %.3g %% of the time", 100 * waiting);
}

static enum qb_health look_at_others(const struct qb_doctor_facts *facts,
                                     struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;
	double busy;

	if (!a->times_known || !b->times_known)
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN, "/proc/stat tells no CPU times");
	busy = share(a->busy_ticks, b->busy_ticks, (double)(b->all_ticks - a->all_ticks)) *
	       facts->machine->logical_cpus;
	if (busy <= BUSY_MAX)
		return qb_doctor_say(finding, QB_HEALTH_OK, "other programs are quiet");
	qb_doctor_mend(finding, "ps -eo pid,pcpu,comm --sort=-pcpu | head");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "other programs keep %.2g of %u usable CPUs busy", busy,
	                     facts->machine->logical_cpus);
}

static enum qb_health look_at_interrupts(const struct qb_doctor_facts *facts,
                                         struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;
	double rate;

	if (!a->interrupts_known || !b->interrupts_known)
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "/proc/interrupts tells no devices");
	rate = share(a->interrupts, b->interrupts, seconds(facts));
	if (rate <= INTERRUPTS_MAX)
		return qb_doctor_say(finding, QB_HEALTH_OK,
		                     "%.0f device interrupts a second on usable CPUs", rate);
	qb_doctor_mend(finding, "echo LIST | sudo tee /proc/irq/N/smp_affinity_list "
	                        "(CPUs that are not measured; N as in /proc/interrupts)");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "devices interrupt the usable CPUs %.0f times a second", rate);
}

static enum qb_health look_at_throttling(const struct qb_doctor_facts *facts,
                                         struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;

	if (!a->throttled_known || !b->throttled_known)
		return qb_doctor_say(finding, QB_HEALTH_OK, "no control group counts its stops");
	if (b->throttled <= a->throttled)
		return qb_doctor_say(finding, QB_HEALTH_OK, "the control group was not stopped");
	qb_doctor_mend(finding, "raise the quota: cpu.max of the control group, docker run --cpus");
	return qb_doctor_say(finding, QB_HEALTH_WARNING,
	                     "the control group was stopped in %llu periods",
	                     (unsigned long long)(b->throttled - a->throttled));
}

static enum qb_health look_at_heat(const struct qb_doctor_facts *facts, struct qb_finding *finding)
{
	const struct qb_vitals *a = facts->before, *b = facts->after;

	if (!a->thermal_known || !b->thermal_known)
		return qb_doctor_say(finding, QB_HEALTH_UNKNOWN,
		                     "no count of throttling for heat is visible%s",
		                     facts->machine->hypervisor[0] ? ": it is the host's" : "");
	if (b->thermal <= a->thermal)
		return qb_doctor_say(finding, QB_HEALTH_OK, "no core was slowed down for its heat");
	qb_doctor_mend(finding, "cool the machine, or lower its frequency: sudo cpupower "
	                        "frequency-set --max FREQUENCY");
	return qb_doctor_say(finding, QB_HEALTH_WARNING, "cores were slowed down for their heat");
}

const struct qb_doctor_check qb_doctor_load[] = {
	{ "steal", "threads stand still without knowing it: single runs are too slow, at random",
	  look_at_steal },
	{ "cpu-pressure", "measured threads will wait too, and lose their caches",
	  look_at_pressure },
	{ "foreign-load", "it takes CPUs, caches and memory bandwidth from what is measured",
	  look_at_others },
	{ "interrupts", "they stop a thread in the middle of an operation: long tails of latency",
	  look_at_interrupts },
	{ "throttling", "all threads stop until the next period: throughput is that of the quota",
	  look_at_throttling },
	{ "thermal", "frequency falls with time: later runs are slower than earlier ones",
	  look_at_heat },
	{ NULL, NULL, NULL },
};
