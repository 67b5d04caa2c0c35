/* SPDX-License-Identifier: MIT
 * declared.h: what a workload declares, as it was compiled. A workload may be compiled with an
 * older or a newer <stress.h> than the library: its structs then lack members at their ends, or
 * have additional ones. declared_copy() converts them to this library's structs: missing members
 * are zero, additional ones are ignored.
 *
 * Runs in: supervisor.
 */
#ifndef DEFINITION_DECLARED_H
#define DEFINITION_DECLARED_H

#include "base/base.h"
#include "stress.h"

/* One element more than is allowed, so that the check notices an array that is too long. The arrays
 * below have room for their end, too. */
enum {
    DECLARED_TYPES = STRESS_TYPES_MAX + 1,
    DECLARED_ACTIONS = STRESS_ACTIONS_MAX + 1
};

struct declared {
    struct stress_env_spec environment; /* its `actors` is `types` */
    struct stress_actor_spec types[DECLARED_TYPES + 1];
    struct stress_action_spec actions[DECLARED_TYPES][DECLARED_ACTIONS + 1]; /* of each type */
    size_t server_size, reset_size; /* of its structs stress_server_spec, stress_reset */
};

/* Copies what the workload declares. Names, functions and strings are not copied: the pointers lead
 * into the workload. Returns -1 with `error` if it was built for another ABI. */
int declared_copy(const struct stress_workload *workload, struct declared *ret,
                  struct error *error);
/* Copies a struct to one of another size: truncates it, or fills the rest of `to` with zeros. */
void declared_convert(void *to, size_t to_size, const void *from, size_t from_size);

#endif
