/* parse.h -- pure: what is written in an argument -> numbers, or where the mistake is. */
#ifndef QB_PARSE_H
#define QB_PARSE_H

#include "harness/config.h"

struct qb_parse_mistake {
	size_t offset;  /* of the first character that is wrong */
	char text[160]; /* what is wrong there: "'x' is unexpected at character 2" */
};

struct qb_parse_limits {
	uint64_t min, max;
	unsigned thousand; /* what k means: 1000 (counts) or 1024 (bytes, slots) */
};

/* All return 0 or -EINVAL with *ret_mistake filled, and leave the output untouched then. */

/* "65536", "64k", "10M", "2G"; "64Ki" is 65536 under any limits. */
int qb_parse_number(const char *text, const struct qb_parse_limits *limits, uint64_t *ret_number,
                    struct qb_parse_mistake *ret_mistake);

/* "1,2,4-8": numbers and ranges, none twice. */
int qb_parse_list(const char *text, const struct qb_parse_limits *limits,
                  struct qb_number_list *ret_list, struct qb_parse_mistake *ret_mistake);

/* "0.3", "2s", "500ms", "1min", "50us": seconds where no unit is written. */
int qb_parse_duration(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ret_ns,
                      struct qb_parse_mistake *ret_mistake);

/* "5%" or "5" -> 0.05; more than 0, at most 100 %. */
int qb_parse_percent(const char *text, double *ret_share, struct qb_parse_mistake *ret_mistake);

/* "2/8": the second of eight. */
int qb_parse_shard(const char *text, unsigned *ret_index, unsigned *ret_count,
                   struct qb_parse_mistake *ret_mistake);

#endif
