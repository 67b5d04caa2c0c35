/* SPDX-License-Identifier: MIT
 * session.h: one run from the monitor's side: starts supervisors, holds the memfds, answers their
 * messages, keeps the deadlines of hooks and of the run, takes signals, ends in a record and a
 * report. The only place in the monitor that waits. Monitor only.
 */
#ifndef MONITOR_SESSION_H
#define MONITOR_SESSION_H

#include "monitor/options.h"
#include "monitor/subject.h"

/* `stress-supervisor [run]`: the exit status. `argv` is the whole original command line (a host
 * parses it again). Prints. */
int session_run(const struct options *options, const struct subject *subject, char **argv);
/* `stress-supervisor list`. */
int session_list(const struct options *options, const struct subject *subject, char **argv);

#endif
