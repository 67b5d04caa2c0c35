/* SPDX-License-Identifier: MIT
 * tasks.c: see tasks.h. The stops and their meaning are those of ptrace(2), under PTRACE_SEIZE.
 */
#include "recorder/tasks.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "recorder/calls.h"
#include "recorder/effect.h"
#include "recorder/fidelity.h"
#include "recorder/inode.h"
#include "recorder/mapped.h"
#include "recorder/outside.h"
#include "recorder/sentinel.h"
#include "recorder/stack.h"
#include "recorder/watched.h"

#define OPTIONS                                                                                   \
    (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |   \
     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)

/* ---- the table -------------------------------------------------------------------------- */

static struct task *find(const struct recorder *recorder, pid_t thread)
{
    for (size_t i = 0; i < recorder->n_tasks; i++)
        if (recorder->tasks[i]->thread == thread)
            return recorder->tasks[i];
    return NULL;
}

static void clear_visit(struct visit *visit)
{
    *visit = (struct visit){ .call = RECORDING_NONE, .file.fd = -1,
                             .place = { { .parent = -1 }, { .parent = -1 } } };
}

static struct task *add(struct recorder *recorder, pid_t thread)
{
    if (recorder->n_tasks == recorder->room) {
        size_t room = recorder->room ? 2 * recorder->room : 64;
        struct task **more = realloc(recorder->tasks, room * sizeof(struct task *));
        if (!more)
            return NULL;
        recorder->tasks = more;
        recorder->room = room;
    }
    struct task *task = calloc(1, sizeof *task);
    if (!task)
        return NULL;
    task->thread = task->process = thread;
    task->pidfd = -1;
    clear_visit(&task->visit);
    recorder->tasks[recorder->n_tasks++] = task;
    return task;
}

static void set_subject(struct task *task, struct subject_process *subject)
{
    task->subject = subject;
    subject->users++;
}

static void leave_subject(struct task *task)
{
    if (task->subject && --task->subject->users == 0)
        free(task->subject);
    task->subject = NULL;
}

/* ---- going on --------------------------------------------------------------------------- */

static void go_on(const struct task *task, int request, int signo)
{
    /* It fails if the thread is dying. */
    (void)ptrace((enum __ptrace_request)request, task->thread, NULL, (void *)(long)signo);
}

static void take_turn(struct recorder *recorder, struct task *task);

static void stop_waiting(struct recorder *recorder, struct task *task)
{
    recorder->n_waiting -= task->waits;
    task->waits = false;
}

/* The call that was under way is over: the next one that waits has its turn. */
static void release(struct recorder *recorder, const struct task *task)
{
    if (recorder->under_way != task)
        return;
    recorder->under_way = NULL;
    for (size_t i = 0; i < recorder->n_tasks && !recorder->under_way && recorder->n_waiting; i++)
        if (recorder->tasks[i]->waits) {
            stop_waiting(recorder, recorder->tasks[i]);
            take_turn(recorder, recorder->tasks[i]);
        }
}

static void remove_task(struct recorder *recorder, struct task *task)
{
    for (size_t i = 0; i < recorder->n_tasks; i++)
        if (recorder->tasks[i] == task)
            recorder->tasks[i] = recorder->tasks[--recorder->n_tasks];
    stop_waiting(recorder, task);
    effect_drop(&task->visit);
    release(recorder, task);
    stack_leave(task);
    leave_subject(task);
    fd_close(&task->pidfd);
    free(task);
}

/* ---- a call ----------------------------------------------------------------------------- */

/* Makes the kernel skip the call at whose entry the thread is, and return this. It fails if the
 * thread is dying. */
