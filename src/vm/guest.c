/* SPDX-License-Identifier: MIT
 * guest.c: see guest.h.
 */
#include "vm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "vm/frame.h"
#include "vm/kernel.h"
#include "vm/mirror.h"
#include "vm/pages.h"

enum { GUEST_WORDS = 4096, GUEST_TEXT = 4 << 20, GUEST_PRIORITY = 50, CONSOLE_LEVEL = 7 };
struct guest {
    int port, signals, out, err;
    pid_t run;
    bool ended;            /* the run, with `status` */
    int status;
    char *arguments[GUEST_WORDS + 1], *variables[GUEST_WORDS + 1];
    int n_arguments, n_variables;
    char text[GUEST_TEXT]; /* of all words */
    size_t used;
    char *directory, *output, *prefix; /* NULL: none came */
    struct frame_start start;
    struct frame_reader reader;
    struct mirror mirror;  /* root "": none */
    struct pages pages;
    uint64_t next_ns;      /* sign of life */
};

static struct guest guest;

bool vm_is_guest(char **argv)
{
    return getpid() == 1 && argv[0] && strcmp(argv[0], GUEST_INIT) == 0;
}

/* ---- the machine ------------------------------------------------------------------------- */

/* What is missing shows in what then fails. */
static void prepare(void)
{
    static const struct {
        const char *type, *at, *options;
    } mounts[] = {
        { "proc", "/proc", "" }, { "sysfs", "/sys", "" }, { "devtmpfs", "/dev", "" },
        { "devpts", "/dev/pts", "ptmxmode=0666" }, { "tmpfs", "/dev/shm", "mode=1777" },
        { "debugfs", "/sys/kernel/debug", "" }, { "tracefs", "/sys/kernel/tracing", "" },
        { "cgroup2", "/sys/fs/cgroup", "" },
    };
    static const char *const links[][2] = {
        { "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" },
        { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
    };
    for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
        mkdir(mounts[i].at, 0755);
        mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, mounts[i].options);
    }
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(links[i][0], links[i][1]) < 0 && errno != EEXIST)
            fprintf(stderr, "cannot make %s: %s\n", links[i][1], strerror(errno));
    klogctl(8, NULL, CONSOLE_LEVEL);
    int any FD_CLEANUP = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    if (any >= 0)
        ioctl(any, SIOCSIFFLAGS, &loopback);
}

static void load_modules(void)
{
    FILE *list = fopen(KERNEL_LIST, "re");
    char path[512];
    while (list && fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = '\0';
        const char *end = strrchr(path, '.');
        int flags = end && strcmp(end, ".ko") != 0 ? 4 : 0; /* MODULE_INIT_COMPRESSED_FILE */
        int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || (syscall(SYS_finit_module, fd, "", flags) < 0 && errno != EEXIST))
            fprintf(stderr, "cannot load %s: %s\n", path, strerror(errno));
    }
    if (list)
        fclose(list);
}

static int find_port(void)
{
    glob_t found;
    int fd = -1;
    if (glob("/dev/vport*", 0, NULL, &found) == 0)
        fd = open(found.gl_pathv[0], O_RDWR | O_CLOEXEC);
    globfree(&found);
    return fd;
}

/* The port is there a moment after its driver. */
static int open_port(void)
{
    int watch FD_CLEANUP = inotify_init1(IN_CLOEXEC);
    char events[4096];
    inotify_add_watch(watch, "/dev", IN_CREATE | IN_ATTRIB);
    int fd = find_port();
    while (fd < 0 && fd_wait(watch, clock_now() + 30 * CLOCK_SECOND)) {
        if (read(watch, events, sizeof events) < 0)
            break;
        fd = find_port();
    }
    return fd;
}

__attribute__((noreturn)) static void power_off(void)
{
    sync();
    reboot(RB_POWER_OFF);
    for (;;) /* the init must not end */
        pause();
}

__attribute__((noreturn)) static void fail(const struct error *error)
{
    struct error ignored;
    if (guest.port >= 0)
        frame_write(guest.port, FRAME_FAILED, error->text, strlen(error->text), NULL, 0, &ignored);
    fprintf(stderr, "stress-supervisor: %s\n", error->text);
    power_off();
}

/* ---- the order --------------------------------------------------------------------------- */

