/* SPDX-License-Identifier: MIT
 * unwind.c: see unwind.h.
 */
#include "tracer/unwind.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "trace/trace.h"
#include "tracer/symbol.h"

enum {
    UNWIND_FRAMES = 128, /* most frames of the first thread */
    UNWIND_OTHERS = 32,  /* most frames of each other thread */
    UNWIND_LOST = 2,     /* most frames in a row outside of all code */
    UNWIND_CHUNK = 8192
};

struct frame {
    Dwarf_Addr pc;
    bool exact;
};

struct unwind {
    Dwfl *dwfl;
    int self_fd;
    Elf *self;  /* tells libdwfl the architecture */
    bool attached;
    pid_t pid;
    const struct stack_sample *sample; /* in the place of a process; NULL: there is one */
    const char *maps;            /* of the sample before */
    /* The current thread. */
    uint64_t registers[TRACE_REGISTERS];
    uint32_t n_registers;
    struct frame frames[UNWIND_FRAMES];
    unsigned n, most, lost;
    bool cut;
    /* The piece of the memory of the process that was read last. */
    Dwarf_Addr chunk_at;
    size_t chunk_size;
    unsigned char chunk[UNWIND_CHUNK];
};

/* ---- what libdwfl asks for --------------------------------------------------------------- */

static bool read_sample(const struct unwind *unwind, Dwarf_Addr address, Dwarf_Word *ret)
{
    const struct stack_sample *sample = unwind->sample;
    uint64_t begin = sample->registers[REGISTERS_SP];
    if (address < begin || sample->size < sizeof *ret ||
        address - begin > sample->size - sizeof *ret)
        return false;
    memcpy(ret, sample->bytes + (address - begin), sizeof *ret);
    return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *arg)
{
    struct unwind *unwind = arg;
    (void)dwfl;
    if (unwind->sample)
        return read_sample(unwind, address, ret);
    if (address < unwind->chunk_at || unwind->chunk_size < sizeof *ret ||
        address - unwind->chunk_at > unwind->chunk_size - sizeof *ret) {
        /* In two parts, each within a page: the second page may not exist. */
        struct iovec to[2] = { { unwind->chunk, 4096 - address % 4096 },
                               { unwind->chunk + 4096 - address % 4096, 4096 } };
        struct iovec from[2];
        for (int i = 0; i < 2; i++)
            from[i] = (struct iovec){ (void *)(uintptr_t)(i ? address - address % 4096 + 4096
                                                            : address), to[i].iov_len };
        ssize_t n = process_vm_readv(unwind->pid, to, 2, from, 2, 0);
        unwind->chunk_at = address;
        unwind->chunk_size = n > 0 ? (size_t)n : 0;
        if (unwind->chunk_size < sizeof *ret)
            return false;
    }
    memcpy(ret, unwind->chunk + (address - unwind->chunk_at), sizeof *ret);
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
    const struct unwind *unwind = arg;
    Dwarf_Word words[TRACE_REGISTERS];
    for (uint32_t i = 0; i < unwind->n_registers; i++)
        words[i] = unwind->registers[i];
#ifdef __aarch64__
    dwfl_thread_state_register_pc(thread, words[REGISTERS_PC]);
    return dwfl_thread_state_registers(thread, 0, REGISTERS_PC, words);
#else
    return dwfl_thread_state_registers(thread, 0, unwind->n_registers, words);
#endif
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **ret_arg)
{
    (void)dwfl;
    (void)tid;
    *ret_arg = arg;
    return true;
}

/* libdwfl requires it, and does not call it if there is get_thread. */
static pid_t next_thread(Dwfl *dwfl, void *arg, void **ret_arg)
{
    (void)dwfl;
    (void)arg;
    (void)ret_arg;
    return 0;
}

static const Dwfl_Thread_Callbacks unwind_threads = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = read_memory,
    .set_initial_registers = set_registers,
};

static char *debug_path; /* NULL: the default path of debug information */
static const Dwfl_Callbacks unwind_files = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .debuginfo_path = &debug_path,
};

/* ---- one process ------------------------------------------------------------------------- */

