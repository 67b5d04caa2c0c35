/* SPDX-License-Identifier: MIT
 * machine.c: see machine.h. The monitor speaks QMP: one JSON object a line.
 */
#include "vm/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "format/format.h"
#include "vm/cache.h"
#include "vm/closure.h"

#define MACHINE_PROGRAM "qemu-system-x86_64"
enum { MACHINE_WORDS = 64, MACHINE_WORD = 128 };

/* Ends of sockets and of a pipe: ours and QEMU's. */
enum { END_CONSOLE, END_PORT, END_MONITOR, END_DISK, END_ERROR, ENDS };
struct ends {
    int of[ENDS][2];
};

struct words {
    char *argv[MACHINE_WORDS];
    char text[MACHINE_WORDS][MACHINE_WORD];
    unsigned n;
};

bool machine_here(void)
{
    char path[4096];
    return closure_find(MACHINE_PROGRAM, path, sizeof path);
}

static void word(struct words *words, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void word(struct words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words->text[words->n], MACHINE_WORD, format, arguments);
    va_end(arguments);
    words->argv[words->n] = words->text[words->n];
    words->n++;
}

static void word_as_is(struct words *words, const char *text)
{
    words->argv[words->n++] = (char *)(uintptr_t)text; /* execvp() does not change it */
}

static void channel(struct words *words, const char *name, int fd)
{
    word(words, "-chardev");
    word(words, "socket,id=%s,fd=%d", name, fd);
}

/* One that is served has sectors which are written whole, and says so. */
static void add_disk(struct words *words, const struct machine_spec *spec, const struct ends *ends)
{
    if (spec->cache) {
        word(words, "-blockdev");
        word(words, "driver=nbd,node-name=disk,server.type=fd,server.str=%d",
             ends->of[END_DISK][1]);
        word(words, "-device");
        word(words, "virtio-blk-pci,drive=disk,physical_block_size=%d,discard=off,write-zeroes=off",
             CACHE_SECTOR);
        return;
    }
    word(words, "-drive");
    word(words, "file=/proc/self/fd/%d,format=raw,if=none,id=disk,file.locking=off", spec->disk);
    word(words, "-device");
    word(words, "virtio-blk-pci,drive=disk");
}

static void make_words(struct words *words, const struct machine_spec *spec,
                       const struct ends *ends)
{
    static const char *const fixed[] = {
        MACHINE_PROGRAM, "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
        "-no-reboot", "-rtc", "base=utc", "-serial", "chardev:console",
        "-mon", "chardev=monitor,mode=control", "-device", "virtio-serial-pci",
        "-device", "virtserialport,chardev=port,name=stress" };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        word_as_is(words, fixed[i]);
    word(words, "-machine");
    word(words, "q35,accel=%s%s", spec->kvm ? "kvm" : "tcg",
         spec->ram >= 0 ? ",memory-backend=ram" : "");
    word(words, "-cpu");
    word(words, "max");
    word(words, "-smp");
    word(words, "%u", spec->cpus);
    word(words, "-m");
    word(words, "%llu", (unsigned long long)spec->memory_mib);
    if (spec->ram >= 0) {
        word(words, "-object");
        word(words, "memory-backend-file,id=ram,size=%lluM,mem-path=/proc/self/fd/%d,share=on",
             (unsigned long long)spec->memory_mib, spec->ram);
    }
    channel(words, "console", ends->of[END_CONSOLE][1]);
    channel(words, "port", ends->of[END_PORT][1]);
    channel(words, "monitor", ends->of[END_MONITOR][1]);
    word_as_is(words, "-kernel");
    word_as_is(words, spec->kernel);
    word_as_is(words, "-append");
    word_as_is(words, spec->cmdline);
    if (spec->archive >= 0) {
        word(words, "-initrd");
        word(words, "/proc/self/fd/%d", spec->archive);
    }
    if (spec->disk >= 0)
        add_disk(words, spec, ends);
    words->argv[words->n] = NULL;
}

static int keep_open(int fd)
{
    return fd < 0 ? 0 : fcntl(fd, F_SETFD, 0);
}

/* In the child. */
static void become(const struct machine_spec *spec, const struct ends *ends, pid_t parent)
{
    struct words words = { .n = 0 };
    sigset_t none;
    make_words(&words, spec, ends);
    sigemptyset(&none);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
        sigprocmask(SIG_SETMASK, &none, NULL) < 0 || setpgid(0, 0) < 0 || /* no ^C reaches it */
        keep_open(ends->of[END_CONSOLE][1]) < 0 || keep_open(ends->of[END_PORT][1]) < 0 ||
        keep_open(ends->of[END_MONITOR][1]) < 0 || keep_open(spec->archive) < 0 ||
        keep_open(spec->cache ? ends->of[END_DISK][1] : spec->disk) < 0 ||
        keep_open(spec->ram) < 0 ||
        fd_redirect(-1, STDIN_FILENO) < 0 ||
        fd_redirect(-1, STDOUT_FILENO) < 0 ||
        fd_redirect(ends->of[END_ERROR][1], STDERR_FILENO) < 0)
        _exit(127);
    execvp(MACHINE_PROGRAM, words.argv);
    dprintf(STDERR_FILENO, "cannot execute it: %s\n", strerror(errno));
    _exit(127);
}

