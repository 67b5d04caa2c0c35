/* SPDX-License-Identifier: MIT
 * wire.c: see wire.h.
 */
#include "wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/base.h"

struct wire_head {
    uint32_t type, size;
};

/* Room for the descriptors of one packet. */
union wire_control {
    char bytes[CMSG_SPACE(WIRE_FDS * sizeof(int))];
    struct cmsghdr align;
};

int wire_prepare(int socket, struct error *error)
{
    const int size = 1 << 20; /* room for several of the largest messages */
    if (setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) < 0)
        return error_set(error, errno, "cannot size the socket between monitor and supervisor");
    return 0;
}

static void attach_fds(struct msghdr *message, union wire_control *control, const int *fds,
                       size_t n_fds)
{
    if (n_fds == 0)
        return;
    memset(control, 0, sizeof *control);
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
    struct cmsghdr *header = &control->align; /* what CMSG_FIRSTHDR() returns */
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
    memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
}

int wire_send(int socket, enum wire_type type, const void *body, size_t size, const int *fds,
              size_t n_fds, struct error *error)
{
    struct wire_head head = { .type = type, .size = (uint32_t)size };
    struct iovec parts[2] = { { &head, sizeof head }, { (void *)(uintptr_t)body, size } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    union wire_control control;
    attach_fds(&message, &control, fds, n_fds);
    if (packet_send(socket, &message, 0) < 0)
        return error_set(error, errno, "cannot send message %u", (unsigned)type);
    return 0;
}

/* Takes the descriptors out of a received packet; those that do not fit are closed. */
static void take_fds(struct msghdr *message, int *fds, size_t n_fds)
{
    size_t taken = 0;
    for (size_t i = 0; i < n_fds; i++)
        fds[i] = -1;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            if (taken < n_fds)
                fds[taken++] = fd;
            else
                close(fd);
        }
    }
}

static ssize_t receive_packet(int socket, struct msghdr *message, bool wait)
{
    ssize_t n;
    /* ECONNRESET: the other end closed without reading all of ours. It is reported once; after that
     * what the other end sent is there to read, and then the end of file. */
    while ((n = recvmsg(socket, message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT))) < 0 &&
           (errno == EINTR || errno == ECONNRESET))
        continue;
    return n;
}

/* Each check is given a body of the right size. */
typedef bool checker(const struct wire_message *message);

static bool terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool check_actors(const struct definition_counts *counts)
{
    bool good = counts->n <= DEFINITION_TYPES && counts->only <= DEFINITION_ACTORS;
    for (uint32_t i = 0; good && i < counts->n; i++)
        good = text_is_stored_name(counts->type[i].name) &&
               counts->type[i].count <= DEFINITION_ACTORS;
    return good;
}

static bool check_config(const struct wire_message *message)
{
    const struct wire_config *config = &message->body.config;
    return config->version == WIRE_VERSION && config->sandbox < WIRE_SANDBOXES &&
           config->serial < WIRE_SCHEDULES &&
           config->monitor_pid > 0 && config->warden_pid > 0 && config->tracer_pid > 0 &&
           config->hold_ms <= 60000 &&
           terminated(config->scratch, sizeof config->scratch) &&
           terminated(config->witness, sizeof config->witness) &&
           terminated(config->output, sizeof config->output) && check_actors(&config->counts);
}

static bool check_definition(const struct wire_message *message)
{
    struct error ignored;
    return definition_check(&message->body.definition, &ignored) == 0;
}

static bool check_text(const struct wire_message *message)
{
    return terminated(message->body.text.text, sizeof message->body.text.text);
}

static bool check_counts(const struct wire_message *message)
{
    return message->body.counts.n_types <= DEFINITION_TYPES;
}

static bool check_hook(const struct wire_message *message)
{
    return message->body.hook.hook < WIRE_HOOKS &&
           *wire_result_text(message->body.hook.result) != '?';
}

static bool check_reset(const struct wire_message *message)
{
    const struct wire_reset *reset = &message->body.reset;
    return reset->cause >= STRESS_CAUSE_REQUEST && reset->cause <= STRESS_CAUSE_SUPERVISOR &&
           terminated(reset->announcement, sizeof reset->announcement);
}

static bool check_finding(const struct wire_message *message)
{
    const struct wire_finding *finding = &message->body.finding;
    for (uint32_t i = 0; i < finding->n_operations && i < WIRE_STORY; i++)
        if (!terminated(finding->operations[i].note, sizeof finding->operations[i].note))
            return false;
    return finding->kind < FINDING_KINDS && finding->n_operations <= WIRE_STORY &&
           finding->order.begin <= finding->order.end && finding->server_number >= 0 &&
           finding->server_number <= DEFINITION_SERVERS && finding->n_others <= WIRE_OTHERS &&
           terminated(finding->server, sizeof finding->server) &&
           terminated(finding->action, sizeof finding->action) &&
           terminated(finding->title, sizeof finding->title) &&
           terminated(finding->description, sizeof finding->description);
}

