/* SPDX-License-Identifier: MIT
 * life.c: see life.h. The loop of the host's process: it waits for the machine, its console and its
 * port, for signals, and for deadlines.
 */
#include "vm/life.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

/* A slow machine boots under TCG in less. One that is so busy that QEMU had hardly a processor has
 * more time, up to the second limit. After an NMI its kernel prints within seconds; a machine
 * that powers off does, too; lines of one report follow each other closely. */
#define LIFE_BOOT_NS (180 * CLOCK_SECOND)
#define LIFE_BOOT_MOST_NS (1800 * CLOCK_SECOND)
#define LIFE_BOOT_WORK_NS (90 * CLOCK_SECOND)
#define LIFE_NMI_NS (5 * CLOCK_SECOND)
#define LIFE_OFF_NS (10 * CLOCK_SECOND)
#define LIFE_REST_NS CLOCK_SECOND
enum { LIFE_PATIENCE = 3 }; /* signals of the user, of which the last ends the machine at once */

static void fail(struct life *life, const struct error *error)
{
    if (!life->failed)
        life->error = *error;
    life->failed = true;
}

static void sign_of_life(struct life *life)
{
    if (life->ready && !life->silent && !life->exited)
        life->deadline_ns = clock_now() + life->silence_ns;
}

/* ---- the console ------------------------------------------------------------------------- */

/* What comes after an NMI is an answer to it. */
static void take_report(void *user, const char *title, const char *text, size_t size)
{
    struct life *life = user;
    if (!life->silent) {
        life->owner.report(life->owner.user, title, text, size);
        return;
    }
    if (life->excerpt_size == 0) {
        memcpy(life->excerpt, text, size);
        life->excerpt_size = size;
    }
}

/* Returns whether there may be more. */
static bool hear_console(struct life *life)
{
    char bytes[8192];
    ssize_t n = read(life->machine.console, bytes, sizeof bytes);
    if (n < 0)
        return false;
    if (n == 0) {
        fd_close(&life->machine.console);
        return false;
    }
    console_feed(&life->console, bytes, (size_t)n);
    life->rest_ns = life->console.open ? clock_now() + LIFE_REST_NS : CLOCK_NEVER;
    sign_of_life(life);
    return true;
}

/* ---- the port ---------------------------------------------------------------------------- */

static void take_exit(struct life *life, const struct frame *frame)
{
    uint32_t status;
    if (frame->size != sizeof status)
        return;
    memcpy(&status, frame->bytes, sizeof status);
    life->exit_status = (int)(status & 0xff);
    life->exited = true;
    life->deadline_ns = clock_now() + LIFE_OFF_NS;
}

static void take_frame(struct life *life, const struct frame *frame)
{
    struct error error;
    int result = 0;
    sign_of_life(life);
    if (frame->kind == FRAME_READY && !life->ready) {
        life->ready = true;
        sign_of_life(life);
        result = life->owner.ready(life->owner.user, life->machine.port, &error);
        life->idle = result > 0;
    } else if (frame->kind == FRAME_EXIT) {
        take_exit(life, frame);
    } else if (frame->kind == FRAME_FAILED) {
        result = error_set(&error, 0, "in the machine: %s", (const char *)frame->bytes);
    } else if (frame->kind >= FRAME_STDOUT && frame->kind <= FRAME_PAGES) {
        result = life->owner.frame(life->owner.user, frame, &error);
    }
    if (result < 0)
        fail(life, &error);
}

/* Returns whether there may be more. */
static bool hear_port(struct life *life)
{
    struct error error;
    struct frame frame;
    size_t before = life->reader.used;
    int open = frame_read(&life->reader, &error);
    bool more = life->reader.used > before;
    int result = open;
    while (result >= 0 && !life->failed &&
           (result = frame_next(&life->reader, &frame, &error)) > 0)
        take_frame(life, &frame);
    if (open < 0 || result < 0)
        fail(life, &error);
    if (open <= 0) {
        fd_close(&life->machine.port);
        life->reader.fd = -1;
    }
    return open > 0 && more && !life->failed;
}

/* ---- the disk ---------------------------------------------------------------------------- */

static void hear_disk(struct life *life)
{
    struct error error;
    int open = nbd_hear(&life->nbd, &error);
    if (open < 0)
        fail(life, &error);
    if (open <= 0) {
        nbd_end(&life->nbd);
        fd_close(&life->machine.disk);
    }
}

/* ---- deadlines and signals --------------------------------------------------------------- */

/* A machine that has ended its run, or is silent, is not cut any more. */
static uint64_t cut_at(const struct life *life)
{
    return life->exited || life->silent ? CLOCK_NEVER : life->cut_ns;
}

static bool expire(struct life *life)
{
    struct error error;
    uint64_t now = clock_now();
    if (life->rest_ns <= now) {
        life->rest_ns = CLOCK_NEVER;
        console_rest(&life->console);
    }
    life->cut = cut_at(life) <= now;
    if (life->cut)
        return false;
    if (life->deadline_ns > now)
        return true;
    if (life->silent || life->exited)
        return false;
    if (!life->ready && now < life->begun_ns + LIFE_BOOT_MOST_NS &&
        machine_worked_ns(&life->machine) < LIFE_BOOT_WORK_NS) {
        life->deadline_ns = now + CLOCK_SECOND;
        return true;
    }
    if (!life->ready) {
        error_set(&error, 0, "the machine did not come up: is its kernel one for QEMU's q35?");
        fail(life, &error);
        return false;
    }
    console_rest(&life->console);
    life->silent = true;
    life->console.least = OPTIONS_WARNING;
    life->deadline_ns = now + LIFE_NMI_NS;
    machine_interrupt(&life->machine);
    return true;
}

