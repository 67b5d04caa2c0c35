/* SPDX-License-Identifier: MIT
 * env.h: the supervisor's side of the environment: what `struct stress_env` is.
 * It belongs to the supervisor; runners inherit it by fork and only read it.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ENV_ENV_H
#define ENV_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "definition/definition.h"
#include "env/lock.h"
#include "memory/memory.h"
#include "wire/wire.h"
#include "stress.h"

struct server_table; /* supervisor/server.h */
struct inject_plan;  /* inject/enter.h */

struct stress_env {
    struct declared declared;
    struct definition definition; /* the counts are as declared until setup changes them */
    struct wire_config config;
    struct wire_judge judge;      /* given: this episode judges a state */
    void *global;
    int global_fd;
    unsigned char *states;        /* memfd of actor states; NULL: none, or setup has not returned */
    int states_fd, states_fd_readonly;
    struct control control;       /* its header is NULL before setup has returned */
    struct server_table *servers;
    struct inject_plan *inject;   /* NULL: nothing is injected in this run */
    bool in_setup;
    bool by_command;              /* hooks are commands: this process runs no code of the user */
    int ports[STRESS_PORTS_MAX];  /* that stress_env_port() chose; 0: not yet asked for */
    char failure[WIRE_TEXT];      /* text of stress_env_fail() and the like in the current hook */
    bool harness_failed;          /* it is about the harness or the machine, not the workload */
    int exit_status;              /* of the command that failed in the hook; 0: none */
    uint64_t mark;                /* where that command's output begins (wire_mark); 0: none */
    int failed_server;            /* number + 1 of the server that did not start; 0: none */
    const char *watch;            /* a command to run every second; NULL: none */
    int argc;
    char **argv;
    bool *argument_used;          /* argc of them */
    bool arguments_read;          /* the workload reads argv by itself */
};

/* Returns the user's declaration of the actor's type. */
const struct stress_actor_spec *environment_type(const struct stress_env *env, uint32_t actor);
/* Returns an argument that the workload did not read, or NULL. */
const char *environment_unknown_argument(const struct stress_env *env);

#endif
