/* SPDX-License-Identifier: MIT
 * program.c: see program.h. An operation costs four system calls here: the look for an answer too
 * many, the write, the wait, and the read.
 */
#include "workload/program.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor/actor.h"
#include "trace/trace.h"
#include "workload/launch.h"

enum {
    PROGRAM_LINE = 4096,  /* bytes of an answer that are looked at; the rest is skipped */
    PROGRAM_SHOWN = 64,   /* of one that is shown in a message */
    PROGRAM_WATCH_MS = 200,
    PROGRAM_EXIT_S = 1,   /* from the end of its output to its exit */
    PROGRAM_GRACE_S = 2   /* from the end of its input to its exit */
};

static struct {
    pid_t pid; /* 0: it does not run */
    int pidfd;
    int in, out; /* our ends of its standard input and output, which do not block */
    size_t size;
    char bytes[PROGRAM_LINE + 1]; /* what it has written behind the last answer */
} program;

enum answered { ANSWERED, ANSWERED_NOT, ANSWERED_END };

/* ---- its life --------------------------------------------------------------------------- */

static uint64_t inode_of(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

/* `ends`: the program's ends of both pipes. */
static int start(struct stress_actor *actor, const char *line, char *const *environment,
                 const int ends[2], struct error *error)
{
    const struct stress_env *env = actor->env;
    struct enter_hello hello = actor_hello(actor);
    for (int i = 0; i < 2; i++)
        hello.channel[i] = inode_of(ends[i]);
    pid_t pid = launch_program(&(struct launch_program){
        .line = line, .environment = environment, .input = ends[0], .output = ends[1],
        .reader = env->config.tracer_pid,
        .inject = actor_is_injected(actor) ? env->inject : NULL, .hello = &hello }, error);
    if (pid < 0)
        return -1;
    program.pid = pid;
    program.pidfd = pidfd_open(pid, 0);
    atomic_store(&actor->slot->program, pid);
    /* If this fails, only a stack is missing when the program crashes. */
    trace_ask_and_wait(actor->tracer, &(struct trace_request){ .kind = TRACE_WATCH, .pid = pid },
                       PROGRAM_WATCH_MS);
    return program.pidfd < 0 ? error_set(error, errno, "cannot watch the program") : 0;
}

static int open_and_start(struct stress_actor *actor, const char *line, char *const *environment,
                          struct error *error)
{
    int in[2] = { -1, -1 }, out[2] = { -1, -1 };
    int result = pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 ||
                         fcntl(in[1], F_SETFL, O_NONBLOCK) < 0 ||
                         fcntl(out[0], F_SETFL, O_NONBLOCK) < 0
                     ? error_set(error, errno, "cannot make the pipes of the program")
                     : start(actor, line, environment, (int[]){ in[0], out[1] }, error);
    fd_close(&in[0]);
    fd_close(&out[1]);
    program.in = in[1];
    program.out = out[0];
    return result;
}

/* The program has died: so does this process, in the same way. */
static enum stress_outcome die_as_it_did(struct stress_actor *actor)
{
    siginfo_t end;
    if (launch_end(program.pid, &end) < 0)
        return stress_actor_fail(actor, "cannot wait for the program: %s", strerror(errno));
    launch_die_as(&end);
    return stress_actor_fail(actor, "the program was killed by SIG%s",
                             sigabbrev_np(end.si_status));
}

/* Returns when waiting for the program is over: sooner than the supervisor would take this process
 * for hanging. */
static uint64_t until(const struct stress_actor *actor, uint64_t most_s)
{
    const struct wire_config *config = &actor->env->config;
    const uint64_t limits[] = { config->op_timeout_ns, config->reset_timeout_ns,
                                actor->type->timeout_ms * CLOCK_MILLISECOND };
    uint64_t wait = most_s * CLOCK_SECOND;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i] > 0 && limits[i] / 4 < wait)
            wait = limits[i] / 4;
    return clock_now() + wait;
}

/* ---- what it says ----------------------------------------------------------------------- */

