/* test_programs -- files are known by their content, and what has changed is told. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/programs.h"
#include "harness/sha256.h"

static void check_hash(const char *text, size_t repeated, const char *expected)
{
	char found[QB_SHA256_SIZE];
	struct qb_sha256 hash;

	qb_sha256_begin(&hash);
	for (size_t i = 0; i < repeated; i++)
		qb_sha256_add(&hash, text, strlen(text));
	qb_sha256_end(&hash, found);
	cr_expect_str_eq(found, expected);
}

/* The examples of NIST (csrc.nist.gov, SHA256.pdf), and what sha256sum(1) says. */
Test(programs, hash_of_the_published_examples)
{
	check_hash("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check_hash("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check_hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	           "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	check_hash("a", 1000000,
	           "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

Test(programs, hash_of_no_file_is_an_error)
{
	char found[QB_SHA256_SIZE];

	cr_expect_eq(qb_sha256_file("/nowhere/at/all", found), -ENOENT);
	cr_expect_str_eq(found, "");
	cr_expect_lt(qb_sha256_file("/", found), 0);
}

struct scene {
	char plugin[64];
	struct qb_case cases[2];
	struct qb_plan plan;
	struct qb_result results[2];
	struct qb_document document;
};

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file);
	fputs(text, file);
	fclose(file);
}

/* A document of one built-in and one plug-in, whose file is a text. */
static struct scene *set_up(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	int fd;

	snprintf(scene->plugin, sizeof(scene->plugin), "/tmp/qbench-plugin-XXXXXX");
	fd = mkstemp(scene->plugin);
	cr_assert_geq(fd, 0);
	close(fd);
	write_file(scene->plugin, "code");
	snprintf(scene->cases[1].plugin, sizeof(scene->cases[1].plugin), "%s", scene->plugin);
	scene->plan = (struct qb_plan){ .count = 2, .cases = scene->cases };
	for (int i = 0; i < 2; i++)
		scene->results[i].c = scene->cases[i];
	scene->document.results = scene->results;
	scene->document.result_count = 2;
	cr_assert_eq(qb_programs_note(&scene->plan, &scene->document), 0);
	return scene;
}

static void tear_down(struct scene *scene)
{
	unlink(scene->plugin);
	free(scene->document.programs);
	free(scene);
}

Test(programs, are_this_qbench_and_each_plugin)
{
	struct scene *scene = set_up();
	char why[256];

	cr_assert_eq(scene->document.program_count, 2);
	cr_expect_eq(scene->document.programs[0].path[0], '/');
	cr_expect_str_eq(scene->document.programs[1].path, scene->plugin);
	cr_expect(qb_programs_are_intact(&scene->document, why, sizeof(why)), "%s", why);
	cr_expect(qb_programs_are_this(&scene->document));
	tear_down(scene);
}

Test(programs, that_changed_or_went_are_named)
{
	struct scene *scene = set_up();
	char why[256];

	write_file(scene->plugin, "other code");
	cr_expect_not(qb_programs_are_intact(&scene->document, why, sizeof(why)));
	cr_expect(strstr(why, scene->plugin) && strstr(why, "has changed since"), "%s", why);
	unlink(scene->plugin);
	cr_expect_not(qb_programs_are_intact(&scene->document, why, sizeof(why)));
	cr_expect(strstr(why, "No such file"), "%s", why);
	tear_down(scene);
}

Test(programs, that_are_not_told_cannot_be_run_again)
{
	struct scene *scene = set_up();
	char why[256];

	scene->document.program_count = 1;
	cr_expect_not(qb_programs_are_intact(&scene->document, why, sizeof(why)));
	cr_expect(strstr(why, scene->plugin), "%s", why);
	scene->document.program_count = 0;
	cr_expect_not(qb_programs_are_intact(&scene->document, why, sizeof(why)));
	cr_expect(strstr(why, "which program"), "%s", why);
	cr_expect_not(qb_programs_are_this(&scene->document));
	tear_down(scene);
}

Test(programs, that_cannot_be_executed_cannot_be_run_again)
{
	struct scene *scene = set_up();
	char why[256];

	scene->document.programs[0] = scene->document.programs[1];
	cr_expect_not(qb_programs_are_intact(&scene->document, why, sizeof(why)));
	cr_expect(strstr(why, "cannot be run"), "%s", why);
	cr_expect_not(qb_programs_are_this(&scene->document));
	tear_down(scene);
}
