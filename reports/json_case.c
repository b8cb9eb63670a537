/* json_case.c -- what was asked for: the parameters of one case, read back.
 *
 * Apart from its plain members a case has three that are words or lists: where its threads stood,
 * what its queue promises, where its memory was. */
#include "reports/json_case.h"

struct thread {
	char role[16];
	unsigned index;
	int cpu;
};

/* clang-format off */
static const struct qb_json_field thread_fields[] = {
	{ .key = "role", .kind = QB_JSON_TEXT, .flags = QB_JSON_REQUIRED,
	  .offset = offsetof(struct thread, role), .size = sizeof(((struct thread *)0)->role) },
	{ .key = "index", .kind = QB_JSON_COUNT, .flags = QB_JSON_REQUIRED,
	  .offset = offsetof(struct thread, index), .size = sizeof(unsigned) },
	{ .key = "cpu", .kind = QB_JSON_COUNT,
	  .offset = offsetof(struct thread, cpu), .size = sizeof(int), .limit = INT_MAX },
	{ .key = NULL },
};
/* clang-format on */

static void read_placement(struct qb_json_reader *r, const struct qb_json_place *up,
                           struct qb_case *c)
{
	const struct qb_json_place list = qb_json_place_member(up, "placement");

	for (size_t i = 0; i < QB_WORKERS_MAX; i++)
		c->cpus[i] = QB_CPU_NONE;
	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	for (size_t i = 0; i < qb_json_place_count(&list) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);
		struct thread thread = { .cpu = QB_CPU_NONE };
		bool consumer;

		qb_json_place_fields(r, &at, thread_fields, &thread);
		consumer = strcmp(thread.role, "consumer") == 0;
		if (thread.index >= (consumer ? c->consumer_count : c->producer_count) ||
		    qb_case_worker_count(c) > QB_WORKERS_MAX)
			qb_json_place_refuse(r, &at, "is a thread that the case does not have");
		else
			c->cpus[(consumer ? c->producer_count : 0) + thread.index] = thread.cpu;
	}
}

static void read_traits(struct qb_json_reader *r, const struct qb_json_place *up, struct qb_case *c)
{
	const struct qb_json_place list = qb_json_place_member(up, "traits");

	if (!qb_json_place_expect(r, &list, QB_JSON_LIST, true))
		return;
	for (size_t i = 0; i < qb_json_place_count(&list) && r->status == 0; i++) {
		const struct qb_json_place at = qb_json_place_element(&list, i);
		const struct qb_trait *trait = qb_traits;

		if (!qb_json_place_expect(r, &at, QB_JSON_STRING, false))
			return;
		while (trait->name && strcmp(trait->name, qb_json_place_text(&at)) != 0)
			trait++;
		if (!trait->name)
			qb_json_place_refuse(r, &at, "is '%.40s', which is no trait",
			                     qb_json_place_text(&at));
		c->traits |= trait->bits;
	}
}

static void read_numa(struct qb_json_reader *r, const struct qb_json_place *up, struct qb_case *c)
{
	/* The node's number is a word among words: a string of digits. */
	static const struct qb_json_field node_field = {
		.key = "numa", .kind = QB_JSON_SEED, .size = sizeof(unsigned), .limit = UINT_MAX
	};
	const struct qb_json_place at = qb_json_place_member(up, "numa");
	const char *word = qb_json_place_text(&at);

	if (!qb_json_place_expect(r, &at, QB_JSON_STRING, true) || strcmp(word, "default") == 0)
		return;
	if (strcmp(word, "local") == 0) {
		c->numa = QB_NUMA_LOCAL;
	} else if (strcmp(word, "interleave") == 0) {
		c->numa = QB_NUMA_INTERLEAVE;
	} else {
		c->numa = QB_NUMA_NODE;
		qb_json_place_field(r, &at, &node_field, &c->numa_node);
	}
}

void qb_json_case_read(struct qb_json_reader *r, const struct qb_json_place *at, struct qb_case *c)
{
	c->proof = true; /* unless it says otherwise */
	qb_json_place_fields(r, at, qb_json_case, c);
	read_placement(r, at, c);
	read_traits(r, at, c);
	read_numa(r, at, c);
}
