/* SPDX-License-Identifier: MIT
 * recorder.h: writes down what the operations of a run do to its disk, by ptrace(2): the filter of
 * a recorded process stops it at the calls that change files (SECCOMP_RET_TRACE), and what a call
 * really did is read off the files at its exit. One call that changes files is under way at a time;
 * the others wait at their entries, so the steps have one order.
 *
 * It lives in the warden, in the place of the injector: an ancestor of all that it traces, as Yama
 * requires. Not async-signal-safe.
 *
 * Runs in: recorder, which is the warden.
 */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include <signal.h>
#include <stdbool.h>

#include "base/base.h"
#include "inject/inject.h"
#include "recorder/what.h"

struct recorder;

/* Makes a recorder. Processes ask on `socket` to be recorded; the recorder takes it over, also on
 * failure. NULL: `error` has the reason. */
struct recorder *recorder_new(int socket, const struct recorder_task *task, struct error *error);
/* Has the spare child been reaped? Tells how it had ended. */
bool recorder_spare(const struct recorder *recorder, siginfo_t *ret);
/* Kills what is still traced and writes the recording out, with a file `fidelity` beside it: a
 * line "exact", or where the steps and the disk differ; and, where operations left files outside
 * the disk changed, a line "outside: PATH". */
void recorder_free(struct recorder *recorder);
/* Give it the memory of injection and the control memory. They take over fd, also on failure.
 * Return 0, or -1 with `error`. */
int recorder_share(struct recorder *recorder, int fd, struct error *error);
int recorder_control(struct recorder *recorder, int fd, struct error *error);
/* The same for the global state (0) and the actor states (1), of workloads that have them. Called
 * again, does nothing. */
int recorder_memory(struct recorder *recorder, unsigned number, int fd, struct error *error);
/* Serves until one of the descriptors fds[0 .. n) is readable. Returns the readable ones as bits.
 */
unsigned recorder_serve(struct recorder *recorder, const int *fds, unsigned n);

#endif
