/* SPDX-License-Identifier: MIT
 * atomic.h: the built-in check --atomic=FILE: after any crash or error FILE has the content that it
 * had before the operation or the one that it has after it, and after exit status 0 it has the new
 * one, unless the power was cut. Both contents are those of the recorded run. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_ATOMIC_H
#define CRASH_ATOMIC_H

#include "crash/state.h"
#include "session/session.h"

/* Takes the contents before and after each operation from the recording. Returns 0, or -1 with
 * `error`. */
int atomic_prepare(struct crash *crash, struct error *error);
void atomic_free(struct crash *crash);
/* Looks at FILE in a scratch directory after the check of a case. If it breaks the promise, and the
 * result has no finding yet, writes the title of one. `edge`: by states, the last BEGIN or END
 * before the state; NULL: none. */
void atomic_judge(const struct crash *crash, size_t which, const struct recording_step *edge,
                  const char *scratch, const struct session_result *result, char *title,
                  size_t size);

#endif
