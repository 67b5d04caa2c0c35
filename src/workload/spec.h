/* SPDX-License-Identifier: MIT
 * spec.h: what a plain command (kind 2) or a workload file (kind 3) asks for, as file.c (inih) and
 * the options give it.
 *
 * Runs in: monitor, supervisor, runner.
 */
#ifndef WORKLOAD_SPEC_H
#define WORKLOAD_SPEC_H

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

#endif
