/* SPDX-License-Identifier: MIT
 * source.h: the sections and keys of a workload file or a suite file, in order and with their
 * lines: stress-supervisor-workload(5) has the grammar. Reads strictly. Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef WORKLOAD_SOURCE_H
#define WORKLOAD_SOURCE_H

#include <stdint.h>

#include "base/base.h"

/* Called in the order of the file; -1 (with `user`'s error set) ends the reading. */
struct source_events {
    int (*section)(void *user, const char *name, uint32_t line);
    /* `value` is whole: continuation lines are joined by newlines. May be empty. */
    int (*key)(void *user, const char *key, const char *value, uint32_t line);
};

/* `error` is filled for what is wrong with the file's form; the events fill their own. 0 or -1. */
int source_read(const char *path, const struct source_events *events, void *user,
                struct error *error);
/* "PATH:LINE: ..."; returns -1. */
int source_error(struct error *error, const char *path, uint32_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
