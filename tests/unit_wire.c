/* SPDX-License-Identifier: MIT
 * unit_wire.c: messages between monitor and supervisor: what is sent is received, and what makes no
 * sense is refused without a descriptor left open.
 */
#include "wire/wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "unit.h"

static int ends[2]; /* the test sends on 0 and receives on 1 */
static int open_before;
static struct wire_message sent, received;
static struct error error;

static int count_open(void)
{
    int n = 0;
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory))
        n++;
    closedir(directory);
    return n;
}

static void set_up(void)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(wire_prepare(ends[0], &error), 0);
    open_before = count_open();
    error = (struct error){ 0 };
}

static void tear_down(void)
{
    ck_assert_int_eq(count_open(), open_before);
    close(ends[0]);
    close(ends[1]);
}

/* A good body of each kind of message. */
static const struct wire_memory memory = { 4096, 8192, 0, 0x10000, { .given = 1 } };
static const struct wire_text text = { { [0 ... WIRE_TEXT - 2] = 'x' } };
static const struct wire_hook hook = { WIRE_HOOK_DESCRIBE, STRESS_ENV_USAGE, 7 };
static const struct wire_config config = {
    .version = WIRE_VERSION, .seed = 4711, .target = 9, .sandbox = WIRE_SANDBOX_NONE,
    .monitor_pid = 10, .warden_pid = 11, .tracer_pid = 4, .scratch = "/scratch",
    .counts = { .n = 1, .type = { { "writer", 8 } } } };
static const struct definition definition = {
    .name = "store", .n_types = 2, .types = {
        { .name = "writer", .count = 4, .n_actions = 2, .actions = { { "put", 7 }, { "get", 1 } } },
        { .name = "killer", .count = 1, .n_actions = 1, .actions = { { "kill", 1 } } } } };
static const struct wire_counts counts = { DEFINITION_TYPES, { 1, 2, 3 }, 0x20000 };
static const struct wire_generation generation = { 7, 1000000, 0 };
static const struct wire_reset reset = { 7, STRESS_CAUSE_SUPERVISOR, -1, 1, "power cut" };
static const struct wire_finding finding = {
    .kind = FINDING_STARVED, .actor = 3, .generation = 2, .operation = 99, .signal = 11,
    .server = "db", .action = "put", .title = "title", .description = "lines\nof it",
    .n_operations = WIRE_STORY };
static const struct wire_watch watched = { 5, "12 rows" };
static const struct wire_server server = { "db", WIRE_SERVER_DIED, 3, 1234, 9, 0 };
static const struct wire_retired retired = { 2, 20, WIRE_DEATHS, { { 11, 0 }, { 0, 3 } } };
static const struct wire_held held = { 1234 };
static const struct wire_judge judge = { .given = 1, .operation = 7 };
static const struct wire_done done = { WIRE_END_SETUP_FAILED, 2, 1 };

