/* SPDX-License-Identifier: MIT
 * mirror.c: see mirror.h. An event says only which name to look at: what is sent depends on what is
 * there.
 */
#include "vm/mirror.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm/frame.h"

enum { MIRROR_EVENTS = IN_CREATE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                       IN_ONLYDIR | IN_DONT_FOLLOW,
       MIRROR_PIECE = 32 << 10, MIRROR_DEPTH = 32 };
#define MIRROR_TREE ".tree" /* the name of a directory on the host until it is complete */

static const char *const left_out[] = { "scratch", "witness", "output" };

static int look(struct mirror *mirror, const char *path, const char *as, unsigned depth,
                struct error *error);

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcmp(name, left_out[i]) == 0)
            return true;
    return *name == '.';
}

/* ---- entries ----------------------------------------------------------------------------- */

static struct mirror_entry *find(struct mirror *mirror, const char *path)
{
    for (size_t i = 0; i < mirror->n; i++)
        if (strcmp(mirror->entries[i]->path, path) == 0)
            return mirror->entries[i];
    return NULL;
}

static struct mirror_entry *find_watch(struct mirror *mirror, int watch)
{
    for (size_t i = 0; i < mirror->n; i++)
        if (mirror->entries[i]->watch == watch)
            return mirror->entries[i];
    return NULL;
}

static struct mirror_entry *add(struct mirror *mirror, const char *path)
{
    if (mirror->n == mirror->room) {
        size_t room = mirror->room ? 2 * mirror->room : 64;
        struct mirror_entry **more = realloc(mirror->entries, room * sizeof *more);
        if (!more)
            return NULL;
        mirror->entries = more;
        mirror->room = room;
    }
    struct mirror_entry *entry = calloc(1, sizeof *entry + strlen(path) + 1);
    if (!entry)
        return NULL;
    entry->watch = -1;
    strcpy(entry->path, path);
    mirror->entries[mirror->n++] = entry;
    return entry;
}

static bool is_below(const char *path, const char *above)
{
    size_t length = strlen(above);
    return strncmp(path, above, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Forgets a name and all names below it. */
static void forget(struct mirror *mirror, const char *path)
{
    for (size_t i = mirror->n; i-- > 0;) {
        struct mirror_entry *entry = mirror->entries[i];
        if (!is_below(entry->path, path))
            continue;
        if (entry->watch >= 0)
            inotify_rm_watch(mirror->inotify, entry->watch);
        mirror->entries[i] = mirror->entries[--mirror->n];
        free(entry);
    }
}

static void whole_path(const struct mirror *mirror, const char *path, char whole[2 * PATH_MAX])
{
    snprintf(whole, 2 * PATH_MAX, "%s%s%s", mirror->root, *path ? "/" : "", path);
}

/* ---- files ------------------------------------------------------------------------------- */

/* Sends the bytes from *sent on, in pieces: each as `kind`, after `prefix`. */
static int send_bytes(struct mirror *mirror, int fd, enum frame_kind kind, const char *prefix,
                      uint64_t *sent, struct error *error)
{
    static char piece[MIRROR_PIECE];
    size_t before = prefix ? strlen(prefix) + 1 : 0;
    for (;;) {
        ssize_t n = pread(fd, piece, sizeof piece, (off_t)*sent);
        if (n < 0)
            return error_set(error, errno, "cannot read a file of the run directory");
        if (n == 0)
            return 0;
        if (frame_write(mirror->port, kind, prefix, before, piece, (size_t)n, error) < 0)
            return -1;
        *sent += (uint64_t)n;
    }
}

/* `as`: its path on the host. */
static int look_file(struct mirror *mirror, const char *path, const char *as,
                     const struct stat *stat, struct error *error)
{
    char whole[2 * PATH_MAX];
    whole_path(mirror, path, whole);
    int fd FD_CLEANUP = open(whole, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) /* it is gone again */
        return 0;
    struct mirror_entry *entry = find(mirror, path);
    if (entry && !entry->folder && entry->inode == stat->st_ino &&
        (uint64_t)stat->st_size >= entry->sent)
        return send_bytes(mirror, fd, FRAME_MORE, as, &entry->sent, error);
    if (!entry)
        entry = add(mirror, path);
    if (!entry)
        return error_set(error, ENOMEM, "cannot send the run directory");
    entry->folder = false;
    entry->inode = stat->st_ino;
    entry->sent = 0;
    if (frame_write(mirror->port, FRAME_FILE, as, strlen(as), NULL, 0, error) < 0 ||
        send_bytes(mirror, fd, FRAME_DATA, NULL, &entry->sent, error) < 0)
        return -1;
    return frame_write(mirror->port, FRAME_CLOSE, NULL, 0, NULL, 0, error);
}

/* ---- directories ------------------------------------------------------------------------- */

static int look_below(struct mirror *mirror, const char *path, const char *as, unsigned depth,
                      struct error *error)
{
    char whole[2 * PATH_MAX], below[PATH_MAX], below_as[PATH_MAX];
    int result = 0;
    whole_path(mirror, path, whole);
    DIR *directory = opendir(whole);
    if (!directory)
        return 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));) {
        if (is_left_out(entry->d_name))
            continue;
        int n = snprintf(below, sizeof below, "%s%s%s", path, *path ? "/" : "", entry->d_name);
        int m = snprintf(below_as, sizeof below_as, "%s%s%s", as, *as ? "/" : "", entry->d_name);
        if (n < (int)sizeof below && m < (int)sizeof below_as)
            result = look(mirror, below, below_as, depth + 1, error);
    }
    closedir(directory);
    return result;
}

