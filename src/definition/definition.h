/* SPDX-License-Identifier: MIT
 * definition.h: what a workload declares, flat and checked: fit for a socket and for a report.
 * The supervisor makes it from the user's `struct stress_env_spec`; the monitor checks it again
 * when it receives it. It has no pointers. Not async-signal-safe.
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
/* Largest size of shared memory, in bytes; smaller on 32-bit systems. */
#define DEFINITION_BYTES (UINT64_C(1) << (sizeof(void *) > 4 ? 46 : 30))

struct definition_action {
    char name[TEXT_NAME];
    uint32_t weight;
};

struct definition_type {
    char name[TEXT_NAME];
    uint32_t count;
    uint32_t saboteur; /* 0 or 1 */
    uint32_t delay_ms, delay_most_ms; /* between two operations, drawn; both are the same: fixed */
    uint32_t timeout_ms; /* 0: that of the run */
    uint32_t n_actions; /* at least 1; a type with a perform function has one, with its own name */
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
    char injects[DEFINITION_INJECTS]; /* system calls that may be injected later; "": none */
    struct definition_type types[DEFINITION_TYPES];
};

/* The numbers of actors that the command line gives. */
struct definition_counts {
    uint32_t only; /* of the only type that is not a saboteur; 0: not given */
    uint32_t n;
    struct definition_count {
        char name[TEXT_NAME]; /* of a type */
        uint32_t count;
    } type[DEFINITION_TYPES];
};

/* Checks and flattens what a workload declares. Returns 0, or -1 with one line in `error`. */
int definition_from_declared(const struct declared *declared, struct definition *ret,
                             struct error *error);
/* Checks names, ranges and sums of a definition that came over a socket. 0, or -1 with `error`. */
int definition_check(const struct definition *definition, struct error *error);
/* Returns the number given for this type; NULL: none is. */
const uint32_t *definition_count_of(const struct definition_counts *counts, const char *type);
/* Gives a type this number of actors. Returns 0, or -1: there is no room for another type. */
int definition_count_set(struct definition_counts *counts, const char *type, uint32_t count);
/* Gives the types of a definition these numbers; `only` becomes that of a type. Returns 0, or -1
 * with `error`: there is no such type, or `only` could be of several. */
int definition_recount(struct definition *definition, struct definition_counts *counts,
                       struct error *error);
/* Returns how many operations end the run: what the workload says, at most `most` (0: any number).
 * 0: the run does not end by operations. */
uint64_t definition_target(const struct definition *definition, uint64_t most);
/* Returns the number of actors of all types. */
uint32_t definition_actors(const struct definition *definition);
/* Returns the type of actor number `actor`, and its index in that type; NULL: out of range. */
const struct definition_type *definition_type_of(const struct definition *definition,
                                                 uint32_t actor, uint32_t *ret_index);
/* Returns the index of the action that an operation draws, as the actor's runner computes it. */
uint32_t definition_action_of(const struct definition_type *type, uint32_t index, uint64_t seed,
                              uint64_t operation);

#endif
