/* SPDX-License-Identifier: MIT
 * progress.h: how far a shrink has come, for the user. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_PROGRESS_H
#define SHRINK_PROGRESS_H

#include "shrink/state.h"

/* The moving line on a terminal, if it is due. */
void shrink_progress(struct shrink *shrink);
/* The closing lines, on standard output. */
void shrink_print_end(const struct shrink *shrink);

#endif
