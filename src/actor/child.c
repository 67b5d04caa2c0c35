/* SPDX-License-Identifier: MIT
 * child.c: from fork to the runner's loop. Runner process; async-signal-safe throughout.
 */
#include "actor/child.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "actor/crash.h"
#include "base/base.h"
#include "wire/wire.h"

static const char *const child_step_texts[CHILD_STEPS] = {
    [CHILD_STEP_PARENT] = "bind to the supervisor",
    [CHILD_STEP_OUTPUT] = "redirect its output",
    [CHILD_STEP_MAP] = "map the shared memory",
    [CHILD_STEP_LIMITS] = "close the harness's descriptors",
    [CHILD_STEP_SANDBOX] = "enter the sandbox",
    [CHILD_STEP_INJECT] = "hand its system calls over to the injector",
};

const char *child_step_text(uint32_t step)
{
    return step < CHILD_STEPS ? child_step_texts[step] : "set up";
}

static int bind_to_supervisor(const struct child_plan *plan)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        return -1;
    if (getppid() != plan->supervisor) { /* it died before prctl(): no signal will come */
        errno = ESRCH;
        return -1;
    }
    /* The supervisor does this, too, so that neither depends on the other being first. */
    return setpgid(0, 0);
}

static int redirect_output(const struct stress_actor *actor)
{
    if (fd_redirect(actor->output, STDOUT_FILENO) < 0 ||
        fd_redirect(actor->output, STDERR_FILENO) < 0)
        return -1;
    wire_output_mark(STDERR_FILENO, WIRE_MARK_START | actor->incarnation);
    return 0;
}

static int map_at(void *address, uint64_t size, int protection, int fd, uint64_t offset)
{
    return size == 0 || mmap(address, (size_t)size, protection, MAP_SHARED | MAP_FIXED, fd,
                             (off_t)offset) != MAP_FAILED ? 0 : -1;
}

/* Maps everything from a read-only descriptor, so that mprotect() cannot make it writable; then
 * maps the runner's own part writable over that. */
static int map_shared(const struct stress_actor *actor)
{
    const struct stress_env *env = actor->env;
    const struct control *control = &env->control;
    unsigned char *base = (unsigned char *)control->header;
    const struct layout_plan *plan = &control->plan;
    uint64_t slot = plan->slots + actor->number * plan->slot_stride;
    /* A runner does not inherit the supervisor's mapping: nothing can be read before this. */
    if (map_at(base, control->size, PROT_READ, control->fd_readonly, 0) < 0 ||
        map_at(base + slot, plan->slot_stride, PROT_READ | PROT_WRITE, control->fd, slot) < 0)
        return -1;
    if (actor->type->saboteur &&
        map_at(base + plan->breaks, plan->slots - plan->breaks, PROT_READ | PROT_WRITE, control->fd,
               plan->breaks) < 0)
        return -1;
    if (!env->states)
        return 0;
    uint64_t begin = memory_state_offset(&env->definition, actor->number);
    uint64_t end = memory_state_offset(&env->definition, actor->number + 1);
    uint64_t size = memory_state_offset(&env->definition, control->header->n_actors);
    if (map_at(env->states, size, PROT_READ, env->states_fd_readonly, 0) < 0)
        return -1;
    return map_at(env->states + begin, end - begin, PROT_READ | PROT_WRITE, env->states_fd, begin);
}

static int drop_descriptors(const struct child_plan *plan)
{
    struct rlimit core;
    const int keep[] = { plan->tickets_calls, plan->inject_socket, plan->tracer };
    if (fd_drop_raised(keep, sizeof keep / sizeof *keep) < 0 || fd_restore_limit() < 0)
        return -1;
    /* Core files of many actors would fill the disk. A start hook may raise the limit again. */
    if (getrlimit(RLIMIT_CORE, &core) < 0)
        return -1;
    core.rlim_cur = 0;
    return setrlimit(RLIMIT_CORE, &core);
}

static int enter_sandbox(const struct child_plan *plan)
{
    /* The supervisor is not dumpable, which protects it from actors; a runner may be. */
    if (prctl(PR_SET_DUMPABLE, 1) < 0)
        return -1;
    if (plan->reader > 0 && prctl(PR_SET_PTRACER, plan->reader) < 0)
        return -1;
    return sandbox_enter(plan->sandbox);
}

/* In a run of commands, each command enters injection itself. */
static int enter_injection(const struct stress_actor *actor)
{
    struct enter_hello hello = actor_hello(actor);
    if (!actor_is_injected(actor) || actor->env->inject->by_command)
        return 0;
    return inject_enter(actor->env->inject, &hello);
}

void child_set_up(const struct child_plan *plan, const struct stress_actor *actor)
{
    int pipe = plan->failure_pipe;
    struct child_failure failure = { .actor = actor->number };
    if (failure.step = CHILD_STEP_PARENT, bind_to_supervisor(plan) < 0)
        goto failed;
    if (failure.step = CHILD_STEP_OUTPUT, redirect_output(actor) < 0)
        goto failed;
    if (failure.step = CHILD_STEP_MAP, map_shared(actor) < 0)
        goto failed;
    crash_arm(actor->slot);
    if (failure.step = CHILD_STEP_SANDBOX, enter_sandbox(plan) < 0)
        goto failed;
    if (failure.step = CHILD_STEP_INJECT, enter_injection(actor) < 0)
        goto failed;
    if (failure.step = CHILD_STEP_LIMITS, drop_descriptors(plan) < 0)
        goto failed;
    sigprocmask(SIG_SETMASK, &plan->signals, NULL);
    return;
failed:
    failure.error = errno;
    /* If this fails, too, the supervisor still has the exit status. */
    (void)!write(pipe, &failure, sizeof failure);
    _exit(CHILD_EXIT_SETUP);
}
