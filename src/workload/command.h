/* SPDX-License-Identifier: MIT
 * command.h: workloads without a program of their own: plain commands (kind 2) and workload files
 * (kind 3), written against <stress.h> like anybody's workload.
 *
 * file.c and the options give a `struct command_spec`; command_workload() makes a
 * stress_workload of it, whose actors run commands and whose hooks do, too.
 */
#ifndef WORKLOAD_COMMAND_H
#define WORKLOAD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/definition.h"
#include "stress.h"

/* What the exit status of a command says, besides 0: a failure but for these. */
enum {
    COMMAND_EXIT_UNCOUNTED = 75,
    COMMAND_EXIT_RESET = 76,
    COMMAND_EXIT_SKIP = 77 /* setup only */
};

/* A command: argv form (kind 2's operation; the caller's) or a line for /bin/sh -c (owned). Both
 * NULL: none. */
struct command_line {
    char *shell;
    char **argv;
};

enum command_break_kind { COMMAND_BREAK_NONE, COMMAND_BREAK_KILL, COMMAND_BREAK_STOP,
                          COMMAND_BREAK_CONTINUE };

struct command_actor {
    char name[TEXT_NAME];
    uint32_t count, delay_ms;
    bool saboteur;
    struct command_line command;
    enum command_break_kind break_kind; /* instead of a command: break = kill NAME */
    char break_target[TEXT_NAME];       /* a server, or an actor type (a random one of it) */
};

struct command_server {
    char name[TEXT_NAME];
    struct command_line command;
    char *ready_command, *ready_line;
    uint32_t ready_port, ready_timeout_ms;
};

struct command_spec {
    char name[TEXT_NAME];               /* "": the file gives none */
    char *directory;                    /* where the workload file lies; NULL: kind 2 */
    bool in_scratch;
    uint64_t target_operations, time_limit_ns;
    struct command_line setup, reset, check, teardown;
    uint32_t n_actors, n_servers;
    struct command_actor actors[DEFINITION_TYPES];
    struct command_server servers[DEFINITION_SERVERS];
};

/* A workload file. Errors name file, line, and what is allowed. */
int command_parse_file(const char *path, struct command_spec *ret, struct error *error);
/* The workload of a spec. One per process: both stay valid until the process ends. */
const struct stress_workload *command_workload(const struct command_spec *spec);
void command_free(struct command_spec *spec);

#endif
