/* SPDX-License-Identifier: MIT
 * finding.c: see finding.h.
 */
#include "rundir/finding.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "rundir/events.h"
#include "rundir/finding_files.h"
#include "rundir/kept.h"
#include "rundir/result.h"

static int open_directory(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* ---- the name of a directory ------------------------------------------------------------- */

static void signal_suffix(int signal, char *to, size_t size)
{
    const char *name = sigabbrev_np(signal);
    if (name)
        snprintf(to, size, "-SIG%s", name);
    else
        snprintf(to, size, "-SIG%d", signal);
}

/* "0001-crash-SIGSEGV-writer": made of checked names only, without any text of the workload. */
static void directory_name(const struct record *record, const struct record_finding *finding,
                           char *name, size_t size)
{
    const struct wire_finding *first = &finding->first;
    const struct definition_type *type = NULL;
    char what[64] = "";
    uint32_t index;
    if (first->actor >= 0)
        type = definition_type_of(&record->definition, (uint32_t)first->actor, &index);
    if (first->out_of_memory)
        snprintf(what, sizeof what, "-out-of-memory");
    else if (first->kind == FINDING_EXIT)
        snprintf(what, sizeof what, "-%d", first->exit_status & 0xff);
    else if (first->kind == FINDING_CRASH && first->signal > 0 && first->signal <= 64)
        signal_suffix(first->signal, what, sizeof what);
    else if (text_is_stored_name(first->action) && !(type && !strcmp(first->action, type->name)))
        snprintf(what, sizeof what, "-%s", first->action);
    else if (text_is_stored_name(first->server))
        snprintf(what, sizeof what, "-%s", first->server);
    bool named = type && text_is_stored_name(type->name);
    snprintf(name, size, "%04u-%s%s%s%s", finding->id,
             wire_finding_kind_name((enum wire_finding_kind)first->kind), what, named ? "-" : "",
             named ? type->name : "");
}

/* Makes the directory `name` below `all`, in place of an old one. */
static int make_directory(struct rundir *rundir, int all, const char *name,
                          const struct finding_files *files, struct error *error)
{
    static const char temporary[] = ".new";
    size_t size = 0;
    if (mkdirat(all, temporary, 0777) != 0)
        return error_set(error, errno, "cannot make a directory in findings/");
    int at FD_CLEANUP = open_directory(all, temporary);
    if (at < 0)
        return error_set(error, errno, "cannot open a directory in findings/");
    int status = finding_files_write(at, files, &size, error);
    if (status == 0)
        status = tree_remove_at(all, name, error);
    if (status == 0 && renameat(all, temporary, all, name) != 0)
        status = error_set(error, errno, "cannot rename findings/%s in the run directory", name);
    struct error ignored;
    if (status != 0)
        tree_remove_at(all, temporary, &ignored);
    rundir->kept += status == 0 ? size : 0;
    return status;
}

/* Appends the event of an occurrence. */
static void say(struct rundir *rundir, const struct record *record,
                const struct record_finding *finding, const struct wire_finding *occurrence)
{
    char name[64];
    json_t *fields = finding_json(record, finding);
    member_text(&fields, "actor", record_actor_name(record, occurrence->actor, name));
    finding_set_place(&fields, occurrence);
    member_text(&fields, "directory", finding->directory);
    rundir_event(rundir, record, "finding", fields);
}

void rundir_finding(struct rundir *rundir, const struct record *record,
                    struct record_finding *finding, const char *output, size_t output_size)
{
    const struct finding_files files = { record, finding, output, output_size };
    struct error error;
    char name[160];
    if (rundir->fd < 0)
        return;
    directory_name(record, finding, name, sizeof name);
    int all FD_CLEANUP = open_directory(rundir->fd, "findings");
    if (all < 0) {
        error_set(&error, errno, "cannot open findings/ in the run directory");
        rundir_fail(rundir, &error);
    } else if (rundir->kept < RUNDIR_FINDINGS_MOST) {
        if (make_directory(rundir, all, name, &files, &error) != 0)
            rundir_fail(rundir, &error);
        else
            snprintf(finding->directory, sizeof finding->directory, "findings/%s", name);
    }
    say(rundir, record, finding, &finding->first);
}

int rundir_story(int at, const struct record *record, const struct record_finding *finding,
                 json_t **ret, struct error *error)
{
    return finding_files_story(at, record, finding, ret, error);
}

/* Rewrites finding.json and returns a descriptor of the finding's directory. -1: there is none, or
 * it cannot be opened. */
static int update(struct rundir *rundir, const struct record *record,
                  const struct record_finding *finding)
{
    struct error error;
    if (rundir->fd < 0 || !*finding->directory)
        return -1;
    int at = open_directory(rundir->fd, finding->directory);
    if (at < 0)
        error_set(&error, errno, "cannot open %s in the run directory", finding->directory);
    json_t *document = finding_files_json(record, finding);
    if (at < 0 || rundir_document(at, "finding.json", document, &error) != 0)
        rundir_fail(rundir, &error);
    json_decref(document);
    return at;
}

void rundir_finding_update(struct rundir *rundir, const struct record *record,
                           const struct record_finding *finding)
{
    int at = update(rundir, record, finding);
    fd_close(&at);
}

void rundir_finding_servers(struct rundir *rundir, const struct record *record,
                            const struct record_finding *finding)
{
    struct error error;
    size_t ignored = 0;
    if (rundir->fd < 0 || !*finding->directory)
        return;
    int at FD_CLEANUP = open_directory(rundir->fd, finding->directory);
    if (at < 0)
        error_set(&error, errno, "cannot open %s in the run directory", finding->directory);
    if (at < 0 || finding_files_servers(at, record, &ignored, &error) != 0)
        rundir_fail(rundir, &error);
}

void rundir_finding_keep(struct rundir *rundir, const struct record *record,
                         struct record_finding *finding, int scratch)
{
    struct error error;
    size_t room = KEPT_ALL - rundir->kept_scratch, before = room;
    if (rundir->fd < 0 || !*finding->directory)
        return;
    int at FD_CLEANUP = open_directory(rundir->fd, finding->directory);
    if (at < 0)
        error_set(&error, errno, "cannot open %s in the run directory", finding->directory);
    if (at < 0 || kept_copy(scratch, at, &room, &finding->scratch, &error) < 0)
        rundir_fail(rundir, &error);
    rundir->kept_scratch += before - room;
    rundir_finding_update(rundir, record, finding);
}

void rundir_finding_again(struct rundir *rundir, const struct record *record,
                          const struct record_finding *finding, const struct record_finding *again,
                          const char *output, size_t output_size)
{
    const struct finding_files files = { record, again, output, output_size };
    struct error error;
    int at FD_CLEANUP = update(rundir, record, finding);
    if (at >= 0 && rundir->kept < RUNDIR_FINDINGS_MOST &&
        make_directory(rundir, at, "latest", &files, &error) != 0)
        rundir_fail(rundir, &error);
    say(rundir, record, finding, &again->first);
}
