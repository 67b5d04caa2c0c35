/* SPDX-License-Identifier: MIT
 * sample.h: measured times. A bench program passes their medians to bench/bench as lines of
 * `name value`, in a file that appears completely or not at all.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SAMPLE_MAX = 4096 };

/* Zero at the start. May be in shared memory, with one writer at a time. Values that do not fit are
 * dropped. */
struct sample {
    uint32_t n;
    double values[SAMPLE_MAX];
};

static inline void sample_add(struct sample *sample, double value)
{
    if (sample->n < SAMPLE_MAX)
        sample->values[sample->n++] = value;
}

static inline int sample_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median, for which it sorts the values; 0 without values. */
static inline double sample_median(struct sample *sample)
{
    qsort(sample->values, sample->n, sizeof *sample->values, sample_compare);
    return sample->n > 0 ? sample->values[sample->n / 2] : 0;
}

/* Writes the medians of the harness, of the bare loop and of the clock (NULL: not measured), and
 * the numbers of values. Returns 0 or -1. */
static inline int sample_write(const char *path, struct sample *ours, struct sample *bare,
                               struct sample *clock)
{
    char fresh[4096];
    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return -1;
    FILE *file = fopen(fresh, "we");
    if (!file)
        return -1;
    fprintf(file, "ours %.3f\nours_n %u\n", sample_median(ours), ours->n);
    fprintf(file, "bare %.3f\nbare_n %u\n", sample_median(bare), bare->n);
    if (clock)
        fprintf(file, "clock %.3f\nclock_n %u\n", sample_median(clock), clock->n);
    return fclose(file) == 0 ? rename(fresh, path) : -1;
}

#endif
