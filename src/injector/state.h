/* SPDX-License-Identifier: MIT
 * state.h: the state of the injector, and the few things that every file of it may ask for: to answer
 * a call, now or later. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_STATE_H
#define INJECTOR_STATE_H

#include <linux/seccomp.h>

#include "inject/inject.h"
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

/* Answers; false: the target is gone, or the call was interrupted and will come again. */
bool injector_answer(struct injector *injector, int listener, uint64_t id, int64_t value,
                     int error, bool go_on);
/* Which calls a rule is about is looked up by their number. */
void injector_index(struct injector *injector, uint32_t rule);
/* Keeps what comes later. False: there is no room for it. */
bool injector_postpone(struct injector *injector, const struct pending *pending);

#endif
