/* SPDX-License-Identifier: MIT
 * judge.h: what a case is worth: no system calls. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_JUDGE_H
#define SUITE_JUDGE_H

#include <jansson.h>

#include "suite/case.h"

/* What is known of a case that has ended. */
struct suite_outcome {
    int status;           /* as wait() has it */
    const json_t *result; /* NULL: there is none that can be read */
    const char *said;     /* the last line that it wrote; "": nothing */
};
/* `reason` is filled unless it is passed. */
enum suite_verdict suite_judge(const struct suite_case *entry, const struct suite_outcome *outcome,
                               char *reason, size_t size);

#endif
