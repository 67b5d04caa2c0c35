/* SPDX-License-Identifier: MIT
 * run.h: what is known of a run: the monitor's book-keeping, from which the progress line, the
 * table at the end, result.json and the exit status are made. The session feeds it with checked
 * messages. Never blocks. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_RUN_H
#define RECORD_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "inject/inject.h"
#include "doubt/doubt.h"
#include "memory/memory.h"
#include "record/counters.h"
#include "record/known.h"
#include "wire/wire.h"

/* The most distinct findings. Further ones are only counted, by kind and actor type, so that a
 * workload that keeps making new titles does not fill memory and disk. */
enum { RECORD_FINDINGS = 1000 };
/* The values of the command that is run every second which are kept. */
enum { RECORD_WATCHED = 120 };

enum record_verdict {
    RECORD_PASSED,
    RECORD_FAILED,
    RECORD_ERROR,
    RECORD_SKIPPED,
    RECORD_INTERRUPTED,
    RECORD_VERDICTS
};

/* A copy of the scratch directory in the directory of a finding. */
struct record_scratch {
    bool kept;
    uint64_t files, bytes; /* in it */
    uint64_t left_out;     /* entries that did not fit or could not be read */
};

/* A server under test. */
struct record_server {
    struct wire_server last; /* what was told of it last; no name: nothing */
    uint64_t starts;         /* how often it became ready */
    const char *output;      /* the end of what it wrote, while a finding is written */
    size_t output_size;
};

/* Occurrences of the same kind, actor type and top frames are one finding; without frames, those of
 * the same kind, actor type, exit status and title, apart from its numbers. */
struct record_finding {
    unsigned id; /* from 1 */
    uint64_t count;
    uint64_t first_ns, last_ns;      /* ns since the start of the run */
    uint64_t last_generation;
    char key[2 * WIRE_TEXT];         /* kind, type, frames or title with '#' for numbers */
    char plain[2 * WIRE_TEXT];       /* the same with the title from before the stack */
    char directory[256];             /* "findings/0001-crash-SIGSEGV-writer" */
    struct wire_finding first;       /* the first occurrence */
    bool framed;                     /* `key` has frames */
    uint64_t presumed;               /* occurrences that look alike, whose stacks were not read */
    bool many;                       /* it stands for all further ones of its kind */
    json_t *stack;                   /* as in stacks.h; NULL: none */
    json_t *injections;              /* as in injected.h; NULL: none */
    json_t *servers;                 /* as in servers.h; NULL: none */
    json_t *watched;                 /* as in watch.h; NULL: none */
    bool was_reset;                  /* `reset` followed, and took `reset_ns` */
    struct wire_reset reset;
    uint64_t reset_ns;
    struct record_scratch scratch;
};

struct samples; /* samples.h */

struct record {
    /* Set once by the session. */
    const char *workload;            /* as typed */
    json_t *tested;                  /* see workload/tested.h; NULL: not told. Owned */
    const struct options *options;   /* for reproduce.txt; NULL: seed and limits only */
    bool replayed;                   /* it runs a replay file */
    const struct samples *samples;   /* for the table of actions; NULL: none */
    uint64_t seed;
    struct definition definition;    /* with the final counts once `control` exists */
    struct share *share;             /* of injection; NULL: no injection */
    struct control control;          /* read-only mapping; header NULL until it exists */
    uint64_t target;                 /* 0: none */
    uint64_t time_limit_ns;          /* 0: none */
    uint64_t max_findings;           /* 0: any number; known ones do not count */
    struct known known;              /* owned */
    uint64_t started_ns;             /* clock_now() */
    uint64_t started_unix;           /* seconds */
    char directory[4096];            /* the run directory, absolute; "" until it exists */
    /* Changes during the run. */
    uint64_t generation, resets, reset_total_ns, reset_max_ns;
    uint64_t rested_ns;              /* clock_now(), when its actors were to stop; 0: not yet */
    uint64_t announced;              /* resets after an announced break */
    uint64_t servers_died, strays;
    uint32_t n_servers;
    uint64_t n_watched;              /* number n lies at n % RECORD_WATCHED */
    struct wire_watch watched[RECORD_WATCHED];
    struct record_server servers[DEFINITION_SERVERS]; /* in the order of their first start */
    unsigned supervisors;            /* started */
    unsigned n_findings;             /* distinct */
    struct record_finding *findings; /* pointers into it are valid until the next is added */
    uint64_t last_finding_ns;        /* since the start; of the latest new finding */
    struct doubts doubts;            /* what the session itself counted */
    bool done;                       /* WIRE_DONE came */
    enum wire_end end;
    int signal;                      /* that ended the run early; 0: none */
    bool time_is_up, findings_are_up;
    bool skipped;
    char reason[WIRE_TEXT];          /* of an error or a skip; one line */
    bool error;                      /* the harness failed */
    uint64_t ended_ns;               /* clock_now(); 0: not yet */
};

void record_init(struct record *record);
void record_free(struct record *record);
/* Counts an occurrence and returns its finding; *ret_new: whether it is a new one. NULL: out of
 * memory. */
struct record_finding *record_add_finding(struct record *record, const struct wire_finding *finding,
                                          bool *ret_new);
/* The same for an occurrence that may have a stack. `plain` is the title before the stack was read,
 * `frames` are its top frames ("": none). As not every stack can be read, an occurrence without
 * frames is counted as a finding that looks like it. */
struct record_finding *record_add_stack(struct record *record, const struct wire_finding *finding,
                                        const char *plain, const char *frames, bool *ret_new);
/* Returns why the finding is known; NULL: it is not. One that may be several is not: when stacks of
 * its occurrences were not read, or it stands for all further ones of its kind. */
const struct known_entry *record_known(const struct record *record,
                                       const struct record_finding *finding);
/* Returns how many findings are not known. */
unsigned record_unknown(const struct record *record);
/* Adds what only the end of a run shows: a `starved` finding for each actor, saboteurs excepted,
 * that completed no operation although it had a chance to, or that was given up together with all
 * others. If the run counted nothing at all, also for each that completed operations that do not
 * count, or had no time. Not one that a few faults cut off, that a small target or a short time
 * left no turn, or whose failures are findings already, which are not known; and none in a run that
 * was cut short.
 * Returns how many. */
unsigned record_add_starved(struct record *record);
/* The current counters of one actor. False if there is no control memory yet. */
bool record_actor(const struct record *record, uint32_t actor, struct record_actor *ret);
/* "writer.0" in `buffer`; NULL if there is no such actor. */
const char *record_actor_name(const struct record *record, int64_t actor, char buffer[64]);
/* The sums over all actors, without latencies: cheap enough for a progress line. */
void record_totals(const struct record *record, struct record_actor *ret);
/* The verdict of the run. */
enum record_verdict record_verdict(const struct record *record);
/* The exit status that goes with a verdict, as stress-supervisor(1) has it; `signal`: of
 * RECORD_INTERRUPTED. */
int record_verdict_status(enum record_verdict verdict, int signal);
/* The verdict that goes with an exit status; RECORD_ERROR for any other status. */
enum record_verdict record_verdict_of_status(int status);
/* That of this run. */
int record_exit_status(const struct record *record);
const char *record_verdict_text(enum record_verdict verdict);

#endif
