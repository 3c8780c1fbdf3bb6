/* Percentiles of an array of measured times. Header only; the caller owns the array. */
#ifndef BONSAI_TESTS_BENCH_SAMPLES_H
#define BONSAI_TESTS_BENCH_SAMPLES_H

#include <stdint.h>
#include <stdlib.h>

#define SAMPLES_MAX 20000

static inline int samples_order(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/*
 * Sorts `samples` and returns a percentile, for `count` > 0. Nearest rank: the p99 of 100 samples
 * is the second largest.
 */
static inline int64_t samples_percentile(int64_t *samples, int count, int percent)
{
	int rank = (count * percent + 99) / 100;

	qsort(samples, (size_t)count, sizeof(*samples), samples_order);
	return samples[rank > 0 ? rank - 1 : 0];
}

#endif
