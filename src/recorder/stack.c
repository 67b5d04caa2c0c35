/* SPDX-License-Identifier: MIT
 * stack.c: see stack.h.
 */
#include "recorder/stack.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/base.h"
#include "trace/trace.h"

enum {
    MOST = 8192,           /* bytes of a stack */
    WORDS = MOST / sizeof(uint64_t),
    MAPS = 1 << 20,        /* bytes of what /proc/PID/maps says */
    KNOWN = 1 << 14, FULL = KNOWN / 2 /* stacks of a recording; of the others none is kept */
};

/* Where code lies. */
struct range {
    uint64_t begin, end;
};

/* The code of a process, and of those that it forks. */
struct code {
    unsigned users;      /* threads */
    uint64_t maps;       /* where its text lies in the recording */
    struct range *range; /* n, in order. Owned */
    size_t n;
};

struct stacks {
    struct known {
        uint64_t hash, at; /* at 0: free */
    } known[KNOWN];
    size_t n;
    uint64_t word[WORDS], found[2 * WORDS + 3];
    char text[MAPS];
};

/* ---- the code of a process ---------------------------------------------------------------- */

static void release(struct code *code)
{
    if (!code || --code->users > 0)
        return;
    free(code->range);
    free(code);
}

void stack_leave(struct task *task)
{
    release(task->code);
    task->code = NULL;
}

static void share(struct task *task, struct code *code)
{
    stack_leave(task);
    task->code = code;
    code->users++;
}

void stack_inherit(struct task *child, const struct task *parent)
{
    if (parent->code && !child->code)
        share(child, parent->code);
}

void stack_moved(struct recorder *recorder, pid_t process)
{
    for (size_t i = 0; i < recorder->n_tasks; i++)
        if (recorder->tasks[i]->process == process)
            stack_leave(recorder->tasks[i]);
}

/* Reads the mappings of a process. Returns the size of the text; 0: they cannot be read. */
static size_t read_maps(pid_t thread, char *to)
{
    char path[64];
    size_t size = 0;
    ssize_t n = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)thread);
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && size < MAPS - 1 && (n = read(fd, to + size, MAPS - 1 - size)) > 0)
        size += (size_t)n;
    to[size] = '\0';
    return n == 0 ? size : 0;
}

/* Takes in a line of the mappings: "BEGIN-END rwxp ...". */
static bool add_range(struct code *code, const char *line)
{
    char *at;
    uint64_t begin = strtoull(line, &at, 16), end = *at == '-' ? strtoull(at + 1, &at, 16) : 0;
    if (end <= begin || strlen(at) < 4 || at[3] != 'x')
        return true;
    struct range *more = realloc(code->range, (code->n + 1) * sizeof *more);
    if (!more)
        return false;
    code->range = more;
    code->range[code->n++] = (struct range){ begin, end };
    return true;
}

static struct code *new_code(struct recorder *recorder, const struct task *task)
{
    char *text = recorder->stacks->text;
    struct code *code = read_maps(task->thread, text) > 0 ? calloc(1, sizeof *code) : NULL;
    bool complete = code != NULL;
    for (const char *line = text; complete && line; line = strchr(line, '\n')) {
        line += *line == '\n';
        complete = add_range(code, line);
    }
    if (complete) {
        code->maps = recording_text(recorder->writer, text);
        return code;
    }
    if (code)
        free(code->range);
    free(code);
    return NULL;
}

/* The code of a thread, which is that of all threads of its process. NULL: it cannot be read. */
static const struct code *code_of(struct recorder *recorder, struct task *task)
{
    struct code *code = task->code;
    for (size_t i = 0; i < recorder->n_tasks && !code; i++)
        if (recorder->tasks[i]->process == task->process)
            code = recorder->tasks[i]->code;
    if (!code)
        code = new_code(recorder, task);
    if (code && !task->code)
        share(task, code);
    return task->code;
}

static bool is_code(const struct code *code, uint64_t address)
{
    size_t low = 0, high = code->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (address >= code->range[middle].end)
            low = middle + 1;
        else
            high = middle;
    }
    return low < code->n && address >= code->range[low].begin;
}

/* ---- stacks ------------------------------------------------------------------------------- */

/* Reads from the stack pointer on, as far as the stack goes. */
static size_t read_stack(pid_t thread, uint64_t from, uint64_t word[WORDS])
{
    struct iovec to = { word, MOST }, part = { (void *)(uintptr_t)from, MOST };
    ssize_t n = process_vm_readv(thread, &to, 1, &part, 1, 0);
    return n > 0 ? (size_t)n : 0;
}

/* What tells the stack from others. */
static uint64_t hash_of(struct stacks *stacks, const struct code *code, uint64_t pc, size_t n)
{
    uint64_t *found = stacks->found;
    size_t used = 0;
    found[used++] = code->maps;
    found[used++] = pc;
    for (size_t i = 0; i < n && code->n > 0; i++)
        if (stacks->word[i] >= code->range[0].begin &&
            stacks->word[i] < code->range[code->n - 1].end && is_code(code, stacks->word[i])) {
            found[used++] = i;
            found[used++] = stacks->word[i];
        }
    return XXH3_64bits(found, used * sizeof *found);
}

static struct known *find(struct stacks *stacks, uint64_t hash)
{
    size_t i = hash % KNOWN;
    while (stacks->known[i].at != 0 && stacks->known[i].hash != hash)
        i = (i + 1) % KNOWN;
    return &stacks->known[i];
}

static uint64_t keep(struct recorder *recorder, const struct task *task, const struct code *code,
                     size_t size)
{
    registers_user user;
    struct iovec part = { &user, sizeof user };
    struct recording_stack stack = { .size = (uint32_t)size,
                                     .bytes = (const unsigned char *)recorder->stacks->word };
    if (ptrace(PTRACE_GETREGSET, task->thread, (void *)(long)NT_PRSTATUS, &part) < 0 ||
        part.iov_len < sizeof user)
        return 0;
    stack.n_registers = registers_of_user(&user, stack.registers);
    return recording_put_stack(recorder->writer, &stack, code->maps);
}

uint64_t stack_take(struct recorder *recorder, struct task *task)
{
    const struct visit *visit = &task->visit;
    if (REGISTERS_N == 0 || visit->sp == 0)
        return 0;
    if (!recorder->stacks)
        recorder->stacks = calloc(1, sizeof *recorder->stacks);
    struct stacks *stacks = recorder->stacks;
    const struct code *code = stacks ? code_of(recorder, task) : NULL;
    if (!code)
        return 0;
    size_t size = read_stack(task->thread, visit->sp, stacks->word);
    uint64_t hash = hash_of(stacks, code, visit->pc, size / sizeof *stacks->word);
    struct known *known = find(stacks, hash);
    if (known->at == 0 && stacks->n < FULL) {
        uint64_t at = keep(recorder, task, code, size);
        stacks->n += at != 0;
        *known = (struct known){ hash, at };
    }
    return known->at;
}

void stack_free(struct recorder *recorder)
{
    free(recorder->stacks);
}
