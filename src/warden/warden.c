/* SPDX-License-Identifier: MIT
 * warden.c: see warden.h. The first part runs in the monitor, the second in the child that becomes
 * the supervisor, the third in the warden. After the fork there is no stdio, and no exit() except
 * that of a host.
 */
#include "warden/warden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "injector/injector.h"
#include "recorder/recorder.h"

enum { WARDEN_KEEP = sizeof((struct warden_program *)0)->keep / sizeof(int) };
/* An order of the monitor to the warden is one letter. */
enum { WARDEN_KILL = 'k', WARDEN_ABORT = 'a', WARDEN_SHARE = 's', WARDEN_CONTROL = 'c',
       WARDEN_RULES = 'r', WARDEN_GLOBAL = '0', WARDEN_STATES = '1' };
static const uint64_t warden_sweep_ns = 5 * CLOCK_SECOND;

/* ---- monitor ---------------------------------------------------------------------------- */

static _Noreturn void warden_life(const struct warden_program *program, int socket);

int warden_start(struct warden *warden, const struct warden_program *program, struct error *error)
{
    int pair[2];
    fflush(NULL); /* otherwise a host would write the buffered output again */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return error_set(error, errno, "cannot make the warden's socket");
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        warden_life(program, pair[1]);
    }
    int code = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return error_set(error, code, "cannot fork the warden");
    }
    *warden = (struct warden){ .pid = pid, .pipe = pair[0] };
    return 0;
}

/* A failure means that the warden is gone or already has such an order. */
static void send_letter(const struct warden *warden, char letter, int flags)
{
    (void)!packet_send_bytes(warden->pipe, &letter, 1, flags);
}

void warden_kill(const struct warden *warden)
{
    send_letter(warden, WARDEN_KILL, MSG_DONTWAIT);
}

void warden_abort(const struct warden *warden)
{
    send_letter(warden, WARDEN_ABORT, MSG_DONTWAIT);
}

void warden_rules(const struct warden *warden)
{
    send_letter(warden, WARDEN_RULES, 0);
}

/* Sends one letter with a descriptor. */
static void send_order(const struct warden *warden, char letter, int fd)
{
    struct packet packet;
    packet_out(&packet, &letter, sizeof letter, fd);
    (void)!packet_send(warden->pipe, &packet.message, 0);
}

void warden_share(const struct warden *warden, int fd)
{
    send_order(warden, WARDEN_SHARE, fd);
}

void warden_control(const struct warden *warden, int fd)
{
    send_order(warden, WARDEN_CONTROL, fd);
}

void warden_memory(const struct warden *warden, unsigned number, int fd)
{
    send_order(warden, (char)(WARDEN_GLOBAL + number), fd);
}

int warden_receive(struct warden *warden, struct warden_death *ret, struct error *error)
{
    ssize_t n;
    do
        n = recv(warden->pipe, ret, sizeof *ret, MSG_DONTWAIT);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET)); /* reset: it left an order unread */
    if (n < 0 && errno == EAGAIN)
        return 0;
    int status = 0;
    pid_t reaped;
    fd_close(&warden->pipe);
    do
        reaped = waitpid(warden->pid, &status, 0);
    while (reaped < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof *ret)
        return 1;
    if (reaped > 0 && WIFSIGNALED(status))
        return error_set(error, 0, "the warden was killed by SIG%s",
                         sigabbrev_np(WTERMSIG(status)));
    return error_set(error, 0, "the warden ended early (status %d)", status);
}

/* ---- supervisor, before it is executed -------------------------------------------------- */

