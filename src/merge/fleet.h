/* SPDX-License-Identifier: MIT
 * fleet.h: how each share of a fleet ended, and what that makes of the whole. What is missing makes
 * it incomplete: it cannot pass. No system calls.
 *
 * Runs in: monitor.
 */
#ifndef MERGE_FLEET_H
#define MERGE_FLEET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

enum fleet_state { FLEET_MISSING, FLEET_CUT, FLEET_ERROR, FLEET_SKIPPED, FLEET_FAILED, FLEET_PASSED,
                   FLEET_STATES };

struct fleet {
    uint32_t count;        /* of shares */
    unsigned char *states; /* enum fleet_state of each. Owned */
    uint64_t whole;        /* parts of the whole; 0: not told */
    char identity[32];     /* of the whole; "": not told */
    bool skips;            /* a share may be skipped: of a suite, whose cases say so */
    uint32_t strange;      /* a share of another whole; 0: none */
    uint32_t noted;        /* directories */
    uint32_t untold;       /* a share that does not tell what it tested; 0: none */
    char unread[128];      /* the file that it could not read; "": it tells nothing */
};

/* Returns 0, or -1: no memory. */
int fleet_init(struct fleet *fleet, uint32_t count);
/* How the directory of a share ended; `complete`: its result is. */
enum fleet_state fleet_state_of(const json_t *result, bool complete);
/* Has it an outcome that counts? Then it needs no other try. */
bool fleet_is_settled(enum fleet_state state);
/* Notes a directory of the share `number`. Of several the best counts. */
void fleet_note(struct fleet *fleet, uint32_t number, const json_t *result, bool complete);
/* The verdict of the whole. `found`: there are findings or failed cases. `parts`: those that the
 * shares have together; UINT64_MAX: not counted. Writes the reason. */
enum record_verdict fleet_verdict(const struct fleet *fleet, bool found, uint64_t parts,
                                  char *reason, size_t size);
/* Shares whose outcome counts. */
uint32_t fleet_settled(const struct fleet *fleet);
void fleet_free(struct fleet *fleet);

#endif
