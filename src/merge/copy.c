/* SPDX-License-Identifier: MIT
 * copy.c: see copy.h.
 */
#include "merge/copy.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/format.h"

static const char findings[] = "findings/";
enum { COPY_LARGEST = RUNDIR_FINDINGS_MOST }; /* bytes of a file: as many as of all findings */

bool copy_is_directory(const char *name)
{
    const size_t length = sizeof findings - 1;
    if (strncmp(name, findings, length) != 0 || !isdigit((unsigned char)name[length]))
        return false;
    const char *rest = name + length + strspn(name + length, "0123456789");
    return *rest == '-' && rest[strspn(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_.-")] == '\0';
}

/* finding.json, with the members of `finding` that are sums over all shards, and the names of the
 * files that were left out. */
static int copy_json(int from, int to, const json_t *finding, json_t *left_out,
                     struct error *error)
{
    static const char *const sums[] = { "id", "count", "first", "last" };
    FILE *file = file_open(from, "finding.json");
    json_t *document = file ? json_loadf(file, 0, NULL) : NULL;
    if (file)
        fclose(file);
    if (!json_is_object(document)) { /* cut off, or it has none */
        json_decref(document);
        return 0;
    }
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        json_t *value = json_object_get(finding, sums[i]);
        if (value)
            member_set(&document, sums[i], json_incref(value));
    }
    if (json_object_get(document, "scratch")) { /* a copy of it is not copied again */
        json_object_del(document, "scratch");
        json_array_append_new(left_out, json_string("scratch"));
    }
    if (json_array_size(left_out) > 0)
        member_set(&document, "left_out", json_incref(left_out));
    int status = rundir_document(to, "finding.json", document, error);
    json_decref(document);
    return status;
}

/* Returns 0, 1 if it cannot be read to its end, or -1 with errno. */
static int copy_whole(int from, int to, off_t size, size_t *kept)
{
    off_t n = file_copy(from, to, 0, size);
    *kept += n > 0 ? (size_t)n : 0;
    return n < 0 ? -1 : n < size;
}

/* One file, whole or not at all; what is not a regular file is not one of a finding. */
static int copy_file(int from, int to, const char *name, size_t *kept, json_t **left_out,
                     struct error *error)
{
    struct stat status;
    FILE *file = file_open(from, name);
    if (!file)
        return 0;
    int fd FD_CLEANUP = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                               0666);
    int result = -1;
    if (fd >= 0 && fstat(fileno(file), &status) == 0)
        result = status.st_size > COPY_LARGEST ? 1 : copy_whole(fileno(file), fd, status.st_size,
                                                                kept);
    if (result < 0)
        error_set(error, errno, "cannot copy %.100s", name);
    fclose(file);
    if (result <= 0)
        return result;
    unlinkat(to, name, 0);
    member_append(left_out, member_string(name));
    return 0;
}

static int copy_files(int from, int to, const json_t *finding, size_t *kept, struct error *error)
{
    int copy = fcntl(from, F_DUPFD_CLOEXEC, 0);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    if (!directory) {
        int code = errno;
        fd_close(&copy);
        return error_set(error, code, "cannot read the directory of a finding");
    }
    json_t *left_out = json_array();
    int status = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(directory));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "finding.json") != 0)
            status = copy_file(from, to, entry->d_name, kept, &left_out, error);
    if (status == 0)
        status = copy_json(from, to, finding, left_out, error);
    json_decref(left_out);
    closedir(directory);
    return status;
}

/* Opens findings/NAME below a run directory, without a link. */
static int open_below(int at, const char *name)
{
    int all FD_CLEANUP = openat(at, "findings", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return all < 0 ? -1 : openat(all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void copy_finding(struct rundir *rundir, const char *path, const char *directory,
                  const json_t *finding, char ret[COPY_NAME], size_t *kept)
{
    struct error error;
    const char *name = directory + sizeof findings - 1;
    char made[COPY_NAME];
    int at FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int from FD_CLEANUP = at < 0 ? -1 : open_below(at, name);
    ret[0] = '\0';
    if (from < 0)
        return;
    snprintf(made, sizeof made, "findings/%04" PRIu64 "%.200s", member_get_count(finding, "id"),
             strchr(name, '-'));
    if (mkdirat(rundir->fd, made, 0777) < 0) {
        error_set(&error, errno, "cannot make %s in the run directory", made);
        rundir_fail(rundir, &error);
        return;
    }
    int to FD_CLEANUP = openat(rundir->fd, made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (to < 0)
        error_set(&error, errno, "cannot open %s in the run directory", made);
    if (to < 0 || copy_files(from, to, finding, kept, &error) < 0)
        rundir_fail(rundir, &error);
    else
        snprintf(ret, COPY_NAME, "%s", made);
}
