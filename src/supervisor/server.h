/* SPDX-License-Identifier: MIT
 * server.h: servers under test: processes that the environment starts, and that must not die unless
 * somebody announced it. The part of <stress.h> for them is in server.c, too.
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

/* Copies names and pids to where runners read them; does nothing before there is control memory. */
void server_publish(const struct stress_env *env);
/* The server whose process this is, or -1. */
int server_of_pid(const struct server_table *table, pid_t pid);
/* Before its process is reaped: takes its pid out of the table and the shared memory, and kills
 * what is left of its group. */
void server_forget(struct stress_env *env, uint32_t server);
/* The pids of those that run, into keep[0 .. DEFINITION_SERVERS). Returns how many. */
size_t server_pids(const struct server_table *table, pid_t *keep);
/* Did a fault kill it, or was an error put into it, since server_forget_faults()? Then it may end,
 * and an actor may ask for a reset. */
bool server_was_faulted(const struct stress_env *env, uint32_t server);
/* Before a reset: what was put into servers until now does not count in the next generation. */
void server_forget_faults(struct stress_env *env);
void server_kill_all(struct stress_env *env);

#endif
