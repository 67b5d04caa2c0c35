/* SPDX-License-Identifier: MIT
 * frames.c: see frames.h. The child writes a line for each sample into a memfd, so what it has read
 * before it dies is not lost.
 */
#include "tracer/frames.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "tracer/unwind.h"

enum { SECONDS = 20 };

static _Noreturn void read_all(pid_t parent, const struct stack_sample *samples, size_t n, int fd)
{
    struct unwind *unwind = unwind_new();
    FILE *out = fdopen(fd, "w");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || !unwind || !out)
        _exit(EXIT_FAILURE);
    signal(SIGALRM, SIG_DFL);
    alarm(SECONDS);
    unsetenv("DEBUGINFOD_URLS"); /* asking the network takes long */
    for (size_t i = 0; i < n; i++) {
        json_t *frames = unwind_sample(unwind, &samples[i]);
        if (!frames || json_dumpf(frames, out, JSON_COMPACT) < 0)
            _exit(EXIT_FAILURE);
        fputc('\n', out);
        fflush(out);
        json_decref(frames);
    }
    _exit(EXIT_SUCCESS);
}

/* A line that is no array was cut off, or was never written. */
static json_t *read_line(FILE *in)
{
    char *line = NULL;
    size_t room = 0;
    bool more = in && !feof(in) && !ferror(in);
    json_t *frames = more && getline(&line, &room, in) > 0 ? json_loads(line, 0, NULL) : NULL;
    free(line);
    if (json_is_array(frames))
        return frames;
    json_decref(frames);
    return json_array();
}

json_t *frames_read(const struct stack_sample *samples, size_t n)
{
    pid_t self = getpid();
    json_t *list = json_array();
    int fd = memfd_create("stress-frames", MFD_CLOEXEC);
    pid_t pid = fd < 0 ? -1 : fork();
    if (pid == 0)
        read_all(self, samples, n, fd);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    FILE *in = fd < 0 || lseek(fd, 0, SEEK_SET) < 0 ? NULL : fdopen(fd, "r");
    for (size_t i = 0; i < n; i++)
        member_append(&list, read_line(in));
    if (in)
        fclose(in);
    else
        fd_close(&fd);
    return list;
}
