/* SPDX-License-Identifier: MIT
 * session.h: one run, seen from the monitor. It starts supervisors, holds the memfds, answers
 * messages, keeps the deadlines of the hooks and of the run, handles signals, and ends with a
 * record and a report. Its loop is the only place where the monitor of a run waits. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "session/orders.h"

/* `stress-supervisor [run]`: returns the exit status. `argv` is the whole command line, which a
 * host parses again. Prints. */
int session_run(const struct options *options, const struct subject *subject, char **argv);
/* The same for one run of many. What came of it is written to `ret`, and the workload's definition
 * to `definition`, unless that is NULL. */
int session_run_ordered(const struct options *options, const struct subject *subject, char **argv,
                        const struct session_orders *orders, struct session_result *ret,
                        struct definition *definition);
/* `stress-supervisor list`: returns the exit status. Prints. */
int session_list(const struct options *options, const struct subject *subject, char **argv);

#endif
