/* quantiles.h -- pure: quantiles of the normal and of Student's distribution. */
#ifndef QB_QUANTILES_H
#define QB_QUANTILES_H

/* x with P(X <= x) = p for a standard normal X; 0 < p < 1. */
double qb_quantiles_normal(double p);

/* The two-sided critical value: t with P(|T| > t) = alpha; degrees > 0, need not be whole. */
double qb_quantiles_student(double alpha, double degrees);

#endif
