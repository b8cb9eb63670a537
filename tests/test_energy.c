/* test_energy -- joules that move, wrap, stand still, or are not ours to read. */
#include <criterion/criterion.h>

#include <math.h>

#include "perfcounters/energy.h"
#include "tests/fake_perf.h"

TestSuite(energy, .init = fake_setup, .fini = fake_teardown);

static struct qb_energy energy;
static struct qb_energy_reading from, to;
static struct qb_counters_why why;

/* Two packages, as /sys shows them. */
static void power_pmu(const char *event)
{
	char path[128];

	fake_file("/sys/bus/event_source/devices/power/type", "21\n");
	fake_file("/sys/bus/event_source/devices/power/cpumask", "0,16\n");
	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/power/events/%s", event);
	fake_file(path, "event=0x02\n");
	strcat(path, ".unit");
	fake_file(path, "Joules\n");
	strcpy(strrchr(path, '.'), ".scale");
	fake_file(path, "2.3283064365386962890625e-10\n");
}

/* 2^32 units a step: one joule. */
static uint64_t rate_joule(const struct perf_event_attr *attr)
{
	(void)attr;
	return 1ull << 32;
}

static uint64_t rate_dead(const struct perf_event_attr *attr)
{
	(void)attr;
	return 0;
}

/* Two readings that are one second apart. */
static struct qb_counters_value measure(enum qb_energy_domain domain)
{
	qb_energy_read(&energy, &from);
	qb_energy_read(&energy, &to);
	to.monotonic_ns = from.monotonic_ns + 1000000000;
	return qb_energy_diff(&energy, &from, &to, domain, &why);
}

Test(energy, sums_the_packages_in_joules)
{
	struct qb_counters_value value;

	power_pmu("energy-pkg");
	fake.rate = rate_joule;
	cr_assert_eq(qb_energy_open(&fake_system, &energy, &why), 0);
	cr_assert_eq(energy.source_count, 2);
	value = measure(QB_ENERGY_PACKAGE);
	cr_assert(value.available);
	cr_expect_float_eq(value.value, 2, 1e-9);
	value = measure(QB_ENERGY_MEMORY);
	cr_expect_not(value.available);
	cr_expect_str_eq(why.text, "energy: no counter for memory");
	qb_energy_close(&energy);
	cr_expect_eq(fake.open_count, 0);
}

static int refuse_exclusion(const struct perf_event_attr *attr)
{
	return attr->exclude_kernel || attr->exclude_hv || attr->exclude_user ? EINVAL : 0;
}

Test(energy, sets_no_exclude_bit_that_the_pmu_would_refuse)
{
	power_pmu("energy-pkg");
	fake.refuse = refuse_exclusion;
	cr_expect_eq(qb_energy_open(&fake_system, &energy, &why), 0);
	qb_energy_close(&energy);
}

Test(energy, calls_a_counter_dead_that_stands_still)
{
	struct qb_counters_value value;

	fake_file("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n\n");
	power_pmu("energy-psys");
	fake.rate = rate_dead;
	cr_assert_eq(qb_energy_open(&fake_system, &energy, &why), 0);
	value = measure(QB_ENERGY_PLATFORM);
	cr_expect_not(value.available);
	cr_expect(isnan(value.value));
	cr_expect_eq(value.absence, QB_ABSENCE_DEAD);
	cr_expect_str_eq(why.text, "energy: power/energy-psys present but stands still (0 J in 1.0 "
	                           "s): virtual machine");
	qb_energy_close(&energy);
}

Test(energy, gives_no_value_to_a_short_region)
{
	power_pmu("energy-pkg");
	fake.rate = rate_joule;
	cr_assert_eq(qb_energy_open(&fake_system, &energy, &why), 0);
	measure(QB_ENERGY_PACKAGE);
	to.monotonic_ns = from.monotonic_ns + 20000000;
	cr_expect_not(qb_energy_diff(&energy, &from, &to, QB_ENERGY_PACKAGE, &why).available);
	cr_expect_str_eq(why.text, "energy: the region of 20 ms is too short, 100 ms are needed");
	qb_energy_close(&energy);
}

static void powercap(const char *count)
{
	fake_file("/sys/class/powercap/intel-rapl:0/name", "package-0\n");
	fake_file("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n");
	fake_file("/sys/class/powercap/intel-rapl:0/energy_uj", count);
	fake_file("/sys/class/powercap/intel-rapl-mmio:0/name", "package-0\n");
	fake_file("/sys/class/powercap/intel-rapl-mmio:0/energy_uj", count);
	fake_file("/sys/class/powercap/intel-rapl:0:0/name", "core\n");
	fake_file("/sys/class/powercap/intel-rapl:0:0/energy_uj", count);
}

Test(energy, falls_back_to_powercap_and_survives_its_wrap)
{
	struct qb_counters_value value;

	powercap("262141328850\n");
	cr_assert_eq(qb_energy_open(&fake_system, &energy, &why), 0);
	cr_assert_eq(energy.source_count, 2);
	qb_energy_read(&energy, &from);
	powercap("3000000\n");
	qb_energy_read(&energy, &to);
	to.monotonic_ns = from.monotonic_ns + 1000000000;
	value = qb_energy_diff(&energy, &from, &to, QB_ENERGY_PACKAGE, &why);
	cr_assert(value.available);
	cr_expect_float_eq(value.value, 5, 1e-9);
	qb_energy_close(&energy);
}

static int refuse_eacces(const struct perf_event_attr *attr)
{
	(void)attr;
	return EACCES;
}

Test(energy, says_what_it_needs_when_denied)
{
	power_pmu("energy-pkg");
	fake.refuse = refuse_eacces;
	cr_expect_eq(qb_energy_open(&fake_system, &energy, &why), -EACCES);
	cr_expect_eq(why.code, QB_ABSENCE_DENIED);
	cr_expect_str_eq(why.text, "energy: needs CAP_PERFMON or kernel.perf_event_paranoid <= 0 "
	                           "(now 2); powercap's files are for root only");
}

Test(energy, says_when_the_machine_counts_none)
{
	cr_expect_eq(qb_energy_open(&fake_system, &energy, &why), -ENOENT);
	cr_expect_str_eq(why.text,
	                 "energy: this machine shows no counter (no power PMU, no powercap)");
}

Test(energy, of_this_machine_moves_or_is_absent)
{
	const struct timespec pause = { .tv_nsec = 120000000 };
	struct qb_counters_value value;

	if (qb_energy_open(NULL, &energy, &why) == 0) {
		qb_energy_read(&energy, &from);
		nanosleep(&pause, NULL);
		qb_energy_read(&energy, &to);
		for (int domain = 0; domain < QB_ENERGY_COUNT; domain++) {
			value = qb_energy_diff(&energy, &from, &to, (enum qb_energy_domain)domain,
			                       &why);
			cr_expect(value.available ? value.value > 0 : why.text[0] != '\0');
		}
	} else {
		cr_expect_gt(strlen(why.text), 20);
	}
	qb_energy_close(&energy);
}