static int compare_fds(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* Closes all descriptors except these. Ignores -1 among them. */
static void close_all_but(int *keep, size_t n)
{
    unsigned from = 0;
    qsort(keep, n, sizeof *keep, compare_fds);
    for (size_t i = 0; i < n; i++) {
        if (keep[i] < 0)
            continue;
        if ((unsigned)keep[i] > from)
            close_range(from, (unsigned)keep[i] - 1, 0);
        from = (unsigned)keep[i] + 1;
    }
    close_range(from, ~0u, 0);
}

static void reset_signals(void)
{
    sigset_t none;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL); /* fails for SIGKILL, SIGSTOP and libc's own signals */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int redirect(int output)
{
    return fd_redirect(-1, STDIN_FILENO) < 0 || fd_redirect(output, STDOUT_FILENO) < 0 ||
                   fd_redirect(output, STDERR_FILENO) < 0 ? -1 : 0;
}

static int keep_open(int fd)
{
    return fd >= 0 && fcntl(fd, F_SETFD, 0) < 0 ? -1 : 0;
}

/* Does what an exec would do: makes the process dumpable and sets its name and environment. */
static _Noreturn void be_host(const struct warden_program *program)
{
    prctl(PR_SET_DUMPABLE, 1);
    prctl(PR_SET_NAME, "stress-host");
    environ = program->envp;
    exit(program->host(program->argc, program->argv));
}

static _Noreturn void give_up(int pipe, int code, bool exec)
{
    const struct warden_failure failure = { .code = code, .exec = exec };
    (void)!write(pipe, &failure, sizeof failure);
    _exit(EXIT_FAILURE);
}

/* Writes to `failure` what fails; a successful exec closes it. */
static _Noreturn void become_supervisor(const struct warden_program *program, pid_t warden,
                                        int failure)
{
    int keep[WARDEN_KEEP + 4] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, failure };
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (getppid() != warden) /* it died before the line above */
        _exit(EXIT_FAILURE);
    ready = ready && setpgid(0, 0) == 0; /* a hook's kill(0) must not reach the warden */
    ready = ready && redirect(program->output) == 0;
    for (size_t i = 0; i < WARDEN_KEEP; i++) {
        keep[4 + i] = program->keep[i];
        ready = ready && keep_open(program->keep[i]) == 0;
    }
    ready = ready && fd_restore_limit() == 0;
    if (!ready)
        give_up(failure, errno, false);
    close_all_but(keep, sizeof keep / sizeof *keep);
    reset_signals();
    if (program->path) {
        execve(program->path, program->argv, program->envp);
        give_up(failure, errno, true);
    }
    close(failure); /* nothing can fail any more, and its children must not hold it */
    be_host(program);
}

/* ---- warden ----------------------------------------------------------------------------- */

struct warden_state {
    int socket;  /* to the monitor */
    int failure; /* read end: why it could not be started */
    int pidfd;
    pid_t supervisor;
    bool alone;  /* the monitor is gone */
    int handover; /* socket for listeners, until the injector takes it */
    struct share_points *points;
    struct injector *injector; /* NULL: nothing is injected */
    const struct recorder_task *record;
    struct recorder *recorder; /* NULL: nothing is recorded */
};

/* Receives one letter, perhaps with a descriptor. 0: there is none; -1: the monitor is gone. */
static int receive_order(struct warden_state *state, int *ret_fd)
{
    char letter = 0;
    struct packet packet;
    packet_in(&packet, &letter, sizeof letter);
    ssize_t n = recvmsg(state->socket, &packet.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *ret_fd = -1;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n > 0)
        *ret_fd = packet_descriptor(&packet);
    return n > 0 ? letter : -1;
}

/* Gives a memory to the recorder, which begins with that of injection. False: it cannot. */
static bool record_memory(struct warden_state *state, int letter, int fd)
{
    struct recorder_task task = *state->record;
    struct error ignored; /* see take_memory() */
    if (!state->recorder && letter == WARDEN_SHARE) {
        task.spare = state->supervisor;
        state->recorder = recorder_new(state->handover, &task, &ignored);
        state->handover = -1;
    }
    if (!state->recorder)
        return false;
    if (letter == WARDEN_GLOBAL || letter == WARDEN_STATES)
        return recorder_memory(state->recorder, (unsigned)(letter - WARDEN_GLOBAL), fd,
                               &ignored) == 0;
    return (letter == WARDEN_SHARE ? recorder_share(state->recorder, fd, &ignored)
                                   : recorder_control(state->recorder, fd, &ignored)) == 0;
}

/* Gives a memory to the injector, which begins with that of injection. False: it cannot. */
static bool take_memory(struct warden_state *state, int letter, int fd)
{
    struct error ignored; /* the warden cannot report it; the monitor sees the supervisor die */
    if (state->record)
        return record_memory(state, letter, fd);
    if (letter == WARDEN_CONTROL)
        return state->injector && injector_control(state->injector, fd, &ignored) == 0;
    if (!state->injector)
        state->injector = injector_new(state->handover, state->points, &ignored);
    if (!state->injector)
        return false;
    state->handover = -1; /* its own now */
    return injector_share(state->injector, fd, &ignored) == 0;
}

