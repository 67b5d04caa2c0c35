/* SPDX-License-Identifier: MIT
 * module.c: see module.h.
 */
#include "tracer/module.h"

#include <stddef.h>
#include <string.h>

static const char *const module_system[] = {
    "libc.so", "libc-2", "ld-linux", "libpthread", "libm.so", "libstdc++.so", "libgcc_s.so",
    "[vdso]", NULL,
};

static const char *const module_common[] = {
    "libasan.so", "libubsan.so", "liblsan.so", "libtsan.so", NULL,
};

static const char *const module_harness[] = {
    "libstress-supervisor.so", "stress-supervisor", "lt-stress-supervisor", NULL,
};

const char *module_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool begins_with_any(const char *path, const char *const *names)
{
    const char *base = module_base(path);
    for (; *names; names++)
        if (strncmp(base, *names, strlen(*names)) == 0)
            return true;
    return false;
}

bool module_is_system(const char *path)
{
    return begins_with_any(path, module_system);
}

bool module_is_harness(const char *path)
{
    return begins_with_any(path, module_harness);
}

bool module_is_common(const char *path)
{
    return module_is_system(path) || module_is_harness(path) ||
           begins_with_any(path, module_common);
}
