/* SPDX-License-Identifier: MIT
 * axis.c: see axis.h.
 */
#include "merge/axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "merge/sums.h"

#define LARGEST 9.2e18 /* count, or latency in ns */

static const char *const sums[AXIS_SUMS] = { "counted", "uncounted", "failed", "indeterminate",
                                             "resets", "faults", "reset_s" };
enum { REAL = AXIS_SUMS - 1 /* the sum that is not a count */ };

void axis_init(struct axis *axis)
{
    *axis = (struct axis){ .width_s = 0.05 };
}

/* ---- adding ------------------------------------------------------------------------------- */

static void fold_into(struct axis_slot *to, const struct axis_slot *from)
{
    for (int i = 0; i < AXIS_SUMS; i++)
        to->sums[i] += from->sums[i];
    to->p50 += from->p50;
    to->weight += from->weight;
    to->p99 = fmax(to->p99, from->p99);
    to->p999 = fmax(to->p999, from->p999);
}

/* Makes the slots twice as wide. */
static void widen(struct axis *axis)
{
    for (size_t i = 0; i < AXIS_SLOTS; i++) {
        struct axis_slot slot = { .weight = 0 };
        if (2 * i + 1 < AXIS_SLOTS) {
            slot = axis->slots[2 * i];
            fold_into(&slot, &axis->slots[2 * i + 1]);
        }
        axis->slots[i] = slot;
    }
    axis->width_s *= 2;
}

/* Spreads what happened from one sample to the next over the slots that lie between. */
static void spread(struct axis *axis, double from, double to, const struct axis_slot *what)
{
    while (to >= axis->width_s * AXIS_SLOTS)
        widen(axis);
    for (size_t i = (size_t)(from / axis->width_s); i < AXIS_SLOTS; i++) {
        double begin = fmax(from, (double)i * axis->width_s);
        double end = fmin(to, (double)(i + 1) * axis->width_s), part = (end - begin) / (to - from);
        if (begin >= to)
            break;
        struct axis_slot share = *what;
        for (int k = 0; k < AXIS_SUMS; k++)
            share.sums[k] *= part;
        share.p50 *= part;
        share.weight *= part;
        fold_into(&axis->slots[i], &share);
    }
}

/* The last sample of a directory. */
struct before {
    double t, sums[AXIS_SUMS];
};

static double quantile(const json_t *event, const char *key)
{
    return sums_real(event, key, LARGEST);
}

static void take(struct axis *axis, const json_t *event, struct before *before)
{
    double t = member_get_real(event, "t");
    struct axis_slot slot = { .p99 = quantile(event, "p99"), .p999 = quantile(event, "p999") };
    struct before now = { .t = t };
    bool fits = t > before->t && t < SUMS_LONGEST_S;
    for (int i = 0; i < AXIS_SUMS; i++) {
        now.sums[i] = sums_real(event, sums[i], i == REAL ? SUMS_LONGEST_S : LARGEST);
        slot.sums[i] = now.sums[i] - before->sums[i];
        fits = fits && slot.sums[i] >= 0;
    }
    if (!fits) /* else there is no time between them, or they are not from one run */
        return;
    if (quantile(event, "p50") > 0) {
        slot.weight = slot.sums[0];
        slot.p50 = quantile(event, "p50") * slot.weight;
    }
    spread(axis, before->t, t, &slot);
    *before = now;
}

void axis_add(struct axis *axis, int at)
{
    FILE *file = file_open(at, "events.jsonl");
    char *line = NULL;
    size_t size = 0;
    struct before before = { .t = 0 };
    for (ssize_t length; file && (length = getline(&line, &size, file)) >= 0;) {
        if (!strstr(line, "\"event\":\"sample\"")) /* most lines are others */
            continue;
        json_t *event = json_loadb(line, (size_t)length, 0, NULL);
        take(axis, event, &before);
        json_decref(event);
    }
    free(line);
    if (file)
        fclose(file);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void set_sum(json_t **fields, int which, double sum)
{
    if (which == REAL)
        member_set(fields, sums[which], json_real(sum));
    else
        member_count(fields, sums[which], sum < 9e18 ? (uint64_t)llround(sum) : INT64_MAX);
}

static size_t end_of(const struct axis *axis)
{
    size_t n = AXIS_SLOTS;
    while (n > 0 && axis->slots[n - 1].p999 <= 0) {
        bool empty = true;
        for (int i = 0; i < AXIS_SUMS; i++)
            empty = empty && axis->slots[n - 1].sums[i] <= 0;
        if (!empty)
            break;
        n--;
    }
    return n;
}

void axis_write(const struct axis *axis, struct rundir *rundir)
{
    double total[AXIS_SUMS] = { 0 };
    for (size_t i = 0, n = end_of(axis); i < n; i++) {
        const struct axis_slot *slot = &axis->slots[i];
        json_t *fields = json_object();
        for (int k = 0; k < AXIS_SUMS; k++)
            set_sum(&fields, k, total[k] += slot->sums[k]);
        if (slot->weight > 0) {
            member_count(&fields, "p50", (uint64_t)(slot->p50 / slot->weight));
            member_count(&fields, "p99", (uint64_t)slot->p99);
            member_count(&fields, "p999", (uint64_t)slot->p999);
        }
        rundir_event_at(rundir, (uint64_t)((double)(i + 1) * axis->width_s * 1e9), "sample",
                        fields);
    }
}