/* A directory at the top grows: those of findings, of cases. One below it goes under another name,
 * and gets its own when it is complete. */
static int look_folder(struct mirror *mirror, const char *path, const char *as,
                       const struct stat *stat, unsigned depth, struct error *error)
{
    char whole[2 * PATH_MAX];
    struct mirror_entry *entry = find(mirror, path);
    if (entry && entry->folder && entry->inode == stat->st_ino)
        return look_below(mirror, path, as, depth, error);
    forget(mirror, path);
    bool outermost = strcmp(as, path) == 0 && strchr(path, '/');
    const char *name = outermost ? MIRROR_TREE : as;
    if (!(entry = add(mirror, path)))
        return error_set(error, ENOMEM, "cannot send the run directory");
    whole_path(mirror, path, whole);
    entry->folder = true;
    entry->inode = stat->st_ino;
    entry->watch = inotify_add_watch(mirror->inotify, whole, MIRROR_EVENTS);
    if (*path == '\0') /* the root is there */
        return look_below(mirror, path, as, depth, error);
    if (frame_write(mirror->port, FRAME_FOLDER, name, strlen(name), NULL, 0, error) < 0 ||
        look_below(mirror, path, name, depth, error) < 0)
        return -1;
    return outermost ? frame_write(mirror->port, FRAME_MOVE, MIRROR_TREE, sizeof MIRROR_TREE,
                                   path, strlen(path), error) : 0;
}

static int look(struct mirror *mirror, const char *path, const char *as, unsigned depth,
                struct error *error)
{
    char whole[2 * PATH_MAX];
    struct stat stat;
    whole_path(mirror, path, whole);
    if (depth > MIRROR_DEPTH)
        return 0;
    if (lstat(whole, &stat) == 0 && S_ISREG(stat.st_mode))
        return look_file(mirror, path, as, &stat, error);
    if (lstat(whole, &stat) == 0 && S_ISDIR(stat.st_mode))
        return look_folder(mirror, path, as, &stat, depth, error);
    if (!find(mirror, path))
        return 0;
    forget(mirror, path);
    return frame_write(mirror->port, FRAME_REMOVE, path, strlen(path), NULL, 0, error);
}

/* ---- events ------------------------------------------------------------------------------ */

int mirror_open(struct mirror *mirror, int port, const char *root, struct error *error)
{
    memset(mirror, 0, sizeof *mirror);
    mirror->port = port;
    snprintf(mirror->root, sizeof mirror->root, "%s", root);
    mirror->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (mirror->inotify < 0)
        return error_set(error, errno, "cannot watch the run directory");
    return look(mirror, "", "", 0, error);
}

static int take_event(struct mirror *mirror, const struct inotify_event *event,
                      struct error *error)
{
    char path[PATH_MAX];
    if (event->mask & IN_Q_OVERFLOW)
        return look(mirror, "", "", 0, error);
    const struct mirror_entry *folder = find_watch(mirror, event->wd);
    if (!folder || event->len == 0 || is_left_out(event->name))
        return 0;
    int n = snprintf(path, sizeof path, "%s%s%s", folder->path, *folder->path ? "/" : "",
                     event->name);
    return n < (int)sizeof path ? look(mirror, path, path, 0, error) : 0;
}

int mirror_hear(struct mirror *mirror, struct error *error)
{
    static char bytes[16 << 10] __attribute__((aligned(__alignof__(struct inotify_event))));
    for (;;) {
        ssize_t n = read(mirror->inotify, bytes, sizeof bytes);
        if (n <= 0)
            return 0;
        for (char *at = bytes; at < bytes + n;) {
            struct inotify_event *event = (struct inotify_event *)(void *)at;
            if (take_event(mirror, event, error) < 0)
                return -1;
            at += sizeof *event + event->len;
        }
    }
}

int mirror_finish(struct mirror *mirror, struct error *error)
{
    return mirror_hear(mirror, error) < 0 ? -1 : look(mirror, "", "", 0, error);
}
