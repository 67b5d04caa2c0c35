/* SPDX-License-Identifier: MIT
 * recording_fixture.h: for unit tests that need a recording: a tape, on which steps are written one
 * by one. It lies in a directory of its own below /tmp, which is the working directory meanwhile.
 */
#ifndef TESTS_RECORDING_FIXTURE_H
#define TESTS_RECORDING_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recording/recording.h"

static struct {
    char place[32];
    struct recording_writer *writer;
    uint32_t nodes, calls;
    struct recording recording;
    struct error error;
} tape;

/* Opens an empty tape. */
static inline void tape_begin(void)
{
    tape.writer = recording_create(".", &tape.error);
    ck_assert_msg(tape.writer != NULL, "%s", tape.error.text);
    tape.nodes = RECORDING_ROOTS;
    tape.calls = 0;
}

static inline void tape_set_up(void)
{
    strcpy(tape.place, "/tmp/stress-tape-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(tape.place));
    ck_assert_int_eq(chdir(tape.place), 0);
    tape_begin();
}

/* Closes the tape and reads it. */
static inline const struct recording *tape_end(void)
{
    ck_assert_msg(recording_finish(tape.writer, &tape.error) == 0, "%s", tape.error.text);
    tape.writer = NULL;
    ck_assert_msg(recording_open(".", &tape.recording, &tape.error) == 0, "%s", tape.error.text);
    return &tape.recording;
}

static inline void tape_tear_down(void)
{
    if (tape.writer)
        recording_finish(tape.writer, &tape.error);
    tape.writer = NULL;
    recording_close(&tape.recording);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_msg(tree_remove(tape.place, &tape.error) == 0, "%s", tape.error.text);
}

/* Forgets the tape and opens another one. */
static inline void tape_again(void)
{
    tape_tear_down();
    tape_set_up();
}

static inline uint64_t tape_step(struct recording_step step)
{
    step.call = RECORDING_NONE;
    return recording_step(tape.writer, &step);
}

static inline uint64_t tape_text(const char *text)
{
    return recording_text(tape.writer, text);
}

static inline uint64_t tape_kind(enum recording_kind kind)
{
    return tape_step((struct recording_step){ .kind = (uint16_t)kind });
}

/* A node without a name, which belongs to this process. */
static inline uint32_t tape_node(uint32_t mode)
{
    tape_step((struct recording_step){ .kind = RECORDING_NODE, .node = tape.nodes, .mode = mode,
                                       .uid = geteuid(), .gid = getegid(),
                                       .name = tape_text("target") });
    return tape.nodes++;
}

static inline uint64_t tape_link(uint32_t dir, const char *name, uint32_t node)
{
    return tape_step((struct recording_step){ .kind = RECORDING_LINK, .dir = dir, .node = node,
                                              .name = tape_text(name) });
}

static inline uint64_t tape_unlink(uint32_t dir, const char *name, uint32_t node)
{
    return tape_step((struct recording_step){ .kind = RECORDING_UNLINK, .dir = dir, .node = node,
                                              .name = tape_text(name) });
}

static inline uint64_t tape_move(enum recording_kind kind, uint32_t dir, const char *name,
                                 uint32_t dir2, const char *name2, uint32_t node, uint32_t other)
{
    return tape_step((struct recording_step){
        .kind = (uint16_t)kind, .dir = dir, .dir2 = dir2, .node = node, .other = other,
        .name = tape_text(name), .name2 = tape_text(name2) });
}

static inline uint64_t tape_rename(const char *name, const char *name2, uint32_t node,
                                   uint32_t other)
{
    return tape_move(RECORDING_RENAME, 0, name, 0, name2, node, other);
}

static inline uint64_t tape_bytes(uint32_t node, uint64_t offset, const void *bytes, size_t length,
                                  uint16_t flags)
{
    return tape_step((struct recording_step){
        .kind = RECORDING_WRITE, .flags = flags, .node = node, .offset = offset, .length = length,
        .data = recording_data(tape.writer, bytes, length) });
}

static inline uint64_t tape_write(uint32_t node, uint64_t offset, const char *text)
{
    return tape_bytes(node, offset, text, strlen(text), 0);
}

static inline uint64_t tape_size(uint32_t node, uint64_t size)
{
    return tape_step((struct recording_step){ .kind = RECORDING_SIZE, .node = node,
                                              .length = size });
}

static inline uint64_t tape_sync(uint32_t node)
{
    return tape_step((struct recording_step){ .kind = RECORDING_SYNC, .node = node });
}

static inline uint64_t tape_output(const char *text)
{
    return tape_step((struct recording_step){ .kind = RECORDING_OUTPUT, .length = strlen(text),
                                              .data = tape_text(text) });
}

/* A file with a name and bytes, in the root. */
static inline uint32_t tape_file(const char *name, const char *text)
{
    uint32_t node = tape_node(S_IFREG | 0644);
    tape_link(0, name, node);
    if (*text)
        tape_write(node, 0, text);
    return node;
}

/* A call that took the steps from `first` up to now. */
static inline uint32_t tape_call(uint64_t first)
{
    uint64_t end = recording_n_steps(tape.writer);
    recording_call(tape.writer, &(struct recording_call){
        .call = { .path = "a" }, .first = first, .n_steps = (uint32_t)(end - first) });
    return tape.calls++;
}

#endif
