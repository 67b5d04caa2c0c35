/* SPDX-License-Identifier: MIT
 * closure.h: puts files into the machine together with what they need to run: the libraries of a
 * program, as its own dynamic loader names them, and the interpreter of a script. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_CLOSURE_H
#define VM_CLOSURE_H

#include "base/base.h"
#include "vm/archive.h"

/* These return 0, or -1 with the reason. */

/* Puts a file, or a directory with all that is below it, into the machine, at its own absolute
 * path. */
int closure_add(struct archive *archive, const char *path, struct error *error);
/* Puts the shell and busybox, with a link for each of its commands, into the machine, as far as
 * this machine has them. */
int closure_add_shell(struct archive *archive, struct error *error);
/* Finds a command in PATH. False: it is not there. */
bool closure_find(const char *name, char *path, size_t size);

#endif