static bool check_server(const struct wire_message *message)
{
    return message->body.server.event < WIRE_SERVER_EVENTS &&
           message->body.server.number < DEFINITION_SERVERS &&
           text_is_stored_name(message->body.server.name);
}

static bool check_watch(const struct wire_message *message)
{
    return terminated(message->body.watch.text, sizeof message->body.watch.text);
}

static bool check_retired(const struct wire_message *message)
{
    return message->body.retired.n_deaths <= WIRE_DEATHS;
}

static bool check_held(const struct wire_message *message)
{
    return message->body.held.pid > 0;
}

static bool check_done(const struct wire_message *message)
{
    return message->body.done.end < WIRE_ENDS;
}

static bool check_nothing(const struct wire_message *message)
{
    (void)message;
    return true;
}

static const struct {
    size_t size;
    checker *check;
    unsigned most_fds;
} wire_types[WIRE_LAST] = {
    [WIRE_CONFIG] = { sizeof(struct wire_config), check_config, 0 },
    [WIRE_GLOBAL] = { sizeof(struct wire_memory), check_nothing, 2 },
    [WIRE_MEMORY] = { sizeof(struct wire_memory), check_nothing, 2 },
    [WIRE_STOP] = { 0, check_nothing, 0 },
    [WIRE_DEFINITION] = { sizeof(struct definition), check_definition, 0 },
    [WIRE_REFUSED] = { sizeof(struct wire_text), check_text, 0 },
    [WIRE_SKIPPED] = { sizeof(struct wire_text), check_text, 0 },
    [WIRE_COUNTS] = { sizeof(struct wire_counts), check_counts, 0 },
    [WIRE_HOOK_BEGIN] = { sizeof(struct wire_hook), check_hook, 0 },
    [WIRE_HOOK_END] = { sizeof(struct wire_hook), check_hook, 0 },
    [WIRE_GENERATION] = { sizeof(struct wire_generation), check_nothing, 0 },
    [WIRE_RESET] = { sizeof(struct wire_reset), check_reset, 0 },
    [WIRE_DRAFT] = { sizeof(struct wire_finding), check_finding, 0 },
    [WIRE_FINDING] = { sizeof(struct wire_finding), check_finding, 0 },
    [WIRE_SERVER] = { sizeof(struct wire_server), check_server, 0 },
    [WIRE_WATCH] = { sizeof(struct wire_watch), check_watch, 0 },
    [WIRE_HELD] = { sizeof(struct wire_held), check_held, 0 },
    [WIRE_RETIRED] = { sizeof(struct wire_retired), check_retired, 0 },
    [WIRE_ERROR] = { sizeof(struct wire_text), check_text, 0 },
    [WIRE_EPISODE] = { sizeof(struct wire_done), check_done, 0 },
    [WIRE_AGAIN] = { 0, check_nothing, 0 },
    [WIRE_JUDGE] = { sizeof(struct wire_judge), check_nothing, 0 },
    [WIRE_DONE] = { sizeof(struct wire_done), check_done, 0 },
    [WIRE_ASK] = { 0, check_nothing, 0 },
    [WIRE_GO] = { 0, check_nothing, 0 },
    [WIRE_KEEP] = { 0, check_nothing, 0 },
};

static int check_message(const struct wire_message *message, size_t received, int flags,
                         struct error *error)
{
    if ((flags & (MSG_TRUNC | MSG_CTRUNC)) || received < sizeof(struct wire_head))
        return error_set(error, 0, "cannot use a message: wrong size (%zu bytes)", received);
    if (message->type == 0 || message->type >= WIRE_LAST)
        return error_set(error, 0, "cannot use a message: unknown type (%u)",
                         message->type);
    if (message->size != wire_types[message->type].size ||
        received != sizeof(struct wire_head) + message->size)
        return error_set(error, 0, "cannot use message %u: wrong size (%zu bytes)",
                         message->type, received);
    for (size_t i = wire_types[message->type].most_fds; i < WIRE_FDS; i++)
        if (message->fds[i] >= 0)
            return error_set(error, 0, "cannot use message %u: surplus descriptors",
                             message->type);
    if (!wire_types[message->type].check(message))
        return error_set(error, 0, "cannot use message %u: it makes no sense", message->type);
    return 0;
}

int wire_receive(int socket, bool wait, struct wire_message *ret, struct error *error)
{
    struct wire_head head = { 0 };
    struct iovec parts[2] = { { &head, sizeof head }, { &ret->body, sizeof ret->body } };
    union wire_control control;
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    ssize_t n = receive_packet(socket, &message, wait);
    if (n < 0)
        return error_set(error, errno == EWOULDBLOCK ? EAGAIN : errno,
                         "cannot receive a message");
    take_fds(&message, ret->fds, WIRE_FDS);
    ret->type = head.type;
    ret->size = head.size;
    if (n > 0 && check_message(ret, (size_t)n, message.msg_flags, error) == 0)
        return 1;
    for (size_t i = 0; i < WIRE_FDS; i++)
        fd_close(&ret->fds[i]);
    return n > 0 ? -1 : 0;
}

