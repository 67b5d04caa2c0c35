/* SPDX-License-Identifier: MIT
 * fuzz_stacks.c: the stacks that the tracer sends, who reads memory of others and may have been
 * taken over.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include "record/stacks.h"
#include "tests/fuzz/fuzz.h"

enum { PID = 7 };

static void send_stack(int socket, const uint8_t *data, size_t size)
{
    struct trace_result result = { .pid = PID };
    struct packet packet;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_EXPECT(fd >= 0 && fd_write_all(fd, data, size) == 0);
    packet_out(&packet, &result, sizeof result, fd);
    FUZZ_EXPECT(sendmsg(socket, &packet.message, MSG_NOSIGNAL) == sizeof result);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t sizes[] = { 1, 2, 30, 4096 };
    static struct stacks stacks;
    static int ends[2] = { -1, -1 };
    if (ends[0] < 0) {
        FUZZ_EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
        stacks.tracer.results = ends[0];
    }
    send_stack(ends[1], data, size);
    json_t *threads = stacks_claim(&stacks, PID);
    for (unsigned i = 0; threads && i < sizeof sizes / sizeof *sizes; i++) {
        char text[4096];
        FUZZ_EXPECT(strlen(stacks_frames(threads, i + 1, text, sizes[i])) < sizes[i]);
    }
    json_decref(threads);
    return fuzz_counted(threads != NULL);
}
