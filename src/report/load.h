/* SPDX-License-Identifier: MIT
 * load.h: loads what a run, an enumeration or a suite has left: result.json, or, if that is missing
 * or cut off, what events.jsonl tells. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_LOAD_H
#define REPORT_LOAD_H

#include <jansson.h>
#include <stdbool.h>

#include "base/base.h"

/* Loads the result of the directory `at`, called `name` in messages (new reference). *ret_complete:
 * it is that of result.json, which is checked. Returns 0, or an exit status with `error`. */
int report_load(int at, const char *name, json_t **ret, bool *ret_complete, struct error *error);

#endif
