/* SPDX-License-Identifier: MIT
 * recording.c: see recording.h.
 */
#include "recording/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_STEPS, FILE_CALLS, FILE_DATA, FILES };

static const struct {
    const char *name;
    size_t unit;
} files[FILES] = {
    [FILE_STEPS] = { "steps", sizeof(struct recording_step) },
    [FILE_CALLS] = { "calls", sizeof(struct recording_call) },
    [FILE_DATA] = { "data", 1 },
};

/* ---- checks ------------------------------------------------------------------------------- */

enum { /* what of a step is used, and how it is checked */
    USES_NODE = 1 << 0,
    USES_OTHER = 1 << 1,
    USES_DIR = 1 << 2,
    USES_DIR2 = 1 << 3,
    USES_NAME = 1 << 4,
    USES_NAME2 = 1 << 5,
    USES_RANGE = 1 << 6,
    USES_DATA = 1 << 7,
    USES_NEW = 1 << 8,     /* `node` may be the next one that comes into being */
    USES_TARGET = 1 << 9,  /* `name` is that of a symbolic link, if it is one */
    USES_EITHER = 1 << 10, /* `other` may be RECORDING_NONE */
    USES_MEMORY = 1 << 11  /* `node` is one of two memories */
};

static const unsigned uses[RECORDING_KINDS] = {
    [RECORDING_NODE] = USES_NEW | USES_TARGET,
    [RECORDING_LINK] = USES_DIR | USES_NAME | USES_NODE,
    [RECORDING_UNLINK] = USES_DIR | USES_NAME | USES_NODE,
    [RECORDING_RENAME] = USES_DIR | USES_NAME | USES_DIR2 | USES_NAME2 | USES_NODE | USES_EITHER,
    [RECORDING_EXCHANGE] = USES_DIR | USES_NAME | USES_DIR2 | USES_NAME2 | USES_NODE | USES_OTHER,
    [RECORDING_WRITE] = USES_NODE | USES_RANGE | USES_DATA,
    [RECORDING_ZERO] = USES_NODE | USES_RANGE,
    [RECORDING_SIZE] = USES_NODE | USES_RANGE,
    [RECORDING_MODE] = USES_NODE,
    [RECORDING_TIMES] = USES_NODE,
    [RECORDING_SYNC] = USES_NODE,
    [RECORDING_OUTPUT] = USES_DATA,
    [RECORDING_MEMORY] = USES_MEMORY | USES_RANGE | USES_DATA,
};

/* Are the `size` bytes at `at` within `whole`? */
static bool is_within(uint64_t at, uint64_t size, uint64_t whole)
{
    return at <= whole && size <= whole - at;
}

static bool is_text(const struct recording *recording, uint64_t at, size_t most)
{
    const unsigned char *text = recording->data + at;
    return at < recording->n_data &&
           memchr(text, 0, recording->n_data - at < most ? recording->n_data - at : most) != NULL;
}