/* Where a word of this list goes. NULL: nowhere. */
static char **place_of(uint32_t list)
{
    if (list == FRAME_ARGUMENT && guest.n_arguments < GUEST_WORDS)
        return &guest.arguments[guest.n_arguments++];
    if (list == FRAME_VARIABLE && guest.n_variables < GUEST_WORDS)
        return &guest.variables[guest.n_variables++];
    return list == FRAME_DIRECTORY ? &guest.directory
           : list == FRAME_OUTPUT  ? &guest.output
           : list == FRAME_PREFIX  ? &guest.prefix : NULL;
}

static void take_word(const struct frame *frame)
{
    uint32_t list = FRAME_LISTS;
    struct error error;
    if (frame->size >= sizeof list)
        memcpy(&list, frame->bytes, sizeof list);
    char **place = place_of(list);
    if (place && frame->size < sizeof guest.text - guest.used) {
        size_t size = frame->size - sizeof list + 1; /* with the NUL behind the frame */
        *place = memcpy(guest.text + guest.used, frame->bytes + sizeof list, size);
        guest.used += size;
        return;
    }
    error_set(&error, 0, "the guest cannot take the words that the host has sent");
    fail(&error);
}

static void hear_host(bool *ret_start)
{
    struct error error;
    struct frame frame;
    int result = frame_read(&guest.reader, &error);
    while (result > 0 && (result = frame_next(&guest.reader, &frame, &error)) > 0) {
        uint32_t number;
        if (frame.kind == FRAME_WORD) {
            take_word(&frame);
        } else if (frame.kind == FRAME_KEPT) {
            if (pages_keep(&guest.pages, &frame, &error) < 0)
                fail(&error);
        } else if (frame.kind == FRAME_START && frame.size == sizeof guest.start) {
            memcpy(&guest.start, frame.bytes, sizeof guest.start);
            *ret_start = true;
        } else if (frame.kind == FRAME_SIGNAL && frame.size == sizeof number && guest.run > 0) {
            memcpy(&number, frame.bytes, sizeof number);
            kill(guest.run, (int)number);
        }
    }
    if (result < 0)
        fail(&error);
}

static void make_folders(const char *path)
{
    char part[PATH_MAX];
    snprintf(part, sizeof part, "%s/", path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(part, 0777);
        *slash = '/';
    }
}

/* ---- the run ----------------------------------------------------------------------------- */

/* In the process of the run. */
static char **become(struct options *ret, const int ends[4], struct error *error)
{
    sigset_t none;
    sigemptyset(&none);
    fd_close(&guest.port);
    fd_close(&guest.signals);
    fd_close(&guest.mirror.inotify);
    environ = guest.variables;
    if (fd_redirect(-1, STDIN_FILENO) < 0 || fd_redirect(ends[1], STDOUT_FILENO) < 0 ||
        fd_redirect(ends[3], STDERR_FILENO) < 0 || setsid() < 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) < 0) {
        error_set(error, errno, "cannot start the run in the machine");
        return NULL;
    }
    for (int i = 0; i < 4; i++)
        close(ends[i]);
    if (guest.directory && chdir(guest.directory) < 0) {
        error_set(error, errno, "cannot enter '%.300s' in the machine", guest.directory);
        return NULL;
    }
    if (options_parse(guest.n_arguments, guest.arguments, ret, error) < 0)
        return NULL;
    ret->vm = guest.prefix;
    ret->inherits = guest.start.inherits != 0;
    ret->output = guest.output;
    if (ret->command == OPTIONS_RUN || ret->command == OPTIONS_CRASH)
        ret->seed = (struct options_number){ true, guest.start.seed };
    if (guest.start.operations != UINT64_MAX)
        ret->operations = (struct options_number){ true, guest.start.operations };
    if (guest.start.time_limit_ns != UINT64_MAX)
        ret->time_limit = (struct options_number){ true, guest.start.time_limit_ns };
    return guest.arguments;
}

static void write_file(const char *path, const char *text)
{
    int fd FD_CLEANUP = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
}

/* What of the guest must go on whatever the workload does: this process. */
static void come_first(void)
{
    const struct sched_param first = { .sched_priority = GUEST_PRIORITY };
    write_file("/proc/self/oom_score_adj", "-1000");
    write_file("/proc/sys/vm/compact_unevictable_allowed", "0"); /* locked pages stay: pages.c */
    if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) < 0)
        fprintf(stderr, "cannot raise the priority: %s\n", strerror(errno));
}

