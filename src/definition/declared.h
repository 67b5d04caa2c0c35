/* SPDX-License-Identifier: MIT
 * declared.h: what a workload declares, as it was compiled. A workload may come with an older or a
 * newer <stress.h> than the library: its structs then lack members at their ends, or have more of
 * them. The copy made here has the structs of this library: missing members are zero.
 *
 * Runs in: supervisor.
 */
#ifndef DEFINITION_DECLARED_H
#define DEFINITION_DECLARED_H

#include "base/base.h"
#include "stress.h"

/* Room for one element more than is allowed, so that a reader sees that there are too many, and for
 * the end of the array. */
enum {
    DECLARED_TYPES = STRESS_TYPES_MAX + 1,
    DECLARED_ACTIONS = STRESS_ACTIONS_MAX + 1
};

struct declared {
    struct stress_env_spec environment; /* its `actors` is `types` */
    struct stress_actor_spec types[DECLARED_TYPES + 1];
    struct stress_action_spec actions[DECLARED_TYPES][DECLARED_ACTIONS + 1]; /* of each type */
    size_t server_size, reset_size; /* of the structs that hooks fill in and get */
};

/* Copies what the workload declares. Pointers to names, functions and strings stay the workload's.
 * -1 with `error`: it was built for another ABI. */
int declared_copy(const struct stress_workload *workload, struct declared *ret,
                  struct error *error);
/* Copies one struct of another size: the smaller of both sizes; the rest of `to` is zero. */
void declared_convert(void *to, size_t to_size, const void *from, size_t from_size);

#endif
