/* SPDX-License-Identifier: MIT
 * identity.h: what a process may do: its user, groups, capabilities and limit of file size. The
 * injector takes the identity of the target on for a call that it makes, so that the kernel permits
 * and refuses what it would have permitted and refused to the target. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_IDENTITY_H
#define INJECTOR_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { IDENTITY_GROUPS = 128 };

struct identity {
    uid_t user;            /* for file systems, as is the group */
    gid_t group;
    int n_groups;
    gid_t groups[IDENTITY_GROUPS];
    uint64_t capabilities; /* effective ones */
    struct rlimit size;    /* RLIMIT_FSIZE */
    mode_t mask;           /* of files that it makes: read, but never taken on */
};

/* Reads the identity of a process or thread; 0: of the caller. A process in a user namespace of its
 * own counts as one without capabilities. Returns false if the process is gone, may not be asked,
 * or has more than IDENTITY_GROUPS groups. */
bool identity_read(pid_t pid, struct identity *ret);
/* Turns the caller, which is `own`, into `other`. Returns false if the caller may not do that: then
 * it is still `own`. */
bool identity_take(const struct identity *own, const struct identity *other);
/* Turns the caller back into `own`, after identity_take() returned true. */
void identity_leave(const struct identity *own, const struct identity *other);
/* Is the process in the user namespace of the caller? */
bool identity_same_namespace(pid_t pid);

#endif
