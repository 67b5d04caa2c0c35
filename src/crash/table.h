/* SPDX-License-Identifier: MIT
 * table.h: writes what an enumeration found to standard output and to result.json. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_TABLE_H
#define CRASH_TABLE_H

#include "crash/state.h"
#include "record/record.h"

/* Append the events of the start and of a case that was judged. */
void crash_write_start(struct crash *crash);
void crash_write_case(struct crash *crash, size_t which);
/* Prints the table and the failing cases on standard output. */
void crash_print(const struct crash *crash);
/* Writes result.json; it extends the one of the clean run. Returns 0, or -1 with `error`. */
int crash_write(const struct crash *crash, struct error *error);
/* The same where no point was tried, because the run without faults ended as `exit_status` says. */
int crash_write_early(const struct crash *crash, int exit_status, const char *reason,
                      struct error *error);
enum record_verdict crash_verdict(const struct crash *crash);
int crash_exit_status(const struct crash *crash);

#endif
