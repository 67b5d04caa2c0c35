/* SPDX-License-Identifier: MIT
 * state.c: see state.h.
 */
#include "injector/state.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

bool injector_answer(struct injector *injector, int listener, uint64_t id, int64_t value,
                     int error, bool go_on)
{
    struct seccomp_notif_resp *response = injector->response;
    memset(response, 0, injector->response_size);
    response->id = id;
    response->val = value;
    response->error = error;
    response->flags = go_on ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
    while (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, response) < 0)
        if (errno != EINTR)
            return false;
    return true;
}

void injector_index(struct injector *injector, uint32_t rule)
{
    for (int i = 0; i < CALL_NUMBERS; i++) {
        uint64_t bit = UINT64_C(1) << (rule % 64), *word = &injector->by_call[i][rule / 64];
        *word = call_set_has(&injector->share->rules[rule].calls, i) ? *word | bit : *word & ~bit;
    }
}

/* Of a path that is not known. */
static bool may_wait(const struct injector *injector, const struct act *act)
{
    const struct call *call = call_of(act->data->nr);
    bool waits = false;
    for (unsigned i = 0; injector->mounted && call->arguments[i] && !waits; i++)
        waits = call->arguments[i] == 'p' ||
                (call->arguments[i] == 'f' &&
                 target_is_on_fuse(act->thread, (int)act->data->args[i]));
    return waits;
}

/* Numbers and structures of another architecture look differently. */
bool injector_can_make(const struct injector *injector, const struct act *act)
{
    return !act->foreign && !may_wait(injector, act);
}

bool injector_postpone(struct injector *injector, const struct pending *pending)
{
    if (injector->n_pending == INJECTOR_PENDING)
        return false;
    injector->pending[injector->n_pending++] = *pending;
    return true;
}
