/* SPDX-License-Identifier: MIT
 * histogram.h: a log-linear histogram of durations that lives in shared memory: no pointers, zero
 * is empty, one writer. Values below 2^LINEAR_BITS are exact; above, a bucket is at most
 * 1/2^LINEAR_BITS of its value wide. Values of 2^VALUE_BITS ns (73 min) and more count in the last
 * bucket. The idea is that of HdrHistogram (G. Tene). async-signal-safe.
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

static inline uint32_t histogram_index(uint64_t value)
{
    if (value >> HISTOGRAM_VALUE_BITS)
        return HISTOGRAM_BUCKETS - 1;
    if (value < (UINT64_C(1) << HISTOGRAM_LINEAR_BITS))
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - HISTOGRAM_LINEAR_BITS;
    return (shift << HISTOGRAM_LINEAR_BITS) + (uint32_t)(value >> shift);
}

static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->bucket[histogram_index(value)]++;
}

/* Largest value that falls into a bucket. */
uint64_t histogram_bucket_top(uint32_t index);
uint64_t histogram_total(const struct histogram *histogram);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The value below which a part of 0..1 of all lies (top of its bucket); 0 if empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double part);

#endif
