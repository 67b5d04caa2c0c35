/* SPDX-License-Identifier: MIT
 * packet.h: one packet of a socket, with room for one descriptor beside it.
 *
 * A packet points into itself: do not copy or move it. Async-signal-safe.
 *     struct packet packet;
 *     packet_out(&packet, &order, sizeof order, fd);
 *     packet_send(socket, &packet.message, 0);
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

/* Prepares a packet to send: the bytes, and `fd`, which stays the caller's. */
void packet_out(struct packet *packet, const void *bytes, size_t size, int fd);
/* Sends a message, without SIGPIPE: what it says would be waited for, so a signal, or a moment in
 * which the kernel has no memory for it, is not the end. Returns as sendmsg(2) does. */
ssize_t packet_send(int socket, const struct msghdr *message, int flags);
/* The same for bytes alone. */
ssize_t packet_send_bytes(int socket, const void *bytes, size_t size, int flags);
/* Prepares a packet to receive: at most `size` bytes, one descriptor, and the sender's credentials
 * if the socket passes them. */
void packet_in(struct packet *packet, void *bytes, size_t size);
/* Returns the received descriptor, which is the caller's to close; -1: none came. Call it once. */
int packet_descriptor(struct packet *packet);

#endif
