/* SPDX-License-Identifier: MIT
 * definition.h: what a workload declares, flat and checked: fit for a socket and for a report.
 * Made in the supervisor from the user's `struct stress_env_spec`; read in the monitor, which
 * checks it again. No pointers. Not async-signal-safe.
 *
 * Runs in: monitor, supervisor, injector, runner.
 */
#ifndef DEFINITION_DEFINITION_H
#define DEFINITION_DEFINITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "definition/declared.h"
#include "stress.h"

enum {
    DEFINITION_TYPES = STRESS_TYPES_MAX,
    DEFINITION_ACTIONS = STRESS_ACTIONS_MAX,
    DEFINITION_ACTORS = STRESS_ACTORS_MAX,
    DEFINITION_SERVERS = STRESS_SERVERS_MAX,
    DEFINITION_INJECTS = 256
};
/* Of shared memory, at most; less where addresses have 32 bits. */
#define DEFINITION_BYTES (UINT64_C(1) << (sizeof(void *) > 4 ? 46 : 30))

struct definition_action {
    char name[TEXT_NAME];
    uint32_t weight;
};

struct definition_type {
    char name[TEXT_NAME];
    uint32_t count;
    uint32_t saboteur; /* 0 or 1 */
    uint32_t delay_ms;
    uint32_t n_actions; /* at least 1; an actor with a single perform has one, of its own name */
    uint64_t state_size;
    struct definition_action actions[DEFINITION_ACTIONS];
};

struct definition {
    char name[TEXT_NAME];
    uint32_t n_types;
    uint32_t reserved;
    uint64_t global_size;
    uint64_t target_operations;
    uint64_t time_limit_ns;
    char injects[DEFINITION_INJECTS]; /* system calls that may be armed; "" none */
    struct definition_type types[DEFINITION_TYPES];
};

/* Checks what a workload declares and flattens it. `error`: one clear line if it can't be. */
int definition_from_declared(const struct declared *declared, struct definition *ret,
                             struct error *error);
/* Checks one that came over a socket: names, ranges, sums. */
int definition_check(const struct definition *definition, struct error *error);
/* The operations that end a run: as the workload says, at most `most` (0: as it says); 0: none. */
uint64_t definition_target(const struct definition *definition, uint64_t most);
/* Sum of the counts. */
uint32_t definition_actors(const struct definition *definition);
/* The type of actor `actor` (in order of the types) and its index in it; NULL out of range. */
const struct definition_type *definition_type_of(const struct definition *definition,
                                                 uint32_t actor, uint32_t *ret_index);
/* The action that an operation draws: what the runner does, for those who only read. */
uint32_t definition_action_of(const struct definition_type *type, uint32_t index, uint64_t seed,
                              uint64_t operation);

#endif
