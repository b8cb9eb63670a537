/* reference_values.h -- published or independently computed values of rank statistics. */
#ifndef QB_TESTS_REFERENCE_VALUES_H
#define QB_TESTS_REFERENCE_VALUES_H

#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SAMPLE_SIZE  10

/* Ten throughputs each; more is better. */
static const double sample_a[SAMPLE_SIZE] = { 9.81,  10.12, 9.95,  10.31, 9.77,
	                                      10.05, 9.90,  10.22, 9.60,  10.01 };
static const double sample_b[SAMPLE_SIZE] = { 9.31, 9.62, 9.40, 9.71, 9.22,
	                                      9.58, 9.37, 9.66, 9.05, 9.47 };
static const double sample_c[SAMPLE_SIZE] = { 9.75, 10.20, 9.88,  10.25, 9.85,
	                                      9.99, 9.93,  10.30, 9.52,  10.08 };

/* Indices for n pairs, or n against n: Mann-Whitney, signed-rank at .05, .01, .002; sign at .05,
 * .01.  The critical values of textbooks are these less 1. */
static const struct index_row {
	size_t n, mann_whitney[3], signed_rank[3], sign[2];
} index_rows[] = {
	{ 4, { 1, 0, 0 }, { 0, 0, 0 }, { 0, 0 } },
	{ 5, { 3, 1, 0 }, { 0, 0, 0 }, { 0, 0 } },
	{ 6, { 6, 3, 0 }, { 1, 0, 0 }, { 1, 0 } },
	{ 7, { 9, 5, 2 }, { 3, 0, 0 }, { 1, 0 } },
	{ 8, { 14, 8, 5 }, { 4, 1, 0 }, { 1, 1 } },
	{ 9, { 18, 12, 8 }, { 6, 2, 0 }, { 2, 1 } },
	{ 10, { 24, 17, 11 }, { 9, 4, 1 }, { 2, 1 } },
	{ 12, { 38, 28, 21 }, { 14, 8, 3 }, { 3, 2 } },
	{ 15, { 65, 52, 41 }, { 26, 16, 9 }, { 4, 3 } },
	{ 20, { 128, 106, 89 }, { 53, 38, 27 }, { 6, 4 } },
	{ 25, { 212, 181, 156 }, { 90, 69, 52 }, { 8, 6 } },
	{ 30, { 318, 277, 245 }, { 138, 110, 87 }, { 10, 8 } },
	{ 40, { 597, 534, 483 }, { 265, 221, 186 }, { 14, 12 } },
	{ 50, { 966, 878, 806 }, { 435, 374, 324 }, { 18, 16 } },
	{ 60, { 1427, 1311, 1216 }, { 649, 568, 502 }, { 22, 20 } },
};

/* Two-sided critical values of Student's t. */
static const struct {
	double alpha, degrees, t;
} student_rows[] = { { .05, 10, 2.2281 }, { .01, 9, 3.2498 },   { .01, 2, 9.9248 },
	             { .05, 1, 12.7062 }, { .001, 30, 3.6460 }, { .01, 4.5, 4.2728 } };

/* Estimate and interval of ln a - ln b and ln a - ln c, in pairs. */
static const struct {
	double alpha, b[3], c[3];
} paired_rows[] = {
	{ .05, { .055456, .052313, .057931 }, { -.000417, -.007383, .006448 } },
	{ .01, { .055456, .050669, .058950 }, { -.000417, -.007874, .007178 } },
	{ .002, { .055456, .047895, .059958 }, { -.000417, -.008155, .008368 } },
};

/* The same as two samples. */
static const struct {
	double alpha, b[3], c[3];
} shift_rows[] = {
	{ .05, { .055239, .032857, .076484 }, { .001465, -.024571, .022762 } },
	{ .01, { .055239, .024416, .084985 }, { .001465, -.029853, .030305 } },
	{ .002, { .055239, .019378, .093257 }, { .001465, -.039609, .039140 } },
};

#endif
