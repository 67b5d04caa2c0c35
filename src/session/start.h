/* SPDX-License-Identifier: MIT
 * start.h: starts a supervisor and makes its memory. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_START_H
#define SESSION_START_H

#include "session/state.h"

/* All of these return 0, or -1 with one line for the user. */

/* Prepares the run: signals, tracer, seed. */
int session_open(struct session *session, struct error *error);
/* Makes what the user names: the run directory, the file of metrics. */
int session_open_directory(struct session *session, struct error *error);
/* Starts a warden with a supervisor, and sends CONFIG. */
int session_spawn(struct session *session, struct error *error);
/* Does what the commands of operations print go to STRESS_OUTPUT? In `crash`, and in the runs that
 * show its findings again. */
bool session_keeps_output(const struct session *session);
/* Makes the global state. */
int session_make_global(struct session *session, struct error *error);
/* Sends the global state, which begins an episode, or goes on with it. */
int session_send_global(struct session *session, struct error *error);
/* On COUNTS: makes control and actor state, the first time, and sends them. */
int session_send_memory(struct session *session, struct error *error);
/* Removes what session_open_directory() made in the file system. */
void session_discard(struct session *session);

#endif