struct unwind *unwind_new(void)
{
    struct unwind *unwind = calloc(1, sizeof *unwind);
    if (!unwind)
        return NULL;
    elf_version(EV_CURRENT);
    unwind->self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    unwind->self = unwind->self_fd < 0 ? NULL : elf_begin(unwind->self_fd, ELF_C_READ, NULL);
    unwind->dwfl = dwfl_begin(&unwind_files);
    if (unwind->self && unwind->dwfl)
        return unwind;
    unwind_free(unwind);
    return NULL;
}

void unwind_free(struct unwind *unwind)
{
    if (!unwind)
        return;
    dwfl_end(unwind->dwfl);
    elf_end(unwind->self);
    fd_close(&unwind->self_fd);
    free(unwind);
}

/* Ends a report of mappings; `failed`: of it, as libdwfl tells it. Files at the same place as last
 * time are kept. Returns NULL, or the reason of a failure. */
static const char *end_report(struct unwind *unwind, int failed)
{
    if (dwfl_report_end(unwind->dwfl, NULL, NULL) != 0 || failed != 0)
        return failed > 0 ? strerror(failed) : dwfl_errmsg(-1);
    /* Once, since it cannot be undone: our callbacks choose the process. */
    if (!unwind->attached &&
        !dwfl_attach_state(unwind->dwfl, unwind->self, unwind->pid, &unwind_threads, unwind))
        return dwfl_errmsg(-1);
    unwind->attached = true;
    return NULL;
}

/* Reads the mappings of the process. Returns NULL, or the reason of a failure. */
static const char *look_at_process(struct unwind *unwind, const struct tracee *tracee)
{
    /* Through a thread that is stopped: the first one may have ended. */
    pid_t pid = tracee->pid;
    for (size_t i = tracee->n; i-- > 0;)
        if (tracee->threads[i].stopped)
            pid = tracee->threads[i].tid;
    unwind->pid = pid;
    unwind->chunk_size = 0;
    dwfl_report_begin(unwind->dwfl);
    return end_report(unwind, dwfl_linux_proc_report(unwind->dwfl, pid));
}

static const char *look_at_maps(struct unwind *unwind, const char *maps)
{
    if (unwind->maps == maps)
        return NULL;
    FILE *text = fmemopen((void *)(uintptr_t)maps, strlen(maps), "r");
    if (!text)
        return "no memory";
    unwind->pid = getpid();
    dwfl_report_begin(unwind->dwfl);
    const char *wrong = end_report(unwind, dwfl_linux_proc_maps_report(unwind->dwfl, text));
    fclose(text);
    unwind->maps = wrong ? NULL : maps;
    return wrong;
}

static int take_frame(Dwfl_Frame *state, void *arg)
{
    struct unwind *unwind = arg;
    Dwarf_Addr pc;
    bool exact;
    if (!dwfl_frame_pc(state, &pc, &exact))
        return DWARF_CB_ABORT;
    if (unwind->n == unwind->most) {
        unwind->cut = true;
        return DWARF_CB_ABORT;
    }
    /* step_back() may have added the first frame already. */
    if (unwind->n > 0 && pc == unwind->frames[unwind->n - 1].pc && exact)
        return DWARF_CB_OK;
    unwind->lost = dwfl_addrmodule(unwind->dwfl, pc) ? 0 : unwind->lost + 1;
    unwind->frames[unwind->n++] = (struct frame){ pc, exact };
    return unwind->lost > UNWIND_LOST ? DWARF_CB_ABORT : DWARF_CB_OK;
}

/* After a call through a bad pointer the unwinding cannot start. Goes back to the caller, whose
 * return address is known. */
static void step_back(struct unwind *unwind)
{
    uint64_t *registers = unwind->registers, pc = registers[REGISTERS_PC];
    Dwarf_Word from = 0;
    if (dwfl_addrmodule(unwind->dwfl, pc))
        return;
#ifdef __aarch64__
    from = registers[30];
#else
    if (!read_memory(unwind->dwfl, registers[REGISTERS_SP], &from, unwind))
        return;
#endif
    if (!dwfl_addrmodule(unwind->dwfl, from))
        return;
    unwind->frames[unwind->n++] = (struct frame){ pc, true };
    unwind->frames[unwind->n++] = (struct frame){ from, false };
    registers[REGISTERS_PC] = from;
#ifndef __aarch64__
    registers[REGISTERS_SP] += sizeof from;
#endif
}

