/* SPDX-License-Identifier: MIT
 * recovery.c: see recovery.h.
 */
#include "crash/recovery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "crash/address.h"
#include "crash/points.h"
#include "crash/site.h"
#include "crash/states.h"

/* ---- cases -------------------------------------------------------------------------------- */

const struct crash_source *recovery_source(const struct crash *crash,
                                           const struct crash_case *entry)
{
    return entry->recovery ? &entry->recovery->source : &crash->recorded;
}

const struct crash_fault *recovery_fault(const struct crash *crash, const struct crash_case *entry)
{
    return &crash->faults[entry->recovery ? entry->hook_fault : entry->fault];
}

/* A state that fails already needs no second crash. */
size_t recovery_choose(const struct crash *crash, size_t *next, size_t before,
                       size_t ret[RECOVERY_BATCH])
{
    size_t n = 0;
    for (; *next < before && n < RECOVERY_BATCH; ++*next) {
        const struct crash_case *entry = &crash->cases[*next];
        if (entry->same == *next && entry->verdict == CRASH_OK)
            ret[n++] = *next;
    }
    return n;
}

unsigned *recovery_models(const struct crash *crash, size_t n)
{
    unsigned *models = calloc(n + 1, sizeof *models);
    for (size_t i = 0; models && i < n; i++)
        models[crash->cases[i].same] |= 1u << recovery_fault(crash, &crash->cases[i])->model;
    return models;
}

/* ---- recordings --------------------------------------------------------------------------- */

const char *recovery_directory(const struct crash *crash, size_t after, char *to, size_t size)
{
    snprintf(to, size, "%.4000s/reset-%06zu", crash->recording, after);
    return to;
}

/* Keeps the first reason why the recordings of resets are not the disk. */
static bool is_exact(struct crash *crash, const char *directory)
{
    char why[400] = "", outside[sizeof crash->outside] = "";
    states_fidelity(directory, why, sizeof why, outside, sizeof outside);
    if (*why && !*crash->inexact)
        snprintf(crash->inexact, sizeof crash->inexact, "in a reset: %s", why);
    if (*outside && !*crash->outside)
        memcpy(crash->outside, outside, sizeof outside);
    return !*why;
}

void recovery_failed(struct crash *crash, const char *title)
{
    if (!*crash->inexact)
        snprintf(crash->inexact, sizeof crash->inexact,
                 "a reset that was good without the recorder ended otherwise with it: %.300s",
                 title);
}

static void close_source(struct crash_recovery *recovery)
{
    durable_builder_free(recovery->source.builder);
    site_free(&recovery->source);
    recording_close(&recovery->source.steps);
    crash_points_free(recovery->points);
    free(recovery->ordinals);
    *recovery = (struct crash_recovery){ .after = recovery->after };
}

static int add(struct crash *crash, struct crash_recovery *recovery)
{
    struct crash_recovery **more =
        realloc(crash->recoveries, (crash->n_recoveries + 1) * sizeof(struct crash_recovery *));
    if (!more)
        return -1;
    crash->recoveries = more;
    more[crash->n_recoveries++] = recovery;
    return 0;
}

static bool prepare(const struct crash *crash, struct crash_recovery *recovery)
{
    const struct recording *steps = &recovery->source.steps;
    recovery->source.builder = durable_builder_new(steps, crash->pending);
    recovery->points = states_calls(steps);
    if (recovery->points)
        recovery->ordinals = address_ordinals(recovery->points->points, (uint32_t)steps->n_calls);
    return recovery->source.builder && recovery->ordinals;
}

int recovery_open(struct crash *crash, size_t after, const char *directory, struct error *error)
{
    struct error ignored;
    if (!is_exact(crash, directory)) {
        tree_remove(directory, &ignored);
        return 0;
    }
    struct crash_recovery *recovery = calloc(1, sizeof *recovery);
    if (!recovery || add(crash, recovery) < 0) {
        free(recovery);
        return error_set(error, ENOMEM, "cannot plan the states of a reset");
    }
    recovery->after = after;
    if (recording_open(directory, &recovery->source.steps, error) < 0)
        return -1;
    return prepare(crash, recovery)
               ? 0 : error_set(error, ENOMEM, "cannot plan the states of a reset");
}

static bool is_needed(const struct crash *crash, const struct crash_recovery *recovery)
{
    bool needed = false;
    for (size_t i = 0; i < crash->n_cases && !needed; i++)
        needed = crash->cases[i].recovery == recovery &&
                 crash->cases[i].verdict == CRASH_FINDING;
    return needed;
}

void recovery_discard(struct crash *crash, size_t first)
{
    char path[PATH_MAX + 64];
    struct error ignored;
    for (size_t i = first; i < crash->n_recoveries; i++) {
        struct crash_recovery *recovery = crash->recoveries[i];
        if (is_needed(crash, recovery))
            continue;
        close_source(recovery);
        tree_remove(recovery_directory(crash, recovery->after, path, sizeof path), &ignored);
    }
}

void recovery_free(struct crash *crash)
{
    for (size_t i = 0; i < crash->n_recoveries; i++) {
        close_source(crash->recoveries[i]);
        free(crash->recoveries[i]);
    }
    free(crash->recoveries);
}