int wire_output_hand_over(int output_socket, enum wire_source source, uint32_t index, int read_end)
{
    struct wire_output output = { .source = source, .index = index };
    struct iovec part = { &output, sizeof output };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    union wire_control control;
    attach_fds(&message, &control, &read_end, 1);
    ssize_t sent = packet_send(output_socket, &message, 0);
    fd_close(&read_end);
    return sent < 0 ? -1 : 0;
}

int wire_output_open(int output_socket, enum wire_source source, uint32_t index)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    if (wire_output_hand_over(output_socket, source, index, ends[0]) < 0) {
        fd_close(&ends[1]);
        return -1;
    }
    return ends[1];
}

void wire_output_reset(int output_socket)
{
    const struct wire_output reset = { .source = WIRE_SOURCE_RESET };
    packet_send_bytes(output_socket, &reset, sizeof reset, 0);
}

void wire_output_mark(int fd, uint64_t number)
{
    struct wire_mark mark = { WIRE_MARK_MAGIC, number };
    (void)!write(fd, &mark, sizeof mark); /* whole or not at all: it is shorter than PIPE_BUF */
}

int wire_output_receive(int output_socket, struct wire_output *ret, int *ret_fd,
                        struct error *error)
{
    struct iovec part = { ret, sizeof *ret };
    union wire_control control;
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    ssize_t n = receive_packet(output_socket, &message, false);
    if (n < 0)
        return error_set(error, errno == EWOULDBLOCK ? EAGAIN : errno,
                         "cannot receive an output pipe");
    take_fds(&message, ret_fd, 1);
    if (n == 0 && *ret_fd < 0)
        return 0;
    if (n == sizeof *ret && !(message.msg_flags & MSG_TRUNC) && ret->source < WIRE_SOURCES &&
        (*ret_fd < 0) == (ret->source == WIRE_SOURCE_RESET))
        return 1;
    fd_close(ret_fd);
    return error_set(error, 0, "cannot use an output pipe: its packet makes no sense");
}

static const char *const wire_finding_kind_names[FINDING_KINDS] = {
    [FINDING_CRASH] = "crash",
    [FINDING_EXIT] = "exit",
    [FINDING_FAILURE] = "failure",
    [FINDING_HANG] = "hang",
    [FINDING_INVARIANT] = "invariant",
    [FINDING_UNANNOUNCED_RESET] = "unannounced-reset",
    [FINDING_SERVER_DEATH] = "server-death",
    [FINDING_ENVIRONMENT] = "environment",
    [FINDING_CORRUPTION] = "corruption",
    [FINDING_STARVED] = "starved", [FINDING_KERNEL] = "kernel", [FINDING_LOST] = "lost",
    [FINDING_LIMIT] = "limit",
};

static const char *const wire_hook_texts[WIRE_HOOKS] = {
    [WIRE_HOOK_SETUP] = "setup",       [WIRE_HOOK_RESET] = "reset",
    [WIRE_HOOK_CHECK] = "check",       [WIRE_HOOK_TEARDOWN] = "teardown",
    [WIRE_HOOK_DESCRIBE] = "describe",
};

static const char *const wire_cause_texts[] = {
    [STRESS_CAUSE_REQUEST] = "request", [STRESS_CAUSE_DEATH] = "death",
    [STRESS_CAUSE_FAILURE] = "failure", [STRESS_CAUSE_HANG] = "hang",
    [STRESS_CAUSE_SERVER] = "server",   [STRESS_CAUSE_SUPERVISOR] = "supervisor",
};

static const char *const wire_outcome_texts[] = {
    [STRESS_OK] = "ok",     [STRESS_UNCOUNTED] = "uncounted", [STRESS_RESET] = "reset",
    [STRESS_FAIL] = "fail",
};

const char *wire_finding_kind_name(enum wire_finding_kind kind)
{
    return (unsigned)kind < FINDING_KINDS ? wire_finding_kind_names[kind] : "?";
}

const char *wire_hook_text(enum wire_hook_name hook)
{
    return (unsigned)hook < WIRE_HOOKS ? wire_hook_texts[hook] : "?";
}

const char *wire_cause_text(uint32_t cause)
{
    return cause >= STRESS_CAUSE_REQUEST && cause <= STRESS_CAUSE_SUPERVISOR
               ? wire_cause_texts[cause] : "?";
}

const char *wire_outcome_text(uint32_t outcome)
{
    return outcome <= STRESS_FAIL ? wire_outcome_texts[outcome] : "?";
}

const char *wire_result_text(uint32_t result)
{
    switch (result) {
    case STRESS_ENV_OK:
        return "ok";
    case STRESS_ENV_FAIL:
        return "fail";
    case STRESS_ENV_SKIP:
        return "skip";
    case STRESS_ENV_USAGE:
        return "usage";
    default:
        return "?";
    }
}
