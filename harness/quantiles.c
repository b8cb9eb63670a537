/* quantiles -- quantiles of the normal and of Student's distribution.
 *
 * Both invert a distribution function by bisection: a few microseconds instead of the last digit's
 * doubt that a rational approximation leaves. */
#include <assert.h>
#include <math.h>

#include "harness/quantiles.h"

#define BISECTIONS 200 /* more than the bits of a double: ends when the interval stands still */

double qb_quantiles_normal(double p)
{
	double low = -40, high = 40;

	assert(p > 0 && p < 1);
	for (int i = 0; i < BISECTIONS; i++) {
		const double middle = (low + high) / 2;

		if (erfc(-middle / sqrt(2)) / 2 < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated
 * by the method of Lentz; converges fast for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), fraction;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	fraction = d;
	for (int m = 1; m < 100000; m++) {
		const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		fraction *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = fabs(c) < tiny ? tiny : c;
		step = d * c;
		fraction *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return fraction;
}

/* The regularized incomplete beta function. */
static double beta_share(double a, double b, double x)
{
	double front;

	if (x <= 0 || x >= 1)
		return x <= 0 ? 0 : 1;
	front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(a, b, x) / a;
	return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double qb_quantiles_student(double alpha, double degrees)
{
	double low = 0, high = 1;

	assert(alpha > 0 && alpha < 1 && degrees > 0);
	if (degrees > 1e7)
		return qb_quantiles_normal(1 - alpha / 2);
	while (high < 1e150 &&
	       beta_share(degrees / 2, 0.5, degrees / (degrees + high * high)) > alpha)
		high *= 2;
	for (int i = 0; i < BISECTIONS; i++) {
		const double middle = (low + high) / 2;

		if (beta_share(degrees / 2, 0.5, degrees / (degrees + middle * middle)) > alpha)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}
