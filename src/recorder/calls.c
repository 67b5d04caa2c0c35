/* SPDX-License-Identifier: MIT
 * calls.c: see calls.h.
 */
#include "recorder/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "recorder/step.h"
#include "recorder/watched.h"

static void put_edge(struct recorder *recorder, enum recording_kind kind,
                     const struct share_call *call, int status)
{
    step_put(recorder, NULL, &(struct recording_step){
        .kind = (uint16_t)kind, .call = RECORDING_NONE, .node = call->type, .other = call->index,
        .mode = call->action, .offset = call->operation, .status = status });
}

/* How the operation of a program that stays ended, as the exit status of a command; -1: it did not
 * end, or that is not known. */
static int status_of(const struct recorder *recorder, const struct subject_process *subject)
{
    static const int statuses[] = { [STRESS_OK] = 0, [STRESS_UNCOUNTED] = 75, [STRESS_RESET] = 76,
                                    [STRESS_FAIL] = 1 };
    const struct control *control = &recorder->control;
    if (subject->hello.channel[0] == 0 || subject->hello.number >= control->header->n_actors)
        return -1;
    const struct layout_logged *log = control_log(control, subject->hello.number);
    uint64_t result = atomic_load(
        &log[subject->current.operation & (control->plan.n_logged - 1)].result);
    return result > 0 && (result - 1) % 8 <= STRESS_FAIL ? statuses[(result - 1) % 8] : -1;
}

void calls_operation(struct recorder *recorder, struct subject_process *subject,
                     const struct share_call *call)
{
    if (subject->current.operation == call->operation)
        return;
    if (subject->current.operation != RULE_ANY)
        put_edge(recorder, RECORDING_END, &subject->current, status_of(recorder, subject));
    subject->current = *call;
    memset(subject->ordinals, 0, sizeof subject->ordinals);
    if (call->operation != RULE_ANY)
        put_edge(recorder, RECORDING_BEGIN, call, 0);
}

/* Is it a runner that performs operations itself? A command is an operation of its own. */
static bool is_runner(const struct task *task)
{
    const struct subject_process *subject = task->subject;
    return subject && task->thread == subject->hello.pid && subject->hello.kind == ENTER_ACTOR &&
           subject->hello.performs == 0;
}

void calls_look(struct recorder *recorder)
{
    static const struct share_call none = { .operation = RULE_ANY };
    for (size_t i = 0; i < recorder->n_tasks; i++) {
        struct subject_process *subject = recorder->tasks[i]->subject;
        if (is_runner(recorder->tasks[i]) &&
            caller_describe(&recorder->control, &subject->hello, subject->hello.pid,
                            &subject->seen) != CALLER_TARGET)
            subject->seen.operation = RULE_ANY;
    }
    watched_look(recorder);
    for (int begins = 0; begins < 2; begins++) /* one ends before the next begins */
        for (size_t i = 0; i < recorder->n_tasks; i++) {
            struct subject_process *subject = recorder->tasks[i]->subject;
            if (is_runner(recorder->tasks[i]) &&
                subject->current.operation != subject->seen.operation)
                calls_operation(recorder, subject, begins ? &subject->seen : &none);
        }
}

void calls_command_ended(struct recorder *recorder, struct subject_process *subject, int status)
{
    if (subject->current.operation == RULE_ANY || subject->ended)
        return;
    subject->ended = true;
    put_edge(recorder, RECORDING_END, &subject->current,
             WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* The paths of a call. That of a file with one name is kept until a name changes: reading it costs
 * more than the rest of a call without data. */
static void find_paths(struct recorder *recorder, struct task *task, const struct call *call)
{
    struct visit *visit = &task->visit;
    bool one_name = visit->file.node && visit->file.status.st_nlink == 1;
    struct inode *node = one_name && call && !strpbrk(call->arguments + 1, "fdp")
                             ? visit->file.node : NULL;
    struct target_paths *paths = &recorder->paths;
    struct seccomp_data data = { .nr = visit->number };
    memcpy(data.args, visit->args, sizeof data.args);
    if (node && node->path && node->path_names == recorder->n_names) {
        paths->n = 1;
        paths->is_file = true;
        paths->unread = false;
        memcpy(paths->path[0], node->path, strlen(node->path) + 1);
        return;
    }
    target_paths(task->thread, call, &data, paths);
    if (!node || paths->n != 1)
        return;
    free(node->path);
    if (asprintf(&node->path, "%s", paths->path[0]) < 0)
        node->path = NULL;
    node->path_names = recorder->n_names;
}

/* Is it a call that the rule of the run asks for? Reads its paths. */
static bool is_asked_for(struct recorder *recorder, struct task *task)
{
    const struct rule *rule = &recorder->share->rules[0];
    struct visit *visit = &task->visit;
    struct target_paths *paths = &recorder->paths;
    const struct call *call = call_of(visit->number);
    if (recorder->share->n_rules == 0 || !call_set_has(&rule->calls, visit->number))
        return false;
    find_paths(recorder, task, call);
    caller_keep_paths(paths, &visit->described);
    return caller_path_fits(rule, recorder->share->output, task->thread, call, visit->args, paths);
}

void calls_begin(struct recorder *recorder, struct task *task)
{
    struct visit *visit = &task->visit;
    struct subject_process *subject = task->subject;
    visit->point = false;
    visit->call = RECORDING_NONE;
    visit->first = recording_n_steps(recorder->writer);
    if (!recorder->share || !subject)
        return;
    enum caller_time time = caller_describe(&recorder->control, &subject->hello, task->thread,
                                            &visit->described);
    if (caller_is_on_channel(&subject->hello, task->thread, call_of(visit->number), visit->args))
        return;
    if (time == CALLER_OUTLIVED)
        atomic_fetch_add(&recorder->share->notes[SHARE_NOTE_OUTLIVED], 1);
    if (time != CALLER_TARGET || visit->number < 0 || visit->number >= CALL_NUMBERS ||
        recorder->paused)
        return;
    calls_operation(recorder, subject, &visit->described);
    visit->described.number = visit->number;
    if (call_set_has(&recorder->share->calls, visit->number))
        visit->described.ordinal = ++subject->ordinals[visit->number];
    visit->first = recording_n_steps(recorder->writer);
    visit->point = is_asked_for(recorder, task);
    if (visit->point)
        visit->call = recorder->n_calls;
}

void calls_moved(const struct recorder *recorder, struct task *task)
{
    struct visit *visit = &task->visit;
    visit->first = recording_n_steps(recorder->writer);
    if (visit->point)
        visit->call = recorder->n_calls;
}

void calls_end(struct recorder *recorder, const struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    if (!visit->point)
        return;
    const struct recording_call call = {
        .call = visit->described, .first = visit->first, .pid = task->process, .result = result,
        .stack = visit->stack,
        .n_steps = (uint32_t)(recording_n_steps(recorder->writer) - visit->first) };
    recording_call(recorder->writer, &call);
    recorder->n_calls++;
}
