/* SPDX-License-Identifier: MIT
 * fd.h: descriptors: scope clean-up, whole writes, and the harness's own range.
 * The supervisor and its runners share a process image with user code, which expects the low
 * numbers to be its own. So every descriptor of the harness there is raised above fd_base(), and a
 * runner drops them all with one close_range().
 * Any process; async-signal-safe, unless said otherwise.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* int fd FD_CLEANUP = -1;  closes it at scope exit if it is not negative. */
#define FD_CLEANUP __attribute__((cleanup(fd_cleanup)))
void fd_cleanup(int *fd);
/* Closes *fd if not negative, and sets it to -1. Keeps errno. */
void fd_close(int *fd);

/* Raises the soft limit of descriptors to the hard one and fixes the base: the old soft limit, or
 * half of it where the hard limit leaves no room. Call once, early. Not async-signal-safe. */
int fd_init_base(void);
int fd_base(void);
/* Sets the soft limit back to what it was before fd_init_base(). */
int fd_restore_limit(void);
/* Moves a descriptor into the harness's range, close-on-exec; closes the old one, also on failure.
 * Returns the new one or -1 with errno. */
int fd_raise(int fd);

/* Writes all of it, going on after short writes and EINTR. 0, or -1 with errno. */
int fd_write_all(int fd, const void *data, size_t size);

#endif
