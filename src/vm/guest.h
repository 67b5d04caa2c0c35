/* SPDX-License-Identifier: MIT
 * guest.h: the first process of a guest, which is this program, too: it mounts, loads modules,
 * starts the run, sends its run directory and its output to the host as they grow, gives signs of
 * life, and powers the machine off. Not async-signal-safe.
 *
 * Runs in: the guest's init.
 */
#ifndef VM_GUEST_H
#define VM_GUEST_H

#include <stdbool.h>

#include "cli/cli.h"

/* The name under which the guest's kernel starts this program. */
#define GUEST_INIT "/init"

/* Is this process the init of a guest? */
bool vm_is_guest(char **argv);
/* Is one. Returns in the process of the run alone, with the options and words that the host has
 * sent; NULL with `error` if those are not right. The words stay. */
char **vm_guest(struct options *ret, struct error *error);

#endif
