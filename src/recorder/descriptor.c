/* SPDX-License-Identifier: MIT
 * descriptor.c: see descriptor.h.
 */
#include "recorder/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "recorder/inode.h"

#ifndef PIDFD_THREAD /* since Linux 6.9 */
#define PIDFD_THREAD O_EXCL
#endif

/* Threads may have descriptors of their own. Where the kernel does not know them, those of the
 * first thread must do. */
static int pidfd_of(struct task *task)
{
    if (task->pidfd < 0)
        task->pidfd = pidfd_open(task->thread, PIDFD_THREAD);
    if (task->pidfd < 0)
        task->pidfd = pidfd_open(task->process, 0);
    return task->pidfd;
}

bool descriptor_look(struct descriptor *descriptor)
{
    return fstat(descriptor->fd, &descriptor->status) == 0;
}

void descriptor_open(struct recorder *recorder, struct task *task, int fd, struct descriptor *ret)
{
    *ret = (struct descriptor){ .fd = fd < 0 ? -1 : pidfd_getfd(pidfd_of(task), fd, 0),
                                .flags = -1 };
    if (ret->fd < 0 && fd >= 0 && errno != EBADF)
        recorder_trouble(recorder, "cannot look at a descriptor of a process: %s",
                         strerror(errno));
    if (ret->fd >= 0 && descriptor_look(ret))
        ret->node = inode_find(recorder, &ret->status);
}

void descriptor_close(struct descriptor *descriptor)
{
    fd_close(&descriptor->fd);
}

int descriptor_flags(struct descriptor *descriptor)
{
    if (descriptor->flags < 0)
        descriptor->flags = fcntl(descriptor->fd, F_GETFL);
    return descriptor->flags < 0 ? 0 : descriptor->flags;
}

uint64_t descriptor_offset(const struct descriptor *descriptor)
{
    off_t offset = lseek(descriptor->fd, 0, SEEK_CUR);
    return offset < 0 ? 0 : (uint64_t)offset;
}

/* What was opened for writing only, or for whole blocks, is opened anew. */
int descriptor_reader(struct recorder *recorder, struct descriptor *descriptor)
{
    char path[64];
    int flags = descriptor_flags(descriptor);
    if ((flags & O_ACCMODE) == O_RDWR && !(flags & (O_DIRECT | O_PATH)))
        return descriptor->fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor->fd);
    int reader = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (reader < 0)
        recorder_trouble(recorder, "cannot read a file that was written: %s", strerror(errno));
    return reader;
}

void descriptor_reader_close(const struct descriptor *descriptor, int reader)
{
    if (reader >= 0 && reader != descriptor->fd)
        close(reader);
}
