/* SPDX-License-Identifier: MIT
 * unit_recording.c: what is written is read again; a recording that makes no sense is refused.
 */
#include "recording/recording.h"

#include <fcntl.h>
#include <limits.h>

#include "recording_fixture.h"
#include "unit.h"

START_TEST(what_is_written_is_read)
{
    uint32_t file = tape_file("file", "bytes");
    uint64_t moved = tape_move(RECORDING_RENAME, 0, "file", 1, "other", file, RECORDING_NONE);
    tape_call(moved);
    const struct recording *recording = tape_end();
    ck_assert_uint_eq(recording->n_steps, 4);
    ck_assert_uint_eq(recording->n_calls, 1);
    ck_assert_uint_eq(recording->n_nodes, 3);
    const struct recording_step *write = &recording->steps[2], *move = &recording->steps[moved];
    ck_assert_mem_eq(recording->data + write->data, "bytes", 5);
    ck_assert_str_eq(recording_name(recording, move->name), "file");
    ck_assert_str_eq(recording_name(recording, move->name2), "other");
    ck_assert_uint_eq(recording->calls[0].first, moved);
    ck_assert_uint_eq(recording->calls[0].n_steps, 1);
}
END_TEST

START_TEST(an_empty_one)
{
    const struct recording *recording = tape_end();
    ck_assert_uint_eq(recording->n_steps, 0);
    ck_assert_uint_eq(recording->n_calls, 0);
    ck_assert_uint_eq(recording->n_data, 0);
    ck_assert_uint_eq(recording->n_nodes, RECORDING_ROOTS);
}
END_TEST

/* Longer than any buffer, and from a file that is shorter than it was asked for. */
START_TEST(long_ones)
{
    enum { SIZE = 3 * 1000 * 1000 };
    unsigned char *bytes = malloc(SIZE);
    uint64_t n;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 2654435761u >> 13);
    int fd FD_CLEANUP = open("source", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(fd_write_all(fd, bytes, SIZE), 0);
    tape_text("odd");
    uint64_t first = recording_data(tape.writer, bytes, SIZE);
    uint64_t second = recording_copy(tape.writer, fd, 7, 2 * (uint64_t)SIZE, &n);
    uint64_t third = tape_text("end");
    for (int i = 0; i < 30000; i++)
        ck_assert_uint_eq(tape_kind(RECORDING_SYNC_ALL), (uint64_t)i);
    const struct recording *recording = tape_end();
    ck_assert_uint_eq(n, SIZE - 7);
    ck_assert_mem_eq(recording->data + first, bytes, SIZE);
    ck_assert_mem_eq(recording->data + second, bytes + 7, SIZE - 7);
    ck_assert_str_eq(recording_name(recording, third), "end");
    ck_assert_uint_eq(recording->n_steps, 30000);
    free(bytes);
}
END_TEST

START_TEST(what_was_flushed_is_there)
{
    tape_file("file", "bytes");
    ck_assert_int_eq(recording_flush(tape.writer, &tape.error), 0);
    ck_assert_int_eq(recording_open(".", &tape.recording, &tape.error), 0);
    ck_assert_uint_eq(tape.recording.n_steps, 3);
}
END_TEST

START_TEST(a_failure_is_told_at_the_end)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t n;
    recording_copy(tape.writer, fd, 0, 10, &n);
    close(fd);
    ck_assert_uint_eq(n, 0);
    tape_kind(RECORDING_SYNC_ALL);
    ck_assert_int_eq(recording_finish(tape.writer, &tape.error), -1);
    tape.writer = NULL;
    ck_assert_ptr_nonnull(strstr(tape.error.text, "cannot be read"));
}
END_TEST

START_TEST(a_directory_has_one_recording)
{
    struct error error;
    ck_assert_ptr_null(recording_create(".", &error));
    ck_assert_ptr_null(recording_create("nowhere", &error));
    ck_assert_int_eq(recording_open("nowhere", &tape.recording, &error), -1);
}
END_TEST

/* ---- what makes no sense ------------------------------------------------------------------ */

#define FAR (UINT64_C(1) << 40)

/* Node 2 is a file, "name" lies at 0, "a/b" at 5, "." at 9, ".." at 11, "" at 14; the last byte of
 * the data is not 0. */
