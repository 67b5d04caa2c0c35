/* SPDX-License-Identifier: MIT
 * fuzz_frame.c: what comes over the port of a machine: frames, and the run directory in them. The
 * input is a frame a line: its kind as a letter from 'a', then its bytes, in which '|' is a NUL.
 */
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"
#include "vm/copy.h"
#include "vm/frame.h"
#include "vm/lives.h"

static struct options options;
static const struct flight flight = { .options = &options, .ram = { .fd = -1 } };
static struct lives lives;
static struct copy copy;
static unsigned taken;

/* The directory in which another one lies that nothing may leave. */
static void enter(void)
{
    struct error error;
    fuzz_enter();
    FUZZ_EXPECT(tree_remove("around", &error) == 0);
    FUZZ_EXPECT(mkdir("around", 0700) == 0 && mkdir("around/run", 0700) == 0);
    lives.at = open("around/run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_EXPECT(lives.at >= 0);
}

static void leave(void)
{
    struct stat stat;
    FUZZ_EXPECT(lstat("around", &stat) == 0 && stat.st_nlink == 3);
    close(lives.at);
}

static void take(const struct frame *frame)
{
    struct error error;
    if (frame->kind < FRAME_FOLDER || frame->kind > FRAME_REMOVE)
        return;
    if (copy_take(&copy, frame, &error) == 0)
        taken++;
    else
        FUZZ_EXPECT(*error.text);
}

static void take_line(char *line, size_t size)
{
    static unsigned char bytes[FRAME_MOST + 1];
    if (size < 1 || size > FRAME_MOST)
        return;
    memcpy(bytes, line + 1, size - 1);
    for (size_t i = 0; i + 1 < size; i++)
        bytes[i] = bytes[i] == '|' ? '\0' : bytes[i] == '~' ? '\n' : bytes[i];
    bytes[size - 1] = '\0';
    take(&(struct frame){ (enum frame_kind)(line[0] - 'a' + 1), size - 1, bytes });
}

static void take_lines(char *text)
{
    for (char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        take_line(line, length);
        line += length + (line[length] == '\n');
    }
}

/* The same bytes as they are, as what the port gives. */
static void take_raw(const uint8_t *data, size_t size)
{
    static struct frame_reader reader;
    struct frame frame;
    struct error error;
    int result;
    reader.used = size < sizeof reader.bytes ? size : sizeof reader.bytes;
    memcpy(reader.bytes, data, reader.used);
    while ((result = frame_next(&reader, &frame, &error)) > 0)
        FUZZ_EXPECT(frame.size <= FRAME_MOST && frame.kind < FRAME_KINDS);
    FUZZ_EXPECT(result == 0 || *error.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct copy_owner owner = { &lives, lives_file, lives_more, lives_place };
    bool is_new;
    memset(&lives, 0, sizeof lives);
    lives.run = true;
    lives.flight = &flight;
    lives.again = lives.accelerator = lives.release = lives.workload = "x";
    taken = 0;
    take_raw(data, size);
    enter();
    for (int life = 0; life < 2; life++) {
        char *text = fuzz_text(data, size);
        lives_begin(&lives, 1);
        copy_begin(&copy, lives.at, &owner);
        take_lines(text);
        lives_kernel(&lives, "kernel", "kernel panic: x", "x", 1, &is_new);
        copy_end(&copy);
        lives_over(&lives);
        free(text);
    }
    json_decref(lives_finish(&lives, 1, "x"));
    leave();
    lives_free(&lives);
    return fuzz_counted(taken > 0);
}
