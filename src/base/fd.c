/* SPDX-License-Identifier: MIT
 * fd.c: descriptors. Any process.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

static struct rlimit fd_limit_before;
static int fd_lowest;

void fd_close(int *fd)
{
    int error = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = error;
}

void fd_cleanup(int *fd)
{
    fd_close(fd);
}

int fd_init_base(void)
{
    if (fd_lowest > 0)
        return 0;
    if (getrlimit(RLIMIT_NOFILE, &fd_limit_before) < 0)
        return -1;
    struct rlimit raised = fd_limit_before;
    raised.rlim_cur = raised.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
        return -1;
    rlim_t before = fd_limit_before.rlim_cur, now = raised.rlim_cur;
    fd_lowest = (int)(now > before && before < 1 << 20 ? before : before < 1 << 20 ? before / 2
                                                                                  : 1 << 19);
    return 0;
}

int fd_base(void)
{
    return fd_lowest;
}

int fd_restore_limit(void)
{
    return fd_lowest > 0 ? setrlimit(RLIMIT_NOFILE, &fd_limit_before) : 0;
}

int fd_raise(int fd)
{
    if (fd < 0)
        return -1;
    int raised = fcntl(fd, F_DUPFD_CLOEXEC, fd_lowest);
    fd_close(&fd);
    return raised;
}

int fd_write_all(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return 0;
}