/* Returns the words in the process of the run; NULL in the init. */
static char **start_run(struct options *ret, struct error *error)
{
    int ends[4];
    if (guest.output) {
        make_folders(guest.output);
        if (mirror_open(&guest.mirror, guest.port, guest.output, error) < 0)
            fail(error);
    }
    if (pipe2(ends, O_CLOEXEC) < 0 || pipe2(ends + 2, O_CLOEXEC) < 0 || (guest.run = fork()) < 0) {
        error_set(error, errno, "cannot start the run in the machine");
        fail(error);
    }
    if (guest.run == 0) {
        write_file("/proc/self/oom_score_adj", "0");
        return become(ret, ends, error);
    }
    close(ends[1]);
    close(ends[3]);
    guest.out = ends[0];
    guest.err = ends[2];
    fcntl(guest.out, F_SETFL, O_NONBLOCK);
    fcntl(guest.err, F_SETFL, O_NONBLOCK);
    return NULL;
}

/* Passes on what the run has printed. */
static void pass(int *fd, enum frame_kind kind)
{
    static char bytes[16 << 10];
    struct error error;
    for (;;) {
        ssize_t n = read(*fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            fd_close(fd);
        if (n <= 0)
            return;
        if (frame_write(guest.port, kind, bytes, (size_t)n, NULL, 0, &error) < 0)
            fail(&error);
    }
}

/* The run has made a shared memory, and waits for the answer. */
static void show_memory(void)
{
    struct error error;
    if (pages_show(&guest.pages, guest.run, guest.port, &error) < 0)
        fail(&error);
    kill(guest.run, SIGUSR2);
}

static void reap(void)
{
    struct signalfd_siginfo info;
    int status;
    pid_t pid;
    ssize_t n;
    while ((n = read(guest.signals, &info, sizeof info)) == (ssize_t)sizeof info)
        if (info.ssi_signo == SIGUSR1 && (pid_t)info.ssi_pid == guest.run)
            show_memory();
    if (n < 0 && errno != EAGAIN)
        fprintf(stderr, "cannot read signals: %s\n", strerror(errno));
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == guest.run) {
            guest.ended = true;
            guest.status = WIFEXITED(status) ? WEXITSTATUS(status)
                                             : CLI_SIGNAL + WTERMSIG(status);
        }
}

static void wait_once(void)
{
    bool again;
    struct error error;
    struct pollfd fds[] = {
        { .fd = guest.port, .events = POLLIN },
        { .fd = guest.signals, .events = POLLIN },
        { .fd = guest.out, .events = POLLIN },
        { .fd = guest.err, .events = POLLIN },
        { .fd = guest.output ? guest.mirror.inotify : -1, .events = POLLIN },
    };
    poll(fds, sizeof fds / sizeof *fds, clock_poll_timeout(guest.next_ns));
    if (fds[0].revents)
        hear_host(&again);
    if (fds[4].revents && mirror_hear(&guest.mirror, &error) < 0)
        fail(&error);
    if (fds[2].revents)
        pass(&guest.out, FRAME_STDOUT);
    if (fds[3].revents)
        pass(&guest.err, FRAME_STDERR);
    if (fds[1].revents)
        reap();
    if (clock_now() >= guest.next_ns) {
        guest.next_ns = clock_now() + guest.start.alive_ns;
        if (frame_write(guest.port, FRAME_ALIVE, NULL, 0, NULL, 0, &error) < 0)
            fail(&error);
    }
}

__attribute__((noreturn)) static void finish(void)
{
    struct error error;
    uint32_t status = (uint32_t)guest.status;
    if (guest.out >= 0)
        pass(&guest.out, FRAME_STDOUT);
    if (guest.err >= 0)
        pass(&guest.err, FRAME_STDERR);
    if (guest.output && mirror_finish(&guest.mirror, &error) < 0)
        fail(&error);
    if (frame_write(guest.port, FRAME_EXIT, &status, sizeof status, NULL, 0, &error) < 0)
        fail(&error);
    power_off();
}

/* The kernel keeps a signal that is blocked for the signalfd. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

char **vm_guest(struct options *ret, struct error *error)
{
    bool started = false;
    guest.port = guest.out = guest.err = -1;
    prepare();
    load_modules();
    guest.signals = open_signals();
    guest.port = guest.reader.fd = open_port();
    if (guest.port < 0 || guest.signals < 0) {
        error_set(error, errno, "the guest has no port to the host: its kernel needs "
                  "virtio_pci and virtio_console");
        fail(error);
    }
    if (frame_write(guest.port, FRAME_READY, NULL, 0, NULL, 0, error) < 0)
        fail(error);
    while (!started)
        hear_host(&started);
    come_first();
    char **words = start_run(ret, error);
    if (guest.run == 0)
        return words;
    while (!guest.ended)
        wait_once();
    finish();
}