static void answer(const struct task *task, int64_t result)
{
#if defined(__x86_64__)
    (void)ptrace(PTRACE_POKEUSER, task->thread, (void *)offsetof(struct user_regs_struct, rax),
                 (void *)result);
    (void)ptrace(PTRACE_POKEUSER, task->thread,
                 (void *)offsetof(struct user_regs_struct, orig_rax), (void *)-1L);
#elif defined(__aarch64__)
    int number = -1;
    struct user_regs_struct registers;
    struct iovec part = { &number, sizeof number }, all = { &registers, sizeof registers };
    (void)ptrace(PTRACE_SETREGSET, task->thread, (void *)(long)NT_ARM_SYSTEM_CALL, &part);
    if (ptrace(PTRACE_GETREGSET, task->thread, (void *)(long)NT_PRSTATUS, &all) < 0)
        return;
    registers.regs[0] = (uint64_t)result;
    (void)ptrace(PTRACE_SETREGSET, task->thread, (void *)(long)NT_PRSTATUS, &all);
#endif
}

/* True: the call needs no more than this. */
static bool enter_special(struct recorder *recorder, struct task *task)
{
    if (task->visit.number == SYS_mmap && task->visit.args[2] & PROT_EXEC)
        stack_moved(recorder, task->process);
    if (task->visit.number != SYS_io_uring_setup)
        return false;
    if (recorder->share)
        atomic_fetch_add(&recorder->share->notes[SHARE_NOTE_IO_URING], 1);
    answer(task, -ENOSYS);
    return true;
}

/* The call of the thread is over, and no other call is under way. */
static void leave(struct recorder *recorder, struct task *task)
{
    task->visiting = false;
    if (task->visit.may_wait)
        calls_moved(recorder, task);
    effect_end(recorder, task);
    calls_end(recorder, task, task->visit.result);
    fidelity_after_call(recorder);
    go_on(task, PTRACE_CONT, 0);
    release(recorder, task);
}

/* The thread is at the entry of a call, and no other call is under way. */
static void enter(struct recorder *recorder, struct task *task)
{
    struct visit *visit = &task->visit;
    bool watched = false;
    if (!enter_special(recorder, task)) {
        mapped_look(recorder, RECORDING_NONE);
        if (task->subject && task->subject->hello.kind == ENTER_SERVER)
            calls_look(recorder);
        else
            watched_look(recorder);
        watched = effect_begin(recorder, task);
        calls_begin(recorder, task);
    }
    if (!watched && visit->point)
        outside_note(recorder, task);
    if (!watched) {
        calls_end(recorder, task, 0);
        effect_drop(visit);
        visit->point = false;
        go_on(task, PTRACE_CONT, 0);
        return;
    }
    if (visit->point && effect_is_lost(visit))
        visit->stack = stack_take(recorder, task);
    task->visiting = true;
    if (effect_make(recorder, task)) {
        answer(task, task->visit.result);
        leave(recorder, task);
        return;
    }
    if (!visit->may_wait)
        recorder->under_way = task;
    go_on(task, PTRACE_SYSCALL, 0);
}

/* The thread is at the entry of a call, or at the end of one: it goes on as soon as no call of
 * another thread is under way. */
static void take_turn(struct recorder *recorder, struct task *task)
{
    if (recorder->under_way && recorder->under_way != task) {
        recorder->n_waiting += !task->waits;
        task->waits = true;
    } else if (task->visiting) {
        leave(recorder, task);
    } else {
        enter(recorder, task);
    }
}

static void at_entry(struct recorder *recorder, struct task *task,
                     const struct __ptrace_syscall_info *info)
{
    bool foreign;
    clear_visit(&task->visit);
    task->visit.number = call_translate(info->arch, (int)info->seccomp.nr, &foreign);
    memcpy(task->visit.args, info->seccomp.args, sizeof task->visit.args);
    task->visit.pc = info->instruction_pointer;
    task->visit.sp = foreign ? 0 : info->stack_pointer;
    if (foreign && recorder->share)
        atomic_fetch_add(&recorder->share->notes[SHARE_NOTE_FOREIGN], 1);
    take_turn(recorder, task);
}

static void at_exit(struct recorder *recorder, struct task *task,
                    const struct __ptrace_syscall_info *info)
{
    task->visit.result = info->exit.rval;
    if (task->visiting)
        take_turn(recorder, task);
    else
        go_on(task, PTRACE_CONT, 0);
}

/* ---- stops ------------------------------------------------------------------------------ */

