/* SPDX-License-Identifier: MIT
 * scratch.h: what a run makes for the processes of the workload, and removes at its end: the
 * scratch directory, and beside it the directory `witness` and the file `output`. Not
 * async-signal-safe.
 *
 * Runs in: monitor, warden.
 */
#ifndef BASE_SCRATCH_H
#define BASE_SCRATCH_H

#include <limits.h>
#include <sys/types.h>

#include "base/error.h"

struct scratch {
    int at;                 /* the directory that they lie in; -1: they are not made */
    char path[PATH_MAX];    /* of the scratch directory; all paths are absolute */
    char witness[PATH_MAX]; /* what a crash cannot take back */
    char output[PATH_MAX];  /* what operations print */
    uid_t uid;              /* the owner of all of them */
    gid_t gid;
};

/* These return 0, or -1 with one line for the user. */

/* Makes the scratch directory `path`, and what lies beside it. None of them may exist. On failure
 * nothing is left. */
int scratch_make(struct scratch *ret, const char *path, struct error *error);
/* Empties all of them, and makes anew what is not as it was made. Call it when no process of the
 * workload is left, which might have one of them open. */
int scratch_renew(const struct scratch *scratch, struct error *error);
/* Removes all of them, and goes on after a failure. Does nothing if they are not made. */
int scratch_remove(const struct scratch *scratch, struct error *error);
/* Opens the scratch directory; -1 with errno. */
int scratch_open(const struct scratch *scratch);
/* Closes the descriptor. */
void scratch_close(struct scratch *scratch);

#endif
