/* SPDX-License-Identifier: MIT
 * injector.c: see injector.h.
 */

#include "injector/injector.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "injector/act.h"
#include "injector/caller.h"
#include "injector/disk.h"
#include "injector/match.h"
#include "injector/peers.h"
#include "injector/state.h"
#include "injector/target.h"

/* ---- made and unmade -------------------------------------------------------------------- */

static int ask_sizes(struct injector *injector, struct error *error)
{
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
        return error_set(error, errno, "cannot use seccomp notifications");
    injector->notification_size = sizes.seccomp_notif > sizeof(struct seccomp_notif)
                                      ? sizes.seccomp_notif : sizeof(struct seccomp_notif);
    injector->response_size = sizes.seccomp_notif_resp > sizeof(struct seccomp_notif_resp)
                                  ? sizes.seccomp_notif_resp : sizeof(struct seccomp_notif_resp);
    injector->notification = calloc(1, injector->notification_size);
    injector->response = calloc(1, injector->response_size);
    return injector->notification && injector->response
               ? 0 : error_set(error, ENOMEM, "cannot start the injector");
}

struct injector *injector_new(int socket, struct share_points *points, struct error *error)
{
    struct injector *injector = calloc(1, sizeof *injector);
    if (!injector) {
        error_set(error, ENOMEM, "cannot start the injector");
        return NULL;
    }
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = EVENT_SOCKET };
    injector->socket = socket;
    injector->points = points;
    injector->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (ask_sizes(injector, error) < 0) {
        injector_free(injector);
        return NULL;
    }
    if (injector->epoll < 0 || epoll_ctl(injector->epoll, EPOLL_CTL_ADD, socket, &event) < 0) {
        error_set(error, errno, "cannot start the injector");
        injector_free(injector);
        return NULL;
    }
    return injector;
}

void injector_free(struct injector *injector)
{
    for (uint32_t i = 0; i < injector->n_peers; i++)
        peer_drop(injector, i);
    for (uint32_t i = 0; i < injector->n_pending; i++)
        fd_close(&injector->pending[i].pidfd);
    fd_close(&injector->epoll);
    fd_close(&injector->socket);
    share_unmap(injector->share);
    free(injector->peers);
    free(injector->notification);
    free(injector->response);
    free(injector);
}

void injector_renew(struct injector *injector)
{
    if (!injector->share)
        return;
    memset(injector->by_call, 0, sizeof injector->by_call);
    uint32_t armed = atomic_load(&injector->share->armed);
    for (uint32_t i = 0; i < injector->share->n_rules; i++)
        injector_index(injector, i);
    for (uint32_t i = 0; i < armed && i < SHARE_ARMED; i++)
        injector_index(injector, SHARE_RULES + i);
}

int injector_share(struct injector *injector, int fd, struct error *error)
{
    share_unmap(injector->share); /* the one of the last episode */
    injector->share = share_map(fd, true, error);
    close(fd);
    injector_renew(injector);
    return injector->share ? 0 : -1;
}

int injector_control(struct injector *injector, int fd, struct error *error)
{
    struct control control;
    if (caller_map_control(fd, &control, error) < 0)
        return -1;
    if (injector->control.header)
        munmap(injector->control.header, (size_t)injector->control.size);
    injector->control = control;
    return 0;
}

/* ---- one notification ------------------------------------------------------------------- */

static void note_mount(struct injector *injector, const struct act *act)
{
    char type[8] = "";
    uint64_t address = act->data->args[act->data->nr == SYS_mount ? 2 : 0];
    if (target_read(act->thread, address, type, strlen("fuse")) == 0)
        injector->mounted = injector->mounted || strcmp(type, "fuse") == 0;
}

/* Does the call let the target change a file without calls? */
static bool maps_file(const struct act *act)
{
    const struct seccomp_data *data = act->data;
    const struct call *call = call_of(data->nr);
    if (!call || !(data->args[2] & PROT_WRITE))
        return false;
    if (strcmp(call->name, "mprotect") == 0)
        return target_shares_file(act->thread, data->args[0], data->args[1]);
    return strncmp(call->name, "mmap", 4) == 0 && data->args[3] & MAP_SHARED &&
           target_is_kept_file(act->thread, (int)data->args[4]);
}

/* Handles the calls that set filters, io_uring or file systems up. True: the call is answered. */
static bool answer_special(struct injector *injector, const struct act *act)
{
    int number = act->data->nr;
    int listener = act->peer->listener;
    if (number == SYS_mount || number == SYS_fsopen)
        note_mount(injector, act);
    if (number == SYS_io_uring_setup) {
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_IO_URING], 1);
        injector_answer(injector, listener, act->id, 0, -ENOSYS, false);
        return true;
    }
    if (number == SYS_seccomp && act->data->args[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_LISTENER], 1);
        injector_answer(injector, listener, act->id, 0, -EBUSY, false);
        return true;
    }
    bool filter = number == SYS_seccomp ||
                  (number == SYS_prctl && act->data->args[0] == PR_SET_SECCOMP);
    if (filter)
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_FILTER], 1);
    return false;
}

