/* SPDX-License-Identifier: MIT
 * cases.h: a list of named cases with a verdict each, written as TAP 13 or as JUnit XML.
 *
 * Programs that collect test results read these formats. report makes a list from a run; crash and
 * suite make lists from theirs. Names and texts may have any bytes. Not async-signal-safe.
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
    CASES_FAILED,  /* the system under test is broken */
    CASES_ERROR,   /* the test could not run, or not to its end */
    CASES_SKIPPED, /* the test cannot run here; `message` says why */
    CASES_VERDICTS
};

struct cases_case {
    char *name;    /* of the case: "put" */
    char *class;   /* of a group of cases: "store.writer" */
    double seconds;
    enum cases_verdict verdict;
    char *message; /* one line; NULL: none */
    char *details; /* any number of lines; NULL: none */
    char *files;   /* paths of files that tell more, each with a newline; NULL: none */
};

struct cases {
    char *name;           /* of the list: the workload, or the file of the suite */
    int64_t started_unix; /* seconds since 1970; 0: unknown */
    size_t n;
    struct cases_case *list;
    bool failed;          /* memory ran out: the list is not complete */
};

/* Begins an empty list. Copies the name. */
void cases_init(struct cases *cases, const char *name, int64_t started_unix);
/* Adds a case and copies its texts. `message` and `details` may be NULL. If memory runs out, sets
 * `failed`. */
void cases_add(struct cases *cases, const char *name, const char *class, double seconds,
               enum cases_verdict verdict, const char *message, const char *details);
/* Adds the path of a file that tells more of the last case. If memory runs out, sets `failed`. */
void cases_attach(struct cases *cases, const char *path);
/* Frees the list. */
void cases_free(struct cases *cases);
/* Write a whole document to `out`. Return 0, or -1 with errno: that of the failed write, or ENOMEM,
 * also if the list is not complete (then nothing is written). JUnit leaves out the message, the
 * details and the files of a case that passed, and TAP all files. The files are in the form that
 * Jenkins and GitLab know. */
int cases_write_tap(FILE *out, const struct cases *cases);
int cases_write_junit(FILE *out, const struct cases *cases);

#endif
