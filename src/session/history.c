/* SPDX-License-Identifier: MIT
 * history.c: see history.h. Nothing in a log or a slot is trusted: a start or a duration that
 * cannot be is written as unknown.
 */
#include "session/history.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint64_t spacing_ns = 10 * CLOCK_MILLISECOND;

/* An operation. Unknown: its end is the largest number, since it may take effect at any time. */
struct done {
    uint64_t index, call_ns, return_ns; /* since the start of the run */
    const char *outcome, *action;
    char note[LAYOUT_NOTE];
};

/* Opens the file of this run alone. A pipe would make the run wait for its reader. */
static int open_file(const char *path)
{
    struct stat status;
    int fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
    bool good = fd >= 0 && fstat(fd, &status) == 0 && fcntl(fd, F_SETFL, O_WRONLY) == 0;
    if (good && S_ISREG(status.st_mode))
        good = flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0;
    if (good && (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)))
        return fd;
    if (good)
        errno = EINVAL;
    int code = errno;
    fd_close(&fd);
    errno = code;
    return -1;
}

int history_open(struct history *history, const char *path, struct error *error)
{
    char shown[256];
    memset(history, 0, sizeof *history);
    history->path = path;
    history->next_ns = path ? 0 : CLOCK_NEVER;
    if (!path)
        return 0;
    text_copy(shown, sizeof shown, path);
    int fd = open_file(path);
    history->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (history->out)
        return 0;
    if (errno == EWOULDBLOCK)
        error_set(error, 0, "another run writes its history to '%s': give another file", shown);
    else
        error_set(error, errno, "cannot write the history to '%s'", shown);
    fd_close(&fd);
    return -1;
}

/* ---- a line ------------------------------------------------------------------------------ */