/* Reads the paths of a call once, when the first rule needs them. */
static void read_paths(struct injector *injector, struct act *act)
{
    struct target_paths *paths = &injector->paths;
    if (act->paths_read)
        return;
    act->paths_read = true;
    target_paths(act->thread, call_of(act->data->nr), act->data, paths);
    caller_keep_paths(paths, &act->call);
}

/* A rule that needed the path did not see the call as it is. */
static void count_unread(struct injector *injector, struct act *act)
{
    if (injector->paths.unread && !act->unread_counted)
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_PATH], 1);
    act->unread_counted = true;
}

static bool path_fits(struct injector *injector, struct act *act, const struct rule *rule)
{
    if (!*rule->path && !rule->files_only && rule->action != RULE_FULL)
        return true;
    read_paths(injector, act);
    count_unread(injector, act);
    if (rule->action == RULE_FULL)
        return disk_has(injector, act, rule);
    return caller_path_fits(rule, injector->share->output, act->thread, call_of(act->data->nr),
                            act->data->args, &injector->paths);
}

/* Counts the calls of each number within the operation, so that a fault can be put there again. */
static void count_ordinal(struct act *act)
{
    struct peer *peer = act->peer;
    if (act->data->nr < 0 || act->data->nr >= CALL_NUMBERS)
        return;
    if (peer->operation != act->call.operation)
        memset(peer->ordinals, 0, sizeof peer->ordinals);
    peer->operation = act->call.operation;
    act->call.ordinal = ++peer->ordinals[act->data->nr];
}

/* A call that did not take place does not count: the target was killed, or (without WAIT_KILLABLE)
 * a signal interrupted it and it comes again. */
static void take_back_matches(struct injector *injector, struct act *act)
{
    for (uint32_t rule = 0; rule < SHARE_ALL; rule++)
        if (act->matched[rule / 64] >> rule % 64 & 1)
            atomic_fetch_sub(&injector->share->tally[rule].matched, 1);
    disk_give_back(injector, act);
    if (act->call.ordinal > 0)
        act->peer->ordinals[act->data->nr]--;
}

static bool fires(struct injector *injector, struct act *act, uint32_t rule, uint64_t n)
{
    const struct share *share = injector->share;
    bool fits = match_fires(&share->rules[rule], n, share->seed, rule);
    return share->rules[rule].action == RULE_FULL ? disk_lacks(injector, act, rule, fits) : fits;
}

/* True: the call is answered. */
static bool try_rule(struct injector *injector, struct act *act, uint32_t rule)
{
    struct share *share = injector->share;
    struct share_tally *tally = &share->tally[rule];
    uint64_t n = atomic_fetch_add(&tally->matched, 1) + 1;
    act->matched[rule / 64] |= UINT64_C(1) << rule % 64;
    if (!fires(injector, act, rule, n))
        return false;
    read_paths(injector, act); /* for the report */
    if (injector_act(injector, act, rule) == ACTED_GONE)
        take_back_matches(injector, act);
    return true;
}

/* Rules do not apply to a call that outlived its operation, since it is in another place in each
 * run. The user must be told if one would have applied. */
static void note_outlived(struct injector *injector, struct act *act)
{
    if (!act->outlived_counted)
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_OUTLIVED], 1);
    act->outlived_counted = true;
}

/* Tries the rules about the call in turn. True: the call is answered. */
static bool try_rules(struct injector *injector, struct act *act, enum caller_time time)
{
    const struct share *share = injector->share;
    const uint64_t *words = injector->by_call[act->call.number];
    for (uint32_t word = 0; word < sizeof *injector->by_call / sizeof **injector->by_call; word++)
        for (uint64_t bits = words[word]; bits; bits &= bits - 1) {
            uint32_t rule = 64 * word + (uint32_t)__builtin_ctzll(bits);
            if (!match_applies(&share->rules[rule], &act->call, &share->definition) ||
                !path_fits(injector, act, &share->rules[rule]))
                continue;
            if (time == CALLER_OUTLIVED)
                note_outlived(injector, act);
            else if (try_rule(injector, act, rule))
                return true;
        }
    return false;
}

