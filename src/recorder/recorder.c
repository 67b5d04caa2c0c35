/* SPDX-License-Identifier: MIT
 * recorder.c: see recorder.h.
 */
#include "recorder/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "recorder/fidelity.h"
#include "recorder/mapped.h"
#include "recorder/outside.h"
#include "recorder/inode.h"
#include "recorder/sentinel.h"
#include "recorder/stack.h"
#include "recorder/state.h"
#include "recorder/tasks.h"
#include "recorder/watched.h"

enum { CALLERS = 4 };

/* ---- fidelity --------------------------------------------------------------------------- */

static void write_fidelity(const struct recorder *recorder)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/fidelity", recorder->recording);
    FILE *file = fopen(path, "we");
    if (!file)
        return; /* whoever reads it takes that for a recording that is not whole */
    fprintf(file, "%s\n", *recorder->trouble    ? recorder->trouble
                          : *recorder->fidelity ? recorder->fidelity
                          : recorder->compared  ? "exact" : "the run ended early");
    if (*recorder->left)
        fprintf(file, "outside: %s\n", recorder->left);
    fclose(file);
}

/* ---- made and unmade -------------------------------------------------------------------- */

static int copy_paths(struct recorder *recorder, const struct recorder_task *task,
                      struct error *error)
{
    const char *const from[] = { task->recording, task->disk, task->witness, task->output };
    char *const to[] = { recorder->recording, recorder->disk, recorder->witness,
                         recorder->output };
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        if (snprintf(to[i], PATH_MAX, "%s", from[i]) >= PATH_MAX)
            return error_set(error, ENAMETOOLONG, "cannot record %.200s", from[i]);
    return 0;
}

struct recorder *recorder_new(int socket, const struct recorder_task *task, struct error *error)
{
    struct recorder *recorder = calloc(1, sizeof *recorder);
    if (!recorder) {
        close(socket);
        error_set(error, ENOMEM, "cannot start the recorder");
        return NULL;
    }
    recorder->socket = socket;
    recorder->task = *task;
    recorder->wants_base = true;
    recorder->compares = getenv("STRESS_RECORDER_COMPARES") != NULL;
    if (copy_paths(recorder, task, error) == 0)
        recorder->writer = recording_create(recorder->recording, error);
    if (recorder->writer)
        return recorder;
    fd_close(&recorder->socket);
    free(recorder);
    return NULL;
}

void recorder_free(struct recorder *recorder)
{
    struct error error;
    tasks_free(recorder);
    sentinel_end(recorder);
    if (recording_finish(recorder->writer, &error) < 0)
        recorder_trouble(recorder, "%s", error.text);
    write_fidelity(recorder);
    inode_forget_all(recorder);
    outside_free(recorder);
    stack_free(recorder);
    watched_free(recorder);
    share_unmap(recorder->share);
    fd_close(&recorder->socket);
    free(recorder);
}

bool recorder_spare(const struct recorder *recorder, siginfo_t *ret)
{
    *ret = recorder->spare;
    return recorder->spare.si_pid != 0;
}

int recorder_share(struct recorder *recorder, int fd, struct error *error)
{
    share_unmap(recorder->share);
    recorder->share = share_map(fd, true, error);
    close(fd);
    return recorder->share ? 0 : -1;
}

int recorder_control(struct recorder *recorder, int fd, struct error *error)
{
    struct control control;
    if (caller_map_control(fd, &control, error) < 0)
        return -1;
    if (recorder->control.header)
        munmap(recorder->control.header, (size_t)recorder->control.size);
    recorder->control = control;
    return 0;
}

int recorder_memory(struct recorder *recorder, unsigned number, int fd, struct error *error)
{
    if (number < RECORDER_WATCHED && watched_begin(recorder, number, fd))
        return 0;
    recorder_trouble(recorder, "the memory of the workload cannot be watched");
    return error_set(error, 0, "%s", recorder->trouble);
}

/* ---- requests --------------------------------------------------------------------------- */

