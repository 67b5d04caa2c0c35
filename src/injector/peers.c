/* SPDX-License-Identifier: MIT
 * peers.c: see peers.h.
 */
#include "injector/peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "injector/state.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* since Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS _IOW(SECCOMP_IOC_MAGIC, 4, __u64)
#endif
#define SYNC_WAKE_UP UINT64_C(1)

void peer_drop(struct injector *injector, uint32_t index)
{
    struct peer *peer = &injector->peers[index];
    fd_close(&peer->listener); /* removes it from the epoll set, too */
}

static struct peer *free_peer(struct injector *injector)
{
    for (uint32_t i = 0; i < injector->n_peers; i++)
        if (injector->peers[i].listener < 0)
            return &injector->peers[i];
    struct peer *more = realloc(injector->peers, (injector->n_peers + 16) * sizeof *more);
    if (!more)
        return NULL;
    injector->peers = more;
    for (uint32_t i = 0; i < 16; i++)
        more[injector->n_peers + i] = (struct peer){ .listener = -1 };
    injector->n_peers += 16;
    return &more[injector->n_peers - 16];
}

/* Without a listener the calls of a process fail (ENOSYS), which the workload could not help. */
static void lose_peer(struct injector *injector, int code)
{
    if (injector->share)
        atomic_store(&injector->share->failure, code);
}

static void add_peer(struct injector *injector, const struct enter_hello *hello, int listener)
{
    uint64_t flags = SYNC_WAKE_UP;
    struct peer *peer = free_peer(injector);
    if (!peer) {
        lose_peer(injector, ENOMEM);
        close(listener);
        return;
    }
    *peer = (struct peer){ .listener = listener, .hello = *hello, .operation = RULE_ANY };
    peer->hello.server[TEXT_NAME - 1] = '\0';
    (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, flags); /* older kernels lack it */
    struct epoll_event event = { .events = EPOLLIN,
                                 .data.u32 = EVENT_PEERS + (uint32_t)(peer - injector->peers) };
    if (epoll_ctl(injector->epoll, EPOLL_CTL_ADD, listener, &event) < 0) {
        lose_peer(injector, errno);
        peer_drop(injector, (uint32_t)(peer - injector->peers));
    }
}

/* Once all new processes inherit the hook's filter, rules for actors and servers no longer match.
 * The user must be told. */
static void note_hook(struct injector *injector)
{
    struct share *share = injector->share;
    bool others = share && share->armable;
    for (uint32_t i = 0; share && i < share->n_rules; i++)
        others = others || share->rules[i].whose != RULE_OF_HOOK;
    if (others)
        atomic_fetch_add(&share->notes[SHARE_NOTE_HOOK], 1);
}

/* A rule is overwritten after SHARE_ARMED later ones. */
static int64_t arm(struct injector *injector, const struct rule *rule)
{
    struct share *share = injector->share;
    if (!share || !share->armable)
        return -EPERM;
    if (!rule_is_sane(rule))
        return -EINVAL;
    for (size_t i = 0; i < sizeof rule->calls.bits / sizeof *rule->calls.bits; i++)
        if (rule->calls.bits[i] & ~share->calls.bits[i])
            return -ENOENT; /* the filters do not ask about such a call */
    uint32_t number = atomic_load(&share->armed), place = SHARE_RULES + number % SHARE_ARMED;
    share->rules[place] = *rule;
    share->disks[place] = (struct share_disk){ 0 };
    atomic_store(&share->tally[place].matched, 0);
    atomic_store(&share->tally[place].fired, 0);
    atomic_store(&share->armed, number + 1);
    injector_index(injector, place);
    return number;
}

void peers_receive(struct injector *injector)
{
    struct enter_request request;
    struct packet packet;
    packet_in(&packet, &request, sizeof request);
    ssize_t n = recvmsg(injector->socket, &packet.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n == 0) /* no process is left that could hand anything over */
        epoll_ctl(injector->epoll, EPOLL_CTL_DEL, injector->socket, NULL);
    if (n <= 0)
        return;
    int fd = packet_descriptor(&packet);
    if (fd < 0)
        return;
    if (n == (ssize_t)sizeof request && request.hello.kind == ENTER_ARM) {
        int64_t answer = arm(injector, &request.rule);
        (void)!packet_send_bytes(fd, &answer, sizeof answer, MSG_DONTWAIT);
        close(fd);
    } else if (n == (ssize_t)sizeof request.hello && request.hello.kind < ENTER_ARM) {
        add_peer(injector, &request.hello, fd);
        if (request.hello.kind == ENTER_HOOK && request.hello.for_good)
            note_hook(injector);
    } else {
        close(fd);
    }
}