static void close_all(struct ends *ends)
{
    for (int i = 0; i < ENDS; i++) {
        fd_close(&ends->of[i][0]);
        fd_close(&ends->of[i][1]);
    }
}

static int open_ends(struct ends *ends)
{
    int result = 0;
    memset(ends, -1, sizeof *ends);
    for (int i = 0; i < ENDS && result == 0; i++)
        result = i == END_ERROR
                     ? pipe2(ends->of[i], O_CLOEXEC)
                     : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->of[i]);
    return result;
}

static void take_ends(struct machine *machine, struct ends *ends)
{
    int *const to[ENDS] = { [END_CONSOLE] = &machine->console, [END_PORT] = &machine->port,
                            [END_MONITOR] = &machine->monitor, [END_DISK] = &machine->disk,
                            [END_ERROR] = &machine->error };
    for (int i = 0; i < ENDS; i++) {
        *to[i] = ends->of[i][0];
        ends->of[i][0] = -1;
        fcntl(*to[i], F_SETFL, O_NONBLOCK);
    }
}

int machine_start(struct machine *machine, const struct machine_spec *spec, struct error *error)
{
    static const char greeting[] = "{\"execute\":\"qmp_capabilities\"}\n";
    struct ends ends;
    pid_t parent = getpid();
    memset(machine, 0, sizeof *machine);
    machine->pidfd = machine->console = machine->port = machine->monitor = machine->error =
        machine->disk = -1;
    fflush(NULL);
    if (open_ends(&ends) < 0 || (machine->pid = fork()) < 0) {
        error_set(error, errno, "cannot start QEMU");
        machine->pid = 0;
        close_all(&ends);
        return -1;
    }
    if (machine->pid == 0)
        become(spec, &ends, parent);
    take_ends(machine, &ends);
    close_all(&ends);
    machine->pidfd = pidfd_open(machine->pid, 0);
    if (machine->pidfd < 0 || fd_write_all(machine->monitor, greeting, sizeof greeting - 1) < 0) {
        error_set(error, errno, "cannot speak to QEMU");
        machine_end(machine);
        return -1;
    }
    return 0;
}

/* ---- what it says ------------------------------------------------------------------------ */

static void take_event(struct machine *machine, const char *line)
{
    char event[32], reason[32];
    json_t *message = json_loads(line, 0, NULL);
    member_get_text(message, "event", "", event, sizeof event);
    member_get_text(json_object_get(message, "data"), "reason", "", reason, sizeof reason);
    if (strcmp(event, "SHUTDOWN") == 0) {
        machine->reset = strcmp(reason, "guest-reset") == 0;
        machine->powered_off = strcmp(reason, "guest-shutdown") == 0;
    }
    json_decref(message);
}

static void hear_monitor(struct machine *machine)
{
    char bytes[4096];
    ssize_t n = read(machine->monitor, bytes, sizeof bytes);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        fd_close(&machine->monitor);
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            if (machine->used < sizeof machine->line - 1)
                machine->line[machine->used++] = bytes[i];
            continue;
        }
        machine->line[machine->used] = '\0';
        machine->used = 0;
        take_event(machine, machine->line);
    }
}

/* Keeps the last line. */
static void hear_error(struct machine *machine)
{
    char bytes[4096];
    ssize_t n = read(machine->error, bytes, sizeof bytes - 1);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        fd_close(&machine->error);
    if (n <= 0)
        return;
    while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
        n--;
    bytes[n] = '\0';
    const char *last = strrchr(bytes, '\n');
    text_copy(machine->said, sizeof machine->said, last ? last + 1 : bytes);
}

void machine_hear(struct machine *machine)
{
    if (machine->monitor >= 0)
        hear_monitor(machine);
    if (machine->error >= 0)
        hear_error(machine);
}

uint64_t machine_worked_ns(const struct machine *machine)
{
    struct timespec time;
    clockid_t clock;
    if (clock_getcpuclockid(machine->pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
        return 0;
    return (uint64_t)time.tv_sec * CLOCK_SECOND + (uint64_t)time.tv_nsec;
}

void machine_interrupt(struct machine *machine)
{
    static const char order[] = "{\"execute\":\"inject-nmi\"}\n";
    if (machine->monitor >= 0 && fd_write_all(machine->monitor, order, sizeof order - 1) < 0)
        fd_close(&machine->monitor);
}

void machine_end(struct machine *machine)
{
    if (machine->pid > 0) {
        kill(machine->pid, SIGKILL);
        while (waitpid(machine->pid, &machine->status, 0) < 0 && errno == EINTR)
            continue;
    }
    machine->pid = 0;
    fd_close(&machine->pidfd);
    fd_close(&machine->console);
    fd_close(&machine->port);
    fd_close(&machine->monitor);
    fd_close(&machine->error);
    fd_close(&machine->disk);
}
