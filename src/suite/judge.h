/* SPDX-License-Identifier: MIT
 * judge.h: decides the verdict of a case, without system calls. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_JUDGE_H
#define SUITE_JUDGE_H

#include <jansson.h>

#include "suite/case.h"

/* The outcome of a case's process. */
struct suite_outcome {
    int status;           /* as from wait() */
    const json_t *result; /* its result.json; NULL: none that can be read */
    const char *said;     /* the last line of its log; "": none */
};
/* Writes to `reason` why the case has not passed, unless it has. */
enum suite_verdict suite_judge(const struct suite_case *entry, const struct suite_outcome *outcome,
                               char *reason, size_t size);

#endif
