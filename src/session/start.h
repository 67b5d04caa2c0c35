/* SPDX-License-Identifier: MIT
 * start.h: how a supervisor and its memory come to be. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_START_H
#define SESSION_START_H

#include "session/state.h"

/* 0, or -1 with one line for the user. */
int session_open(struct session *session, struct error *error);
int session_spawn(struct session *session, struct error *error);
int session_send_global(struct session *session, struct error *error);
/* On COUNTS: makes control and actor state, the first time; then sends them. */
int session_send_memory(struct session *session, struct error *error);
/* Takes away what session_open() made in the file system. */
void session_discard(struct session *session);

#endif