/* Fills in the frames of a thread. Returns NULL, or a note about them. */
static const char *follow(struct unwind *unwind, pid_t tid, unsigned most, char *note, size_t size)
{
    unwind->n = unwind->lost = 0;
    unwind->most = most;
    unwind->cut = false;
    if (REGISTERS_N == 0)
        return "stacks cannot be read on this architecture";
    if (unwind->n_registers == 0)
        return "its registers cannot be read: the thread is gone, or does not stop";
    step_back(unwind);
    int result = dwfl_getthread_frames(unwind->dwfl, tid, take_frame, unwind);
    const char *why = result < 0 ? dwfl_errmsg(-1) : NULL;
    if (unwind->cut)
        snprintf(note, size, "cut: more than %u frames", most);
    else if (unwind->lost > 0)
        snprintf(note, size, "the stack leads outside of all code: it was overwritten, or the code "
                             "was made at run time");
    else if (why)
        snprintf(note, size, "the stack ends here: %s", why);
    else
        return NULL;
    return note;
}

/* ---- all threads ------------------------------------------------------------------------- */

static void add_name(json_t **object, pid_t pid, pid_t tid)
{
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", (int)pid, (int)tid);
    FD_CLEANUP int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, name, sizeof name - 1);
    name[n > 0 ? n : 0] = '\0';
    name[strcspn(name, "\n")] = '\0';
    member_text(object, "name", name);
}

static json_t *stack_of(struct unwind *unwind, const struct tracee *tracee, size_t index,
                        const struct trace_request *request)
{
    const struct tracee_thread *thread = &tracee->threads[index];
    json_t *object = json_object(), *frames = json_array();
    bool crashed = index == 0 && request->kind != TRACE_HANG;
    char note[160];
    unwind->n_registers = 0;
    if (crashed && request->n_registers == REGISTERS_N) {
        unwind->n_registers = REGISTERS_N;
        memcpy(unwind->registers, request->registers, sizeof unwind->registers);
    } else if (thread->stopped) {
        unwind->n_registers = tracee_registers(thread->tid, unwind->registers);
    }
    const char *said = follow(unwind, thread->tid, index == 0 ? UNWIND_FRAMES : UNWIND_OTHERS, note,
                              sizeof note);
    for (unsigned i = 0; i < unwind->n; i++)
        symbol_append(unwind->dwfl, unwind->frames[i].pc, unwind->frames[i].exact, &frames);
    member_count(&object, "thread", (uint64_t)thread->tid);
    add_name(&object, tracee->pid, thread->tid);
    if (crashed)
        member_set(&object, "crashed", json_true());
    member_set(&object, "frames", frames);
    if (said)
        member_text(&object, "note", said);
    return object;
}

static json_t *only_note(const char *text)
{
    json_t *object = json_object();
    member_set(&object, "frames", json_array());
    member_text(&object, "note", text);
    return object;
}

json_t *unwind_stacks(struct unwind *unwind, const struct tracee *tracee,
                      const struct trace_request *request)
{
    json_t *list = json_array();
    char text[256];
    const char *wrong = tracee->refused ? strerror(tracee->refused)
                                        : look_at_process(unwind, tracee);
    if (wrong) {
        snprintf(text, sizeof text, "the process cannot be read: %s", wrong);
        member_append(&list, only_note(text));
        return list;
    }
    for (size_t i = 0; i < tracee->n; i++)
        member_append(&list, stack_of(unwind, tracee, i, request));
    if (tracee->more > 0) {
        snprintf(text, sizeof text, "%zu more threads", tracee->more);
        member_append(&list, only_note(text));
    }
    return list;
}

json_t *unwind_sample(struct unwind *unwind, const struct stack_sample *sample)
{
    json_t *frames = json_array();
    char note[160];
    unwind->sample = sample;
    if (sample->n_registers != REGISTERS_N || look_at_maps(unwind, sample->maps))
        return frames;
    unwind->n_registers = REGISTERS_N;
    memcpy(unwind->registers, sample->registers, REGISTERS_N * sizeof *unwind->registers);
    follow(unwind, unwind->pid, UNWIND_OTHERS, note, sizeof note);
    for (unsigned i = 0; i < unwind->n; i++)
        symbol_append(unwind->dwfl, unwind->frames[i].pc, unwind->frames[i].exact, &frames);
    return frames;
}
