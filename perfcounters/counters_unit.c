/* counters_unit -- perf_event_open(2) groups.
 *
 * A group is on the PMU as a whole or not at all, so that its members tell of the same
 * instructions.  Not inherited (that would mix threads), not pinned (that fails late, by an end of
 * file, and starves others). */
#include "perfcounters/counters_unit.h"

#include <assert.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

/* What read() gives for PERF_FORMAT_GROUP | ID | TOTAL_TIME_ENABLED | TOTAL_TIME_RUNNING. */
struct group_image {
	uint64_t count, enabled_ns, running_ns;
	struct {
		uint64_t value, id;
	} members[QB_UNIT_MEMBERS_MAX];
};

static int control(const struct qb_counters_system *system, int fd, unsigned long request,
                   unsigned long argument)
{
	int rc;

	do
		rc = system->control(fd, request, argument);
	while (rc == -EINTR);
	return rc;
}

int qb_counters_unit_open_one(const struct qb_counters_system *system,
                              const struct qb_unit_member *member, struct qb_unit_place place,
                              int group_fd)
{
	struct perf_event_attr attr = {
		.type = member->code.type,
		.size = sizeof(attr),
		.config = member->code.config,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_ENABLED |
		               PERF_FORMAT_TOTAL_TIME_RUNNING,
		.disabled = group_fd < 0,
		.exclude_kernel = member->user_only,
		.exclude_hv = member->user_only,
	};
	int fd;

	attr.bp_type = member->code.bp_type;
	attr.config1 = member->code.config1;
	attr.config2 = member->code.config2;
	do
		fd = system->open(&attr, place.pid, place.cpu, group_fd, PERF_FLAG_FD_CLOEXEC);
	while (fd == -EINTR);
	return fd;
}

unsigned qb_counters_unit_open(const struct qb_counters_system *system,
                               const struct qb_unit_member *members, unsigned count,
                               struct qb_unit_place place, struct qb_counters_unit *ret_unit)
{
	struct qb_counters_unit *unit = ret_unit;
	unsigned opened = 0;

	assert(count <= QB_UNIT_MEMBERS_MAX);
	memset(unit, 0, sizeof(*unit));
	unit->count = count;
	unit->leader = -1;
	for (unsigned i = 0; i < count; i++) {
		const int group_fd = unit->leader < 0 ? -1 : unit->fd[unit->leader];
		int rc = qb_counters_unit_open_one(system, &members[i], place, group_fd);

		unit->fd[i] = rc;
		if (rc >= 0)
			rc = control(system, unit->fd[i], PERF_EVENT_IOC_ID,
			             (unsigned long)&unit->id[i]);
		if (rc < 0) {
			if (unit->fd[i] >= 0)
				system->close(unit->fd[i]);
			unit->err[i] = -rc;
			unit->fd[i] = -1;
			continue;
		}
		if (unit->leader < 0)
			unit->leader = (int)i;
		opened++;
	}
	return opened;
}

int qb_counters_unit_enable(const struct qb_counters_system *system,
                            const struct qb_counters_unit *unit)
{
	if (unit->leader < 0)
		return 0;
	return control(system, unit->fd[unit->leader], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

static ssize_t read_image(const struct qb_counters_system *system, int fd,
                          struct group_image *image)
{
	ssize_t length;

	do
		length = system->read(fd, image, sizeof(*image));
	while (length == -EINTR);
	return length;
}

void qb_counters_unit_read(const struct qb_counters_system *system,
                           const struct qb_counters_unit *unit, struct qb_unit_reading *ret_reading)
{
	struct group_image image;
	ssize_t length;

	memset(ret_reading, 0, sizeof(*ret_reading));
	if (unit->leader < 0)
		return;
	length = read_image(system, unit->fd[unit->leader], &image);
	if (length < (ssize_t)offsetof(struct group_image, members)) {
		ret_reading->err = length < 0 ? (int)-length : ENODATA;
		return;
	}
	ret_reading->enabled_ns = image.enabled_ns;
	ret_reading->running_ns = image.running_ns;
	length = (length - (ssize_t)offsetof(struct group_image, members)) /
	         (ssize_t)sizeof(image.members[0]);
	if (image.count > (uint64_t)length)
		image.count = (uint64_t)length;
	for (unsigned i = 0; i < unit->count; i++)
		for (uint64_t j = 0; j < image.count && unit->fd[i] >= 0; j++)
			if (image.members[j].id == unit->id[i]) {
				ret_reading->value[i] = image.members[j].value;
				ret_reading->seen[i] = true;
			}
}

void qb_counters_unit_close(const struct qb_counters_system *system, struct qb_counters_unit *unit)
{
	/* Members before their leader: closing it first would set them free to count alone. */
	for (unsigned i = unit->count; i-- > 0;)
		if (unit->fd[i] >= 0)
			system->close(unit->fd[i]);
	memset(unit, 0, sizeof(*unit));
	unit->leader = -1;
}
