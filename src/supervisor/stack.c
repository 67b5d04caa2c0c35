/* SPDX-License-Identifier: MIT
 * stack.c: see stack.h.
 */
#include "supervisor/stack.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "actor/actor.h"
#include "base/base.h"
#include "supervisor/server.h"
#include "trace/trace.h"

int stack_open(struct supervisor *s, struct error *error)
{
    const struct wire_config *config = &s->env.config;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return error_set(error, errno, "cannot make the socket for stacks");
    s->stack_answers = fd_raise(ends[0]);
    s->stack_reply = fd_raise(ends[1]);
    if (s->stack_answers < 0 || s->stack_reply < 0)
        return error_set(error, errno, "cannot keep the socket for stacks open");
    /* Without Yama this fails, and no process needs to be declared. */
    if (prctl(PR_SET_PTRACER, config->tracer_pid) == 0)
        s->child.reader = s->env.servers->reader = config->tracer_pid;
    s->child.tracer = s->env.servers->tracer = s->tracer;
    if (crash_install(s->tracer, (int)config->hold_ms) < 0)
        return error_set(error, errno, "cannot install the crash handlers");
    return 0;
}

int stack_ask(const struct supervisor *s, pid_t pid)
{
    const struct trace_request request = { .kind = TRACE_HANG, .pid = pid };
    return trace_ask(s->tracer, &request, s->stack_reply);
}

pid_t stack_answer(const struct supervisor *s)
{
    int32_t pid;
    ssize_t n;
    do
        n = recv(s->stack_answers, &pid, sizeof pid, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof pid ? pid : 0;
}
