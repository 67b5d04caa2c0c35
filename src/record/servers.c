/* SPDX-License-Identifier: MIT
 * servers.c: see servers.h.
 */
#include "record/servers.h"

#include <stdio.h>
#include <string.h>

#include "format/format.h"

void servers_file(const char *server, char name[SERVERS_FILE])
{
    snprintf(name, SERVERS_FILE, "server-%s", server);
}

void servers_note(struct record *record, const struct wire_server *event)
{
    struct record_server *server = &record->servers[event->number];
    if (event->number >= record->n_servers)
        record->n_servers = event->number + 1;
    server->last = *event;
    server->starts += event->event == WIRE_SERVER_READY;
    record->servers_died += event->event == WIRE_SERVER_DIED;
}

const char *servers_state(enum wire_server_event event)
{
    static const char *const states[WIRE_SERVER_EVENTS] = {
        [WIRE_SERVER_READY] = "ready", [WIRE_SERVER_KILLED] = "killed",
        [WIRE_SERVER_ENDED] = "ended", [WIRE_SERVER_DIED] = "died",
    };
    return states[event];
}

void servers_set_end(json_t **object, const struct wire_server *event)
{
    char signal[32];
    bool ended = event->event == WIRE_SERVER_ENDED || event->event == WIRE_SERVER_DIED;
    member_set(object, "exit_status", ended && event->signal == 0
                                          ? json_integer(event->exit_status) : json_null());
    member_text(object, "signal", event->signal > 0
                                      ? text_signal(event->signal, signal, sizeof signal) : NULL);
}

json_t *servers_json(const struct record *record)
{
    json_t *list = record->n_servers > 0 ? json_array() : NULL;
    for (uint32_t i = 0; list && i < record->n_servers; i++) {
        const struct record_server *server = &record->servers[i];
        char name[SERVERS_FILE];
        if (server->last.name[0] == '\0') /* it has not been heard of */
            continue;
        json_t *object = json_object();
        member_text(&object, "name", server->last.name);
        member_text(&object, "state", servers_state((enum wire_server_event)server->last.event));
        member_count(&object, "pid", server->last.pid > 0 ? (uint64_t)server->last.pid : 0);
        member_count(&object, "starts", server->starts);
        servers_set_end(&object, &server->last);
        servers_file(server->last.name, name);
        member_text(&object, "output", name);
        member_append(&list, object);
    }
    return list;
}
