/* comparison_report -- the table of formats of comparisons: a new one is one file and one row. */
#include "reports/comparison_report.h"

#include <string.h>
#include <strings.h>

const struct qb_comparison_format qb_comparison_formats[] = {
	{ "text", ".txt", "for people: a block per comparison, then the outcome",
	  qb_comparison_text_write },
	{ "json", ".json", "everything, exact: qbench-comparison/1", qb_comparison_json_write },
	{ "csv", ".csv", "one row per comparison, exact digits", qb_comparison_csv_write },
	{ "markdown", ".md", "a table for a pull request", qb_comparison_markdown_write },
	{ "junit", ".xml", "JUnit XML: a test case per comparison", qb_comparison_junit_write },
	{ "github", "", "workflow commands: annotations of a GitHub job",
	  qb_comparison_github_write },
	{ NULL, NULL, NULL, NULL },
};

const struct qb_comparison_format *qb_comparison_format_by_name(const char *name)
{
	for (const struct qb_comparison_format *format = qb_comparison_formats; format->name;
	     format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return NULL;
}

const struct qb_comparison_format *qb_comparison_format_by_path(const char *path)
{
	const size_t length = strlen(path);

	for (const struct qb_comparison_format *format = qb_comparison_formats; format->name;
	     format++) {
		const size_t ending = strlen(format->extension);

		if (ending > 0 && length > ending &&
		    strcasecmp(path + length - ending, format->extension) == 0)
			return format;
	}
	return NULL;
}
