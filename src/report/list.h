/* SPDX-License-Identifier: MIT
 * list.h: what a workload declares. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_LIST_H
#define REPORT_LIST_H

#include <stdio.h>

#include "cli/cli.h"
#include "definition/definition.h"

/* Prints the output of `stress-supervisor list`: JSON, or text for any other format. */
void report_list(FILE *out, const struct definition *definition, enum options_format format);

#endif
