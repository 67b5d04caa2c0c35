/* SPDX-License-Identifier: MIT
 * servers.h: what is known of the servers under test: how each one is, and how it ended. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_SERVERS_H
#define RECORD_SERVERS_H

#include <jansson.h>

#include "record/run.h"

/* The name of the file with the end of a server's output, in the directory of a finding. */
enum { SERVERS_FILE = TEXT_NAME + 8 };
void servers_file(const char *server, char name[SERVERS_FILE]);
/* Takes over what the supervisor tells of a server. */
void servers_note(struct record *record, const struct wire_server *event);
/* "ready", "killed", ...: see enum wire_server_event. */
const char *servers_state(enum wire_server_event event);
/* Sets exit_status and signal, null where there is none. */
void servers_set_end(json_t **object, const struct wire_server *event);
/* All servers as they are now: a list of { name, state, pid, starts, exit_status, signal, output }
 * (new reference). NULL: there are none, or memory has run out. */
json_t *servers_json(const struct record *record);

#endif
