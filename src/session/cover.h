/* SPDX-License-Identifier: MIT
 * cover.h: the path at which the workload sees the scratch directory. With an order for a disk it
 * lies over another directory, in the mount namespace of this process. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_COVER_H
#define SESSION_COVER_H

#include "session/state.h"

/* What STRESS_SCRATCH is to say. */
const char *session_cover_path(const struct session *session);
/* Puts the scratch directory over that path. Call it whenever the directory has been made or
 * renewed. Returns 0, or -1 with `error`. */
int session_cover(struct session *session, struct error *error);
/* Takes it away again, before it is removed. */
void session_uncover(struct session *session);

#endif