static const struct {
    struct recording_step step;
    const char *fault; /* NULL: it is a good one */
} steps[] = {
    { { .kind = RECORDING_LINK, .node = 2 }, NULL },
    { { .kind = RECORDING_KINDS }, "kind" },
    { { .kind = RECORDING_LINK, .node = 3 }, "node" },
    { { .kind = RECORDING_LINK, .node = 2, .dir = 3 }, "node" },
    { { .kind = RECORDING_LINK, .node = 2, .name = 5 }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = 9 }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = 11 }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = 14 }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = 15 }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = FAR }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .name = UINT64_MAX }, "name" },
    { { .kind = RECORDING_LINK, .node = 2, .call = 0 }, "call" },
    { { .kind = RECORDING_UNLINK, .node = 2, .name = FAR }, "name" },
    { { .kind = RECORDING_RENAME, .node = 2, .other = RECORDING_NONE }, NULL },
    { { .kind = RECORDING_RENAME, .node = 2, .other = 3 }, "node" },
    { { .kind = RECORDING_RENAME, .node = 2, .dir2 = 3 }, "node" },
    { { .kind = RECORDING_RENAME, .node = 2, .name2 = FAR }, "name" },
    { { .kind = RECORDING_EXCHANGE, .node = 2, .other = RECORDING_NONE }, "node" },
    { { .kind = RECORDING_WRITE, .node = 2, .length = 16 }, NULL },
    { { .kind = RECORDING_WRITE, .node = 2, .length = 17 }, "bytes" },
    { { .kind = RECORDING_WRITE, .node = 2, .length = 1, .data = UINT64_MAX }, "bytes" },
    { { .kind = RECORDING_WRITE, .node = 2, .length = 1, .offset = INT64_MAX }, "range" },
    { { .kind = RECORDING_WRITE, .node = 2, .length = UINT64_MAX, .offset = 2 }, "range" },
    { { .kind = RECORDING_WRITE, .node = 7 }, "node" },
    { { .kind = RECORDING_ZERO, .node = 2, .length = FAR, .offset = UINT64_MAX }, "range" },
    { { .kind = RECORDING_SIZE, .node = 2, .length = INT64_MAX }, NULL },
    { { .kind = RECORDING_SIZE, .node = 2, .length = UINT64_MAX }, "range" },
    { { .kind = RECORDING_SYNC, .node = 2, .length = UINT64_MAX }, NULL },
    { { .kind = RECORDING_SYNC, .node = 3 }, "node" },
    { { .kind = RECORDING_MODE, .node = 3 }, "node" },
    { { .kind = RECORDING_MODE, .node = 3 }, "node" },
    { { .kind = RECORDING_TIMES, .node = 3 }, "node" },
    { { .kind = RECORDING_NODE, .node = 3, .mode = S_IFREG, .name = FAR }, NULL },
    { { .kind = RECORDING_NODE, .node = 4, .mode = S_IFREG }, "node" },
    { { .kind = RECORDING_NODE, .node = 3, .mode = S_IFLNK, .name = 5 }, NULL },
    { { .kind = RECORDING_NODE, .node = 3, .mode = S_IFLNK, .name = 15 }, "name" },
    { { .kind = RECORDING_OUTPUT, .length = 17 }, "bytes" },
    { { .kind = RECORDING_MEMORY, .node = 1, .length = 16 }, NULL },
    { { .kind = RECORDING_MEMORY, .node = 2, .length = 16 }, "node" },
    { { .kind = RECORDING_MEMORY, .node = 1, .length = 16, .offset = INT64_MAX }, "range" },
    { { .kind = RECORDING_BEGIN, .node = 99, .other = 99 }, NULL },
};

