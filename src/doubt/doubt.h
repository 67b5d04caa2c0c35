/* SPDX-License-Identifier: MIT
 * doubt.h: the ledger of doubt: what the program knows that it did not see, do or prove, counted by
 * kind. Each kind has a name for scripts and --accept, what it means, and what to do about it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DOUBT_DOUBT_H
#define DOUBT_DOUBT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum doubt_kind {
    DOUBT_LET_THROUGH,   /* calls whose fault the injector could not put in */
    DOUBT_UNREAD_PATH,   /* calls whose path could not be read */
    DOUBT_FOREIGN_CALL,  /* calls of another architecture, which no rule sees */
    DOUBT_OUTLIVED,      /* calls of processes that outlived their operation */
    DOUBT_LEFT_BEHIND,   /* processes that operations left behind, which were killed */
    DOUBT_MAPPED,        /* files mapped shared and writable */
    DOUBT_IO_URING,      /* io_uring was asked for and refused */
    DOUBT_OWN_FILTER,    /* a target loaded a seccomp filter of its own */
    DOUBT_OWN_LISTENER,  /* a target asked for notifications of its own and was refused */
    DOUBT_HOOK_FILTER,   /* a server or actor inherited the filter of the reset hook */
    DOUBT_NEVER_FIRED,   /* rules that never put a fault in; power that was never cut */
    DOUBT_NOT_REACHED,   /* points that were not met again */
    DOUBT_UNTRIED,       /* points that were not tried */
    DOUBT_REPEATED,      /* runs that had to be tried again */
    DOUBT_INEXACT,       /* the recorded steps do not give the disk that was there */
    DOUBT_OUTSIDE,       /* operations changed files that no state has */
    DOUBT_LEFT_OUT,      /* states beyond the limit */
    DOUBT_UNJUDGED,      /* nothing has judged what crashes left */
    DOUBT_OUTPUT_CUT,    /* findings whose output was cut */
    DOUBT_CLOCK,         /* jumps of the clock */
    DOUBT_KINDS
};

struct doubts {
    uint64_t count[DOUBT_KINDS];
};

/* Returns the name in --accept and result.json: "let-through". */
const char *doubt_name(enum doubt_kind kind);
/* Finds a kind by its name. Returns false if there is none. */
bool doubt_parse(const char *name, enum doubt_kind *ret);
/* Writes the names of all kinds, separated by commas. Returns `buffer`. */
const char *doubt_names(char *buffer, size_t size);
/* Returns a list of { kind, count, means, do, faults } of the kinds that occurred (new reference).
 * `faults`: the doubt concerns what the faults were to show. NULL: no memory. */
json_t *doubt_json(const struct doubts *doubts);
/* Adds the counts of such a list; ignores entries that it does not know. */
void doubt_add(struct doubts *doubts, const json_t *list);
/* Is there a doubt about what the faults were to show that is not accepted? `accepted`: bits
 * 1 << kind. */
bool doubt_matters(const struct doubts *doubts, uint32_t accepted);
/* Writes the doubts for which doubt_matters() as one line: "3 let-through, 1 untried"; "": none.
 * Returns `buffer`. */
const char *doubt_line(const struct doubts *doubts, uint32_t accepted, char *buffer, size_t size);

#endif
