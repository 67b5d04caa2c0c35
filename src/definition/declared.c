/* SPDX-License-Identifier: MIT
 * declared.c: see declared.h.
 */
#include "definition/declared.h"

#include <stddef.h>
#include <string.h>

/* None of these structs may end with padding: a member added there would not change the size, so
 * garbage in an older workload's padding would be read as its value. */
#define ENDS_WITH(type, member)                                                                  \
    _Static_assert(offsetof(struct type, member) + sizeof((struct type *)NULL)->member ==         \
                       sizeof(struct type), "padding at the end of struct " #type)
ENDS_WITH(stress_workload, env);
ENDS_WITH(stress_env_spec, injects);
ENDS_WITH(stress_actor_spec, timeout_ms);
ENDS_WITH(stress_action_spec, perform);
ENDS_WITH(stress_server_spec, stop_grace_ms);
ENDS_WITH(stress_reset, announcement);

void declared_convert(void *to, size_t to_size, const void *from, size_t from_size)
{
    size_t common = to_size < from_size ? to_size : from_size;
    memcpy(to, from, common);
    memset((char *)to + common, 0, to_size - common);
}

/* Copies at most `most` elements of an array that ends with an element without a name. The name is
 * the first member, so every version has it. The caller has filled `to` with zeros. */
static size_t copy_array(void *to, size_t to_size, const void *from, size_t from_size, size_t most)
{
    size_t n = 0;
    for (const char *at = from; at && n < most; at += from_size, n++) {
        const char *name;
        memcpy(&name, at, sizeof name);
        if (!name)
            break;
        declared_convert((char *)to + n * to_size, to_size, at, from_size);
    }
    return n;
}

int declared_copy(const struct stress_workload *workload, struct declared *ret,
                  struct error *error)
{
    struct stress_workload sizes;
    if (workload->abi_version != STRESS_ABI_VERSION)
        return error_set(error, 0,
                         "the workload was built for ABI version %u of the library, this is "
                         "version %d: compile it again", workload->abi_version,
                         STRESS_ABI_VERSION);
    memset(ret, 0, sizeof *ret);
    declared_convert(&sizes, sizeof sizes, workload, workload->workload_size);
    declared_convert(&ret->environment, sizeof ret->environment, sizes.env,
                     sizes.env_size);
    size_t n = copy_array(ret->types, sizeof *ret->types, ret->environment.actors,
                          sizes.actor_size, DECLARED_TYPES);
    for (size_t i = 0; i < n; i++) {
        if (!ret->types[i].actions)
            continue;
        copy_array(ret->actions[i], sizeof **ret->actions, ret->types[i].actions,
                   sizes.action_size, DECLARED_ACTIONS);
        ret->types[i].actions = ret->actions[i];
    }
    ret->environment.actors = ret->types;
    ret->server_size = sizes.server_size;
    ret->reset_size = sizes.reset_size;
    return 0;
}
