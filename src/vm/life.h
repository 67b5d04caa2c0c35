/* SPDX-License-Identifier: MIT
 * life.h: one life: a machine from its start to its end, seen from the host. Tells its owner what
 * the guest sends and what its kernel reports. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_LIFE_H
#define VM_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "vm/console.h"
#include "vm/frame.h"
#include "vm/machine.h"
#include "vm/nbd.h"

enum life_end {
    LIFE_EXIT,   /* the run ended: exit_status */
    LIFE_DIED,   /* the guest's kernel ended it */
    LIFE_CUT,    /* its power was cut: at cut_ns */
    LIFE_LOST,   /* there was no sign of life */
    LIFE_BROKEN, /* QEMU, or what this program has in the guest, failed: `error` */
    LIFE_STOPPED /* the user did not want to wait for it, or there was nothing to do */
};

struct life_owner {
    void *user;
    /* The guest is up: send it the words. Returns 0, 1 if there is nothing left to do, or -1 with
     * the reason. */
    int (*ready)(void *user, int port, struct error *error);
    /* A frame from FRAME_STDOUT to FRAME_PAGES. Returns 0, or -1 with the reason. */
    int (*frame)(void *user, const struct frame *frame, struct error *error);
    /* The kernel has reported something, or the machine is lost: then without a title. */
    void (*report)(void *user, const char *title, const char *text, size_t size);
};

struct life {
    struct life_owner owner;
    uint64_t silence_ns;
    uint64_t cut_ns;     /* when its power is cut; the owner may change it */
    struct machine machine;
    struct nbd nbd;
    struct console console;
    struct frame_reader reader;
    bool ready, exited, idle, silent, cut; /* idle: there is nothing to do; silent: it was sent an
                                            * NMI */
    unsigned signals;    /* sent to it */
    uint64_t begun_ns;
    uint64_t deadline_ns; /* of the next sign of life; of its end, if it is silent or has exited */
    uint64_t rest_ns;    /* when a report on the console is complete */
    char excerpt[CONSOLE_TEXT + 1]; /* what its kernel said to the NMI */
    size_t excerpt_size;
    int exit_status;
    bool failed;
    struct error error;
};

/* Runs one. `life` has its owner, the limit of silence, cut_ns and console.least, the
 * rest is zero. cli_catch_signals() was called. */
enum life_end life_run(struct life *life, const struct machine_spec *spec);
/* Does a kernel start under KVM on this machine, within a second? The first function begins to try
 * it, the second one waits for the answer. */
struct life_probe {
    struct machine machine; /* pid 0: there is no KVM */
    uint64_t deadline_ns;
};
void life_probe_begin(struct life_probe *probe, const char *kernel);
bool life_probe_end(struct life_probe *probe);

#endif
