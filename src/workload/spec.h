/* SPDX-License-Identifier: MIT
 * spec.h: the content of a workload file, or the same for a plain command, made from the options.
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

/* The exit statuses of a command besides 0. Any other is a failure. */
enum {
    COMMAND_EXIT_UNCOUNTED = 75,
    COMMAND_EXIT_RESET = 76,
    COMMAND_EXIT_SKIP = 77 /* of setup only */
};

/* An action of an actor. */
struct command_action {
    char name[TEXT_NAME];
    uint32_t weight;
};

/* A command: a line for /bin/sh -c, which the spec owns, or, for the operation of a plain command,
 * an argv, which it does not own. Both NULL: no command. */
struct command_line {
    char *shell;
    char **argv;
};

enum command_break_kind { COMMAND_BREAK_NONE, COMMAND_BREAK_KILL, COMMAND_BREAK_TERMINATE,
                          COMMAND_BREAK_STOP, COMMAND_BREAK_CONTINUE };

struct command_actor {
    char name[TEXT_NAME];
    uint32_t count, delay_ms, delay_most_ms;
    uint32_t timeout_ms; /* of an operation; 0: not given */
    bool saboteur;
    struct command_line command;
    char *program;                      /* in place of a command: a line for a shell; or NULL */
    uint32_t n_actions;                 /* 0: one, with the actor's name */
    struct command_action actions[STRESS_ACTIONS_MAX];
    enum command_break_kind break_kind; /* in place of both: break = kill NAME */
    char break_target[TEXT_NAME];       /* a server, or a type: one of its actors is drawn */
    uint32_t break_ms;                  /* after it a stopped one continues; 0: it does not */
};

/* A port of the environment: COMMAND_PORT_OWN is $STRESS_PORT, the next $STRESS_PORT_2. */
enum { COMMAND_PORT_OWN = UINT16_MAX + 1 };

struct command_server {
    char name[TEXT_NAME];
    struct command_line command;
    char *environment;                  /* lines that begin both commands: see assignments.h */
    char *ready_command, *ready_line;
    uint32_t ready_port, ready_timeout_ms;
    int stop_signal;                    /* that ends it at a reset; 0: it is killed */
    uint32_t stop_grace_ms;             /* 0: the default */
};

struct command_spec {
    char name[TEXT_NAME];               /* "": not given */
    char *directory;                    /* of the workload file; NULL: a plain command */
    bool in_scratch;
    uint64_t target_operations, time_limit_ns;
    uint32_t ports;                     /* 0: not given, which is 1 */
    struct command_line setup, reset, check, teardown, describe, watch;
    uint32_t n_actors, n_servers;
    struct command_actor actors[DEFINITION_TYPES];
    struct command_server servers[DEFINITION_SERVERS];
};

#endif
