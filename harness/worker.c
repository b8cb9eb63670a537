/* worker -- one measuring thread.
 *
 * Everything it touches in the loop is its own, on its own lines, allocated by itself after it was
 * pinned; the loop is one indirect call into the queue's unit per run. */
#include "harness/worker.h"

#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness/clock.h"

#define BITMAP_BUDGET (UINT64_C(256) << 20) /* address space per consumer; pages come with use */

static void stand_at(struct qb_member *member, enum qb_stand stand)
{
	__atomic_store_n(&member->crew->mapping->progress[member->position].stand, stand,
	                 __ATOMIC_RELAXED);
}

/* Memory that two threads' lines never share. */
static void *own_lines(size_t size)
{
	void *memory = NULL;
	const size_t whole = (size + QB_LINE - 1) / QB_LINE * QB_LINE;

	if (posix_memalign(&memory, QB_LINE, whole) != 0)
		return NULL;
	memset(memory, 0, whole);
	return memory;
}

static void fill_producer(const struct qb_member *member, struct qb_worker *worker)
{
	const uint64_t first = qb_identity(member->index + 1, 0);

	worker->next_identity = first;
	worker->end_identity =
		member->end_count == UINT64_MAX ? UINT64_MAX : first + member->end_count;
}

static int fill_consumer(struct qb_member *member, struct qb_worker *worker)
{
	const struct qb_case *c = &member->crew->mapping->c;
	const unsigned streams = c->traits & QB_FLOOR ? c->consumer_count : c->producer_count;
	const struct qb_proof_request request = { .proof = qb_proof_kind(c),
		                                  .ordered =
		                                          (c->traits & QB_ORDER_PER_PRODUCER) != 0,
		                                  .consumer = member->index,
		                                  .stream_count = streams + 1,
		                                  .bitmap_budget = BITMAP_BUDGET };

	worker->expected = qb_identity(1, 0);
	if (member->crew->pace) {
		worker->timing = member->timing = own_lines(sizeof(*member->timing));
		if (!member->timing)
			return qb_error_set(&member->error, ENOMEM,
			                    "cannot allocate a histogram of latencies");
	}
	return qb_proof_start(&request, &worker->checker, &member->keeper, &member->error);
}

static struct qb_worker *create_worker(struct qb_member *member)
{
	struct qb_crew *crew = member->crew;
	const struct qb_case *c = &crew->mapping->c;
	struct qb_worker *worker = own_lines(sizeof(*worker));

	if (!worker)
		return qb_fail(&member->error, ENOMEM, "cannot allocate a worker");
	*worker = (struct qb_worker){ .queue = crew->queue,
		                      .descriptor = crew->descriptor,
		                      .phase = &crew->mapping->phase,
		                      .progress = &crew->mapping->progress[member->position],
		                      .buffer = own_lines(c->batch * qb_stride(c->message_size)),
		                      .batch = c->batch,
		                      .message_size = c->message_size,
		                      .role = member->role,
		                      .wait = c->wait,
		                      .pace = crew->pace };
	if (!worker->buffer) {
		free(worker);
		return qb_fail(&member->error, ENOMEM, "cannot allocate a buffer of %zu messages",
		               c->batch);
	}
	if (member->role == QB_PRODUCE)
		fill_producer(member, worker);
	else if (fill_consumer(member, worker) != 0) {
		free(worker->buffer);
		free(worker);
		return NULL;
	}
	return worker;
}

static int attach(struct qb_member *member, struct qb_worker *worker)
{
	const struct qb_handles *handles = member->crew->descriptor->handles;

	if (!handles)
		return 0;
	stand_at(member, QB_STAND_ATTACHING);
	worker->handle =
		handles->attach(worker->queue, member->role, member->index, &member->error);
	return worker->handle ? 0 : -1;
}

static void detach(struct qb_member *member, struct qb_worker *worker)
{
	const struct qb_handles *handles = member->crew->descriptor->handles;

	stand_at(member, QB_STAND_DETACHING);
	if (handles && worker->handle)
		handles->detach(worker->queue, member->role, worker->handle);
}

/* Second field of schedstat: nanoseconds runnable but waiting (proc_pid_schedstat(5)). */
static uint64_t run_delay_ns(void)
{
	unsigned long long on_cpu = 0, delay = 0;
	FILE *stream = fopen("/proc/thread-self/schedstat", "re");

	if (!stream)
		return 0;
	if (fscanf(stream, "%llu %llu", &on_cpu, &delay) != 2)
		delay = 0;
	fclose(stream);
	return delay;
}

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The loop between two readings of what the kernel knows about this thread. */
static void loop(struct qb_member *member, struct qb_worker *worker,
                 struct qb_worker_sample *sample)
{
	struct rusage before, after;
	const uint64_t delay_before = run_delay_ns(), cpu_before = cpu_ns();

