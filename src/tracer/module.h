/* SPDX-License-Identifier: MIT
 * module.h: tells the files of the system and of the harness from those of the user.
 * Async-signal-safe.
 *
 * Runs in: monitor, tracer.
 */
#ifndef TRACER_MODULE_H
#define TRACER_MODULE_H

#include <stdbool.h>

/* Returns the last part of a path. */
const char *module_base(const char *path);
/* Is this the C library, the dynamic linker or a library of the compiler? */
bool module_is_system(const char *path);
/* Is this the harness? */
bool module_is_harness(const char *path);
/* Is this the system, the harness or a sanitizer? Frames of these are in many stacks. */
bool module_is_common(const char *path);

#endif
