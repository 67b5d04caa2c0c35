/* SPDX-License-Identifier: MIT
 * fd.h: descriptors: scope clean-up, whole writes, and the harness's own range.
 * The supervisor and its runners share a process image with user code, which expects the low
 * numbers to be its own. So every descriptor of the harness there is raised to FD_BASE or above,
 * remembered, and dropped by a runner.
 * async-signal-safe, unless said otherwise.
 *
 * Runs in: every process.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* int fd FD_CLEANUP = -1;  closes it at scope exit if it is not negative. */
#define FD_CLEANUP __attribute__((cleanup(fd_cleanup)))
void fd_cleanup(int *fd);
/* Closes *fd if not negative, and sets it to -1. Keeps errno. */
void fd_close(int *fd);

/* Not higher: a fork copies the table of descriptors up to the highest one. Where the hard limit is
 * lower than twice this the base is half of it. */
enum { FD_BASE = 256, FD_RAISED = 8192, FD_LEAST = 64 };

/* Raises the soft limit of descriptors to the hard one. Call once, early. 0, or -1 with errno
 * (EMFILE: the hard limit is below FD_LEAST). */
int fd_raise_limit(void);
/* Sets the soft limit back to what it was before fd_raise_limit(). */
int fd_restore_limit(void);
/* Moves a descriptor to FD_BASE or above, close-on-exec; closes the old one, also on failure. The
 * new one must stay open as long as the process. Returns it, or -1 with errno (EMFILE also after
 * FD_RAISED of them). */
int fd_raise(int fd);
/* Closes all raised ones but keep[0 .. n) (-1: nothing), with few system calls. 0, or -1 with
 * errno. */
int fd_drop_raised(const int *keep, size_t n);

/* From here on `standard` (STDIN_FILENO, ...) leads to where fd leads, and to /dev/null if fd is -1.
 * The standard descriptors must be open. Returns `standard`, or -1 with errno. */
int fd_redirect(int fd, int standard);

/* Waits until it can be read, or the deadline (clock_now()) is past. Of a pidfd: the process has
 * ended. True: it can; false: it is past, or errno says why nothing can be waited for. */
bool fd_wait(int fd, uint64_t deadline);
/* Writes all of it, going on after short writes and EINTR. 0, or -1 with errno. */
int fd_write_all(int fd, const void *data, size_t size);

#endif
