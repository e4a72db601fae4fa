#include "report/stats.h"

#include <math.h>
#include <stdlib.h>

#define Z95 1.959963984540054 /* 97.5 % of the normal distribution lie below it */
#define Z80 0.8416212335729143

static int by_time(const void *pa, const void *pb)
{
	const struct fx_wait *a = pa, *b = pb;
	if (a->took != b->took)
		return a->took < b->took ? -1 : 1;
	return (int)a->censored - (int)b->censored;
}

void fx_waits_sort(struct fx_wait *w, size_t n)
{
	if (n)
		qsort(w, n, sizeof(*w), by_time);
}

/* Events and censored ones at the time of w[i]; returns where the next time begins. */
static size_t at_time(const struct fx_wait *w, size_t n, size_t i, size_t *events)
{
	fx_time t = w[i].took;
	*events = 0;
	for (; i < n && w[i].took == t; i++)
		*events += !w[i].censored;
	return i;
}

fx_time fx_kaplan_meier(const struct fx_wait *w, size_t n, double q)
{
	double left = 1;
	size_t events;
	for (size_t i = 0, next; i < n; i = next) {
		next = at_time(w, n, i, &events);
		left *= 1 - (double)events / (double)(n - i);
		if (events && 1 - left >= q - 1e-12)
			return w[i].took;
	}
	return FX_TIME_NONE;
}

void fx_kaplan_meier_interval(const struct fx_wait *w, size_t n, double q, fx_time *low,
                              fx_time *high)
{
	double left = 1, variance = 0;
	size_t events;
	*low = *high = FX_TIME_NONE;
	for (size_t i = 0, next; i < n && *high == FX_TIME_NONE; i = next) {
		next = at_time(w, n, i, &events);
		double d = (double)events, risk = (double)(n - i);
		if (!events)
			continue;
		left *= 1 - d / risk;
		if (events < n - i)
			variance += d / (risk * (risk - d));
		double by = exp(Z95 * sqrt(variance));
		if (*low == FX_TIME_NONE && left / by <= 1 - q + 1e-12)
			*low = w[i].took;
		if (left > 0 && left * by <= 1 - q + 1e-12)
			*high = w[i].took;
	}
}

void fx_logrank(const struct fx_wait *a, size_t na, const struct fx_wait *b, size_t nb,
                struct fx_logrank *out)
{
	double variance = 0;
	size_t i = 0, k = 0;
	*out = (struct fx_logrank){.p = 1, .ratio = -1, .low = -1, .high = -1};
	while (i < na || k < nb) {
		size_t d1 = 0, d2 = 0, i2 = i, k2 = k;
		fx_time t = k == nb || (i < na && a[i].took <= b[k].took) ? a[i].took : b[k].took;
		if (i < na && a[i].took == t)
			i2 = at_time(a, na, i, &d1);
		if (k < nb && b[k].took == t)
			k2 = at_time(b, nb, k, &d2);
		double n1 = (double)(na - i), n = n1 + (double)(nb - k), d = (double)(d1 + d2);
		double e1 = d * n1 / n;
		out->observed[0] += (double)d1;
		out->observed[1] += (double)d2;
		out->expected[0] += e1;
		out->expected[1] += d - e1;
		if (n > 1)
			variance += e1 * (1 - n1 / n) * (n - d) / (n - 1);
		i = i2;
		k = k2;
	}
	if (variance <= 0)
		return;
	double more = out->observed[0] - out->expected[0];
	out->chi2 = more * more / variance;
	out->p = erfc(sqrt(out->chi2 / 2));
	if (out->observed[0] <= 0 || out->observed[1] <= 0)
		return;
	out->ratio = out->observed[0] / out->expected[0] / (out->observed[1] / out->expected[1]);
	double se = sqrt(1 / out->expected[0] + 1 / out->expected[1]);
	out->low = exp(log(out->ratio) - Z95 * se);
	out->high = exp(log(out->ratio) + Z95 * se);
}