static void pause_at(struct recorder *recorder, bool paused)
{
    const struct recording_step step = { .kind = paused ? RECORDING_PAUSE : RECORDING_RESUME,
                                         .call = RECORDING_NONE };
    if (recorder->paused == paused)
        return;
    recorder->paused = paused;
    recording_step(recorder->writer, &step);
}

/* No operation runs any more. */
static void settle(struct recorder *recorder)
{
    mapped_look(recorder, RECORDING_NONE);
    watched_look(recorder);
    if (tasks_have_server(recorder))
        pause_at(recorder, true);
    if (recording_n_steps(recorder->writer) > 0) /* else there is no base yet: nothing to compare */
        fidelity_compare(recorder);
    else
        recorder->compared = true;
    if (!*recorder->left)
        outside_first(recorder, recorder->left, sizeof recorder->left);
    recorder->wants_base = true; /* hooks may write, until operations begin again */
}

/* Hooks start servers. What one that runs on has not made durable must not become so by a new
 * base. */
static int64_t take_in(struct recorder *recorder, const struct enter_hello *hello)
{
    if (hello->kind == ENTER_SERVER)
        pause_at(recorder, true);
    if (recorder->wants_base && !tasks_have_server(recorder))
        inode_base(recorder);
    if (hello->kind == ENTER_ACTOR)
        pause_at(recorder, false);
    recorder->wants_base = false;
    if (hello->kind != ENTER_SERVER) /* what servers do while hooks run is no point */
        recorder->compared = false;
    return tasks_attach(recorder, hello);
}

static int64_t answer_to(struct recorder *recorder, const struct enter_hello *hello)
{
    switch (hello->kind) {
    case ENTER_SETTLED:
        settle(recorder);
        return 0;
    case ENTER_ACTOR:
    case ENTER_SERVER:
    case ENTER_HOOK:
        return take_in(recorder, hello);
    default:
        return -EPERM;
    }
}

static void receive(struct recorder *recorder)
{
    struct enter_request request;
    struct packet packet;
    packet_in(&packet, &request, sizeof request);
    ssize_t n = recvmsg(recorder->socket, &packet.message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n == 0) { /* no process is left that could ask */
        fd_close(&recorder->socket);
        sentinel_end(recorder);
    }
    int fd = n > 0 ? packet_descriptor(&packet) : -1;
    if (fd < 0)
        return;
    int64_t answer = n == (ssize_t)sizeof request.hello ? answer_to(recorder, &request.hello)
                                                        : -EPERM;
    (void)!packet_send_bytes(fd, &answer, sizeof answer, MSG_DONTWAIT);
    close(fd);
}

/* Answers a request, and returns which of the descriptors are readable, as bits. */
static unsigned look(struct recorder *recorder, const int *fds, unsigned n)
{
    struct pollfd polled[CALLERS + 1];
    unsigned ready = 0;
    for (unsigned i = 0; i < n && i < CALLERS; i++)
        polled[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
    polled[n] = (struct pollfd){ .fd = recorder->socket, .events = POLLIN };
    while (poll(polled, n + 1, 0) < 0 && (errno == EINTR || errno == ENOMEM))
        continue;
    if (polled[n].revents)
        receive(recorder);
    for (unsigned i = 0; i < n; i++)
        ready |= (unsigned)(polled[i].revents != 0) << i;
    return ready;
}

/* Makes sure that there is a sentinel. */
static bool is_watched(struct recorder *recorder, const int *fds, unsigned n)
{
    int all[CALLERS + 1];
    memcpy(all, fds, n * sizeof *fds);
    all[n] = recorder->socket;
    return recorder->sentinel > 0 || sentinel_start(recorder, all, n + 1);
}

unsigned recorder_serve(struct recorder *recorder, const int *fds, unsigned n)
{
    unsigned ready;
    while (is_watched(recorder, fds, n)) {
        ready = look(recorder, fds, n);
        if (ready)
            return ready;
        sentinel_go_on(recorder);
        tasks_serve(recorder);
    }
    recorder_trouble(recorder, "cannot start a process: %s", strerror(errno));
    return 1; /* it waits for the first one, then */
}