static void show(char to[PROGRAM_SHOWN], const char *line, size_t size)
{
    char text[PROGRAM_LINE + 1];
    memcpy(text, line, size);
    text[size] = '\0';
    text_copy(to, PROGRAM_SHOWN, text);
}

/* For the finding of a program that hangs or dies now. */
static void explain(struct stress_actor *actor)
{
    static const char silent[] = "no answer (a program must flush its output after each line)";
    char shown[PROGRAM_SHOWN];
    if (program.size == 0) {
        memcpy(actor->slot->message, silent, sizeof silent);
        return;
    }
    show(shown, program.bytes, program.size);
    snprintf(actor->slot->message, sizeof actor->slot->message, "'%s' without a newline", shown);
}

/* Reads what is there. More of a line than PROGRAM_LINE is dropped. */
static enum answered read_more(void)
{
    char rest[PROGRAM_LINE];
    bool full = program.size == PROGRAM_LINE;
    ssize_t n = read(program.out, full ? rest : program.bytes + program.size,
                     full ? sizeof rest : PROGRAM_LINE - program.size);
    if (n == 0)
        return ANSWERED_END;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? ANSWERED_NOT : ANSWERED_END;
    const char *newline = full ? memchr(rest, '\n', (size_t)n) : NULL;
    if (full && newline) {
        program.bytes[PROGRAM_LINE - 1] = '\n';
        if (newline + 1 < rest + n) /* one answer too many is enough to say so */
            program.bytes[program.size++] = newline[1];
    } else if (!full) {
        program.size += (size_t)n;
    }
    return ANSWERED;
}

/* Takes the first line out of the buffer, without its newline and trailing blanks. */
static bool take_line(char to[PROGRAM_LINE + 1])
{
    const char *newline = memchr(program.bytes, '\n', program.size);
    if (!newline)
        return false;
    size_t size = (size_t)(newline - program.bytes), left = program.size - size - 1;
    memcpy(to, program.bytes, size);
    while (size > 0 && (to[size - 1] == ' ' || to[size - 1] == '\t' || to[size - 1] == '\r'))
        size--;
    to[size] = '\0';
    memmove(program.bytes, newline + 1, left);
    program.size = left;
    return true;
}

/* Waits for a line, or for the end of the program. */
static enum answered wait_for_line(struct stress_actor *actor, char to[PROGRAM_LINE + 1])
{
    for (bool dead = false; !take_line(to);) {
        explain(actor);
        struct pollfd fds[] = { { .fd = program.out, .events = POLLIN },
                                { .fd = program.pidfd, .events = POLLIN } };
        if (!dead && poll(fds, 2, -1) < 0)
            continue;
        dead = dead || fds[1].revents != 0;
        enum answered answered = read_more();
        if (answered == ANSWERED_END || (answered == ANSWERED_NOT && dead))
            return ANSWERED_END;
    }
    return ANSWERED;
}

/* What `text` says is why there must be a reset. */
static enum stress_outcome wants_reset(struct stress_actor *actor, const char *text)
{
    if (*text)
        stress_actor_fail(actor, "%s", text);
    return STRESS_RESET;
}

/* What follows a tab is the note: behind ok and uncounted all of it is. */
static void take_note(struct stress_actor *actor, enum stress_outcome outcome, char *text)
{
    char *note = outcome >= STRESS_RESET ? strchr(text, '\t') : text;
    if (!note)
        return;
    if (note != text)
        *note++ = '\0';
    if (*note)
        stress_actor_note(actor, "%s", note);
}

static enum stress_outcome understand(struct stress_actor *actor, char *line)
{
    static const struct {
        const char *word;
        enum stress_outcome outcome;
    } answers[] = { { "ok", STRESS_OK }, { "uncounted", STRESS_UNCOUNTED },
                    { "reset", STRESS_RESET }, { "fail", STRESS_FAIL } };
    char shown[PROGRAM_SHOWN];
    size_t length = strcspn(line, " \t");
    char *text = line + length + strspn(line + length, " ");
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (strlen(answers[i].word) != length || memcmp(answers[i].word, line, length) != 0)
            continue;
        take_note(actor, answers[i].outcome, text);
        return answers[i].outcome == STRESS_FAIL    ? stress_actor_fail(actor, "%s", text)
                   : answers[i].outcome == STRESS_RESET ? wants_reset(actor, text)
                                                        : answers[i].outcome;
    }
    show(shown, line, strlen(line));
    return stress_actor_fail(actor, "the program answered '%s', which is not ok, uncounted, reset "
                                    "or fail TEXT", shown);
}

