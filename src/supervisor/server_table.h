/* SPDX-License-Identifier: MIT
 * server_table.h: the table of servers under test.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_SERVER_TABLE_H
#define SUPERVISOR_SERVER_TABLE_H

#include <stdint.h>
#include <sys/types.h>

#include "definition/definition.h"

enum { SERVER_GROUPS = 64 };

struct server {
    char name[TEXT_NAME];
    pid_t pid; /* of the leader of its group; 0: not running */
    int stop_signal;
    uint64_t stop_grace_ns;
    uint64_t faults; /* put into it before this generation */
    uint64_t starts; /* of it, by this supervisor */
};

struct server_table {
    int wire, output; /* sockets to the monitor */
    int tracer;       /* socket to the tracer, which watches servers */
    pid_t reader;     /* the process that servers declare with PR_SET_PTRACER; 0: none */
    pid_t groups[SERVER_GROUPS]; /* of the last servers that were started; n lies at n % 64 */
    uint32_t n_groups;
    uint32_t n;
    struct server server[DEFINITION_SERVERS];
};

#endif
