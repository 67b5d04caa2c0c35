/* SPDX-License-Identifier: MIT
 * tasks.h: the traced threads: attaching, their stops, and which of them may make a call that
 * changes files. Not async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_TASKS_H
#define RECORDER_TASKS_H

#include "recorder/state.h"

/* Begins to trace a process that asked for it. Returns 0, or -errno. */
int64_t tasks_attach(struct recorder *recorder, const struct enter_hello *hello);
/* Handles stops and deaths until the sentinel stops, or the spare child dies. */
void tasks_serve(struct recorder *recorder);
/* Is a server alive that asked to be recorded? Children that a dead one has left do not count. */
bool tasks_have_server(const struct recorder *recorder);
/* Forgets all threads. */
void tasks_free(struct recorder *recorder);

#endif
