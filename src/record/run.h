/* SPDX-License-Identifier: MIT
 * run.h: what is known of a run: the monitor's book-keeping, from which the progress line, the
 * end table, result.json and the exit status are made. Fed by the session (session.h) with checked
 * messages; does no waiting. Monitor only. Not async-signal-safe.
 */
#ifndef RECORD_RUN_H
#define RECORD_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "inject/inject.h"
#include "memory/memory.h"
#include "wire/wire.h"

/* Distinct findings at most; what comes after is counted by kind and actor type only, so that a
 * workload with ever new titles does not fill memory and disk. */
enum { RECORD_FINDINGS = 1000 };

enum record_verdict {
    RECORD_PASSED,
    RECORD_FAILED,
    RECORD_ERROR,
    RECORD_SKIPPED,
    RECORD_INTERRUPTED,
    RECORD_VERDICTS
};

/* Findings of the same kind, actor type and top frames are one; without frames, those of the same
 * title (its numbers taken out). */
struct record_finding {
    unsigned id; /* from 1 */
    uint64_t count;
    uint64_t first_ns, last_ns;      /* since the start of the run */
    uint64_t last_generation;
    char key[2 * WIRE_TEXT];         /* kind, type, frames or title with numbers as '#' */
    char plain[2 * WIRE_TEXT];       /* the same, with the title that it had before its stack */
    char directory[256];             /* "findings/0001-crash-SIGSEGV-writer" */
    struct wire_finding first;       /* the first occurrence, whole */
    bool framed;                     /* it is told from others by its frames */
    json_t *stack;                   /* as stacks.h says; NULL: none */
    json_t *injections;              /* as injected.h says; NULL: none */
    bool was_reset;                  /* then this came after it, and took so long */
    struct wire_reset reset;
    uint64_t reset_ns;
};

/* Counters of one actor at one moment: ledger plus live slot. */
struct record_actor {
    char name[TEXT_NAME + 16]; /* "writer.0" */
    bool saboteur, retired;
    uint64_t counted, uncounted, failed, resets, indeterminate, starts;
    struct histogram latency;
};

struct samples; /* samples.h */

struct record {
    /* Set once by the session. */
    const char *workload;            /* as typed */
    const struct options *options;   /* for `how to see it again`; NULL: seed and limits only */
    bool replayed;                   /* the operations of a replay file */
    const struct samples *samples;   /* for the table of actions; NULL: none */
    uint64_t seed;
    struct definition definition;    /* with the final counts, once `control` is there */
    struct share *share;             /* of injection; NULL: nothing is injected */
    struct control control;          /* read-only mapping; header NULL until there */
    uint64_t target;                 /* 0: none */
    uint64_t time_limit_ns;          /* 0: none */
    uint64_t max_findings;           /* 0: any number */
    uint64_t started_ns;             /* clock_now() */
    uint64_t started_unix;           /* seconds */
    char directory[4096];            /* the run directory, absolute; "" until there */
    /* Moves. */
    uint64_t generation, resets, reset_total_ns, reset_max_ns;
    uint64_t announced;              /* resets after what a saboteur broke */
    uint64_t servers_died, strays;
    unsigned supervisors;            /* started */
    unsigned n_findings;             /* distinct */
    struct record_finding *findings; /* grows */
    uint64_t last_finding_ns;        /* since start, of the last new one */
    bool done;                       /* WIRE_DONE came */
    enum wire_end end;
    int signal;                      /* that ended the run early: SIGINT, SIGTERM; 0: none */
    bool time_is_up, findings_are_up;
    bool skipped;
    char reason[WIRE_TEXT];          /* of an error or a skip; one line */
    bool error;                      /* the harness failed */
    uint64_t ended_ns;               /* clock_now(); 0: not yet */
};

void record_init(struct record *record);
void record_free(struct record *record);
/* Counts a finding in; returns its entry and whether it is a new one. NULL: no memory. */
struct record_finding *record_add_finding(struct record *record, const struct wire_finding *finding,
                                          bool *ret_new);
/* The same where a stack may tell more: `plain` is the title without what it says, `frames` its top
 * frames ("": there are none). One without frames goes to one that looked like it, as not every
 * stack can be had. */
struct record_finding *record_add_stack(struct record *record, const struct wire_finding *finding,
                                        const char *plain, const char *frames, bool *ret_new);
/* Adds what only the end shows: one `starved` finding per actor that is no saboteur and completed
 * nothing (counted + uncounted == 0) though the run got as far as its operations. Calls
 * record_add_finding(); returns how many. */
unsigned record_add_starved(struct record *record);
/* The counters of one actor, now. False if there is no control memory yet. */
bool record_actor(const struct record *record, uint32_t actor, struct record_actor *ret);
/* "writer.0", or NULL for none. */
const char *record_actor_name(const struct record *record, int64_t actor, char buffer[64]);
/* Sums over all actors, without histograms: cheap enough for a progress line. */
void record_totals(const struct record *record, struct record_actor *ret);
/* The honest verdict and the exit status of CLI.md that goes with it. */
enum record_verdict record_verdict(const struct record *record);
/* The exit status of this verdict; `signal` of RECORD_INTERRUPTED. */
int record_verdict_status(enum record_verdict verdict, int signal);
int record_exit_status(const struct record *record);
const char *record_verdict_text(enum record_verdict verdict);

#endif
