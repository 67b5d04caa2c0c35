/* SPDX-License-Identifier: MIT
 * launch.h: runs one command and waits until it ends. Runner (operations) and supervisor (hooks);
 * one thread. Allocates nothing.
 *
 * Runs in: supervisor, runner.
 */
#ifndef WORKLOAD_LAUNCH_H
#define WORKLOAD_LAUNCH_H

#include <signal.h>

#include "base/base.h"
#include "inject/inject.h"

/* The command gets default signals, an empty mask, and dies with this process. argv[0] is looked
 * up in PATH. `inject` not NULL: it is a target of injection, as *hello says. 0: it ended, as *ret
 * says (si_code, si_status). -1: it could not be started. */
int launch_wait(char *const *argv, char *const *environment, const struct inject_plan *inject,
                struct enter_hello *hello, siginfo_t *ret, struct error *error);
/* The same for a line that /bin/sh -c would take; without it where that makes no difference. */
int launch_line(const char *line, char *const *environment, const struct inject_plan *inject,
                struct enter_hello *hello, siginfo_t *ret, struct error *error);

#endif
