/* SPDX-License-Identifier: MIT
 * state.h: what the files of the injector share.
 *   injector.c        the loop: waits, receives, dispatches
 *   injector_act.c    what is done to a call: faults, and who is killed
 *   injector_peers.c  the processes that handed a listener over
 */
#ifndef INJECTOR_STATE_H
#define INJECTOR_STATE_H

#include <linux/seccomp.h>

#include "inject/inject.h"
#include "injector/injector.h"
#include "injector/target.h"
#include "memory/memory.h"

enum { INJECTOR_FDS = 4, INJECTOR_PENDING = 1024 };

/* What an event of the epoll set is about: below INJECTOR_FDS a descriptor of the caller's. */
enum { EVENT_SOCKET = INJECTOR_FDS, EVENT_PEERS };

/* One listener: a runner, a command, a server or a hook, with all it forks. */
struct peer {
    int listener; /* -1: free */
    struct enter_hello hello;
    /* Calls of each number in the operation at hand; when points are recorded. */
    uint64_t operation;
    uint32_t ordinals[CALL_NUMBERS];
};

/* What comes later: an answer, or a process that goes on. */
struct pending {
    uint64_t due_ns;
    uint32_t peer;
    int listener;  /* of it, to see that it is still the same */
    uint64_t id;   /* of the notification to continue; 0: none */
    int pidfd;     /* to continue; -1: none */
    uint32_t rule;
};

struct injector {
    int epoll, socket;
    struct share *share;
    struct control control;        /* header NULL: none yet */
    struct share_points *points;
    bool added;                    /* the callers' descriptors */
    struct peer *peers;
    uint32_t n_peers;
    uint64_t by_call[CALL_NUMBERS][(SHARE_ALL + 63) / 64];
    uint32_t n_pending;
    struct pending pending[INJECTOR_PENDING];
    struct seccomp_notif *notification;
    struct seccomp_notif_resp *response;
    size_t notification_size, response_size;
    struct target_paths paths;
};

/* A call that is being decided. */
struct act {
    struct peer *peer;
    const struct seccomp_data *data;
    pid_t thread;
    uint64_t id;
    struct share_call call;
    bool paths_read;
    uint64_t matched[(SHARE_ALL + 63) / 64]; /* rules that counted it */
};

/* injector.c */
/* Answers; false: the target is gone, or the call was interrupted and will come again. */
bool injector_answer(struct injector *injector, int listener, uint64_t id, int64_t value,
                     int error, bool go_on);
void injector_index(struct injector *injector, uint32_t rule);
bool injector_postpone(struct injector *injector, const struct pending *pending);

/* injector_act.c: does what the rule says to the call, and answers it. */
enum acted {
    ACTED,     /* the fault is in */
    ACTED_NOT, /* it could not be had: the call took place */
    ACTED_GONE /* no call took place */
};
enum acted injector_act(struct injector *injector, const struct act *act, uint32_t rule);

/* injector_peers.c */
/* Takes in one packet from the socket. */
void peers_receive(struct injector *injector);
void peer_drop(struct injector *injector, uint32_t peer);
/* Who is calling, in what operation. False: the harness itself, between operations. */
bool peer_describe(const struct injector *injector, struct peer *peer, struct share_call *ret);

#endif