static const struct kind {
    enum wire_type type;
    const void *body;
    size_t size;
    size_t fds; /* at most */
} kinds[] = {
    { WIRE_CONFIG, &config, sizeof config, 0 },
    { WIRE_GLOBAL, &memory, sizeof memory, 2 },
    { WIRE_MEMORY, &memory, sizeof memory, 2 },
    { WIRE_STOP, "", 0, 0 },
    { WIRE_DEFINITION, &definition, sizeof definition, 0 },
    { WIRE_REFUSED, &text, sizeof text, 0 },
    { WIRE_SKIPPED, &text, sizeof text, 0 },
    { WIRE_COUNTS, &counts, sizeof counts, 0 },
    { WIRE_HOOK_BEGIN, &hook, sizeof hook, 0 },
    { WIRE_HOOK_END, &hook, sizeof hook, 0 },
    { WIRE_GENERATION, &generation, sizeof generation, 0 },
    { WIRE_RESET, &reset, sizeof reset, 0 },
    { WIRE_DRAFT, &finding, sizeof finding, 0 },
    { WIRE_FINDING, &finding, sizeof finding, 0 },
    { WIRE_SERVER, &server, sizeof server, 0 },
    { WIRE_WATCH, &watched, sizeof watched, 0 },
    { WIRE_RETIRED, &retired, sizeof retired, 0 },
    { WIRE_HELD, &held, sizeof held, 0 },
    { WIRE_ERROR, &text, sizeof text, 0 },
    { WIRE_DONE, &done, sizeof done, 0 },
    { WIRE_EPISODE, &done, sizeof done, 0 },
    { WIRE_AGAIN, "", 0, 0 },
    { WIRE_JUDGE, &judge, sizeof judge, 0 },
    { WIRE_ASK, "", 0, 0 },
    { WIRE_GO, "", 0, 0 },
    { WIRE_KEEP, "", 0, 0 },
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *kind_of(enum wire_type type)
{
    for (int i = 0; i < N_KINDS; i++)
        if (kinds[i].type == type)
            return &kinds[i];
    ck_abort_msg("no such kind");
}

static void make(const struct kind *kind)
{
    memset(&sent, 0, sizeof sent);
    memcpy(&sent.body, kind->body, kind->size);
    sent.type = kind->type;
    sent.size = (uint32_t)kind->size;
}

static bool same_file(int a, int b)
{
    struct stat x, y;
    return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

START_TEST(round_trip)
{
    const struct kind *kind = &kinds[_i];
    int pipes[2];
    ck_assert_int_eq(N_KINDS, WIRE_LAST - 1); /* a new message needs its row */
    ck_assert_int_eq(pipe(pipes), 0);
    for (size_t n = 0; n <= kind->fds; n++) {
        make(kind);
        memset(&received, 0xa5, sizeof received);
        ck_assert_msg(wire_send(ends[0], kind->type, &sent.body, kind->size, pipes, n, &error) == 0,
                      "%s", error.text);
        ck_assert_msg(wire_receive(ends[1], n % 2, &received, &error) == 1, "%s", error.text);
        ck_assert_uint_eq(received.type, kind->type);
        ck_assert_uint_eq(received.size, kind->size);
        ck_assert_int_eq(memcmp(&received.body, &sent.body, kind->size), 0);
        for (size_t i = 0; i < WIRE_FDS; i++) {
            ck_assert_int_eq(received.fds[i] >= 0, i < n);
            if (i >= n)
                continue;
            ck_assert(same_file(received.fds[i], pipes[i]));
            ck_assert_int_eq(fcntl(received.fds[i], F_GETFD), FD_CLOEXEC);
            close(received.fds[i]);
        }
    }
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

/* Sends a packet that only an attacker would send, with `n_fds` descriptors of standard error. */
static void send_raw(const void *bytes, size_t size, size_t n_fds)
{
    union {
        char bytes[CMSG_SPACE(8 * sizeof(int))];
        struct cmsghdr align;
    } control = { { 0 } };
    struct iovec part = { (void *)(uintptr_t)bytes, size };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (n_fds > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        for (size_t i = 0; i < n_fds; i++) {
            const int fd = STDERR_FILENO;
            memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
        }
    }
    ck_assert_int_eq(sendmsg(ends[0], &message, MSG_NOSIGNAL), (ssize_t)size);
}

static void expect_refused(const char *words)
{
    memset(received.fds, 0x7f, sizeof received.fds);
    ck_assert_int_eq(wire_receive(ends[1], true, &received, &error), -1);
    ck_assert_msg(strstr(error.text, words) != NULL, "no \"%s\" in: %s", words, error.text);
    ck_assert_int_ne(error.code, EAGAIN);
    for (size_t i = 0; i < WIRE_FDS; i++)
        ck_assert_int_eq(received.fds[i], -1);
    ck_assert_int_eq(count_open(), open_before);
    /* The next one is received. */
    const uint32_t stop[2] = { WIRE_STOP, 0 };
    send_raw(stop, sizeof stop, 0);
    ck_assert_int_eq(wire_receive(ends[1], true, &received, &error), 1);
}

enum { HEAD = offsetof(struct wire_message, body) };

/* Too short, too long, or with a wrong head; with a descriptor or without. */
START_TEST(wrong_size)
{
    const struct kind *kind = &kinds[_i];
    static unsigned char large[sizeof(struct wire_message) + 100];
    make(kind);
    memcpy(large, &sent, HEAD + kind->size);
    const size_t sizes[] = { 1, HEAD - 1, HEAD + kind->size / 2, HEAD + kind->size - 1,
                             HEAD + kind->size + 1, sizeof large };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i] != HEAD + kind->size) {
            send_raw(large, sizes[i], i % 3);
            expect_refused("wrong size");
        }
    for (int by = -1; by <= 1; by += 2) {
        make(kind);
        sent.size += (uint32_t)by;
        send_raw(&sent, HEAD + kind->size, 1);
        expect_refused("wrong size");
    }
}
END_TEST

START_TEST(surplus_descriptors)
{
    const struct kind *kind = &kinds[_i];
    for (size_t n = kind->fds + 1; n <= 8; n++) {
        make(kind);
        send_raw(&sent, HEAD + kind->size, n);
        expect_refused(n > WIRE_FDS ? "size" : "descriptors");
    }
}
END_TEST

START_TEST(unknown_type)
{
    static const uint32_t types[] = { 0, WIRE_LAST, WIRE_LAST + 1, 0x10000, UINT32_MAX };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const uint32_t head[2] = { types[i], 0 };
        send_raw(head, sizeof head, i % 2);
        expect_refused("unknown type");
    }
}
END_TEST

