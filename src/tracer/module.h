/* SPDX-License-Identifier: MIT
 * module.h: which files are not the user's.
 *
 * Runs in: monitor, tracer.
 */
#ifndef TRACER_MODULE_H
#define TRACER_MODULE_H

#include <stdbool.h>

/* The last part of a path. */
const char *module_base(const char *path);
/* The C library and the like. */
bool module_is_system(const char *path);
bool module_is_harness(const char *path);
/* The harness, or a sanitizer: frames of these and of the system are in many stacks. */
bool module_is_common(const char *path);

#endif
