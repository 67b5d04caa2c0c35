/* SPDX-License-Identifier: MIT
 * machine.h: one QEMU process: how it is started, asked and ended. It dies with this process, and
 * has no name in the file system: console, port and monitor are sockets, files are descriptors.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_MACHINE_H
#define VM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/base.h"

struct cache;

/* What the machine is made of. */
struct machine_spec {
    const char *kernel;
    int archive;          /* the root; -1: none */
    int disk;             /* -1: none */
    struct cache *cache;  /* serves the disk over machine->disk (nbd.h); NULL: QEMU has its file */
    int ram;              /* its memory, of memory_mib; -1: it is QEMU's own */
    const char *cmdline;
    uint64_t memory_mib;
    unsigned cpus;
    bool kvm;             /* else TCG */
};

struct machine {
    pid_t pid;            /* 0: it does not run */
    int pidfd;
    int console, port, monitor, disk; /* this side's ends; -1: closed */
    int error;            /* what QEMU itself prints */
    size_t used;          /* of `line`, which the monitor has not ended yet */
    char line[4096];
    bool reset, powered_off; /* the guest has asked for it */
    char said[256];       /* the last line that QEMU printed; "": none */
    int status;           /* as from wait(), once it does not run */
};

/* Is QEMU here? */
bool machine_here(void);
/* Starts one. Returns 0, or -1 with the reason. */
int machine_start(struct machine *machine, const struct machine_spec *spec, struct error *error);
/* Reads what the monitor and QEMU itself say. */
void machine_hear(struct machine *machine);
/* Returns how long it has had a processor; 0: it cannot be told. */
uint64_t machine_worked_ns(const struct machine *machine);
/* Sends an NMI to all processors of the guest. */
void machine_interrupt(struct machine *machine);
/* Ends it, if it still runs, reaps it, and closes all descriptors. */
void machine_end(struct machine *machine);

#endif
