/* SPDX-License-Identifier: MIT
 * fuzz_wire.c: messages between monitor and supervisor. The first byte of the input is the type,
 * the second says how many descriptors come with it (two bits), and whether the rest is the whole
 * body or the beginning of one of the right size, so that small inputs make large messages.
 */
#include <sys/socket.h>

#include "wire/wire.h"
#include "tests/fuzz/fuzz.h"

enum { DESCRIPTORS = 3, WHOLE = 4 };

static const size_t sizes[WIRE_LAST] = {
    [WIRE_CONFIG] = sizeof(struct wire_config), [WIRE_GLOBAL] = sizeof(struct wire_memory),
    [WIRE_MEMORY] = sizeof(struct wire_memory), [WIRE_DEFINITION] = sizeof(struct definition),
    [WIRE_REFUSED] = sizeof(struct wire_text), [WIRE_SKIPPED] = sizeof(struct wire_text),
    [WIRE_COUNTS] = sizeof(struct wire_counts), [WIRE_HOOK_BEGIN] = sizeof(struct wire_hook),
    [WIRE_HOOK_END] = sizeof(struct wire_hook),
    [WIRE_GENERATION] = sizeof(struct wire_generation), [WIRE_RESET] = sizeof(struct wire_reset),
    [WIRE_DRAFT] = sizeof(struct wire_finding), [WIRE_FINDING] = sizeof(struct wire_finding),
    [WIRE_SERVER] = sizeof(struct wire_server), [WIRE_WATCH] = sizeof(struct wire_watch),
    [WIRE_RETIRED] = sizeof(struct wire_retired),
    [WIRE_HELD] = sizeof(struct wire_held), [WIRE_ERROR] = sizeof(struct wire_text),
    [WIRE_DONE] = sizeof(struct wire_done), [WIRE_EPISODE] = sizeof(struct wire_done),
    [WIRE_JUDGE] = sizeof(struct wire_judge),
};

/* What the monitor takes for granted once a message is received. */
static void look(const struct wire_message *message)
{
    const struct definition *definition = &message->body.definition;
    const struct wire_finding *finding = &message->body.finding;
    FUZZ_EXPECT(message->type > 0 && message->type < WIRE_LAST &&
                message->size == sizes[message->type]);
    if (message->type == WIRE_DEFINITION) {
        uint32_t n = definition_actors(definition), index;
        FUZZ_EXPECT(n <= DEFINITION_ACTORS && !definition_type_of(definition, n, &index));
        for (uint32_t i = 0; i < n; i++) {
            const struct definition_type *type = definition_type_of(definition, i, &index);
            FUZZ_EXPECT(type && index < type->count && text_is_stored_name(type->name));
            FUZZ_EXPECT(definition_action_of(type, index, 1, i) < type->n_actions);
        }
    } else if (message->type == WIRE_FINDING) {
        FUZZ_EXPECT(*wire_finding_kind_name((enum wire_finding_kind)finding->kind) != '?');
        FUZZ_EXPECT(strlen(finding->title) < sizeof finding->title);
    } else if (message->type == WIRE_HOOK_END) {
        FUZZ_EXPECT(*wire_hook_text((enum wire_hook_name)message->body.hook.hook) != '?');
    } else if (message->type == WIRE_RESET) {
        FUZZ_EXPECT(*wire_cause_text(message->body.reset.cause) != '?');
    }
}

/* The socket on which runners hand over their output takes anything, too. */
static void hear_output(int from, int to, const uint8_t *data, size_t size, int fd)
{
    struct wire_output output;
    struct packet packet;
    struct error error;
    int got = -1;
    packet_out(&packet, data, size, fd);
    if (fd < 0)
        packet.message.msg_controllen = 0;
    FUZZ_EXPECT(sendmsg(from, &packet.message, MSG_NOSIGNAL) == (ssize_t)size);
    int result = wire_output_receive(to, &output, &got, &error);
    FUZZ_EXPECT(result == 1 ? output.source < WIRE_SOURCES &&
                              (got < 0) == (output.source == WIRE_SOURCE_RESET)
                            : got < 0);
    fd_close(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char body[sizeof(union { struct wire_message message; char room[1 << 18]; })];
    static struct wire_message message;
    static int ends[2] = { -1, -1 };
    struct error error;
    if (ends[0] < 0)
        FUZZ_EXPECT(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 &&
                    wire_prepare(ends[0], &error) == 0);
    if (size < 2 || size > sizeof body)
        return 0;
    uint8_t type = data[0], how = data[1];
    size_t n_fds = (how & DESCRIPTORS) % (WIRE_FDS + 1), given = size - 2;
    int fds[WIRE_FDS] = { ends[0], ends[1] };
    hear_output(ends[0], ends[1], data + 2, given, n_fds ? ends[0] : -1);
    memset(body, 0, sizeof body);
    memcpy(body, data + 2, given);
    if (!(how & WHOLE) && type < WIRE_LAST)
        given = sizes[type];
    FUZZ_EXPECT(wire_send(ends[0], type, body, given, fds, n_fds, &error) == 0);
    if (wire_receive(ends[1], false, &message, &error) != 1)
        return fuzz_refused(&error);
    look(&message);
    for (size_t i = 0; i < WIRE_FDS; i++)
        fd_close(&message.fds[i]);
    return fuzz_accepted();
}
