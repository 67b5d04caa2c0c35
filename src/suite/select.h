/* SPDX-License-Identifier: MIT
 * select.h: the list of the cases of a suite, and which of them are done: those that the command
 * line names, and of these the ones of the shard. The others are dropped. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_SELECT_H
#define SUITE_SELECT_H

#include "suite/case.h"

/* Adds a case, which has not been run. It is valid until the next one is added. NULL: no memory. */
struct suite_case *suite_add(struct suite *suite, const struct suite_case *what);
/* Keeps the cases that --only names, by tag, section or name, and of these the ones that did not
 * pass in the directory of --rerun-failed. Returns 0, or -1 with `error`: there are none. */
int suite_select(struct suite *suite, struct error *error);
/* Drops the cases that do not belong to the suite's shard. */
void suite_share(struct suite *suite);
void suite_free(struct suite *suite);

#endif
