/* SPDX-License-Identifier: MIT
 * state.h: the state of one merge. merge.c owns it. Types only.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_STATE_H
#define MERGE_STATE_H

#include "cli/cli.h"
#include "merge/axis.h"
#include "merge/buckets.h"
#include "merge/fleet.h"
#include "merge/rows.h"
#include "merge/source.h"
#include "merge/sums.h"

enum merge_kind { MERGE_RUN, MERGE_CRASH, MERGE_SUITE, MERGE_KINDS };

struct merge {
    const struct options *options;
    enum merge_kind kind;
    struct source *sources;  /* in the order of source_compare(). Owned */
    size_t n;
    json_t *base;            /* the first result, from which that of the whole is made. Owned */
    json_t *shards;          /* what is said of each directory. Owned */
    json_t *parts;           /* of all shards: points or cases. Owned */
    struct fleet fleet;
    struct sums sums;
    struct rows rows[ROWS_TABLES];
    struct buckets buckets;
    struct axis axis;
    struct rundir rundir;
    char reason[512];
    enum record_verdict verdict;
};

#endif
