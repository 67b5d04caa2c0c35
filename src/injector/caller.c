/* SPDX-License-Identifier: MIT
 * caller.c: see caller.h.
 */
#include "injector/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "injector/target.h"
#include "wire/wire.h"

int caller_map_control(int fd, struct control *ret, struct error *error)
{
    struct stat status;
    struct control control = { .fd = -1, .fd_readonly = -1 };
    if (fstat(fd, &status) < 0) {
        close(fd);
        return error_set(error, errno, "cannot read the injector's control memory");
    }
    control.size = (uint64_t)status.st_size;
    control.header = memory_map(fd, control.size, false, 0, error);
    close(fd);
    if (!control.header)
        return -1;
    layout_plan(control.header->n_actors, (uint64_t)sysconf(_SC_PAGESIZE), &control.plan);
    if (control.header->n_actors > DEFINITION_ACTORS || control.plan.size != control.size) {
        munmap(control.header, (size_t)control.size);
        return error_set(error, 0, "cannot use the injector's control memory: wrong size");
    }
    *ret = control;
    return 0;
}

/* Only the runner itself makes calls of the harness. */
static enum caller_time without_operation(const struct enter_hello *hello, pid_t thread)
{
    return hello->performs > 0 || target_process(thread) != hello->pid ? CALLER_OUTLIVED
                                                                       : CALLER_HARNESS;
}

static enum caller_time describe_actor(const struct control *control,
                                       const struct enter_hello *hello, pid_t thread,
                                       struct share_call *ret)
{
    const struct layout_header *header = control->header;
    if (!header || hello->number >= header->n_actors || hello->number >= DEFINITION_ACTORS)
        return CALLER_HARNESS;
    const struct layout_slot *slot = control_slot(control, hello->number);
    uint32_t phase = atomic_load_explicit(&slot->phase, memory_order_acquire);
    ret->type = hello->type;
    ret->index = hello->index;
    if (phase == PHASE_STARTING)
        return CALLER_TARGET; /* its start hook */
    uint64_t operation = atomic_load_explicit(&slot->operation, memory_order_relaxed);
    if (phase != PHASE_PERFORMING || (hello->performs > 0 && hello->performs != operation + 1))
        return without_operation(hello, thread);
    ret->operation = operation;
    ret->action = atomic_load_explicit(&slot->action, memory_order_relaxed);
    return CALLER_TARGET;
}

enum caller_time caller_describe(const struct control *control, const struct enter_hello *hello,
                                 pid_t thread, struct share_call *ret)
{
    static const enum rule_whose whose[ENTER_KINDS] = { [ENTER_ACTOR] = RULE_OF_ACTOR,
                                                        [ENTER_SERVER] = RULE_OF_SERVER,
                                                        [ENTER_HOOK] = RULE_OF_HOOK };
    const struct layout_header *header = control->header;
    *ret = (struct share_call){ .whose = whose[hello->kind], .operation = RULE_ANY,
                                .action = UINT32_MAX };
    if (hello->kind == ENTER_ACTOR)
        return describe_actor(control, hello, thread, ret);
    if (hello->kind == ENTER_HOOK)
        return header && atomic_load(&header->hook) == WIRE_HOOK_RESET + 1 ? CALLER_TARGET
                                                                          : CALLER_HARNESS;
    memcpy(ret->server, hello->server, sizeof ret->server);
    return CALLER_TARGET;
}

bool caller_is_on_channel(const struct enter_hello *hello, pid_t thread, const struct call *call,
                          const __u64 args[6])
{
    if (hello->channel[0] == 0 || !call || call->arguments[0] != 'f')
        return false;
    uint64_t pipe = target_pipe(thread, (int)args[0]);
    return pipe != 0 && (pipe == hello->channel[0] || pipe == hello->channel[1]);
}

/* An open that neither creates nor truncates a file changes nothing. */
static bool only_opens(pid_t thread, const struct call *call, const __u64 args[6])
{
    uint64_t flags = 0;
    if (!call || strncmp(call->name, "open", 4) != 0)
        return false;
    if (strcmp(call->name, "open") == 0)
        flags = args[1];
    else if (strcmp(call->name, "openat") == 0)
        flags = args[2];
    else if (target_read(thread, args[2], &flags, sizeof flags) < 0)
        return false;
    return !(flags & (O_CREAT | O_TRUNC));
}

static void keep_end(const char *path, char to[RULE_PATH])
{
    size_t length = strlen(path);
    const char *end = path + (length < RULE_PATH ? 0 : length - RULE_PATH + 1);
    memcpy(to, end, strlen(end) + 1);
}

void caller_keep_paths(const struct target_paths *paths, struct share_call *ret)
{
    if (paths->n > 0)
        keep_end(paths->path[0], ret->path);
    if (paths->n > 1)
        keep_end(paths->path[1], ret->other);
}

/* A call that no path or descriptor leads to, as sync() or msync(), may be about any file. */
static bool on_file(const struct call *call, const struct target_paths *paths)
{
    return paths->is_file || (call && !strpbrk(call->arguments, "fdp"));
}

/* What operations print is not a part of what they work on, also if it goes to a file. */
static bool on_output(const char *output, const struct target_paths *paths)
{
    return *output && paths->n == 1 && strcmp(paths->path[0], output) == 0;
}

bool caller_path_fits(const struct rule *rule, const char *output, pid_t thread,
                      const struct call *call, const __u64 args[6],
                      const struct target_paths *paths)
{
    if (rule->files_only && (!on_file(call, paths) || on_output(output, paths) ||
                             only_opens(thread, call, args)))
        return false;
    bool fits = !*rule->path;
    for (unsigned i = 0; i < paths->n && !fits; i++)
        fits = rule_path_fits(rule->path, paths->path[i]);
    return fits;
}
