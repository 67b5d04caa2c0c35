/* SPDX-License-Identifier: MIT
 * program.c: see program.h. libseccomp writes a program to a descriptor only, hence the memfd.
 */
#include "inject/program.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"

void program_cleanup(scmp_filter_ctx *context)
{
    if (*context)
        seccomp_release(*context);
}

int program_export(scmp_filter_ctx context, const char *what, struct sock_fprog *ret,
                   struct error *error)
{
    int fd FD_CLEANUP = memfd_create("stress-filter", MFD_CLOEXEC);
    if (fd < 0)
        return error_set(error, errno, "cannot make a memfd for %s", what);
    int code = seccomp_export_bpf(context, fd);
    if (code < 0)
        return error_set(error, -code, "cannot export %s", what);
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_set(error, errno, "cannot read %s", what);
    size_t size = (size_t)status.st_size, n = size / sizeof(struct sock_filter);
    if (n == 0 || n > BPF_MAXINSNS)
        return error_set(error, 0, "cannot use %s: %zu instructions, at most %d fit", what, n,
                         BPF_MAXINSNS);
    struct sock_filter *filter = malloc(size);
    if (!filter)
        return error_set(error, ENOMEM, "cannot allocate %s", what);
    if (pread(fd, filter, size, 0) != (ssize_t)size) {
        free(filter);
        return error_set(error, EIO, "cannot read %s", what);
    }
    *ret = (struct sock_fprog){ .len = (unsigned short)n, .filter = filter };
    return 0;
}
