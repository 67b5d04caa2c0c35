/* SPDX-License-Identifier: MIT
 * answer.h: runs a command for what it prints. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_ANSWER_H
#define WORKLOAD_ANSWER_H

#include <stddef.h>
#include <stdint.h>

/* Runs a line of /bin/sh -c and copies to `to` what it prints, on both outputs, and behind that, if
 * it is so, that it was cut, could not be run, failed, or was killed after limit_ns. Its whole
 * process group is killed at its end. */
void answer_take(const char *line, uint64_t limit_ns, char *to, size_t size);

#endif