/* Is it the name of an entry of a directory? */
static bool is_name(const struct recording *recording, uint64_t at)
{
    if (!is_text(recording, at, NAME_MAX + 1))
        return false;
    const char *name = recording_name(recording, at);
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Returns what is wrong with a step; NULL: nothing. Counts the nodes. */
static const char *fault_of_step(struct recording *recording, const struct recording_step *step)
{
    if (step->kind >= RECORDING_KINDS)
        return "its kind is not known";
    unsigned used = uses[step->kind];
    if ((used & USES_NEW) && step->node == recording->n_nodes && step->node < RECORDING_NONE - 1)
        recording->n_nodes++;
    uint32_t nodes = recording->n_nodes;
    if (((used & (USES_NODE | USES_NEW)) && step->node >= nodes) ||
        ((used & USES_OTHER) && step->other >= nodes) ||
        ((used & USES_EITHER) && step->other != RECORDING_NONE && step->other >= nodes) ||
        ((used & USES_DIR) && step->dir >= nodes) || ((used & USES_DIR2) && step->dir2 >= nodes) ||
        ((used & USES_MEMORY) && step->node > 1))
        return "it names a node that is not there yet";
    if (step->call != RECORDING_NONE && step->call >= recording->n_calls)
        return "it names a call that is not there";
    if ((used & USES_RANGE) && !is_within(step->offset, step->length, INT64_MAX))
        return "its range is too large";
    if ((used & USES_DATA) && !is_within(step->data, step->length, recording->n_data))
        return "its bytes are not there";
    if (((used & USES_NAME) && !is_name(recording, step->name)) ||
        ((used & USES_NAME2) && !is_name(recording, step->name2)) ||
        ((used & USES_TARGET) && S_ISLNK(step->mode) &&
         !is_text(recording, step->name, PATH_MAX)))
        return "its name makes no sense";
    return NULL;
}

static const char *fault_of_call(const struct recording *recording,
                                 const struct recording_call *call)
{
    if (!is_within(call->first, call->n_steps, recording->n_steps))
        return "its steps are not there";
    if (!memchr(call->call.server, 0, sizeof call->call.server) ||
        !memchr(call->call.path, 0, sizeof call->call.path) ||
        !memchr(call->call.other, 0, sizeof call->call.other))
        return "its texts do not end";
    return NULL;
}

static int check(struct recording *recording, const char *directory, struct error *error)
{
    for (size_t i = 0; i < recording->n_steps; i++) {
        const char *fault = fault_of_step(recording, &recording->steps[i]);
        if (fault)
            return error_set(error, 0, "cannot use the recording '%s': step %zu: %s", directory, i,
                             fault);
    }
    for (size_t i = 0; i < recording->n_calls; i++) {
        const char *fault = fault_of_call(recording, &recording->calls[i]);
        if (fault)
            return error_set(error, 0, "cannot use the recording '%s': call %zu: %s", directory, i,
                             fault);
    }
    return 0;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Maps a file of the recording; of an empty one, *ret is NULL. */
static int map_file(int at, int which, const void **ret, size_t *ret_n)
{
    struct stat status;
    int fd FD_CLEANUP = openat(at, files[which].name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        return -1;
    size_t size = (size_t)status.st_size;
    *ret = NULL;
    *ret_n = size / files[which].unit;
    errno = EINVAL;
    if (!S_ISREG(status.st_mode) || size % files[which].unit != 0 ||
        (which == FILE_CALLS && *ret_n >= RECORDING_NONE))
        return -1;
    if (size == 0)
        return 0;
    void *mapped = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (mapped == MAP_FAILED)
        return -1;
    *ret = mapped;
    return 0;
}

int recording_open(const char *directory, struct recording *ret, struct error *error)
{
    const void *mapped[FILES] = { NULL };
    size_t n[FILES] = { 0 };
    int at FD_CLEANUP = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open the recording '%s'", directory);
    *ret = (struct recording){ .n_nodes = RECORDING_ROOTS };
    for (int i = 0; i < FILES; i++) {
        int failed = map_file(at, i, &mapped[i], &n[i]);
        ret->steps = mapped[FILE_STEPS];
        ret->calls = mapped[FILE_CALLS];
        ret->data = mapped[FILE_DATA];
        ret->n_steps = n[FILE_STEPS];
        ret->n_calls = n[FILE_CALLS];
        ret->n_data = n[FILE_DATA];
        if (failed) {
            error_set(error, errno, "cannot read '%s/%s'", directory, files[i].name);
            recording_close(ret);
            return -1;
        }
    }
    if (check(ret, directory, error) == 0)
        return 0;
    recording_close(ret);
    return -1;
}

static void unmap(const void *mapped, size_t size)
{
    if (mapped)
        munmap((void *)(uintptr_t)mapped, size);
}

void recording_close(struct recording *recording)
{
    unmap(recording->steps, recording->n_steps * sizeof *recording->steps);
    unmap(recording->calls, recording->n_calls * sizeof *recording->calls);
    unmap(recording->data, recording->n_data);
    *recording = (struct recording){ .n_nodes = 0 };
}

const char *recording_name(const struct recording *recording, uint64_t at)
{
    return (const char *)recording->data + at;
}

const struct recording_step *recording_edge(const struct recording *recording, uint64_t before)
{
    for (uint64_t i = before; i-- > 0;) {
        const struct recording_step *step = &recording->steps[i];
        if (step->kind == RECORDING_BEGIN || step->kind == RECORDING_END)
            return step;
    }
    return NULL;
}

/* What lies before the bytes of a stack. */
struct stack_head {
    uint64_t maps, registers[RECORDING_REGISTERS];
    uint32_t n_registers, size;
};

bool recording_stack(const struct recording *recording, const struct recording_call *call,
                     struct recording_stack *ret)
{
    struct stack_head head;
    uint64_t at = call->stack - 1;
    if (call->stack == 0 || !is_within(at, sizeof head, recording->n_data))
        return false;
    memcpy(&head, recording->data + at, sizeof head);
    at += sizeof head;
    if (!is_within(at, head.size, recording->n_data) || head.n_registers > RECORDING_REGISTERS ||
        !is_text(recording, head.maps, SIZE_MAX))
        return false;
    *ret = (struct recording_stack){ .n_registers = head.n_registers, .size = head.size,
                                     .bytes = recording->data + at,
                                     .maps = recording_name(recording, head.maps) };
    memcpy(ret->registers, head.registers, sizeof ret->registers);
    return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* Bytes that are copied through it stay in the cache of the processor. */
enum { BUFFER = 32 * 1024 };

struct recording_writer {
    struct output {
        int fd;
        size_t used;
        uint64_t size; /* with what is buffered */
        unsigned char *buffer;
    } output[FILES];
    struct error error; /* the first failure; code 0: none */
};

static void writer_free(struct recording_writer *writer)
{
    for (int i = 0; i < FILES; i++) {
        fd_close(&writer->output[i].fd);
        free(writer->output[i].buffer);
    }
    free(writer);
}

struct recording_writer *recording_create(const char *directory, struct error *error)
{
    int at FD_CLEANUP = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct recording_writer *writer = at < 0 ? NULL : calloc(1, sizeof *writer);
    if (!writer) {
        error_set(error, errno, "cannot make a recording in '%s'", directory);
        return NULL;
    }
    int code = 0;
    for (int i = 0; i < FILES; i++) {
        struct output *output = &writer->output[i];
        output->buffer = malloc(BUFFER);
        output->fd = openat(at, files[i].name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if ((!output->buffer || output->fd < 0) && code == 0)
            code = output->fd < 0 ? errno : ENOMEM;
    }
    if (code == 0)
        return writer;
    writer_free(writer);
    error_set(error, code, "cannot make a recording in '%s'", directory);
    return NULL;
}

static void note(struct recording_writer *writer, const char *what, int code)
{
    if (!writer->error.text[0])
        error_set(&writer->error, code, "cannot write the recording: %s", what);
}

static void flush(struct recording_writer *writer, int which)
{
    struct output *output = &writer->output[which];
    if (output->used > 0 && fd_write_all(output->fd, output->buffer, output->used) < 0)
        note(writer, files[which].name, errno);
    output->used = 0;
}

/* Returns room for at most `size` bytes in a buffer, at least one, and how much it is. */
static unsigned char *room(struct recording_writer *writer, int which, size_t *size)
{
    struct output *output = &writer->output[which];
    if (output->used == BUFFER)
        flush(writer, which);
    if (*size > BUFFER - output->used)
        *size = BUFFER - output->used;
    return output->buffer + output->used;
}

static void take(struct recording_writer *writer, int which, size_t size)
{
    writer->output[which].used += size;
    writer->output[which].size += size;
}

/* Appends bytes and returns where they begin. */
static uint64_t append(struct recording_writer *writer, int which, const void *bytes, size_t size)
{
    uint64_t at = writer->output[which].size;
    const unsigned char *from = bytes;
    while (size > 0) {
        size_t part = size;
        unsigned char *to = room(writer, which, &part);
        memcpy(to, from, part);
        take(writer, which, part);
        from += part;
        size -= part;
    }
    return at;
}

uint64_t recording_data(struct recording_writer *writer, const void *bytes, size_t size)
{
    return append(writer, FILE_DATA, bytes, size);
}

uint64_t recording_text(struct recording_writer *writer, const char *text)
{
    return append(writer, FILE_DATA, text, strlen(text) + 1);
}

uint64_t recording_put_stack(struct recording_writer *writer, const struct recording_stack *stack,
                             uint64_t maps)
{
    struct stack_head head = { .maps = maps, .n_registers = stack->n_registers,
                               .size = stack->size };
    memcpy(head.registers, stack->registers, sizeof head.registers);
    uint64_t at = append(writer, FILE_DATA, &head, sizeof head);
    append(writer, FILE_DATA, stack->bytes, stack->size);
    return at + 1;
}

uint64_t recording_copy(struct recording_writer *writer, int fd, uint64_t offset, uint64_t size,
                        uint64_t *ret_n)
{
    uint64_t at = writer->output[FILE_DATA].size, done = 0;
    while (done < size) {
        size_t part = size - done < BUFFER ? (size_t)(size - done) : BUFFER;
        unsigned char *to = room(writer, FILE_DATA, &part);
        ssize_t n = pread(fd, to, part, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            note(writer, "a file that was written cannot be read", errno);
        if (n <= 0)
            break;
        take(writer, FILE_DATA, (size_t)n);
        done += (uint64_t)n;
    }
    *ret_n = done;
    return at;
}

uint64_t recording_step(struct recording_writer *writer, const struct recording_step *step)
{
    return append(writer, FILE_STEPS, step, sizeof *step) / sizeof *step;
}

uint32_t recording_call(struct recording_writer *writer, const struct recording_call *call)
{
    return (uint32_t)(append(writer, FILE_CALLS, call, sizeof *call) / sizeof *call);
}

uint64_t recording_n_steps(const struct recording_writer *writer)
{
    return writer->output[FILE_STEPS].size / sizeof(struct recording_step);
}

int recording_flush(struct recording_writer *writer, struct error *error)
{
    for (int i = 0; i < FILES; i++)
        flush(writer, i);
    if (writer->error.text[0] == '\0')
        return 0;
    *error = writer->error;
    return -1;
}

int recording_finish(struct recording_writer *writer, struct error *error)
{
    for (int i = 0; i < FILES; i++)
        flush(writer, i);
    bool failed = writer->error.text[0] != '\0';
    if (failed)
        *error = writer->error;
    writer_free(writer);
    return failed ? -1 : 0;
}