/* ---- an operation ----------------------------------------------------------------------- */

/* Has it written something that was not asked for? */
static bool has_said_more(void)
{
    while (program.size == 0 && read_more() == ANSWERED)
        continue;
    return program.size > 0;
}

static enum stress_outcome too_many(struct stress_actor *actor)
{
    char line[PROGRAM_LINE + 1], shown[PROGRAM_SHOWN];
    if (!take_line(line)) {
        memcpy(line, program.bytes, program.size);
        line[program.size] = '\0';
    }
    show(shown, line, strlen(line));
    return stress_actor_fail(actor, "the program wrote '%s' after its answer: one line answers an "
                                    "operation", shown);
}

/* Tells the program of the operation: "17 put 8213 0". Returns 0, or -1 with errno. */
static int tell(struct stress_actor *actor)
{
    char line[128];
    uint32_t action = atomic_load_explicit(&actor->slot->action, memory_order_relaxed);
    int size = snprintf(line, sizeof line, "%" PRIu64 " %s %" PRIu64 " %" PRIu64 "\n",
                        actor->operation, actor->actions[action].name,
                        stress_random_next(stress_actor_random(actor)),
                        stress_actor_generation(actor));
    return write(program.in, line, (size_t)size) == size ? 0 : -1;
}

/* Its output has ended, or it has died. */
static enum stress_outcome ended(struct stress_actor *actor)
{
    if (program.size == 0)
        actor->slot->message[0] = '\0';
    if (fd_wait(program.pidfd, until(actor, PROGRAM_EXIT_S)))
        return die_as_it_did(actor);
    return stress_actor_fail(actor, "the program closed its standard output");
}

enum stress_outcome program_perform(struct stress_actor *actor, const char *line,
                                    char *const *environment)
{
    char answer[PROGRAM_LINE + 1];
    struct error error;
    if (program.pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        if (open_and_start(actor, line, environment, &error) < 0)
            return stress_actor_fail(actor, "%s", error.text);
    } else if (has_said_more()) {
        return too_many(actor);
    }
    if (tell(actor) < 0 && errno != EPIPE)
        return stress_actor_fail(actor, "the program does not read its standard input");
    if (wait_for_line(actor, answer) == ANSWERED_END)
        return ended(actor);
    actor->slot->message[0] = '\0';
    return program.size > 0 ? too_many(actor) : understand(actor, answer);
}

/* Reads its output until it has ended. */
static bool has_ended(uint64_t deadline)
{
    char rest[PROGRAM_LINE];
    while (clock_poll_timeout(deadline) > 0) {
        struct pollfd fds[] = { { .fd = program.pidfd, .events = POLLIN },
                                { .fd = program.out, .events = POLLIN } };
        if (poll(fds, 2, clock_poll_timeout(deadline)) > 0 && fds[0].revents)
            return true;
        if (program.size == 0 ? read_more() == ANSWERED_END
                              : read(program.out, rest, sizeof rest) == 0)
            return fd_wait(program.pidfd, deadline);
    }
    return false;
}

void program_stop(struct stress_actor *actor)
{
    siginfo_t end;
    if (program.pid == 0)
        return;
    fd_close(&program.in);
    bool in_time = has_ended(until(actor, PROGRAM_GRACE_S));
    if (!in_time)
        kill(program.pid, SIGKILL);
    if (has_said_more() && atomic_load(&actor->slot->outcome) < STRESS_RESET) {
        too_many(actor);
        atomic_store(&actor->slot->outcome, STRESS_FAIL);
    }
    if (launch_end(program.pid, &end) == 0 && in_time &&
        (end.si_code != CLD_EXITED || end.si_status != 0))
        launch_die_as(&end);
}
