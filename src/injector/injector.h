/* SPDX-License-Identifier: MIT
 * injector.h: answers the notifications of all injected processes of a run.
 *
 * It lives in the warden's process, which is an ancestor of every target, as Yama requires, and
 * runs no user code. A call that is let through costs the injector three system calls: wait,
 * receive, answer. Not async-signal-safe.
 *
 * Runs in: warden, which is the injector.
 */
#ifndef INJECTOR_INJECTOR_H
#define INJECTOR_INJECTOR_H

#include <stdbool.h>

#include "base/base.h"
#include "inject/inject.h"
#include "injector/caller.h"
#include "injector/target.h"

struct injector;

/* Makes an injector. Processes hand over their listeners on `socket`. The injector takes it over,
 * also on failure, unless memory ran out. `points`: where RULE_RECORD writes; NULL: nowhere.
 * Returns NULL with `error` on failure. */
struct injector *injector_new(int socket, struct share_points *points, struct error *error);
/* Frees the injector and closes its descriptors. */
void injector_free(struct injector *injector);
/* Give it the memory of injection, before everything else, and the control memory, as soon as there
 * is one. They take over fd, also on failure. Return 0, or -1 with `error`. */
int injector_share(struct injector *injector, int fd, struct error *error);
int injector_control(struct injector *injector, int fd, struct error *error);
/* Takes note of changed rules in the memory of injection. */
void injector_renew(struct injector *injector);
/* Serves until one of the descriptors fds[0 .. n) is readable. Pass the same ones, at most 4, in
 * each call. Returns the readable ones as bits; 0: there was no memory, call it again. */
unsigned injector_serve(struct injector *injector, const int *fds, unsigned n);

#endif