START_TEST(steps_are_checked)
{
    struct recording_step step = steps[_i].step;
    const char *fault = steps[_i].fault;
    recording_data(tape.writer, "name\0a/b\0.\0..\0\0x", 16);
    tape_node(S_IFREG | 0600);
    if (!fault || strcmp(fault, "call") != 0)
        step.call = RECORDING_NONE;
    recording_step(tape.writer, &step);
    /* The target that tape_node() wrote is taken away again: the data ends with "x". */
    ck_assert_int_eq(recording_finish(tape.writer, &tape.error), 0);
    tape.writer = NULL;
    ck_assert_int_eq(truncate("data", 16), 0);
    int result = recording_open(".", &tape.recording, &tape.error);
    ck_assert_msg(result == (fault ? -1 : 0), "step %d: %s", _i, tape.error.text);
    if (fault)
        ck_assert_msg(strstr(tape.error.text, fault) != NULL, "%s", tape.error.text);
}
END_TEST

static void expect_refused(const char *why)
{
    if (tape.writer)
        ck_assert_int_eq(recording_finish(tape.writer, &tape.error), 0);
    tape.writer = NULL;
    ck_assert_int_eq(recording_open(".", &tape.recording, &tape.error), -1);
    ck_assert_msg(strstr(tape.error.text, why) != NULL, "%s", tape.error.text);
}

START_TEST(calls_are_checked)
{
    struct recording_call call = { .first = 1, .n_steps = 0 };
    tape_kind(RECORDING_SYNC_ALL);
    recording_call(tape.writer, &call);
    tape_end();
    tape_again();
    call.n_steps = 1;
    recording_call(tape.writer, &call);
    expect_refused("call 0");
    tape_again();
    call = (struct recording_call){ .n_steps = 0 };
    memset(call.call.path, 'x', sizeof call.call.path);
    recording_call(tape.writer, &call);
    expect_refused("do not end");
}
END_TEST

/* What is not checked when a recording is opened is checked here. */
START_TEST(stacks)
{
    const unsigned char bytes[] = "bytes of a stack";
    const struct recording_stack kept = { .registers = { 7, 9 }, .n_registers = 2,
                                          .size = sizeof bytes, .bytes = bytes };
    struct recording_stack read, too_many = kept;
    too_many.n_registers = RECORDING_REGISTERS + 1;
    tape_text("before");
    uint64_t good = recording_put_stack(tape.writer, &kept, tape_text("maps"));
    uint64_t no_maps = recording_put_stack(tape.writer, &kept, 1 << 20);
    uint64_t many = recording_put_stack(tape.writer, &too_many, 0);
    const struct recording *recording = tape_end();
    ck_assert(recording_stack(recording, &(struct recording_call){ .stack = good }, &read));
    ck_assert_uint_eq(read.n_registers, 2);
    ck_assert_uint_eq(read.registers[1], 9);
    ck_assert_uint_eq(read.size, sizeof bytes);
    ck_assert_mem_eq(read.bytes, bytes, sizeof bytes);
    ck_assert_str_eq(read.maps, "maps");
    const uint64_t bad[] = { 0, no_maps, many, recording->n_data, UINT64_MAX };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert(!recording_stack(recording, &(struct recording_call){ .stack = bad[i] }, &read));
}
END_TEST

START_TEST(files_that_are_cut)
{
    tape_kind(RECORDING_SYNC_ALL);
    ck_assert_int_eq(recording_finish(tape.writer, &tape.error), 0);
    tape.writer = NULL;
    ck_assert_int_eq(truncate("steps", 10), 0);
    expect_refused("steps");
    tape_again();
    ck_assert_int_eq(unlink("calls"), 0);
    expect_refused("calls");
    tape_again();
    ck_assert_int_eq(unlink("data"), 0);
    ck_assert_int_eq(symlink("steps", "data"), 0);
    expect_refused("data");
}
END_TEST

Suite *recording_suite(void)
{
    Suite *suite = suite_create("recording");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, tape_set_up, tape_tear_down);
    tcase_add_test(all, what_is_written_is_read);
    tcase_add_test(all, an_empty_one);
    tcase_add_test(all, long_ones);
    tcase_add_test(all, what_was_flushed_is_there);
    tcase_add_test(all, a_failure_is_told_at_the_end);
    tcase_add_test(all, a_directory_has_one_recording);
    tcase_add_loop_test(all, steps_are_checked, 0, sizeof steps / sizeof steps[0]);
    tcase_add_test(all, calls_are_checked);
    tcase_add_test(all, stacks);
    tcase_add_test(all, files_that_are_cut);
    suite_add_tcase(suite, all);
    return suite;
}
