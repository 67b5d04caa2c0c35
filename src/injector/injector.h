/* SPDX-License-Identifier: MIT
 * injector.h: answers the notifications of all injected processes of a run. It lives in the
 * warden's process: an ancestor of every target, which is what Yama asks for, that runs no user
 * code.
 *
 * One call that is let through costs three system calls here: wait, receive, answer.
 *
 * Runs in: warden, which is the injector.
 */
#ifndef INJECTOR_INJECTOR_H
#define INJECTOR_INJECTOR_H

#include <stdbool.h>

#include "base/base.h"
#include "inject/inject.h"

struct injector;

/* `socket`: where processes hand their listeners over; the injector's from now on. `points`: NULL,
 * or where RULE_RECORD writes to. NULL with `error` if there is no memory. */
struct injector *injector_new(int socket, struct share_points *points, struct error *error);
void injector_free(struct injector *injector);
/* The memory of injection (first of all), and the control memory, once there is one. Both become
 * the injector's, also on failure. */
int injector_share(struct injector *injector, int fd, struct error *error);
int injector_control(struct injector *injector, int fd, struct error *error);
/* The rules in the memory are others now. */
void injector_renew(struct injector *injector);
/* Serves until one of these descriptors is readable (at most 4; the same in each call); which ones,
 * as bits. */
unsigned injector_serve(struct injector *injector, const int *fds, unsigned n);

#endif
