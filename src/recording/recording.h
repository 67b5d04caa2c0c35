/* SPDX-License-Identifier: MIT
 * recording.h: what a run did to its disk: the calls that it made, and the steps that they took, in
 * their order. A recording is a directory with three files: `steps` and `calls`, arrays of the
 * structs below, and `data`, the bytes that were written and the names. The recorder appends to
 * them, so its memory does not grow with the run; readers map them.
 *
 * The files are made by this program on this machine and read again there (`crash --state`). A
 * reader checks every index and every offset when it opens a recording, and not afterwards.
 *
 * A node is a file, directory, symbolic link or other object, whatever its names: steps are about
 * nodes, not about paths. Nodes are numbered from 0 in the order of their first step. Node 0 is the
 * root of the disk, node 1 that of the witness directory. Not async-signal-safe.
 *
 * Runs in: recorder, monitor.
 */
#ifndef RECORDING_RECORDING_H
#define RECORDING_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "inject/inject.h"

#define RECORDING_NONE UINT32_MAX
enum { RECORDING_DISK, RECORDING_WITNESS, RECORDING_ROOTS };

/* What a step does. The fields of struct recording_step that it uses are in brackets. */
enum recording_kind {
    RECORDING_NODE,     /* a node comes into being, without a name [node mode name: the target of a
                         * symbolic link] */
    RECORDING_LINK,     /* a name in a directory is made, or replaced [dir name node] */
    RECORDING_UNLINK,   /* a name is removed [dir name node] */
    RECORDING_RENAME,   /* a name is moved; what had the new name loses it [dir name dir2 name2
                         * node; other: the node that had the new name] */
    RECORDING_EXCHANGE, /* two names are exchanged [dir name dir2 name2 node other] */
    RECORDING_WRITE,    /* bytes; the file grows if they reach beyond its end [node offset length
                         * data] */
    RECORDING_ZERO,     /* zeros, as a hole; the size stays [node offset length] */
    RECORDING_SIZE,     /* the file is cut, or grows with zeros [node length] */
    RECORDING_MODE,     /* permissions and owner [node mode uid gid] */
    RECORDING_TIMES,    /* timestamps are set [node time] */
    RECORDING_SYNC,     /* the bytes and the size of a file, or the names of a directory, are
                         * durable [node offset length: the range; flags] */
    RECORDING_SYNC_ALL, /* all is durable */
    RECORDING_OUTPUT,   /* an operation printed bytes on standard output [length data] */
    RECORDING_MEMORY,   /* memory of the workload changed [node: 0 global, 1 actor states; offset
                         * length data] */
    RECORDING_BEGIN,    /* an operation begins [node: type of the actor, other: its index, mode: the
                         * action, offset: the operation, as in struct share_call] */
    RECORDING_END,      /* it has ended [the same; status: the exit status of a command; -1: it has
                         * none] */
    RECORDING_BASE,     /* what follows, up to RECORDING_READY, is the tree as it is: the nodes
                         * that lie in it, after setup or a reset. All is durable, the names
                         * before it are forgotten */
    RECORDING_READY,
    RECORDING_PAUSE,    /* hooks run from here on, up to RECORDING_RESUME. What servers do meanwhile
                         * counts, but no crash point lies there */
    RECORDING_RESUME,   /* operations run */
    RECORDING_KINDS
};

enum recording_flag {
    RECORDING_OF_WITNESS = 1 << 0, /* a crash cannot take it back */
    RECORDING_MAPPED = 1 << 1,     /* WRITE: bytes that were stored into a mapping, seen later */
    RECORDING_DATA_ONLY = 1 << 2,  /* SYNC: fdatasync, msync: not the attributes */
    RECORDING_SYNCHRONOUS = 1 << 3 /* WRITE: durable as soon as it is done (O_SYNC, RWF_SYNC) */
};

struct recording_step {
    uint16_t kind, flags;
    uint32_t call;         /* index into the calls: that took it; RECORDING_NONE: none */
    uint32_t node, other;
    uint32_t dir, dir2;
    uint32_t mode, uid, gid;
    int32_t status;
    uint64_t offset, length, data; /* `data`: where the bytes lie in the file `data` */
    uint64_t name, name2;          /* where names lie there, each ended by a zero byte */
    uint64_t time;                 /* when what it changes was modified, in ns since 1970; 0: not
                                    * known */
};

/* A call of operations or servers, whether it changed anything or not. The point before it lies
 * before the step `first`. */
struct recording_call {
    struct share_call call; /* who made it, when, on which path: the address of the point */
    uint64_t first;         /* index of its first step, or of the first step after it */
    uint32_t n_steps;
    int32_t pid;
    int64_t result;         /* what it returned, or -errno */
    uint64_t stack;         /* where its stack lies in `data`, + 1; 0: nowhere */
};

/* The stack of a call as it was at its entry. Calls that were made from the same place share one.
 * Nothing of it is checked when a recording is opened. */
enum { RECORDING_REGISTERS = 40 };
struct recording_stack {
    uint64_t registers[RECORDING_REGISTERS]; /* in the order of trace/registers.h */
    uint32_t n_registers, size;              /* bytes of the stack, from the stack pointer on */
    const unsigned char *bytes;
    const char *maps;                        /* as /proc/PID/maps had it */
};

/* ---- reading ------------------------------------------------------------------------------ */

struct recording {
    const struct recording_step *steps;
    const struct recording_call *calls;
    const unsigned char *data;
    size_t n_steps, n_calls, n_data;
    uint32_t n_nodes;
};

/* Maps and checks a recording. Returns 0, or -1 with `error`: it cannot be read, or makes no sense.
 * The caller closes it. */
int recording_open(const char *directory, struct recording *ret, struct error *error);
void recording_close(struct recording *recording);
const char *recording_name(const struct recording *recording, uint64_t at);
/* Fills in the stack of a call; false: it has none, or one that makes no sense. */
bool recording_stack(const struct recording *recording, const struct recording_call *call,
                     struct recording_stack *ret);
/* Returns the last BEGIN or END of an operation before a step; NULL: there is none. */
const struct recording_step *recording_edge(const struct recording *recording, uint64_t before);

/* ---- writing ------------------------------------------------------------------------------ */

struct recording_writer;

/* Makes a recording in an existing directory. NULL: `error` has the reason. */
struct recording_writer *recording_create(const char *directory, struct error *error);
/* Appends bytes and returns where they lie. A failure is kept and told by recording_finish(). */
uint64_t recording_data(struct recording_writer *writer, const void *bytes, size_t size);
uint64_t recording_text(struct recording_writer *writer, const char *text);
/* Appends a stack, and returns what calls have of it. `maps`: where that text lies. */
uint64_t recording_put_stack(struct recording_writer *writer, const struct recording_stack *stack,
                             uint64_t maps);
/* Copies `size` bytes at `offset` of a file, or what it has of them, and returns where they lie;
 * *ret_n: how many they are. */
uint64_t recording_copy(struct recording_writer *writer, int fd, uint64_t offset, uint64_t size,
                        uint64_t *ret_n);
/* Appends a step or a call and returns its index. */
uint64_t recording_step(struct recording_writer *writer, const struct recording_step *step);
uint32_t recording_call(struct recording_writer *writer, const struct recording_call *call);
uint64_t recording_n_steps(const struct recording_writer *writer);
/* Writes out what is buffered, so that a reader sees it. Returns 0, or -1 with the first failure.
 */
int recording_flush(struct recording_writer *writer, struct error *error);
/* Writes out what is buffered and frees the writer. Returns 0, or -1 with the first failure. */
int recording_finish(struct recording_writer *writer, struct error *error);

#endif
