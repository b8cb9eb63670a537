/* advice.h -- pure: what it would take to decide what is inconclusive. */
#ifndef QB_ADVICE_H
#define QB_ADVICE_H

#include "harness/verdict.h"

enum qb_advice_kind {
	QB_ADVICE_NONE,    /* decided, or invalid */
	QB_ADVICE_MINIMUM, /* too few for any interval: `total` are the least */
	QB_ADVICE_MORE,    /* `total` decide it */
	QB_ADVICE_NOISY,   /* more than any cap allows: a threshold of `threshold_pct` would do */
	QB_ADVICE_INTERLEAVE, /* recordings differ by more than this on their own */
};

struct qb_advice {
	enum qb_advice_kind kind;
	size_t total, more;   /* pairs (or runs per side) in all, and beyond the present n */
	double smallest_pct;  /* the smallest change that the present n decides */
	double threshold_pct; /* the threshold that the cap could decide */
};

/* `cap`: pairs that may be measured; 0: no limit.  `term`: of two recordings; NULL: pairs. */
struct qb_advice qb_advice_make(const struct qb_judgement *judgement, const struct qb_rules *rules,
                                unsigned cap, const struct qb_recording_term *term);

/* What a sentence needs beside. */
struct qb_advice_words {
	const char *unit;        /* "pairs", "runs per side" */
	double seconds_per_unit; /* 0: not known */
	double cv;               /* between runs */
	bool two_modes;
};

/* The advice as one sentence; "" for none. */
void qb_advice_say(const struct qb_advice *advice, const struct qb_rules *rules,
                   const struct qb_advice_words *words, char *text, size_t size);

#endif
