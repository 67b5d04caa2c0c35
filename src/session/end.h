/* SPDX-License-Identifier: MIT
 * end.h: from the last death to the report. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_END_H
#define SESSION_END_H

#include "session/state.h"

int session_finish(struct session *session);

#endif
