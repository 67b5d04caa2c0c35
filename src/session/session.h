/* SPDX-License-Identifier: MIT
 * session.h: one run from the monitor's side: starts supervisors, holds the memfds, answers their
 * messages, keeps the deadlines of hooks and of the run, takes signals, ends in a record and a
 * report. Its loop is the one place of a run's monitor that waits. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "session/orders.h"

/* `stress-supervisor [run]`: the exit status. `argv` is the whole original command line (a host
 * parses it again). Prints. */
int session_run(const struct options *options, const struct subject *subject, char **argv);
/* The same, as one of many. `definition`: NULL, or where the workload's is written to. */
int session_run_ordered(const struct options *options, const struct subject *subject, char **argv,
                        const struct session_orders *orders, struct session_result *ret,
                        struct definition *definition);
/* `stress-supervisor list`. */
int session_list(const struct options *options, const struct subject *subject, char **argv);

#endif
