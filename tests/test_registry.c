/* test_registry -- built-ins, plug-ins good and bad, names, refusals. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "harness/registry.h"

static struct qb_registry registry;
static struct qb_error error;

static void open_registry(void)
{
	error = (struct qb_error){ 0, "" };
	cr_assert_eq(qb_registry_open(&registry, &error), 0, "%s", error.text);
}

static void finish_registry(void) { qb_registry_finish(&registry); }

TestSuite(registry, .init = open_registry, .fini = finish_registry);

/* Fixtures are built beside the binary of the tests. */
static const char *fixture(const char *name)
{
	static char path[PATH_MAX];
	char self[PATH_MAX - 64];
	const ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);

	cr_assert_gt(size, 0);
	self[size] = 0;
	*strrchr(self, '/') = 0;
	snprintf(path, sizeof(path), "%s/fixtures/%s", self, name);
	return path;
}

static void refuse(const char *path, const char *sentence)
{
	const size_t count = registry.count;

	cr_expect_lt(qb_registry_load(&registry, path, &error), 0);
	cr_expect(strstr(error.text, sentence), "'%s' not in '%s'", sentence, error.text);
	cr_expect_eq(registry.count, count);
}

Test(registry, lists_built_ins_by_name)
{
	cr_assert_gt(registry.count, 0);
	for (size_t index = 1; index < registry.count; index++)
		cr_expect_lt(strcmp(registry.entries[index - 1].name, registry.entries[index].name),
		             0);
	cr_expect(qb_registry_find(&registry, "", "spsc"));
	cr_expect_null(qb_registry_find(&registry, "", "no-such-queue"));
}

Test(registry, loads_a_plug_in_and_shows_its_name_with_hyphens)
{
	const struct qb_entry *entry;

	cr_assert_eq(qb_registry_load(&registry, fixture("simple_ring.so"), &error), 0, "%s",
	             error.text);
	entry = &registry.entries[registry.count - 1];
	cr_expect_str_eq(entry->name, "simple-ring");
	cr_expect_eq(entry->plugin[0], '/');
	cr_expect_eq(qb_registry_find(&registry, entry->plugin, "simple-ring"), entry);
	cr_expect_null(qb_registry_find(&registry, "", "simple-ring"));
}

Test(registry, loads_a_plug_in_only_once)
{
	size_t count;

	cr_assert_eq(qb_registry_load(&registry, fixture("simple_ring.so"), &error), 0);
	count = registry.count;
	cr_assert_eq(qb_registry_load(&registry, fixture("../fixtures/simple_ring.so"), &error), 0);
	cr_expect_eq(registry.count, count);
}

Test(registry, refuses_what_is_no_plug_in_with_a_sentence)
{
	refuse(fixture("wrong_abi.so"), "was built for interface version 4242");
	refuse(fixture("no_catalog.so"), "it has no symbol 'qbench_catalog'");
	refuse(fixture("no_queue.so"), "holds no queue");
	refuse(fixture("twins.so"), "two queues of one plug-in are called 'simple-ring'");
	refuse("/nowhere/x.so", "cannot read plug-in '/nowhere/x.so': No such file");
	refuse("/", "is not a file");
	refuse("/dev/zero", "is not a file");
	refuse("/proc/self/maps", "is not a shared object");
}

Test(registry, reads_nothing_behind_the_end_of_a_shorter_queue)
{
	const struct qb_entry *entry = NULL;

	cr_assert_eq(qb_registry_load(&registry, fixture("short_queue.so"), &error), 0, "%s",
	             error.text);
	for (size_t index = 0; index < registry.count; index++) {
		if (strcmp(registry.entries[index].name, "short-queue") == 0)
			entry = &registry.entries[index];
	}
	cr_assert(entry);
	cr_expect_null(entry->queue->batch);
	cr_expect_null(entry->queue->about);
	cr_expect_str_eq(entry->queue->id, "short_queue");
}

Test(registry, proposes_the_nearest_name)
{
	cr_assert_str_eq(qb_registry_nearest(&registry, "spcs"), "spsc");
	cr_expect_null(qb_registry_nearest(&registry, "elephants"));
}

Test(registry, knows_the_size_class_of_a_message)
{
	cr_expect_eq(qb_registry_size_class(8), 0);
	cr_expect_eq(qb_registry_size_class(256), 5);
	cr_expect_eq(qb_registry_size_class(24), QB_SIZE_CLASS_ANY);
}

static struct qb_case plain_case(void)
{
	struct qb_case c;

	memset(&c, 0, sizeof(c));
	c.producer_count = c.consumer_count = 1;
	c.api = QB_API_SINGLE;
	c.message_size = 8;
	c.capacity = 64;
	c.wait = QB_WAIT_SPIN;
	return c;
}

static void refuse_case(const struct qb_case *c, const char *sentence)
{
	char reason[256];

	cr_assert_eq(qb_registry_load(&registry, fixture("simple_ring.so"), &error), 0);
	qb_registry_refusal(registry.entries[registry.count - 1].queue, c, reason, sizeof(reason));
	cr_expect_str_eq(reason, sentence);
}

Test(registry, names_why_a_queue_cannot_serve_a_case)
{
	struct qb_case c = plain_case();

	refuse_case(&c, "");
	c.producer_count = 2;
	refuse_case(&c, "'simple-ring' takes one producer, 2 were asked");
	c = plain_case();
	c.consumer_count = 3;
	refuse_case(&c, "'simple-ring' takes one consumer, 3 were asked");
	c = plain_case();
	c.api = QB_API_BATCH;
	refuse_case(&c, "'simple-ring' has no batch operations");
	c.api = QB_API_ZEROCOPY;
	refuse_case(&c, "'simple-ring' has no zero-copy operations");
	c = plain_case();
	c.message_size = 64;
	refuse_case(&c, "'simple-ring' carries 8-byte messages only");
	c = plain_case();
	c.wait = QB_WAIT_BLOCK;
	refuse_case(&c, "'simple-ring' cannot block");
	c.capacity = 0;
	refuse_case(&c, "'simple-ring' does not serve capacity 0");
}
