/* sleeper.h -- a thread that is asleep in a queue, for a test to wake. */
#ifndef SLEEPER_H
#define SLEEPER_H

#include "crossing.h"

/* A thread inside one blocking operation. */
struct sleeper {
	const struct qb_queue *queue;
	void *q, *handle;
	enum qb_role role;
	unsigned index;
	_Atomic int tid;
	_Atomic bool is_tired; /* about to enter the operation */
	_Atomic int outcome;   /* -1 while it sleeps, else what the operation returned */
	uint64_t message;      /* to be sent: 1 unless told otherwise; or what came */
	pthread_t thread;
};

static inline void *sleep_in_operation(void *argument)
{
	struct sleeper *sleeper = argument;
	const struct qb_queue *queue = sleeper->queue;
	struct qb_error error;

	sleeper->tid = (int)syscall(SYS_gettid);
	if (queue->handles)
		sleeper->handle =
			queue->handles->attach(sleeper->q, sleeper->role, sleeper->index, &error);
	if (sleeper->message == 0)
		sleeper->message = 1;
	while (sleeper->role == QB_PRODUCE &&
	       queue->single->push(sleeper->q, sleeper->handle, &sleeper->message, 8))
		;
	sleeper->is_tired = true;
	sleeper->outcome = sleeper->role == QB_PRODUCE
	                           ? queue->blocking->push_wait(sleeper->q, sleeper->handle,
	                                                        &sleeper->message, 8)
	                           : queue->blocking->pop_wait(sleeper->q, sleeper->handle,
	                                                       &sleeper->message, 8);
	if (queue->handles)
		queue->handles->detach(sleeper->q, sleeper->role, sleeper->handle);
	return NULL;
}

/* The third field of stat, behind the name in parentheses (proc_pid_stat(5)). */
static inline bool sleeps(int tid)
{
	char path[64], text[256] = "";
	const char *behind_name;
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	stream = fopen(path, "re");
	if (!stream || !fgets(text, sizeof(text), stream))
		text[0] = 0;
	if (stream)
		fclose(stream);
	behind_name = strrchr(text, ')');
	return behind_name && behind_name[1] == ' ' && behind_name[2] == 'S';
}

/* Sends one thread to sleep, well past its spinning, and leaves it there. */
static inline void lay_down(struct sleeper *sleeper, const struct qb_queue *queue, void *q,
                            enum qb_role role)
{
	sleeper->queue = queue;
	sleeper->q = q;
	sleeper->role = role;
	sleeper->outcome = -1;
	pthread_create(&sleeper->thread, NULL, sleep_in_operation, sleeper);
	while (!sleeper->is_tired)
		sched_yield();
	sleep_us(20000);
	while (sleeper->outcome == -1 && !sleeps(sleeper->tid))
		sched_yield();
	cr_assert_eq(sleeper->outcome, -1, "%s: did not wait", queue->id);
}

#endif