static const struct {
    enum wire_type type;
    size_t offset, size;
    uint32_t value; /* of a text: the byte that fills it */
} nonsense[] = {
#define FIELD(of, field) offsetof(struct of, field), sizeof ((struct of *)0)->field
    { WIRE_CONFIG, FIELD(wire_config, version), WIRE_VERSION + 1 },
    { WIRE_CONFIG, FIELD(wire_config, sandbox), WIRE_SANDBOXES },
    { WIRE_CONFIG, FIELD(wire_config, sandbox), UINT32_MAX },
    { WIRE_CONFIG, FIELD(wire_config, monitor_pid), 0 },
    { WIRE_CONFIG, FIELD(wire_config, monitor_pid), UINT32_MAX }, /* -1: all, for kill() */
    { WIRE_CONFIG, FIELD(wire_config, warden_pid), 0 },
    { WIRE_CONFIG, FIELD(wire_config, scratch), 'x' },
    { WIRE_CONFIG, FIELD(wire_config, witness), 'x' },
    { WIRE_CONFIG, FIELD(wire_config, output), 'x' },
    { WIRE_CONFIG, FIELD(wire_config, counts.n), DEFINITION_TYPES + 1 },
    { WIRE_CONFIG, FIELD(wire_config, counts.n), 2 }, /* the second has no name */
    { WIRE_CONFIG, FIELD(wire_config, counts.only), DEFINITION_ACTORS + 1 },
    { WIRE_CONFIG, FIELD(wire_config, counts.type[0].name), 'x' },
    { WIRE_CONFIG, FIELD(wire_config, counts.type[0].count), DEFINITION_ACTORS + 1 },
    { WIRE_DEFINITION, FIELD(definition, name), 'x' },
    { WIRE_DEFINITION, FIELD(definition, n_types), DEFINITION_TYPES + 1 },
    { WIRE_DEFINITION, FIELD(definition, types[1].name), 'x' },
    { WIRE_DEFINITION, FIELD(definition, types[1].n_actions), DEFINITION_ACTIONS + 1 },
    { WIRE_DEFINITION, FIELD(definition, types[1].actions[0].name), 'x' },
    { WIRE_REFUSED, FIELD(wire_text, text), 'x' },
    { WIRE_SKIPPED, FIELD(wire_text, text), 'x' },
    { WIRE_ERROR, FIELD(wire_text, text), 'x' },
    { WIRE_COUNTS, FIELD(wire_counts, n_types), DEFINITION_TYPES + 1 },
    { WIRE_COUNTS, FIELD(wire_counts, n_types), UINT32_MAX },
    { WIRE_HOOK_BEGIN, FIELD(wire_hook, hook), WIRE_HOOKS },
    { WIRE_HOOK_END, FIELD(wire_hook, hook), UINT32_MAX },
    { WIRE_HOOK_END, FIELD(wire_hook, result), STRESS_ENV_USAGE + 1 },
    { WIRE_RESET, FIELD(wire_reset, cause), 0 },
    { WIRE_RESET, FIELD(wire_reset, cause), STRESS_CAUSE_SUPERVISOR + 1 },
    { WIRE_RESET, FIELD(wire_reset, announcement), 'x' },
    { WIRE_FINDING, FIELD(wire_finding, kind), FINDING_KINDS },
    { WIRE_FINDING, FIELD(wire_finding, server), 'x' },
    { WIRE_FINDING, FIELD(wire_finding, action), 'x' },
    { WIRE_FINDING, FIELD(wire_finding, title), 'x' },
    { WIRE_FINDING, FIELD(wire_finding, description), 'x' },
    { WIRE_FINDING, FIELD(wire_finding, n_operations), WIRE_STORY + 1 },
    { WIRE_FINDING, FIELD(wire_finding, server_number), DEFINITION_SERVERS + 1 },
    { WIRE_SERVER, FIELD(wire_server, event), WIRE_SERVER_EVENTS },
    { WIRE_SERVER, FIELD(wire_server, number), DEFINITION_SERVERS },
    { WIRE_SERVER, FIELD(wire_server, name), 'x' },
    { WIRE_SERVER, FIELD(wire_server, name), 0 },
    { WIRE_WATCH, FIELD(wire_watch, text), 'x' },
    { WIRE_RETIRED, FIELD(wire_retired, n_deaths), WIRE_DEATHS + 1 },
    { WIRE_DONE, FIELD(wire_done, end), WIRE_ENDS },
};

