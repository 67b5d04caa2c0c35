/* SPDX-License-Identifier: MIT
 * packet.h: one packet of a socket, with room for one descriptor beside it. It points into itself:
 * it is not to be moved. async-signal-safe.
 *     struct packet packet;
 *     packet_out(&packet, &order, sizeof order, fd);
 *     sendmsg(socket, &packet.message, MSG_NOSIGNAL);
 *
 * Runs in: every process.
 */
#ifndef BASE_PACKET_H
#define BASE_PACKET_H

#include <stddef.h>
#include <sys/socket.h>

struct packet {
    struct msghdr message;
    struct iovec part;
    union {
        struct cmsghdr header;
        unsigned char bytes[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
    } control;
};

/* To be sent: these bytes, and a duplicate of `fd`. */
void packet_out(struct packet *packet, const void *bytes, size_t size, int fd);
/* To be received: at most so many bytes, a descriptor, and who sent it if the socket tells. */
void packet_in(struct packet *packet, void *bytes, size_t size);
/* The descriptor that came; -1: none did. It is the caller's. Once. */
int packet_descriptor(struct packet *packet);

#endif
