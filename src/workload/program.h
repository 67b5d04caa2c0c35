/* SPDX-License-Identifier: MIT
 * program.h: the program of an actor that stays: it is told of each operation on its standard
 * input, and answers on its standard output. stress-supervisor-workload(5) has the protocol. A
 * runner has one program at most. Not async-signal-safe.
 *
 * Runs in: runner.
 */
#ifndef WORKLOAD_PROGRAM_H
#define WORKLOAD_PROGRAM_H

#include "stress.h"

/* Performs an operation: starts the program if it does not run yet, by the shell line `line` and
 * with `environment`, tells it, and waits for its answer. If the program dies, so does this
 * process, in the same way. */
enum stress_outcome program_perform(struct stress_actor *actor, const char *line,
                                    char *const *environment);
/* Ends the program, if it runs: closes its standard input, and kills it if it does not end. What it
 * answered too much makes its last operation a failure; if it dies, so does this process. */
void program_stop(struct stress_actor *actor);

#endif
