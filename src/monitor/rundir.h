/* SPDX-License-Identifier: MIT
 * rundir.h: the run directory: events.jsonl, findings/, result.json, scratch/. All of it is
 * readable at any moment, also after SIGKILL of everything: an event is one write() of one line,
 * a finding's directory and result.json appear whole by rename(). Nothing is followed out of the
 * directory (openat from one descriptor). Monitor only. Every failure is reported once (the first
 * is what matters: a full disk) and remembered, so that the run ends with exit status 3.
 */
#ifndef MONITOR_RUNDIR_H
#define MONITOR_RUNDIR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "monitor/record.h"

/* Of events that come with each reset at most so many are written, and one more with each sample:
 * thousands a second would fill the disk. Samples have their sums. */
enum { RUNDIR_FREQUENT = 4, RUNDIR_EVENTS = 1000 };
/* Bytes in findings/: further ones are only counted. */
enum { RUNDIR_FINDINGS_MOST = 64 << 20 };

struct rundir {
    int fd;            /* the directory; -1: none */
    int events;        /* events.jsonl, O_APPEND */
    unsigned frequent[RUNDIR_FREQUENT]; /* written of generation, reset, server, hook */
    unsigned samples;  /* written */
    uint64_t left_out; /* events that were not written */
    size_t kept;       /* bytes in findings/ */
    bool failed;       /* something could not be written */
    struct error error; /* the first failure */
    char path[4096];   /* absolute */
    char scratch[4096]; /* absolute; made */
};

/* `output` NULL: stress-runs/NAME-YYYYMMDDTHHMMSS-SEED (seed in hex) below the current directory.
 * Refuses a directory that exists and is not empty. rundir_precheck() does only that refusal, for
 * use before anything is started. */
int rundir_precheck(const char *output, struct error *error);
int rundir_create(struct rundir *rundir, const char *output, const char *name, uint64_t seed,
                  struct error *error);
/* The events and their fields (those in brackets where they apply):
 *   start       schema version workload environment seed started target time_limit_s   [null: none]
 *   generation  generation reset_s
 *   reset       generation cause announced [actor announcement]
 *   finding     id kind title count generation [actor action operation directory]: rundir_finding()
 *               writes it for a new one
 *   server      name state pid
 *   retired     actor deaths how
 *   hook        hook outcome
 *   alive       counted uncounted failed indeterminate generation resets findings
 *   sample      counted uncounted failed indeterminate generation resets faults reset_s
 *               reset_max_s findings [left_out; p50 p99 p999 in ns, of the operations since
 *               the last sample]: samples.h
 *   end         verdict exit_status reason
 * Of generation, reset, server and hook only the first RUNDIR_EVENTS, and some of the later ones.
 * Appends {"t": seconds since start, "event": name, ...fields}; takes over `fields` (may be
 * NULL). */
void rundir_event(struct rundir *rundir, const struct record *record, const char *event,
                  json_t *fields);
/* The event "sample". */
void rundir_sample(struct rundir *rundir, const struct record *record, json_t *fields);
/* Writes findings/NNNN-kind-what-actor/ with finding.json, stderr (`output` bytes of what the actor
 * wrote), operations.txt, reproduce.txt, replay, and stack.txt if there is a stack. Sets
 * finding->directory. Then the event. */
void rundir_finding(struct rundir *rundir, const struct record *record,
                    struct record_finding *finding, const char *output, size_t output_size);
/* Writes its finding.json anew. */
void rundir_finding_update(struct rundir *rundir, const struct record *record,
                           const struct record_finding *finding);
/* It came `again`: that goes below its directory, into latest/, in place of what is there. */
void rundir_finding_again(struct rundir *rundir, const struct record *record,
                          const struct record_finding *finding, const struct record_finding *again,
                          const char *output, size_t output_size);
/* The files of a finding below `at`; *size grows by what they take. */
int rundir_finding_files(int at, const struct record *record, const struct record_finding *finding,
                         const char *output, size_t output_size, size_t *size, struct error *error);
int rundir_finding_json(int at, const char *name, const struct record *record,
                        const struct record_finding *finding, size_t *size, struct error *error);
/* For the files of this noun: remembers a failure; makes `name` below `at` with this content. */
void rundir_fail(struct rundir *rundir, const struct error *error);
int rundir_write(int at, const char *name, const void *data, size_t size, struct error *error);
/* Writes result.json. */
void rundir_result(struct rundir *rundir, const struct record *record);
/* Removes scratch/ and all below it, not following links and not crossing mounts. Needs no struct:
 * the warden uses it, too. */
int rundir_remove_scratch(const char *scratch, struct error *error);
void rundir_close(struct rundir *rundir);

#endif
