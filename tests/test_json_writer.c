/* test_json_writer -- commas, indentation, escapes. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/json_writer.h"

static char *text;
static size_t size;
static struct qb_json_writer writer;

static void begin(void) { qb_json_writer_begin(&writer, open_memstream(&text, &size)); }

static void expect(const char *expected)
{
	fclose(writer.stream);
	cr_expect_str_eq(text, expected);
	free(text);
}

TestSuite(json_writer, .init = begin);

Test(json_writer, puts_commas_between_members_and_none_behind_the_last)
{
	qb_json_writer_open_object(&writer, NULL);
	qb_json_writer_count(&writer, "a", 1);
	qb_json_writer_open_list(&writer, "b");
	qb_json_writer_flag(&writer, NULL, true);
	qb_json_writer_null(&writer, NULL);
	qb_json_writer_close(&writer);
	qb_json_writer_open_list(&writer, "c");
	qb_json_writer_close(&writer);
	qb_json_writer_close(&writer);
	expect("{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": []\n}\n");
}

Test(json_writer, escapes_what_json_cannot_hold)
{
	qb_json_writer_open_list(&writer, NULL);
	qb_json_writer_text(&writer, NULL, "a\"b\\c\n\x7f");
	qb_json_writer_text(&writer, NULL, "\xc3\xa4 \xff \xc0\xaf \xed\xa0\x80 \xf0\x9f\x98\x80");
	qb_json_writer_text(&writer, NULL, "cut \xc3");
	qb_json_writer_close(&writer);
	expect("[\n  \"a\\\"b\\\\c\\u000a\\u007f\",\n"
	       "  \"\xc3\xa4 ? ?? ??? \xf0\x9f\x98\x80\",\n  \"cut ?\"\n]\n");
}

Test(json_writer, writes_no_number_that_is_not_finite)
{
	qb_json_writer_open_list(&writer, NULL);
	qb_json_writer_number(&writer, NULL, 0.1);
	qb_json_writer_number(&writer, NULL, (double)NAN);
	qb_json_writer_number(&writer, NULL, (double)INFINITY);
	qb_json_writer_text_or_null(&writer, NULL, "");
	qb_json_writer_close(&writer);
	expect("[\n  0.1,\n  null,\n  null,\n  null\n]\n");
}
