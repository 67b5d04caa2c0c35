/* SPDX-License-Identifier: MIT
 * request.c: see request.h.
 */
#include "trace/request.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "inject/inject.h"

/* A call of the harness, which the injector's filter lets through. */
#define CALL(...) syscall(__VA_ARGS__, 0, 0, INJECT_COOKIE)

int trace_ask(int socket, const struct trace_request *request, int reply)
{
    struct packet packet;
    packet_out(&packet, request, sizeof *request, reply);
    long sent;
    do
        sent = CALL(SYS_sendmsg, socket, &packet.message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

void trace_ask_and_wait(int socket, const struct trace_request *request, int timeout_ms)
{
    uint64_t deadline = clock_now() + (uint64_t)timeout_ms * CLOCK_MILLISECOND, now;
    int ends[2];
    if (CALL(SYS_pipe2, ends, O_CLOEXEC, 0) < 0)
        return;
    int asked = trace_ask(socket, request, ends[1]);
    CALL(SYS_close, ends[1], 0, 0); /* now only the tracer holds it: its closing is the answer */
    while (asked == 0 && (now = clock_now()) < deadline) {
        struct pollfd end = { .fd = ends[0] };
        struct timespec left = { (time_t)((deadline - now) / CLOCK_SECOND),
                                 (long)((deadline - now) % CLOCK_SECOND) };
        if (syscall(SYS_ppoll, &end, 1, &left, NULL, 0, INJECT_COOKIE) >= 0 || errno != EINTR)
            break;
    }
    CALL(SYS_close, ends[0], 0, 0);
    inject_forget();
}
