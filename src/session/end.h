/* SPDX-License-Identifier: MIT
 * end.h: ends a run: from the last death of a supervisor to the report. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_END_H
#define SESSION_END_H

#include "session/state.h"

/* Looks for leftover processes, removes the scratch directory, writes result.json and the end
 * event, and prints the report. Returns the exit status of the program. */
int session_finish(struct session *session);

#endif
