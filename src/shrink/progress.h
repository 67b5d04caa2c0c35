/* SPDX-License-Identifier: MIT
 * progress.h: prints the progress of a shrink. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SHRINK_PROGRESS_H
#define SHRINK_PROGRESS_H

#include "shrink/state.h"

/* Draws the moving line on a terminal, if it is due. */
void shrink_progress(struct shrink *shrink);
/* Prints the closing lines on standard output. */
void shrink_print_end(const struct shrink *shrink);

#endif