/* A new thread or process: it stops at its birth, and its parent tells of it, in either order. */
static void at_birth(struct recorder *recorder, const struct task *parent)
{
    unsigned long number = 0;
    if (ptrace(PTRACE_GETEVENTMSG, parent->thread, NULL, &number) < 0 || number == 0)
        return;
    struct task *child = find(recorder, (pid_t)number);
    if (!child)
        child = add(recorder, (pid_t)number);
    if (!child) {
        recorder_trouble(recorder, "no memory");
        return;
    }
    child->process = target_process(child->thread);
    if (parent->subject && !child->subject)
        set_subject(child, parent->subject);
    stack_inherit(child, parent);
    if (child->stopped) {
        child->stopped = false;
        go_on(child, PTRACE_CONT, 0);
    }
}

/* The thread that executes gets the number of its process; the others are gone. */
static void at_exec(struct recorder *recorder, struct task *task)
{
    unsigned long before = 0;
    task->process = task->thread;
    if (ptrace(PTRACE_GETEVENTMSG, task->thread, NULL, &before) == 0 &&
        (pid_t)before != task->thread) {
        struct task *old = find(recorder, (pid_t)before);
        if (old)
            remove_task(recorder, old);
    }
    stack_moved(recorder, task->process);
}

/* What the call returned in which the thread was killed. */
static int64_t last_result(const struct task *task)
{
    struct user_regs_struct registers;
    struct iovec part = { &registers, sizeof registers };
    if (ptrace(PTRACE_GETREGSET, task->thread, (void *)(long)NT_PRSTATUS, &part) < 0)
        return -EINTR;
#if defined(__x86_64__)
    return (int64_t)registers.rax;
#elif defined(__aarch64__)
    return (int64_t)registers.regs[0];
#else
    return -EINTR;
#endif
}

/* The death of a thread begins. A call in which it was killed may have had a part of its effect;
 * one at whose entry it waited has none. */
static void at_end(struct recorder *recorder, struct task *task)
{
    mapped_look(recorder, RECORDING_NONE);
    calls_look(recorder);
    if (task->visiting) {
        if (!task->waits)
            task->visit.result = last_result(task);
        take_turn(recorder, task);
        return;
    }
    stop_waiting(recorder, task);
    go_on(task, PTRACE_CONT, 0);
}

static void at_syscall(struct recorder *recorder, struct task *task)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->thread, sizeof info, &info) < 0)
        go_on(task, PTRACE_CONT, 0);
    else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP)
        at_entry(recorder, task, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        at_exit(recorder, task, &info);
    else
        go_on(task, PTRACE_CONT, 0);
}

/* A stop of the whole process by a signal is kept up. */
static void at_stop(struct task *task, int signo)
{
    bool by_signal = signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
    if (by_signal) {
        go_on(task, PTRACE_LISTEN, 0);
    } else if (!task->subject) { /* its parent has not told of it yet */
        task->stopped = true;
    } else {
        go_on(task, PTRACE_CONT, 0);
    }
}

static void handle_stop(struct recorder *recorder, struct task *task, int status)
{
    int signo = WSTOPSIG(status), event = status >> 16;
    switch (event) {
    case 0:
        if (signo == (SIGTRAP | 0x80))
            at_syscall(recorder, task);
        else
            go_on(task, task->visiting ? PTRACE_SYSCALL : PTRACE_CONT, signo);
        return;
    case PTRACE_EVENT_SECCOMP:
        at_syscall(recorder, task);
        return;
    case PTRACE_EVENT_STOP:
        at_stop(task, signo);
        return;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        at_birth(recorder, task);
        break;
    case PTRACE_EVENT_EXEC:
        at_exec(recorder, task);
        break;
    case PTRACE_EVENT_EXIT:
        at_end(recorder, task);
        return;
    default:
        break;
    }
    go_on(task, PTRACE_CONT, 0);
}

