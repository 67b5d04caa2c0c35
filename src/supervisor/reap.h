/* SPDX-License-Identifier: MIT
 * reap.h: the one place that reaps runners and servers. Their entries are cleared while the pid is
 * still taken, so that no process sends a signal to a later process with that pid. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_REAP_H
#define SUPERVISOR_REAP_H

#include "supervisor/state.h"

/* Reaps every dead child and handles its death. */
int reap_all(struct supervisor *s, struct error *error);
/* The same, and waits for the tracer to let go of servers that have ended: until the tracer has
 * seen the end of a server that it watches, the kernel does not show it to the supervisor. */
int reap_all_and_servers(struct supervisor *s, struct error *error);
/* Is this child, which lives and is to be killed, or is dead, a process that an operation or a hook
 * left behind? Not if it ended by itself, if it is a server's, or if a fault cut the generation
 * off. */
bool reap_is_stray(const struct supervisor *s, pid_t pid);
/* Settles the slot of a runner that died with an earlier supervisor. */
void reap_recover(struct supervisor *s, uint32_t actor);
/* Returns how many processes the kernel's OOM killer has killed since boot; 0: unknown. */
uint64_t reap_oom_kills(void);

#endif
