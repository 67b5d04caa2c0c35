/* SPDX-License-Identifier: MIT
 * lives.h: the lives of a run, told as one run: each life writes a run directory of its own in its
 * guest, and from what arrives of them this makes the one on the host. Times go on, counters and
 * generations are added up, findings are numbered anew; a finding that an earlier life had already
 * is counted there. What the kernel does is a finding here. A run of one life without such a
 * finding leaves what its guest wrote, byte by byte. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_LIVES_H
#define VM_LIVES_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "vm/cache.h"
#include "vm/flight.h"

enum { LIVES_SUMS = 7, LIVES_FINDINGS = 1000 };

struct lives_finding {
    unsigned id;
    char key[512];
    char directory[256];  /* below the run directory; "": none */
    uint64_t count;       /* of the lives before this one; of the kernel's: of all */
    uint64_t now;         /* of this life */
    bool known;           /* by --known */
    unsigned local;       /* its id in this life; 0: it has not come */
    json_t *kernel;       /* what finding.json of one of the kernel's has; NULL: not one */
};

struct lives {
    /* Set once. */
    int at;               /* the run directory; -1: none */
    bool run;             /* of `run`: has events; else the directory is only complemented */
    uint64_t seed;        /* of the run */
    const char *workload; /* as typed */
    const char *again;    /* the command line that makes it again */
    const char *accelerator, *release;
    const struct flight *flight; /* what the actors did */
    /* Changes. */
    unsigned life;        /* from 1 */
    bool cuts;            /* the power is to be cut */
    unsigned n_cuts;      /* of the power */
    enum options_severity least; /* of a report of the kernel that is a finding */
    unsigned n_ignored;   /* reports below that */
    uint64_t life_seed;
    int events;           /* events.jsonl; -1: not made */
    uint64_t started_ns;  /* clock_now() at t = 0; 0: no life has begun its run */
    uint64_t timed_ns;    /* when the time limit began: with the first generation; 0: not yet */
    double shift_s;       /* of this life */
    uint64_t before[LIVES_SUMS], now[LIVES_SUMS];
    bool begun;           /* this life has said that a generation began */
    uint64_t generations_before, generation; /* generation: of this life, plus 1 */
    double resets_before_s, resets_s, reset_max_s;
    uint64_t target;      /* 0: none */
    uint64_t time_limit_ns; /* 0: none */
    char *part;           /* of a line */
    size_t part_size;
    char *end;            /* the line with which this life has ended its run; NULL: none */
    char *result_text;    /* result.json of this life; NULL: none */
    json_t *result;       /* the same */
    struct lives_finding *findings;
    unsigned n_findings, n_kernel; /* n_kernel: that the kernel has made, or lost machines */
    char last_kernel[256]; /* the title of the last one */
    bool failed;
    struct error error;   /* the first failure to write */
};

/* Begins the first life, or the next one. */
void lives_begin(struct lives *lives, uint64_t seed);
/* What the life writes: the hooks of struct copy_owner. `user` is the lives. */
bool lives_file(void *user, const char *path, int fd);
bool lives_more(void *user, const char *path, const char *bytes, size_t size);
bool lives_place(void *user, const char *path, char to[PATH_MAX]);
/* The life is over. */
void lives_over(struct lives *lives);
/* The power was cut, and this is what the disk has lost by it. Call it before lives_over(). */
void lives_cut(struct lives *lives, const struct cache_loss *loss);
/* A finding that the host made, of kind `kernel` or `lost`, with what the console said. Returns its
 * number; *ret_new: it is a new one. */
unsigned lives_kernel(struct lives *lives, const char *kind, const char *title, const char *text,
                      size_t size, bool *ret_new);
/* How many findings are not known. */
unsigned lives_unknown(const struct lives *lives);
/* The operations that all lives have counted. */
uint64_t lives_counted(const struct lives *lives);
/* Is there only what one guest wrote, and nothing to add? */
bool lives_plain(const struct lives *lives);
/* Writes the end of events.jsonl and result.json for this exit status. Returns the result (new
 * reference); NULL: there is none. */
json_t *lives_finish(struct lives *lives, int status, const char *reason);
void lives_free(struct lives *lives);

#endif