/* True: kill the supervisor. */
static bool told_to_kill(struct warden_state *state)
{
    int fd, letter = receive_order(state, &fd);
    if (letter == 0)
        return false;
    if (fd >= 0 && letter != 0 && strchr((char[]){ WARDEN_SHARE, WARDEN_CONTROL, WARDEN_GLOBAL,
                                                   WARDEN_STATES, 0 }, letter))
        return !take_memory(state, letter, fd);
    fd_close(&fd);
    if (letter == WARDEN_RULES && state->injector)
        injector_renew(state->injector);
    if (letter == WARDEN_ABORT) {
        kill(state->supervisor, SIGABRT);
        kill(state->supervisor, SIGCONT); /* a stopped process takes no other signal */
    }
    if (letter == WARDEN_RULES || letter == WARDEN_ABORT)
        return false;
    state->alone = letter < 0;
    return true;
}

/* Waits until the pidfd or the socket is readable, and returns which ones as bits. Meanwhile the
 * injector serves. */
static unsigned wait_for(struct warden_state *state, bool alone)
{
    const int fds[2] = { state->pidfd, state->socket };
    struct pollfd polled[2] = { { .fd = fds[0], .events = POLLIN },
                                { .fd = alone ? -1 : fds[1], .events = POLLIN } };
    if (state->injector && !alone)
        return injector_serve(state->injector, fds, 2);
    if (state->recorder && !alone)
        return recorder_serve(state->recorder, fds, 2);
    fd_wait_any(polled, 2);
    return (polled[0].revents != 0) | (unsigned)(polled[1].revents != 0) << 1;
}

/* Returns when the supervisor is dead. */
static void watch(struct warden_state *state)
{
    bool killed = false;
    for (;;) {
        unsigned ready = wait_for(state, killed);
        if (ready & 1)
            return;
        if (ready & 2 && told_to_kill(state)) {
            kill(state->supervisor, SIGKILL);
            killed = true;
        }
    }
}

static struct warden_failure read_failure(int pipe)
{
    struct warden_failure failure = { .code = 0 };
    ssize_t n;
    while ((n = read(pipe, &failure, sizeof failure)) < 0 && errno == EINTR)
        continue;
    return n == (ssize_t)sizeof failure ? failure : (struct warden_failure){ .code = 0 };
}

static _Noreturn void fail(int socket, int code)
{
    struct warden_death death = { .failure.code = code };
    (void)!packet_send_bytes(socket, &death, sizeof death, 0);
    _exit(EXIT_FAILURE);
}

static void end(struct warden_state *state, const struct warden_program *program)
{
    struct warden_death death = { .strays = 0 };
    struct error error;
    bool taken = state->recorder && recorder_spare(state->recorder, &death.info);
    while (!taken && waitid(P_PID, (id_t)state->supervisor, &death.info, WEXITED) < 0 &&
           errno == EINTR)
        ;
    death.failure = read_failure(state->failure);
    if (state->recorder)
        recorder_free(state->recorder);
    int strays = sweep_children(NULL, 0, clock_now() + warden_sweep_ns);
    death.strays = strays < 0 ? 0 : strays;
    if (packet_send_bytes(state->socket, &death, sizeof death, 0) < 0 && errno != ENOBUFS &&
        errno != ENOMEM)
        state->alone = true;
    if (state->alone && program->scratch) /* no process is left to report a failure to */
        scratch_remove(program->scratch, &error);
}

static void ignore_signals(void)
{
    const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGUSR1, SIGUSR2 };
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* if it were ignored, exit statuses would be lost */
}

/* Closes what the warden need not hold, so that it keeps none of the monitor's sockets open. */
static void let_go(struct warden_state *state, int directory)
{
    int keep[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, state->socket, state->failure,
                   state->pidfd, state->handover, directory };
    for (int i = 0; i <= STDERR_FILENO; i++)
        fd_redirect(-1, i);
    close_all_but(keep, sizeof keep / sizeof *keep);
}

static _Noreturn void warden_life(const struct warden_program *program, int socket)
{
    struct warden_state state = { .socket = socket, .handover = program->injector,
                                  .points = program->points, .record = program->record };
    pid_t self = getpid();
    int failure[2];
    ignore_signals();
    setsid();
    prctl(PR_SET_NAME, "stress-warden");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || pipe2(failure, O_CLOEXEC) < 0)
        fail(socket, errno);
    state.supervisor = fork();
    if (state.supervisor == 0)
        become_supervisor(program, self, failure[1]);
    if (state.supervisor < 0)
        fail(socket, errno);
    close(failure[1]);
    state.failure = failure[0];
    state.pidfd = pidfd_open(state.supervisor, 0);
    if (state.pidfd < 0) {
        kill(state.supervisor, SIGKILL);
        fail(socket, errno);
    }
    let_go(&state, program->scratch ? program->scratch->at : -1);
    watch(&state);
    end(&state, program);
    _exit(EXIT_SUCCESS);
}