	getrusage(RUSAGE_THREAD, &before);
	sample->cpu_start = sched_getcpu();
	sample->begin_ns = qb_clock_monotonic_ns();
	qb_meter_enter(member);
	stand_at(member, QB_STAND_RUNNING);
	member->crew->loops[member->role](worker);
	qb_meter_leave(member);
	sample->end_ns = qb_clock_monotonic_ns();
	sample->cpu_end = sched_getcpu();
	getrusage(RUSAGE_THREAD, &after);
	sample->cpu_ns = cpu_ns() - cpu_before;
	sample->run_delay_ns = run_delay_ns() - delay_before;
	sample->voluntary_switches = (uint64_t)(after.ru_nvcsw - before.ru_nvcsw);
	sample->involuntary_switches = (uint64_t)(after.ru_nivcsw - before.ru_nivcsw);
	sample->minor_faults = (uint64_t)(after.ru_minflt - before.ru_minflt);
	sample->major_faults = (uint64_t)(after.ru_majflt - before.ru_majflt);
}

/* Refused, or granted and not kept: both show in where the thread really runs. */
static bool pin_refused(const struct qb_worker_sample *sample)
{
	cpu_set_t set;

	if (sample->cpu_wanted == QB_CPU_NONE)
		return false;
	return sched_getaffinity(0, sizeof(set), &set) != 0 || CPU_COUNT(&set) != 1 ||
	       !CPU_ISSET((size_t)sample->cpu_wanted, &set) || sched_getcpu() != sample->cpu_wanted;
}

static void *work(void *argument)
{
	struct qb_member *member = argument;
	struct qb_crew *crew = member->crew;
	struct qb_worker_sample *sample = &crew->mapping->samples.workers[member->position];
	struct qb_worker *worker;

	sample->started_ns = qb_clock_monotonic_ns();
	worker = create_worker(member);
	sample->tid = (int)syscall(SYS_gettid);
	sample->pin_refused = pin_refused(sample);
	crew->mapping->tids[member->position] = sample->tid;
	qb_meter_attach(member);
	if (!worker || attach(member, worker) != 0)
		__atomic_store_n(&crew->abandoned, 1, __ATOMIC_RELAXED);
	sample->attached_ns = qb_clock_monotonic_ns();
	stand_at(member, QB_STAND_READY);
	/* The barrier orders `abandoned` and every attach before any loop. */
	pthread_barrier_wait(&crew->barrier);
	if (worker && !__atomic_load_n(&crew->abandoned, __ATOMIC_RELAXED))
		loop(member, worker, sample);
	if (worker) {
		detach(member, worker);
		if (member->role == QB_PRODUCE)
			member->sent_count =
				worker->next_identity - qb_identity(member->index + 1, 0);
		else if (worker->checker.proof == QB_PROOF_SEQUENCE)
			/* The stream that the loop followed last is still in its register. */
			worker->checker.streams[qb_registration_of(worker->expected)].next =
				worker->expected;
		member->checker = worker->checker;
		member->keeper.checker = &member->checker;
		free(worker->buffer);
		free(worker);
	}
	stand_at(member, QB_STAND_DONE);
	return NULL;
}

static int create_thread(struct qb_member *member, int cpu)
{
	pthread_attr_t attributes;
	cpu_set_t set;
	int error;

	pthread_attr_init(&attributes);
	if (cpu != QB_CPU_NONE) {
		CPU_ZERO(&set);
		CPU_SET((size_t)cpu, &set);
		pthread_attr_setaffinity_np(&attributes, sizeof(set), &set);
	}
	error = pthread_create(&member->thread, &attributes, work, member);
	pthread_attr_destroy(&attributes);
	return error;
}

int qb_worker_start(struct qb_member *member, struct qb_error *error)
{
	struct qb_mapping *mapping = member->crew->mapping;
	const int cpu = mapping->c.cpus[member->position];
	int failure;

	mapping->samples.workers[member->position].cpu_wanted = cpu;
	failure = create_thread(member, cpu);
	/* A refused affinity must not end the run: the thread says so itself. */
	if (failure != 0 && cpu != QB_CPU_NONE)
		failure = create_thread(member, QB_CPU_NONE);
	if (failure != 0)
		return qb_error_set(error, failure, "cannot start thread %u: %s",
		                    member->position + 1, strerror(failure));
	member->started = true;
	return 0;
}
