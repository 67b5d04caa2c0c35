/* SPDX-License-Identifier: MIT
 * histogram.h: a log-linear histogram of durations that lives in shared memory.
 *
 * It has one writer and no pointers; all zero is empty. Values below 2^LINEAR_BITS are exact;
 * above, the width of a bucket is at most 1/2^LINEAR_BITS of its values. Values of 2^VALUE_BITS ns
 * (73 min) and more count in the last bucket. After HdrHistogram (G. Tene). Async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_LINEAR_BITS = 5,
    HISTOGRAM_VALUE_BITS = 42,
    HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_LINEAR_BITS + 1) << HISTOGRAM_LINEAR_BITS
};

struct histogram {
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Returns the bucket that counts the value. */
static inline uint32_t histogram_index(uint64_t value)
{
    if (value >> HISTOGRAM_VALUE_BITS)
        return HISTOGRAM_BUCKETS - 1;
    if (value < (UINT64_C(1) << HISTOGRAM_LINEAR_BITS))
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - HISTOGRAM_LINEAR_BITS;
    return (shift << HISTOGRAM_LINEAR_BITS) + (uint32_t)(value >> shift);
}

/* Counts one value. */
static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->bucket[histogram_index(value)]++;
}

/* Returns the largest value that the bucket counts. */
uint64_t histogram_bucket_top(uint32_t index);
/* Returns how many values were counted. */
uint64_t histogram_total(const struct histogram *histogram);
/* Adds the counts of `from` to `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);
/* Returns the quantile `part` (0..1): the top of the bucket that holds it; 0 if empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

#endif
