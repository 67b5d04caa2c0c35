/* SPDX-License-Identifier: MIT
 * state.h: the state of the injector, and what all of its files use: answering a call, now or
 * later. Not async-signal-safe.
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

/* What an event of the epoll set is about. Below INJECTOR_FDS: a descriptor of the caller. */
enum { EVENT_SOCKET = INJECTOR_FDS, EVENT_PEERS };

/* One listener: of a runner, a command, a server or a hook, and of the processes that it forks. */
struct peer {
    int listener; /* -1: the place is free */
    struct enter_hello hello;
    /* How many calls of each number the current operation made. */
    uint64_t operation;
    uint32_t ordinals[CALL_NUMBERS];
};

/* What happens later: a call that is answered, or a process that continues. */
struct pending {
    uint64_t due_ns;
    uint32_t peer;
    int listener;  /* of the peer, to recognise it if the place is reused */
    uint64_t id;   /* of the notification to answer; 0: none */
    int pidfd;     /* of the process to continue; -1: none */
    uint32_t rule;
};

struct injector {
    int epoll, socket;
    struct share *share;
    struct control control;        /* header NULL: none yet */
    struct share_points *points;
    bool added;                    /* the caller's descriptors are in the epoll set */
    struct peer *peers;
    uint32_t n_peers;
    uint64_t by_call[CALL_NUMBERS][(SHARE_ALL + 63) / 64];
    uint32_t n_pending;
    struct pending pending[INJECTOR_PENDING];
    struct seccomp_notif *notification;
    struct seccomp_notif_resp *response;
    size_t notification_size, response_size;
    struct target_paths paths;
    bool mounted;                  /* a target mounted a FUSE file system, which one may serve */
};

/* A call that waits for its answer. */
struct act {
    struct peer *peer;
    const struct seccomp_data *data;
    pid_t thread;
    bool foreign; /* of another architecture; its number is translated */
    uint64_t id;
    struct share_call call;
    bool paths_read, unread_counted, outlived_counted;
    struct {
        bool asked, known;
        uint64_t bytes;
    } need;       /* of space on a disk: see disk.h */
    uint64_t took[(SHARE_ALL + 63) / 64];    /* the rules on whose disks it has taken that */
    uint64_t matched[(SHARE_ALL + 63) / 64]; /* the rules that counted it */
};

/* Answers a call: with `value` or the negative errno `error`, or lets it go on. Returns false if
 * the target is gone, or if the call was interrupted and will come again. */
bool injector_answer(struct injector *injector, int listener, uint64_t id, int64_t value,
                     int error, bool go_on);
/* Enters a rule into the table by_call. */
void injector_index(struct injector *injector, uint32_t rule);
/* Could the injector make the call for the target? Not one of another architecture, nor one on a
 * file system that perhaps a target serves: the target would wait for us, and we for the target. */
bool injector_can_make(const struct injector *injector, const struct act *act);
/* Keeps an answer for later. Returns false if there is no room. Takes over pending->pidfd on
 * success. */
bool injector_postpone(struct injector *injector, const struct pending *pending);

#endif
