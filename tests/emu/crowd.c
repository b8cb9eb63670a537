/* crowd -- runs a command whose threads share their PMU with other events.
 *
 *   crowd flexible|pinned COUNT COMMAND...
 *
 * Opens COUNT counters of instructions that the command and its threads inherit, as `perf stat`
 * around it would: flexible ones take turns with its own, pinned ones never leave their counter. */
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE,
		                        .size = sizeof(attr),
		                        .config = PERF_COUNT_HW_INSTRUCTIONS,
		                        .inherit = 1,
		                        .exclude_kernel = 1,
		                        .exclude_hv = 1 };

	if (argc < 4) {
		fprintf(stderr, "usage: crowd flexible|pinned COUNT COMMAND...\n");
		return 2;
	}
	attr.pinned = strcmp(argv[1], "pinned") == 0;
	for (int left = atoi(argv[2]); left > 0; left--)
		if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) < 0) {
			perror("crowd: perf_event_open");
			return 2;
		}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 2;
}
