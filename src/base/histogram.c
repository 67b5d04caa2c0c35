/* SPDX-License-Identifier: MIT
 * histogram.c: see histogram.h.
 */
#include "base/histogram.h"

uint64_t histogram_bucket_top(uint32_t index)
{
    const uint32_t linear = 1u << HISTOGRAM_LINEAR_BITS;
    if (index < 2 * linear)
        return index;
    uint32_t shift = (index >> HISTOGRAM_LINEAR_BITS) - 1;
    uint64_t mantissa = (index & (linear - 1)) + linear;
    return ((mantissa + 1) << shift) - 1;
}

uint64_t histogram_total(const struct histogram *histogram)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        total += histogram->bucket[i];
    return total;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

uint64_t histogram_quantile(const struct histogram *histogram, double part)
{
    uint64_t total = histogram_total(histogram), sum = 0;
    if (total == 0)
        return 0;
    double wanted = part * (double)total;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        sum += histogram->bucket[i];
        if (sum > 0 && (double)sum >= wanted)
            return histogram_bucket_top(i);
    }
    return histogram_bucket_top(HISTOGRAM_BUCKETS - 1);
}
