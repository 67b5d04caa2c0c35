/* SPDX-License-Identifier: MIT
 * cases.h: a list of named cases with a verdict each, written as TAP 13 and as JUnit XML: what
 * programs that collect test results read. `report` makes one from a run; crash and suite from
 * theirs. Names and texts may have any bytes. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_CASES_H
#define FORMAT_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum cases_verdict {
    CASES_PASSED,
    CASES_FAILED,  /* what is tested is broken */
    CASES_ERROR,   /* the test could not be done, or not to its end */
    CASES_SKIPPED, /* it cannot be done here; `message` says why */
    CASES_VERDICTS
};

struct cases_case {
    char *name;    /* of the case: "put" */
    char *class;   /* what groups cases: "store.writer" */
    double seconds;
    enum cases_verdict verdict;
    char *message; /* one line; NULL: none */
    char *details; /* any number of lines; NULL: none */
};

struct cases {
    char *name;           /* of the whole: the workload, the suite's file */
    int64_t started_unix; /* seconds; 0: not known */
    size_t n;
    struct cases_case *list;
    bool failed;          /* there was no memory for something: the list is not whole */
};

/* Everything is copied. cases_add() NULLs as in struct cases_case. */
void cases_init(struct cases *cases, const char *name, int64_t started_unix);
void cases_add(struct cases *cases, const char *name, const char *class, double seconds,
               enum cases_verdict verdict, const char *message, const char *details);
void cases_free(struct cases *cases);
/* A whole document on `out`. 0, or -1 with errno: ENOMEM, also for a list that is not whole (then
 * nothing is written), or what stopped the writing. JUnit has no message and no details of a case
 * that passed. */
int cases_write_tap(FILE *out, const struct cases *cases);
int cases_write_junit(FILE *out, const struct cases *cases);

#endif
