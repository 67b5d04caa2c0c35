/* SPDX-License-Identifier: MIT
 * templates.h: the files of a new workload. In names and texts, @NAME@ stands for its name.
 *
 * Runs in: monitor.
 */
#ifndef NEW_TEMPLATES_H
#define NEW_TEMPLATES_H

#include "cli/cli.h"

enum { TEMPLATES_FILES = 6 };

struct template_file {
    const char *name; /* NULL: no more files */
    unsigned mode;
    const char *text;
};

extern const struct template_file templates[OPTIONS_LANGUAGES][TEMPLATES_FILES];

#endif