void fx_wilson(uint64_t x, uint64_t n, double *low, double *high)
{
	if (n == 0) {
		*low = 0;
		*high = 1;
		return;
	}
	double m = (double)n, p = (double)x / m, zz = Z95 * Z95;
	double middle = (p + zz / (2 * m)) / (1 + zz / m);
	double half = Z95 / (1 + zz / m) * sqrt(p * (1 - p) / m + zz / (4 * m * m));
	*low = x == 0 ? 0 : middle - half;
	*high = x == n ? 1 : middle + half;
}

void fx_proportions(uint64_t x1, uint64_t n1, uint64_t x2, uint64_t n2, struct fx_proportions *out)
{
	double l1, u1, l2, u2;
	*out =
	    (struct fx_proportions){.share = {-1, -1}, .low = -1, .high = 1, .p = 1, .least = -1};
	if (n1)
		out->share[0] = (double)x1 / (double)n1;
	if (n2)
		out->share[1] = (double)x2 / (double)n2;
	if (!n1 || !n2)
		return;
	double p1 = out->share[0], p2 = out->share[1];
	fx_wilson(x1, n1, &l1, &u1);
	fx_wilson(x2, n2, &l2, &u2);
	out->difference = p1 - p2;
	out->low = out->difference - sqrt((p1 - l1) * (p1 - l1) + (u2 - p2) * (u2 - p2));
	out->high = out->difference + sqrt((u1 - p1) * (u1 - p1) + (p2 - l2) * (p2 - l2));
	double pooled = (double)(x1 + x2) / (double)(n1 + n2);
	double per = 1 / (double)n1 + 1 / (double)n2, variance = pooled * (1 - pooled) * per;
	if (variance > 0) {
		out->z = out->difference / sqrt(variance);
		out->p = erfc(fabs(out->z) / sqrt(2));
		out->least = (Z95 + Z80) * sqrt(variance);
	}
}

/* Of a binomial, as shares of the one at k = mode: a term from the one before. */
static double term_up(uint64_t n, double q, uint64_t k, double term)
{
	return term * ((double)(n - k) / (double)(k + 1)) * (q / (1 - q));
}

static double term_down(uint64_t n, double q, uint64_t k, double term)
{
	return term * ((double)k / (double)(n - k + 1)) * ((1 - q) / q);
}

bool fx_quantile_ranks(uint64_t n, double q, uint64_t *low, uint64_t *high)
{
	const double least = 1e-18; /* terms below are nothing beside the one of the mode */
	uint64_t mode = (uint64_t)((double)(n + 1) * q), first;
	double term = 1, sum = 1, below = 0;
	if (mode > n)
		mode = n;
	for (uint64_t k = mode; k < n && term > least; k++)
		sum += term = term_up(n, q, k, term);
	term = 1;
	for (first = mode; first > 0 && term > least; first--)
		sum += term = term_down(n, q, first, term);
	*low = *high = n;
	for (uint64_t k = first; k <= n; k++) {
		bool was = below >= 0.025 * sum;
		below += term;
		if (!was && below >= 0.025 * sum)
			*low = k;
		if (below >= 0.975 * sum) {
			*high = k + 1;
			break;
		}
		if (k < n)
			term = term_up(n, q, k, term);
	}
	return *low >= 1 && *high <= n;
}

void fx_poisson(uint64_t x, double *low, double *high)
{
	double m = (double)x, zz = Z95 * Z95, half = Z95 * sqrt(m + zz / 4);
	*low = x ? m + zz / 2 - half : 0;
	*high = m + zz / 2 + half;
}

double fx_events_needed(double ratio, double part)
{
	double z = Z95 + Z80, l = log(ratio);
	return z * z / (part * (1 - part) * l * l);
}

double fx_least_ratio(double events, double part)
{
	double each = part * (1 - part) * events;
	return each > 0 ? exp((Z95 + Z80) / sqrt(each)) : -1;
}

uint64_t fx_sample_size(double p1, double p2)
{
	double d = p1 - p2;
	if (fabs(d) < 1e-9)
		return UINT64_MAX;
	double z = Z95 + Z80, n = z * z * (p1 * (1 - p1) + p2 * (1 - p2)) / (d * d);
	return n > 1e15 ? UINT64_MAX : (uint64_t)ceil(n);
}