START_TEST(out_of_range)
{
    const struct kind *kind = kind_of(nonsense[_i].type);
    unsigned char *field = (unsigned char *)&sent.body + nonsense[_i].offset;
    make(kind);
    if (nonsense[_i].size == sizeof(uint32_t))
        memcpy(field, &nonsense[_i].value, sizeof(uint32_t));
    else
        memset(field, (int)nonsense[_i].value, nonsense[_i].size);
    send_raw(&sent, HEAD + kind->size, 0);
    expect_refused("makes no sense");
}
END_TEST

START_TEST(none_there)
{
    ck_assert_int_eq(wire_receive(ends[1], false, &received, &error), -1);
    ck_assert_int_eq(error.code, EAGAIN);
}
END_TEST

START_TEST(peer_gone)
{
    make(kind_of(WIRE_STOP));
    if (_i > 0) /* it closed without reading what was sent: ECONNRESET */
        ck_assert_int_eq(wire_send(ends[1], WIRE_STOP, NULL, 0, NULL, 0, &error), 0);
    close(ends[0]);
    ck_assert_int_eq(wire_receive(ends[1], true, &received, &error), 0);
    ck_assert_int_eq(wire_send(ends[1], WIRE_STOP, NULL, 0, NULL, 0, &error), -1);
    ck_assert_int_eq(error.code, EPIPE); /* and no SIGPIPE */
    ends[0] = dup(ends[1]);
}
END_TEST

/* It sent a message, and closed with a message to it unread: its last message is received. */
START_TEST(last_words)
{
    const struct kind *kind = kind_of(WIRE_DONE);
    make(kind);
    ck_assert_int_eq(wire_send(ends[1], WIRE_STOP, NULL, 0, NULL, 0, &error), 0);
    send_raw(&sent, HEAD + kind->size, 0);
    close(ends[0]);
    ck_assert_int_eq(wire_receive(ends[1], _i, &received, &error), 1);
    ck_assert_uint_eq(received.type, WIRE_DONE);
    ck_assert_int_eq(wire_receive(ends[1], _i, &received, &error), 0);
    ends[0] = dup(ends[1]);
}
END_TEST

START_TEST(empty_packet)
{
    send_raw("", 0, 2);
    ck_assert_int_eq(wire_receive(ends[1], true, &received, &error), 0);
}
END_TEST

START_TEST(output_pipe)
{
    struct wire_output output;
    char bytes[8] = "";
    int fd;
    int writer = wire_output_open(ends[0], WIRE_SOURCE_SERVER, 7);
    ck_assert_int_ge(writer, 0);
    ck_assert_int_eq(fcntl(writer, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), 1);
    ck_assert_uint_eq(output.source, WIRE_SOURCE_SERVER);
    ck_assert_uint_eq(output.index, 7);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(write(writer, "said", 4), 4);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), 4);
    ck_assert_str_eq(bytes, "said");
    close(writer);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), 0); /* no other process holds the write end */
    close(fd);
    ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), -1);
    ck_assert_int_eq(error.code, EAGAIN);
}
END_TEST

START_TEST(output_hand_over)
{
    struct wire_output output;
    int pipes[2], fd;
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(wire_output_hand_over(ends[0], WIRE_SOURCE_ACTOR, 3, pipes[0]), 0);
    ck_assert_int_lt(fcntl(pipes[0], F_GETFD), 0); /* closed here */
    ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), 1);
    ck_assert_uint_eq(output.source, WIRE_SOURCE_ACTOR);
    ck_assert_uint_eq(output.index, 3);
    close(fd);
    close(pipes[1]);
}
END_TEST