/* The run in the guest ends as one here does: at the first signal after its operations, at the
 * second at once. Returns whether the machine goes on. */
static bool pass_signals(struct life *life)
{
    struct error error;
    uint32_t signal = (uint32_t)cli_stopped();
    if (!life->ready && cli_signals() > 0)
        return false;
    for (; life->signals < cli_signals(); life->signals++)
        if (life->machine.port >= 0 &&
            frame_write(life->machine.port, FRAME_SIGNAL, &signal, sizeof signal, NULL, 0,
                        &error) < 0)
            fail(life, &error);
    return life->signals < LIFE_PATIENCE;
}

/* ---- the loop ---------------------------------------------------------------------------- */

/* Takes what a machine that has ended has left in its sockets. */
static void drain(struct life *life)
{
    while (life->machine.port >= 0 && hear_port(life))
        continue;
    while (life->machine.console >= 0 && hear_console(life))
        continue;
    machine_hear(&life->machine);
    console_rest(&life->console);
}

/* Waits once. Returns whether the machine goes on. */
static bool wait_once(struct life *life)
{
    struct machine *machine = &life->machine;
    struct pollfd fds[] = {
        { .fd = machine->pidfd, .events = POLLIN },  { .fd = machine->console, .events = POLLIN },
        { .fd = machine->port, .events = POLLIN },   { .fd = machine->monitor, .events = POLLIN },
        { .fd = machine->error, .events = POLLIN },
        { .fd = life->nbd.fd, .events = nbd_is_full(&life->nbd) ? POLLOUT : POLLIN },
    };
    uint64_t next = life->deadline_ns;
    clock_sooner(&next, life->rest_ns);
    clock_sooner(&next, cut_at(life));
    int n = cli_wait(fds, sizeof fds / sizeof *fds, next);
    if (n > 0) {
        if (fds[1].revents)
            hear_console(life);
        if (fds[2].revents)
            hear_port(life);
        if (fds[3].revents || fds[4].revents)
            machine_hear(machine);
        if (fds[5].revents)
            hear_disk(life);
    }
    bool ended = n > 0 && fds[0].revents;
    return !life->failed && !life->idle && !ended && pass_signals(life) && expire(life);
}

static enum life_end broken(struct life *life)
{
    struct error error;
    int status = life->machine.status;
    char name[32];
    if (WIFSIGNALED(status))
        error_set(&error, 0, "QEMU was ended by %s",
                  text_signal(WTERMSIG(status), name, sizeof name));
    else
        error_set(&error, 0, "QEMU ended with exit status %d%s%.200s", WEXITSTATUS(status),
                  *life->machine.said ? ": " : "", life->machine.said);
    fail(life, &error);
    return LIFE_BROKEN;
}

static enum life_end end_of(struct life *life, bool stopped)
{
    const struct console *console = &life->console;
    if (life->failed)
        return LIFE_BROKEN;
    if (life->exited)
        return LIFE_EXIT;
    if (stopped)
        return LIFE_STOPPED;
    if (life->cut && !console->dead)
        return LIFE_CUT;
    if (life->silent) {
        life->owner.report(life->owner.user, NULL,
                           life->excerpt_size ? life->excerpt : console->text,
                           life->excerpt_size ? life->excerpt_size : console->size);
        return LIFE_LOST;
    }
    if (!console->dead && !life->machine.reset && !life->machine.powered_off)
        return broken(life);
    if (!console->dead)
        life->owner.report(life->owner.user, life->machine.reset ? "unexpected kernel reboot"
                                                                 : "unexpected power off",
                           console->text, console->size);
    return LIFE_DIED;
}

enum life_end life_run(struct life *life, const struct machine_spec *spec)
{
    struct error error;
    life->console.report = take_report;
    life->console.user = life;
    life->rest_ns = CLOCK_NEVER;
    life->begun_ns = clock_now();
    life->deadline_ns = life->begun_ns + LIFE_BOOT_NS;
    life->signals = cli_signals();
    life->nbd.fd = -1;
    if (machine_start(&life->machine, spec, &error) < 0) {
        fail(life, &error);
        return LIFE_BROKEN;
    }
    if (spec->cache && nbd_begin(&life->nbd, life->machine.disk, spec->cache, &error) < 0)
        fail(life, &error);
    life->reader.fd = life->machine.port;
    while (wait_once(life))
        continue;
    bool stopped = life->idle ||
                   (cli_signals() > 0 && (!life->ready || life->signals >= LIFE_PATIENCE));
    drain(life);
    nbd_end(&life->nbd);
    machine_end(&life->machine);
    return end_of(life, stopped);
}

/* A guest has hung under a KVM whose device was there, so the kernel itself must get through its
 * start: to the panic for want of a root, which resets the machine. */
void life_probe_begin(struct life_probe *probe, const char *kernel)
{
    const struct machine_spec spec = { .kernel = kernel, .archive = -1, .disk = -1, .ram = -1,
                                       .cmdline = "quiet panic=-1", .memory_mib = 256, .cpus = 1,
                                       .kvm = true };
    struct error ignored;
    memset(probe, 0, sizeof *probe);
    probe->deadline_ns = clock_now() + CLOCK_SECOND;
    if (access("/dev/kvm", R_OK | W_OK) == 0 &&
        machine_start(&probe->machine, &spec, &ignored) < 0)
        probe->machine.pid = 0;
}

bool life_probe_end(struct life_probe *probe)
{
    if (probe->machine.pid == 0)
        return false;
    fd_wait(probe->machine.pidfd, probe->deadline_ns);
    machine_hear(&probe->machine);
    bool works = probe->machine.reset;
    machine_end(&probe->machine);
    return works;
}
