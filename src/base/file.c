/* SPDX-License-Identifier: MIT
 * file.c: see file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

enum { PIECE = 64 << 10 };

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

off_t file_copy(int from, int to, off_t begin, off_t end)
{
    char piece[PIECE];
    off_t at = begin;
    while (at < end) {
        ssize_t n = pread(from, piece, end - at < PIECE ? (size_t)(end - at) : PIECE, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (fd_write_all_at(to, piece, (size_t)n, at) < 0)
            return -1;
        at += n;
    }
    return at - begin;
}
