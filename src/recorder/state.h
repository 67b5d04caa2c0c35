/* SPDX-License-Identifier: MIT
 * state.h: the state of the recorder, and what is wrong with the recording.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_STATE_H
#define RECORDER_STATE_H

#include <limits.h>
#include <signal.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "inject/inject.h"
#include "injector/injector.h"
#include "memory/memory.h"
#include "recording/recording.h"
#include "recorder/what.h"

enum { RECORDER_OUTSIDE = 256, RECORDER_WATCHED = 2 };

/* A file, directory or other object of the disk or of the witness directory. */
struct inode {
    dev_t device;
    ino_t inode;
    uint32_t number;      /* in the recording */
    mode_t mode;
    bool witness;         /* below the witness directory */
    bool output;          /* the file of the operations' output; it has no number */
    bool mapped;          /* a process has mapped it writable and shared */
    /* Of a mapped file: a descriptor of it, and hashes of its pages when last seen. Owned. */
    int fd;
    uint64_t *pages, n_pages;
    bool gone;            /* the inode is not this node any more */
    char *path;           /* where its only name was; NULL: not known. Owned */
    uint64_t path_names;  /* name steps before that */
    struct inode *next_mapped;
};

/* Where a path of a call leads: a name in a directory. */
struct place {
    int parent;             /* descriptor of the directory; -1: the path leads nowhere */
    const struct inode *dir; /* NULL: not in the disk */
    char name[NAME_MAX + 1];
    bool existed;           /* before the call */
    struct stat before;
};

/* A file that a descriptor of the target is open on. */
struct descriptor {
    int fd;              /* a copy of the descriptor; -1: there is none */
    int flags;           /* as open(2) has them, once they were asked for; -1 */
    struct inode *node;  /* NULL: not in the disk */
    struct stat status;  /* when it was looked at last */
};

/* What is known of a call at its entry. */
struct visit {
    int number;
    uint32_t call;          /* index in the recording; RECORDING_NONE: not a point */
    __u64 args[6];
    struct share_call described; /* if it is a point */
    uint64_t first;         /* steps before it */
    struct descriptor file; /* of the descriptor that the call is about */
    struct place place[2];
    uint64_t offset;        /* that the call was given by reference; flags of an open */
    int64_t result;         /* at its end */
    uint64_t pc, sp;        /* at its entry; sp 0: not known */
    uint64_t stack;         /* as struct recording_call has it */
    bool point;
    bool has_offset;
    bool unnamed;           /* it opens a file without a name: O_TMPFILE */
    bool may_wait;          /* for another process, so calls of others go on meanwhile */
};

/* A memory of the workload. */
struct watched {
    const unsigned char *now; /* mapped */
    unsigned char *seen;      /* Owned */
    size_t size;              /* 0: there is none */
};

/* A process that asked to be recorded, and those that it forks. */
struct subject_process {
    struct enter_hello hello;
    struct share_call current; /* its operation; RULE_ANY: none was seen yet */
    struct share_call seen;    /* ... at the last look */
    uint32_t ordinals[CALL_NUMBERS]; /* calls of each number in it */
    bool ended;               /* of a command: its process is dead */
    unsigned users;           /* threads that belong to it */
};

/* A traced thread. */
struct task {
    pid_t thread, process;
    int pidfd;                 /* -1: none yet. Owned */
    struct subject_process *subject; /* NULL: not known yet */
    struct code *code;         /* see stack.c; NULL: not known. Shared */
    bool stopped;              /* at its birth: its parent has not told of it yet */
    bool waits;                /* at the entry or end of a call, for the one that is under way */
    bool visiting;             /* between entry and exit of the call in `visit` */
    struct visit visit;
};

struct recorder {
    int socket;
    struct recorder_task task;
    pid_t sentinel;              /* 0: there is none */
    bool sentinel_stopped;
    siginfo_t spare;             /* how the spare child has ended; si_pid 0: it has not */
    dev_t device;                /* of the disk; 0: a process serves it, which may be traced */
    char recording[PATH_MAX], disk[PATH_MAX], witness[PATH_MAX], output[PATH_MAX];
    struct share *share;
    struct control control;      /* header NULL: none yet */
    struct recording_writer *writer;
    void *nodes;                 /* of tsearch(3) */
    uint32_t n_nodes, n_calls;
    uint64_t taken_ns;           /* what is taken into the disk was modified then; 0: nothing is */
    uint64_t n_names;            /* steps that changed a name */
    struct task **tasks;         /* n_tasks, in no order. Owned */
    size_t n_tasks, room;
    struct inode *mapped;         /* a list */
    struct task *under_way;      /* the thread in a call that changes files; NULL: none */
    size_t n_waiting;            /* tasks that wait */
    bool wants_base;             /* before the next operation */
    bool paused;                 /* hooks run */
    char fidelity[512];          /* where the steps and the disk differ; "": nowhere */
    bool compared;
    bool compares;               /* for tests: after each call, as at the end */
    struct watched watched[RECORDER_WATCHED]; /* the global state, the actor states */
    struct stacks *stacks;       /* see stack.c; NULL: none yet. Owned */
    struct target_paths paths;
    char *outside[RECORDER_OUTSIDE]; /* n_outside files outside the disk that were changed. Owned */
    size_t n_outside;
    char removed[PATH_MAX];      /* the first one that was removed; "": none */
    char left[PATH_MAX];         /* the first one that was left changed; "": none */
    char trouble[512];           /* the first thing that could not be recorded; "": none */
};

/* Keeps the first reason why the recording is not exact. */
void recorder_trouble(struct recorder *recorder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
