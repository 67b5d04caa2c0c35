/* SPDX-License-Identifier: MIT
 * file.c: see file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"

FILE *file_open(int at, const char *name)
{
    struct stat status;
    int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    FILE *file = NULL;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        errno = EINVAL;
    else
        file = fdopen(fd, "r");
    if (!file)
        fd_close(&fd);
    return file;
}