START_TEST(output_reset)
{
    struct wire_output output;
    int fd = 99;
    wire_output_reset(ends[0]);
    ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), 1);
    ck_assert_uint_eq(output.source, WIRE_SOURCE_RESET);
    ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(output_refused)
{
    static const struct {
        uint32_t words[3];
        size_t size, n_fds;
    } rows[] = {
        { { WIRE_SOURCES, 0 }, 8, 1 },      { { UINT32_MAX, 0 }, 8, 1 },
        { { WIRE_SOURCE_ACTOR, 0 }, 8, 0 }, { { WIRE_SOURCE_ACTOR, 0 }, 7, 1 },
        { { WIRE_SOURCE_RESET, 0 }, 8, 1 },
        { { WIRE_SOURCE_ACTOR, 0 }, 12, 1 }, { { WIRE_SOURCE_ACTOR, 0 }, 1, 0 },
        { { 0 }, 0, 1 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct wire_output output;
        int fd = 99;
        send_raw(rows[i].words, rows[i].size, rows[i].n_fds);
        ck_assert_msg(wire_output_receive(ends[1], &output, &fd, &error) == -1, "row %zu", i);
        ck_assert_int_eq(error.code, 0);
        ck_assert_int_eq(fd, -1);
        ck_assert_int_eq(count_open(), open_before);
    }
}
END_TEST

START_TEST(output_surplus)
{
    const struct wire_output good = { WIRE_SOURCE_ACTOR, 1 };
    for (size_t n = 2; n <= 8; n++) { /* one is received, the others are closed */
        struct wire_output output;
        int fd;
        send_raw(&good, sizeof good, n);
        ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), 1);
        close(fd);
        ck_assert_int_eq(count_open(), open_before);
    }
}
END_TEST

START_TEST(output_peer_gone)
{
    struct wire_output output;
    int fd, pipes[2];
    close(ends[0]);
    ck_assert_int_eq(wire_output_receive(ends[1], &output, &fd, &error), 0);
    ck_assert_int_eq(wire_output_open(ends[1], WIRE_SOURCE_ACTOR, 0), -1);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(wire_output_hand_over(ends[1], WIRE_SOURCE_ACTOR, 0, pipes[0]), -1);
    ck_assert_int_lt(fcntl(pipes[0], F_GETFD), 0); /* also then */
    close(pipes[1]);
    ends[0] = dup(ends[1]);
}
END_TEST

START_TEST(every_value_has_a_text)
{
    for (int i = 0; i <= FINDING_KINDS; i++)
        ck_assert_int_eq(*wire_finding_kind_name((enum wire_finding_kind)i) == '?',
                         i == FINDING_KINDS);
    for (int i = 0; i <= WIRE_HOOKS; i++)
        ck_assert_int_eq(*wire_hook_text((enum wire_hook_name)i) == '?', i == WIRE_HOOKS);
    for (uint32_t i = 0; i <= STRESS_CAUSE_SUPERVISOR + 1; i++)
        ck_assert_int_eq(*wire_cause_text(i) == '?', i == 0 || i > STRESS_CAUSE_SUPERVISOR);
    for (uint32_t i = 0; i <= STRESS_FAIL + 1; i++)
        ck_assert_int_eq(*wire_outcome_text(i) == '?', i > STRESS_FAIL);
    for (uint32_t i = 0; i <= STRESS_ENV_USAGE + 1; i++)
        ck_assert_int_eq(*wire_result_text(i) == '?',
                         i != STRESS_ENV_OK && (i < STRESS_ENV_FAIL || i > STRESS_ENV_USAGE));
}
END_TEST

Suite *wire_suite(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, round_trip, 0, N_KINDS);
    tcase_add_loop_test(tcase, wrong_size, 0, N_KINDS);
    tcase_add_loop_test(tcase, surplus_descriptors, 0, N_KINDS);
    tcase_add_test(tcase, unknown_type);
    tcase_add_loop_test(tcase, out_of_range, 0, (int)(sizeof nonsense / sizeof *nonsense));
    tcase_add_test(tcase, none_there);
    tcase_add_loop_test(tcase, peer_gone, 0, 2);
    tcase_add_loop_test(tcase, last_words, 0, 2);
    tcase_add_test(tcase, empty_packet);
    tcase_add_test(tcase, output_pipe);
    tcase_add_test(tcase, output_hand_over);
    tcase_add_test(tcase, output_reset);
    tcase_add_test(tcase, output_refused);
    tcase_add_test(tcase, output_surplus);
    tcase_add_test(tcase, output_peer_gone);
    tcase_add_test(tcase, every_value_has_a_text);
    suite_add_tcase(suite, tcase);
    return suite;
}
