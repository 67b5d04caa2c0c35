/* SPDX-License-Identifier: MIT
 * fd.h: descriptors: scope clean-up, whole writes, and the harness's own range.
 *
 * The supervisor and its runners share a process image with user code, which expects the low
 * numbers for itself. There the harness raises each of its descriptors to FD_BASE or above and
 * remembers it; a runner closes those it does not need. Async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* int fd FD_CLEANUP = -1;  closes fd at scope exit if it is not negative. */
#define FD_CLEANUP __attribute__((cleanup(fd_cleanup)))
void fd_cleanup(int *fd);
/* Closes *fd if it is not negative, and sets it to -1. Keeps errno. */
void fd_close(int *fd);

/* FD_BASE is low because a fork copies the descriptor table up to the highest descriptor. Under a
 * hard limit below 2 * FD_BASE, half the limit is the base. At most FD_RAISED descriptors are
 * raised. */
enum { FD_BASE = 256, FD_RAISED = 8192, FD_LEAST = 64 };

/* Raises the soft limit of descriptors to the hard limit. Call it early; a second call does
 * nothing. Returns 0, or -1 with errno (EMFILE: the hard limit is below FD_LEAST). */
int fd_raise_limit(void);
/* Restores the soft limit from before fd_raise_limit(). Returns 0, or -1 with errno. */
int fd_restore_limit(void);
/* Moves a descriptor to FD_BASE or above, close-on-exec. Closes the old one, also on failure. The
 * new one must stay open until the process ends. Returns it, or -1 with errno (EMFILE also after
 * FD_RAISED descriptors). */
int fd_raise(int fd);
/* Closes all raised descriptors except keep[0 .. n), with few system calls. Ignores -1 in `keep`.
 * Returns 0, or -1 with errno. */
int fd_drop_raised(const int *keep, size_t n);

/* Makes `standard` (STDIN_FILENO, ...) lead to where fd leads, or to /dev/null if fd is -1. The
 * standard descriptors must be open. Returns `standard`, or -1 with errno. Async-signal-safe. */
int fd_redirect(int fd, int standard);

/* Waits until one of the descriptors has an event, whatever else happens: a signal, or a moment in
 * which the kernel has no memory for this. */
void fd_wait_any(struct pollfd *fds, unsigned n);
/* Waits until fd is readable or the deadline (clock_now()) is past. A pidfd is readable when its
 * process has ended. Returns true if fd is readable; false after the deadline, or with errno if
 * waiting failed. */
bool fd_wait(int fd, uint64_t deadline);
/* Writes all bytes, continuing after short writes and EINTR. Returns 0, or -1 with errno. */
int fd_write_all(int fd, const void *data, size_t size);
/* The same at an offset, as pwrite(2). */
int fd_write_all_at(int fd, const void *data, size_t size, off_t at);

#endif
