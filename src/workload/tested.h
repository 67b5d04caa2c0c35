/* SPDX-License-Identifier: MIT
 * tested.h: what is tested, so that results can be compared: the command line as far as it decides
 * what is done and how it is judged, and the contents of the files that it names. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef WORKLOAD_TESTED_H
#define WORKLOAD_TESTED_H

#include <jansson.h>
#include <stdint.h>

#include "cli/cli.h"

struct tested {
    uint64_t identity; /* the same for the same version, words and contents */
    json_t *files;     /* { "file": as typed, "hash": of its content, null: not read }. Owned */
    json_t *known;     /* the hashes by absolute paths. Owned */
};

void tested_begin(struct tested *tested);
/* Adds the command that the options have, as it runs in this directory. Files are the workload,
 * the first file among its arguments, and the executable ones that arguments, hooks and the
 * commands of workload files name. Where they lie does not count. */
void tested_add(struct tested *tested, const char *directory, const struct options *options);
/* The same for the files alone, where the words are known by other means. */
void tested_add_files(struct tested *tested, const char *directory, const struct options *options);
/* Adds a text. */
void tested_add_text(struct tested *tested, const char *text);
/* "tested" of a result (new reference): { identity, files }. Frees what `tested` owns. NULL: no
 * memory. */
json_t *tested_end(struct tested *tested);
/* The same for one command in the current directory. */
json_t *tested_make(const struct options *options);

#endif