/* `text` is printable. */
static void print_text(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void print_line(const struct history *history, const struct record *record, uint32_t actor,
                       const struct done *done)
{
    char name[64];
    const char *shown = record_actor_name(record, actor, name);
    fprintf(history->out, "{\"clientId\":%" PRIu32 ",\"actor\":\"%s\",\"operation\":%" PRIu64
            ",\"generation\":%" PRIu64 ",\"input\":\"%s\",\"call\":%" PRIu64 ",\"output\":", actor,
            shown ? shown : "?", done->index, history->generation, done->action, done->call_ns);
    print_text(history->out, done->note);
    fprintf(history->out, ",\"return\":%" PRIu64 ",\"outcome\":\"%s\"}\n", done->return_ns,
            done->outcome);
}

/* ---- the logs ---------------------------------------------------------------------------- */

/* Reads one operation from the log. Returns false if it began at or after `until_ns`. */
static bool read_one(const struct record *record, uint32_t actor, uint64_t operation,
                     uint64_t until_ns, struct done *ret)
{
    const struct control *control = &record->control;
    const struct layout_logged *log = control_log(control, actor);
    const struct layout_logged *entry = &log[operation & (control->plan.n_logged - 1)];
    uint64_t start = atomic_load(&entry->started_ns), result = atomic_load(&entry->result);
    uint64_t duration = result > 0 ? (result - 1) / 8 : 0, now = clock_now();
    uint64_t outcome = result > 0 ? (result - 1) % 8 : UINT64_MAX;
    uint32_t index;
    const struct definition_type *type = definition_type_of(&record->definition, actor, &index);
    bool known = start >= record->started_ns && start <= now;
    if (known && start >= until_ns)
        return false;
    uint32_t action = definition_action_of(type, index, record->seed, operation);
    *ret = (struct done){ .index = operation, .return_ns = INT64_MAX, .outcome = "indeterminate",
                          .call_ns = known ? start - record->started_ns : 0,
                          .action = type->actions[action].name };
    if (known && outcome <= STRESS_FAIL && duration <= now - start) {
        ret->return_ns = ret->call_ns + duration;
        ret->outcome = wire_outcome_text((uint32_t)outcome);
    }
    note_read(control, actor, operation, ret->note);
    return true;
}

/* The index of the first operation of an actor that has not ended, or may not have. While a slot
 * is settled or begins anew, `next` and `ended` are of two incarnations: then nothing is added. */
static uint64_t first_open(const struct control *control, uint32_t actor)
{
    const struct layout_ledger *ledger = control_ledger(control, actor);
    uint64_t starts = atomic_load(&ledger->starts), settled = atomic_load(&ledger->settled);
    uint64_t next = atomic_load(&ledger->next_operation);
    uint64_t ended = atomic_load(&control_slot(control, actor)->ended);
    uint64_t written = atomic_load(&ledger->written);
    if (atomic_load(&ledger->settled) != settled || atomic_load(&ledger->starts) != starts)
        return written;
    bool sane = next + ended - written <= control->plan.n_logged;
    return settled == starts || !sane ? next : next + ended;
}

/* Writes the operations of an actor that have ended and began before `until_ns`. */
static void drain_actor(struct history *history, const struct record *record, uint32_t actor,
                        uint64_t until_ns)
{
    struct layout_ledger *ledger = control_ledger(&record->control, actor);
    uint64_t at = atomic_load(&ledger->written), open = first_open(&record->control, actor);
    struct done done;
    if (until_ns == UINT64_MAX &&
        atomic_load(&record->control.header->generation) != history->generation)
        return; /* the message about the next generation is on its way */
    uint64_t corrupted = atomic_load(&ledger->corrupted);
    if (at > open && corrupted == history->corrupted[actor])
        return; /* the slot is settled, and not yet added to the ledger */
    history->corrupted[actor] = corrupted;
    if (at > open) /* a slot that made no sense was settled, and its indices come again */
        at = open;
    for (; at < open && read_one(record, actor, at, until_ns, &done); at++)
        if (!history->failed)
            print_line(history, record, actor, &done);
    atomic_store(&ledger->written, at);
}

static void drain(struct history *history, const struct record *record, struct rundir *rundir,
                  uint64_t until_ns)
{
    struct layout_header *header = record->control.header;
    struct error error;
    char shown[256];
    if (!header)
        return;
    for (uint32_t i = 0; i < header->n_actors; i++)
        drain_actor(history, record, i, until_ns);
    atomic_fetch_add(&header->history_turn, 1);
    syscall(SYS_futex, &header->history_turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    if (history->failed || fflush(history->out) == 0)
        return;
    text_copy(shown, sizeof shown, history->path);
    error_set(&error, errno, "cannot write the history to '%s'", shown);
    rundir_fail(rundir, &error);
    history->failed = true; /* one failure is enough */
}

void history_tick(struct history *history, const struct record *record, struct rundir *rundir)
{
    if (!history->out)
        return;
    drain(history, record, rundir, UINT64_MAX);
    history->next_ns = clock_now() + spacing_ns;
}

void history_generation(struct history *history, const struct record *record,
                        struct rundir *rundir, uint64_t generation, uint64_t at_ns)
{
    if (!history->out)
        return;
    drain(history, record, rundir, at_ns);
    history->generation = generation;
}

/* The operation that was under way when the supervisor died, and no new one settled it. */
static void add_last(const struct history *history, const struct record *record, uint32_t actor)
{
    const struct layout_slot *slot = control_slot(&record->control, actor);
    const struct layout_ledger *ledger = control_ledger(&record->control, actor);
    uint64_t open = first_open(&record->control, actor);
    struct done done;
    if (atomic_load(&ledger->settled) != atomic_load(&ledger->starts) &&
        atomic_load(&slot->phase) == PHASE_PERFORMING && atomic_load(&slot->operation) == open &&
        read_one(record, actor, open, UINT64_MAX, &done))
        print_line(history, record, actor, &done);
}

void history_close(struct history *history, const struct record *record, struct rundir *rundir)
{
    const struct layout_header *header = record->control.header;
    if (!history->out)
        return;
    if (header)
        history->generation = atomic_load(&header->generation);
    drain(history, record, rundir, UINT64_MAX);
    for (uint32_t i = 0; header && i < header->n_actors && !history->failed; i++)
        add_last(history, record, i);
    drain(history, record, rundir, UINT64_MAX);
    fclose(history->out);
    history->out = NULL;
    history->next_ns = CLOCK_NEVER;
}
