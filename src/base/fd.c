/* SPDX-License-Identifier: MIT
 * fd.c: see fd.h.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

static struct rlimit fd_limit_before;
static bool fd_limit_raised;
static int fd_base = FD_BASE;
static int fd_raised[FD_RAISED];
static size_t fd_n_raised;

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

int fd_raise_limit(void)
{
    if (fd_limit_raised)
        return 0;
    if (getrlimit(RLIMIT_NOFILE, &fd_limit_before) < 0)
        return -1;
    struct rlimit raised = fd_limit_before;
    raised.rlim_cur = raised.rlim_max;
    if (raised.rlim_max < FD_LEAST) {
        errno = EMFILE;
        return -1;
    }
    if (raised.rlim_max < 2 * FD_BASE)
        fd_base = (int)(raised.rlim_max / 2);
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0)
        return -1;
    fd_limit_raised = true;
    return 0;
}

int fd_restore_limit(void)
{
    return fd_limit_raised ? setrlimit(RLIMIT_NOFILE, &fd_limit_before) : 0;
}

int fd_raise(int fd)
{
    int raised = -1;
    if (fd < 0)
        return -1;
    if (fd_n_raised < FD_RAISED)
        raised = fcntl(fd, F_DUPFD_CLOEXEC, fd_base);
    else
        errno = EMFILE;
    fd_close(&fd);
    if (raised >= 0)
        fd_raised[fd_n_raised++] = raised;
    return raised;
}

static bool is_among(int fd, const int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fds[i] == fd)
            return true;
    return false;
}

int fd_drop_raised(const int *keep, size_t n)
{
    for (size_t i = 0; i < fd_n_raised;) {
        int first = fd_raised[i], last = first;
        bool kept = is_among(first, keep, n);
        for (i++; i < fd_n_raised && fd_raised[i] == last + 1 && !kept &&
                  !is_among(fd_raised[i], keep, n); i++)
            last++;
        if (!kept && close_range((unsigned)first, (unsigned)last, 0) < 0)
            return -1;
    }
    return 0;
}

int fd_redirect(int fd, int standard)
{
    int null FD_CLEANUP = fd < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0 && null < 0)
        return -1;
    return dup2(fd < 0 ? null : fd, standard);
}

static bool waits_again(void)
{
    return errno == EINTR || errno == ENOMEM;
}

void fd_wait_any(struct pollfd *fds, unsigned n)
{
    while (poll(fds, n, -1) < 0 && waits_again())
        continue;
}

bool fd_wait(int fd, uint64_t deadline)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    int n;
    while ((n = poll(&readable, 1, clock_poll_timeout(deadline))) < 0 && waits_again())
        continue;
    return n > 0;
}

int fd_write_all_at(int fd, const void *data, size_t size, off_t at)
{
    const char *from = data;
    while (size > 0) {
        ssize_t n = pwrite(fd, from, size, at);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            from += n;
            size -= (size_t)n;
            at += n;
        }
    }
    return 0;
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