static void decide(struct injector *injector, struct act *act)
{
    const struct share *share = injector->share;
    int number = act->data->nr;
    enum caller_time time = share ? caller_describe(&injector->control, &act->peer->hello,
                                                    act->thread, &act->call)
                                  : CALLER_HARNESS;
    if (share && answer_special(injector, act))
        return;
    if (time != CALLER_HARNESS && caller_is_on_channel(&act->peer->hello, act->thread,
                                                       call_of(number), act->data->args))
        time = CALLER_HARNESS;
    if (time != CALLER_HARNESS && act->foreign && number < 0)
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_FOREIGN], 1);
    if (time != CALLER_HARNESS && share_records(share) && maps_file(act))
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_MAPPED], 1);
    if (time != CALLER_HARNESS && number >= 0 && number < CALL_NUMBERS) {
        act->call.number = number;
        if (time == CALLER_TARGET)
            count_ordinal(act);
        if (try_rules(injector, act, time))
            return;
    }
    if (!injector_answer(injector, act->peer->listener, act->id, 0, 0, true) && share)
        take_back_matches(injector, act);
}

static void serve_peer(struct injector *injector, uint32_t index, uint32_t events)
{
    struct peer *peer = &injector->peers[index];
    struct seccomp_notif *notification = injector->notification;
    if (peer->listener < 0)
        return;
    if (!(events & EPOLLIN)) {
        peer_drop(injector, index); /* all processes with this filter are gone */
        return;
    }
    memset(notification, 0, injector->notification_size);
    if (ioctl(peer->listener, SECCOMP_IOCTL_NOTIF_RECV, notification) < 0)
        return; /* ENOENT: a signal interrupted the call */
    struct act act = { .peer = peer, .data = &notification->data, .id = notification->id,
                       .thread = (pid_t)notification->pid };
    notification->data.nr = call_translate(notification->data.arch, notification->data.nr,
                                           &act.foreign);
    decide(injector, &act);
}

/* ---- the loop --------------------------------------------------------------------------- */

static void expire(struct injector *injector)
{
    uint64_t now = injector->n_pending > 0 ? clock_now() : 0;
    for (uint32_t i = 0; i < injector->n_pending;) {
        struct pending *pending = &injector->pending[i];
        if (pending->due_ns > now) {
            i++;
            continue;
        }
        const struct peer *peer = &injector->peers[pending->peer];
        if (pending->id && peer->listener == pending->listener)
            injector_answer(injector, peer->listener, pending->id, 0, 0, true);
        if (pending->pidfd >= 0)
            syscall(SYS_pidfd_send_signal, pending->pidfd, SIGCONT, NULL, 0);
        fd_close(&pending->pidfd);
        *pending = injector->pending[--injector->n_pending];
    }
}

/* Waits for events, or until something that is pending is due. A delay may be shorter than the
 * milliseconds of epoll_wait(), which kernels before Linux 5.11 have alone. */
static int wait_for_events(const struct injector *injector, struct epoll_event *events, int most)
{
    uint64_t next = CLOCK_NEVER, now = injector->n_pending > 0 ? clock_now() : 0;
    for (uint32_t i = 0; i < injector->n_pending; i++)
        if (injector->pending[i].due_ns < next)
            next = injector->pending[i].due_ns;
    if (next == CLOCK_NEVER)
        return epoll_wait(injector->epoll, events, most, -1);
    uint64_t left = next > now ? next - now : 0;
    const struct timespec timeout = { .tv_sec = (time_t)(left / CLOCK_SECOND),
                                      .tv_nsec = (long)(left % CLOCK_SECOND) };
    int got = epoll_pwait2(injector->epoll, events, most, &timeout, NULL);
    if (got < 0 && errno == ENOSYS)
        got = epoll_wait(injector->epoll, events, most, clock_poll_timeout(next));
    return got;
}

static bool watch_callers(struct injector *injector, const int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        if (fds[i] >= 0 && epoll_ctl(injector->epoll, EPOLL_CTL_ADD, fds[i], &event) < 0 &&
            errno != EEXIST)
            return false;
    }
    return true;
}

unsigned injector_serve(struct injector *injector, const int *fds, unsigned n)
{
    struct epoll_event events[16];
    unsigned ready = 0;
    if (!injector->added && !watch_callers(injector, fds, n))
        return 0; /* no memory at the moment: the caller comes again */
    injector->added = true;
    while (ready == 0) {
        int got = wait_for_events(injector, events, 16);
        for (int i = 0; i < got; i++)
            if (events[i].data.u32 < INJECTOR_FDS)
                ready |= 1u << events[i].data.u32;
        /* The caller's descriptors come first: the caller reads what the monitor says. */
        for (int i = 0; i < got && ready == 0; i++) {
            if (events[i].data.u32 == EVENT_SOCKET)
                peers_receive(injector);
            else
                serve_peer(injector, events[i].data.u32 - EVENT_PEERS, events[i].events);
        }
        expire(injector);
    }
    return ready;
}