static void handle(struct recorder *recorder, pid_t thread, int status)
{
    struct task *task = find(recorder, thread);
    if (!task && WIFSTOPPED(status)) {
        task = add(recorder, thread);
        if (!task) {
            recorder_trouble(recorder, "no memory");
            ptrace(PTRACE_CONT, thread, NULL, NULL);
            return;
        }
        task->process = target_process(thread);
    }
    if (!task)
        return; /* a child of ours, which is not traced */
    if (WIFSTOPPED(status)) {
        handle_stop(recorder, task, status);
        return;
    }
    if (task->subject && task->subject->hello.performs > 0 && thread == task->subject->hello.pid)
        calls_command_ended(recorder, task->subject, status);
    remove_task(recorder, task);
}

/* ---- in and out ------------------------------------------------------------------------- */

int64_t tasks_attach(struct recorder *recorder, const struct enter_hello *hello)
{
    struct subject_process *subject = calloc(1, sizeof *subject);
    struct task *task = subject ? add(recorder, hello->pid) : NULL;
    if (!task) {
        free(subject);
        return -ENOMEM;
    }
    subject->hello = *hello;
    subject->current.operation = RULE_ANY;
    set_subject(task, subject);
    if (ptrace(PTRACE_SEIZE, hello->pid, NULL, (void *)(long)OPTIONS) < 0) {
        int code = errno;
        remove_task(recorder, task);
        return -code;
    }
    if (hello->performs > 0) {
        struct share_call call = { .whose = RULE_OF_ACTOR, .type = hello->type,
                                   .index = hello->index, .operation = hello->performs - 1 };
        struct share_call now;
        if (caller_describe(&recorder->control, hello, hello->pid, &now) == CALLER_TARGET)
            call.action = now.action;
        calls_operation(recorder, subject, &call);
    }
    return 0;
}

/* Waits for the next event. The thread in a call that changes files is about to stop, so that is
 * waited for. */
static bool next_event(const struct recorder *recorder, siginfo_t *ret)
{
    const struct task *awaited = recorder->under_way;
    ret->si_pid = 0;
    return waitid(awaited ? P_PID : P_ALL, awaited ? (id_t)awaited->thread : 0, ret,
                  WSTOPPED | WEXITED | __WALL) == 0;
}

/* The status as waitpid(2) has it. */
static int status_of(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED:
        return W_EXITCODE(info->si_status, 0);
    case CLD_KILLED:
    case CLD_DUMPED:
        return W_EXITCODE(0, info->si_status);
    default:
        return W_STOPCODE(info->si_status);
    }
}

void tasks_serve(struct recorder *recorder)
{
    siginfo_t info;
    while (next_event(recorder, &info)) {
        if (sentinel_event(recorder, &info))
            return;
        if (info.si_pid != recorder->task.spare) {
            handle(recorder, info.si_pid, status_of(&info));
        } else if (info.si_code != CLD_STOPPED) {
            recorder->spare = info;
            return;
        }
    }
}

bool tasks_have_server(const struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->n_tasks; i++) {
        const struct task *task = recorder->tasks[i];
        if (task->subject && task->subject->hello.kind == ENTER_SERVER &&
            task->thread == task->subject->hello.pid)
            return true;
    }
    return false;
}

/* Takes in what has become of a thread. Returns false if nothing has. */
static bool reap(struct recorder *recorder, struct task *task)
{
    int status;
    pid_t thread = task->thread, got = waitpid(thread, &status, __WALL | WNOHANG);
    if (got == thread)
        handle(recorder, thread, status);
    else if (got < 0)
        remove_task(recorder, task);
    return got != 0;
}

/* The first thread of a process ends when all others have, so each is looked at in turn. */
void tasks_free(struct recorder *recorder)
{
    uint64_t deadline = clock_now() + 2 * CLOCK_SECOND;
    for (size_t i = 0; i < recorder->n_tasks; i++)
        kill(recorder->tasks[i]->thread, SIGKILL);
    for (size_t i = 0, idle = 0; recorder->n_tasks > 0 && clock_now() < deadline; i++) {
        idle = reap(recorder, recorder->tasks[i % recorder->n_tasks]) ? 0 : idle + 1;
        if (idle > recorder->n_tasks)
            sched_yield();
    }
    while (recorder->n_tasks > 0)
        remove_task(recorder, recorder->tasks[recorder->n_tasks - 1]);
    free(recorder->tasks);
}
