/* SPDX-License-Identifier: MIT
 * vm.h: `stress-supervisor vm`: a command in a virtual machine, which is made of this machine's
 * files, with the same output, exit status and run directory on the host; what the machine's kernel
 * does wrong is a finding.
 *
 * Runs in: monitor, the guest's init.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/guest.h"

/* Runs the command that follows `vm` in `options`. Returns the exit status. Not
 * async-signal-safe. */
int vm_run(const struct options *options, char **argv);

#endif
