/* SPDX-License-Identifier: MIT
 * server.h: servers under test: processes that the environment starts, and whose death is a finding
 * unless it was announced. server.c also has the functions of <stress.h> for them.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERVER_H
#define SUPERVISOR_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "env/env.h"
#include "supervisor/server_table.h"

/* Copies names and pids to the control memory, where runners read them. Without it does nothing. */
void server_publish(const struct stress_env *env);
/* Returns the number of the server with that pid, or -1. */
int server_of_pid(const struct server_table *table, pid_t pid);
/* Call before the server is reaped: removes its pid from the table and the shared memory, and kills
 * the rest of its process group. */
void server_forget(struct stress_env *env, uint32_t server);
/* Writes the pids of running servers to keep[0 .. DEFINITION_SERVERS). Returns how many. */
size_t server_pids(const struct server_table *table, pid_t *keep);
/* Was this the group of one of the last SERVER_GROUPS servers? */
bool server_has_group(const struct server_table *table, pid_t group);
/* Was the server killed by a fault, or was an error injected into it, since
 * server_forget_faults()? Then its end is not a finding, nor is an actor's request for a reset. */
bool server_was_faulted(const struct stress_env *env, uint32_t server);
/* Before a reset: faults in servers until now do not count in the next generation. */
void server_forget_faults(struct stress_env *env);
/* Kills all servers and reaps them. */
void server_kill_all(struct stress_env *env);

#endif
