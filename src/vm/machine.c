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

/* QEMU's ends. */
struct ends {
    int console[2], port[2], monitor[2], error[2], disk[2];
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
    if (spec->served) {
        word(words, "-blockdev");
        word(words, "driver=nbd,node-name=disk,server.type=fd,server.str=%d", ends->disk[1]);
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
    channel(words, "console", ends->console[1]);
    channel(words, "port", ends->port[1]);
    channel(words, "monitor", ends->monitor[1]);
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
        keep_open(ends->console[1]) < 0 || keep_open(ends->port[1]) < 0 ||
        keep_open(ends->monitor[1]) < 0 || keep_open(spec->archive) < 0 ||
        keep_open(spec->served ? ends->disk[1] : spec->disk) < 0 || keep_open(spec->ram) < 0 ||
        fd_redirect(-1, STDIN_FILENO) < 0 ||
        fd_redirect(-1, STDOUT_FILENO) < 0 || fd_redirect(ends->error[1], STDERR_FILENO) < 0)
        _exit(127);
    execvp(MACHINE_PROGRAM, words.argv);
    dprintf(STDERR_FILENO, "cannot execute it: %s\n", strerror(errno));
    _exit(127);
}

static void close_all(struct ends *ends)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&ends->console[i]);
        fd_close(&ends->port[i]);
        fd_close(&ends->monitor[i]);
        fd_close(&ends->error[i]);
        fd_close(&ends->disk[i]);
    }
}

static int open_ends(struct ends *ends)
{
    enum { STREAM = SOCK_STREAM | SOCK_CLOEXEC };
    *ends = (struct ends){ { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
    return socketpair(AF_UNIX, STREAM, 0, ends->console) < 0 ||
                   socketpair(AF_UNIX, STREAM, 0, ends->port) < 0 ||
                   socketpair(AF_UNIX, STREAM, 0, ends->monitor) < 0 ||
                   socketpair(AF_UNIX, STREAM, 0, ends->disk) < 0 ||
                   pipe2(ends->error, O_CLOEXEC) < 0 ? -1 : 0;
}

static void take_ends(struct machine *machine, struct ends *ends)
{
    machine->console = ends->console[0];
    machine->port = ends->port[0];
    machine->monitor = ends->monitor[0];
    machine->error = ends->error[0];
    machine->disk = ends->disk[0];
    ends->console[0] = ends->port[0] = ends->monitor[0] = ends->error[0] = ends->disk[0] = -1;
    fcntl(machine->console, F_SETFL, O_NONBLOCK);
    fcntl(machine->port, F_SETFL, O_NONBLOCK);
    fcntl(machine->monitor, F_SETFL, O_NONBLOCK);
    fcntl(machine->error, F_SETFL, O_NONBLOCK);
    fcntl(machine->disk, F_SETFL, O_NONBLOCK);
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
