/* SPDX-License-Identifier: MIT
 * frame.h: what passes over the port between the machine and the host: frames, each a header and at
 * most FRAME_MOST bytes. The host trusts nothing of what it reads. Not async-signal-safe.
 *
 * Runs in: monitor, the guest's init.
 */
#ifndef VM_FRAME_H
#define VM_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum frame_kind {
    /* From the host. */
    FRAME_WORD = 1, /* one word: see enum frame_list */
    FRAME_START,    /* struct frame_start: all words are there */
    FRAME_SIGNAL,   /* uint32_t: send it to the run */
    FRAME_KEPT,     /* struct frame_pages, bytes: what an earlier machine had in this memory */
    /* From the guest. */
    FRAME_READY,    /* the init is up and has loaded the modules */
    FRAME_ALIVE,    /* a sign of life */
    FRAME_STDOUT,   /* what the run printed */
    FRAME_STDERR,
    FRAME_FOLDER,   /* path: a directory */
    FRAME_FILE,     /* path: a file begins; FRAME_DATA follow, then FRAME_CLOSE */
    FRAME_DATA,
    FRAME_CLOSE,    /* the file is complete: it replaces an older one */
    FRAME_MORE,     /* path, NUL, bytes: appended to a file */
    FRAME_MOVE,     /* path, NUL, path: a tree is complete and replaces an older one */
    FRAME_REMOVE,   /* path */
    FRAME_PAGES,    /* struct frame_pages, numbers of pages: where a shared memory lies */
    FRAME_FAILED,   /* text: why the guest cannot do what it should */
    FRAME_EXIT,     /* uint32_t: exit status; the last frame */
    FRAME_KINDS
};

/* The word belongs to: */
enum frame_list { FRAME_ARGUMENT, FRAME_VARIABLE, FRAME_DIRECTORY, FRAME_OUTPUT, FRAME_PREFIX,
                  FRAME_LISTS };

enum { FRAME_MOST = 136 << 10, FRAME_BUFFER = 256 << 10, FRAME_PAGE = 4096 };

/* The shared memories of the run. Larger ones are not shown to the host. */
enum frame_part { FRAME_DEFINITION, FRAME_CONTROL, FRAME_GLOBAL, FRAME_STATE, FRAME_PARTS };
#define FRAME_PART_MOST (UINT64_C(128) << 20)

struct frame_pages {
    uint32_t part;  /* enum frame_part */
    uint32_t reserved;
    uint64_t size;  /* of the part, in bytes */
    uint64_t first; /* FRAME_PAGES: the first page that follows; FRAME_KEPT: the first byte */
};

struct frame_start {
    uint64_t seed;
    uint64_t operations;    /* the target; UINT64_MAX: as the command line has it */
    uint64_t time_limit_ns; /* UINT64_MAX: as the command line has it */
    uint64_t alive_ns;      /* between two signs of life */
    uint64_t inherits;      /* 1: the memories of an earlier machine have come */
};

/* The bytes that have come and are not frames yet. */
struct frame_reader {
    int fd;
    size_t used;
    unsigned char bytes[FRAME_BUFFER];
};

struct frame {
    enum frame_kind kind;
    size_t size;
    const unsigned char *bytes; /* valid until the next call; a NUL follows them */
};

/* Writes a frame: `a`, then `b`, which may be NULL. Blocks while the other side does not read.
 * Returns 0, or -1 with the reason. */
int frame_write(int fd, enum frame_kind kind, const void *a, size_t size_a, const void *b,
                size_t size_b, struct error *error);
/* Reads once what has come. Returns 1, 0 at the end, or -1 with the reason; 1 also if nothing was
 * there. */
int frame_read(struct frame_reader *reader, struct error *error);
/* Takes the next frame that is complete. Returns 1, 0 if none is, or -1 with the reason: the bytes
 * are not frames. */
int frame_next(struct frame_reader *reader, struct frame *ret, struct error *error);

#endif
