/* stand -- the dump of a hung run: each thread's own word, beside the kernel's. */
#include "harness/stand.h"

#include <stdio.h>

static const char *const stage_names[QB_STAGE_COUNT] = {
	[QB_STAGE_STARTING] = "starting",        [QB_STAGE_CREATING] = "creating the queue",
	[QB_STAGE_LINING_UP] = "lining up",      [QB_STAGE_WARMING_UP] = "warming up",
	[QB_STAGE_MEASURING] = "measuring",      [QB_STAGE_DRAINING] = "draining",
	[QB_STAGE_PROVING] = "proving delivery", [QB_STAGE_FINISHED] = "ending",
};

const char *qb_stand_stage_name(enum qb_stage stage)
{
	return stage < QB_STAGE_COUNT ? stage_names[stage] : "unknown";
}

static const char *stand_name(const struct qb_progress *progress, bool produces)
{
	switch ((enum qb_stand)__atomic_load_n(&progress->stand, __ATOMIC_RELAXED)) {
	case QB_STAND_STARTING:
		return "starting";
	case QB_STAND_ATTACHING:
		return "attaching";
	case QB_STAND_READY:
		return "waiting for the start";
	case QB_STAND_RUNNING:
		return produces ? "inside push" : "inside pop";
	case QB_STAND_WAITING:
		return produces ? "finds it full" : "finds it empty";
	case QB_STAND_SLEEPING:
		return produces ? "asleep in push_wait" : "asleep in pop_wait";
	case QB_STAND_DETACHING:
		return "detaching";
	case QB_STAND_DONE:
		return "done";
	}
	return "unknown";
}

/* State letter of proc_pid_stat(5), and the kernel function a sleeper sleeps in. */
static void kernel_state(pid_t pid, int tid, char *ret_text, size_t size)
{
	char path[64], state = '?', channel[40] = "";
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, tid);
	stream = fopen(path, "re");
	if (stream) {
		if (fscanf(stream, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		fclose(stream);
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)pid, tid);
	stream = fopen(path, "re");
	if (stream) {
		if (fscanf(stream, "%39[a-zA-Z0-9_.]", channel) != 1 || strcmp(channel, "0") == 0)
			channel[0] = 0;
		fclose(stream);
	}
	snprintf(ret_text, size, " (kernel: %c%s%s)", state, channel[0] ? " in " : "", channel);
}

void qb_stand_describe(const struct qb_mapping *mapping, const struct qb_case *c, pid_t pid,
                       char *ret_text, size_t size)
{
	size_t length = 0;

	ret_text[0] = 0;
	for (unsigned w = 0; w < qb_case_worker_count(c) && length + 1 < size; w++) {
		const struct qb_progress *progress = &mapping->progress[w];
		const bool produces = w < c->producer_count;
		char kernel[80] = "";

		if (pid > 0)
			kernel_state(pid, mapping->tids[w], kernel, sizeof(kernel));
		length += (size_t)snprintf(
			ret_text + length, size - length, "\n%s %u: %s, %llu %s, %llu misses%s",
			produces ? "producer" : "consumer", produces ? w : w - c->producer_count,
			stand_name(progress, produces),
			(unsigned long long)__atomic_load_n(&progress->message_count,
		                                            __ATOMIC_RELAXED),
			produces ? "sent" : "received",
			(unsigned long long)__atomic_load_n(&progress->miss_count,
		                                            __ATOMIC_RELAXED),
			kernel);
	}
}
