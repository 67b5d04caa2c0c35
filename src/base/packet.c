/* SPDX-License-Identifier: MIT
 * packet.c: see packet.h.
 */
#include "base/packet.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>

enum { TRIES = 10000 }; /* while there is no memory */

void packet_out(struct packet *packet, const void *bytes, size_t size, int fd)
{
    struct cmsghdr *header = &packet->control.header; /* what CMSG_FIRSTHDR() returns */
    memset(packet, 0, sizeof *packet);
    packet_in(packet, (void *)(uintptr_t)bytes, size);
    packet->message.msg_controllen = CMSG_SPACE(sizeof fd);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

ssize_t packet_send(int socket, const struct msghdr *message, int flags)
{
    ssize_t n;
    for (int tries = 0; (n = sendmsg(socket, message, MSG_NOSIGNAL | flags)) < 0;) {
        if (errno == EINTR)
            continue;
        if ((errno != ENOMEM && errno != ENOBUFS) || ++tries == TRIES)
            break;
        sched_yield();
    }
    return n;
}

ssize_t packet_send_bytes(int socket, const void *bytes, size_t size, int flags)
{
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    return packet_send(socket, &message, flags);
}

void packet_in(struct packet *packet, void *bytes, size_t size)
{
    packet->part = (struct iovec){ bytes, size };
    packet->message = (struct msghdr){ .msg_iov = &packet->part, .msg_iovlen = 1,
                                       .msg_control = &packet->control,
                                       .msg_controllen = sizeof packet->control };
}

int packet_descriptor(struct packet *packet)
{
    int fd = -1;
    struct msghdr *message = &packet->message;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}
