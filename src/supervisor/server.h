/* SPDX-License-Identifier: MIT
 * server.h: servers under test: processes that the environment starts, and that must not die unless
 * somebody announced it. The part of <stress.h> for them is in server.c, too. Supervisor process.
 */
#ifndef SUPERVISOR_SERVER_H
#define SUPERVISOR_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"
#include "env/env.h"

struct server {
    char name[TEXT_NAME];
    pid_t pid; /* of the leader of its group; 0: not running */
    int stop_signal;
    uint64_t stop_grace_ns;
};

struct server_table {
    int wire, output; /* sockets to the monitor */
    int tracer;       /* socket to who watches servers */
    pid_t reader;     /* who must be declared as the one who does; 0: nobody */
    uint32_t n;
    struct server server[DEFINITION_SERVERS];
};

/* Copies names and pids to where runners read them; does nothing before there is control memory. */
void server_publish(const struct stress_env *env);
/* The server whose process this is, or -1. */
int server_of_pid(const struct server_table *table, pid_t pid);
/* Before its process is reaped: takes its pid out of the table and the shared memory, and kills
 * what is left of its group. */
void server_forget(struct stress_env *env, uint32_t server);
/* The pids of those that run, into keep[0 .. DEFINITION_SERVERS). Returns how many. */
size_t server_pids(const struct server_table *table, pid_t *keep);
void server_kill_all(struct stress_env *env);

#endif
