/* SPDX-License-Identifier: MIT
 * compare.c: see compare.h.
 */
#include "image/compare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/walk.h"

enum { SAME = 1, DIFFERENT = 0, FAILED = -1 };

struct comparison {
    int at;
    char *where;
    size_t size;
    void *files; /* the files on disk with several names: which entry was the first? */
};

struct known_file {
    dev_t dev;
    ino_t ino;
    uint64_t number; /* of the link in memory; 0: it has one name there */
};

static int different(struct comparison *comparison, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int different(struct comparison *comparison, const char *path, const char *format, ...)
{
    char what[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(comparison->where, comparison->size, "%s: %s", path, what);
    return DIFFERENT;
}

/* ---- links -------------------------------------------------------------------------------- */

static int compare_files(const void *a, const void *b)
{
    const struct known_file *x = a, *y = b;
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    return (x->ino > y->ino) - (x->ino < y->ino);
}

/* Do the names of this file on disk lead to one node in memory, and the other way round? */
static int compare_links(struct comparison *comparison, const struct walk *walk,
                         const struct stat *status)
{
    uint64_t number = walk->link ? walk->link->number : 0;
    struct known_file key = { status->st_dev, status->st_ino, number };
    if (status->st_nlink < 2 && walk->first)
        return SAME;
    struct known_file **found = tfind(&key, &comparison->files, compare_files);
    if (found && (walk->first || (*found)->number != number))
        return different(comparison, walk->path, "is a link to a file that the steps do not link");
    if (!found && !walk->first && walk->link)
        return different(comparison, walk->path, "is a file of its own, the steps link it to '%s'",
                         walk->link->path);
    if (found)
        return SAME;
    struct known_file *file = malloc(sizeof *file);
    if (!file)
        return FAILED;
    *file = key;
    found = tsearch(file, &comparison->files, compare_files);
    if (found)
        *found = file; /* it is; analysers cannot know */
    else
        free(file);
    return found ? SAME : FAILED;
}

/* ---- contents ----------------------------------------------------------------------------- */

/* Compares a page on disk with its bytes in memory (NULL: zeros). */
static int compare_page(struct comparison *comparison, const char *path, uint64_t number,
                        const unsigned char *disk, const unsigned char *steps, size_t n)
{
    static const unsigned char zeros[PAGES_SIZE];
    if (!steps)
        steps = zeros;
    if (memcmp(disk, steps, n) == 0)
        return SAME;
    size_t i = 0;
    while (disk[i] == steps[i])
        i++;
    return different(comparison, path, "byte %" PRIu64 " is 0x%02x, the steps say 0x%02x",
                     number * PAGES_SIZE + i, disk[i], steps[i]);
}

/* Fills a page from a file. Returns how many bytes there were, or -1. */
static ssize_t read_page(int fd, unsigned char *page, uint64_t number)
{
    size_t done = 0;
    while (done < PAGES_SIZE) {
        ssize_t n = pread(fd, page + done, PAGES_SIZE - done,
                          (off_t)(number * PAGES_SIZE + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -1 : (ssize_t)done;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Sets *number to the next page that may have bytes, on disk or in memory. */
static void skip_holes(int fd, const struct pages *pages, uint64_t *number)
{
    uint64_t stored = *number;
    if (!pages_next(pages, &stored))
        stored = UINT64_MAX;
    off_t data = lseek(fd, (off_t)(*number * PAGES_SIZE), SEEK_DATA);
    if (data < 0 && errno != ENXIO)
        return; /* the file system does not know holes */
    uint64_t on_disk = data < 0 ? UINT64_MAX : (uint64_t)data / PAGES_SIZE;
    *number = stored < on_disk ? stored : on_disk;
}

static int compare_bytes(struct comparison *comparison, const struct walk *walk)
{
    const struct pages *pages = &walk->node->pages;
    unsigned char page[PAGES_SIZE];
    int same = SAME;
    int fd FD_CLEANUP = openat(comparison->at, walk->path,
                               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return FAILED;
    uint64_t number = 0, end = pages->size / PAGES_SIZE + (pages->size % PAGES_SIZE != 0);
    while (skip_holes(fd, pages, &number), number < end && same == SAME) {
        uint64_t at = number;
        const unsigned char *steps = pages_next(pages, &at);
        ssize_t n = read_page(fd, page, number);
        if (n < 0)
            return FAILED;
        same = compare_page(comparison, walk->path, number, page, at == number ? steps : NULL,
                            (size_t)n);
        number++;
    }
    return same;
}

static int compare_target(struct comparison *comparison, const struct walk *walk)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(comparison->at, walk->path, target, sizeof target - 1);
    if (n < 0)
        return FAILED;
    target[n] = '\0';
    return strcmp(target, walk->node->target) == 0
               ? SAME : different(comparison, walk->path, "leads to '%.40s', the steps say '%.40s'",
                                  target, walk->node->target);
}

/* Are all entries of the directory on disk also in memory? */
static int compare_names(struct comparison *comparison, const char *path,
                         const struct node *directory)
{
    int same = SAME;
    int fd = openat(comparison->at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    if (!stream) {
        fd_close(&fd);
        return FAILED;
    }
    while (same == SAME && (errno = 0, entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            !node_find(directory, entry->d_name))
            same = different(comparison, path, "'%.100s' is there, and not in the steps",
                             entry->d_name);
    if (same == SAME && errno)
        same = FAILED;
    closedir(stream);
    return same;
}

/* ---- entries ------------------------------------------------------------------------------ */

static int compare_attributes(struct comparison *comparison, const struct walk *walk,
                              const struct stat *status)
{
    const struct node *node = walk->node;
    if ((status->st_mode & S_IFMT) != (node->mode & S_IFMT) ||
        (!S_ISLNK(node->mode) && status->st_mode != node->mode))
        return different(comparison, walk->path, "type and mode are %07o, the steps say %07o",
                         (unsigned)status->st_mode, (unsigned)node->mode);
    if (status->st_uid != node->uid || status->st_gid != node->gid)
        return different(comparison, walk->path, "the owner is %u:%u, the steps say %u:%u",
                         (unsigned)status->st_uid, (unsigned)status->st_gid, (unsigned)node->uid,
                         (unsigned)node->gid);
    if (S_ISREG(node->mode) && (uint64_t)status->st_size != node->pages.size)
        return different(comparison, walk->path, "the size is %lld, the steps say %" PRIu64,
                         (long long)status->st_size, node->pages.size);
    return SAME;
}

static int compare_entry(struct comparison *comparison, const struct walk *walk)
{
    struct stat status;
    if (walk->left)
        return SAME;
    if (fstatat(comparison->at, walk->path, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? different(comparison, walk->path,
                                           "is in the steps, and not there") : FAILED;
    int same = compare_attributes(comparison, walk, &status);
    if (same != SAME)
        return same;
    if (S_ISDIR(status.st_mode))
        return compare_names(comparison, walk->path, walk->node);
    same = compare_links(comparison, walk, &status);
    if (same == SAME && walk->first && S_ISREG(status.st_mode))
        same = compare_bytes(comparison, walk);
    if (same == SAME && S_ISLNK(status.st_mode))
        same = compare_target(comparison, walk);
    return same;
}

int image_compare(const struct image *image, uint32_t root, int at, char *where, size_t size,
                  struct error *error)
{
    struct comparison comparison = { .at = at, .where = where, .size = size };
    struct walk walk;
    int more = 0;
    const char *path = ".";
    walk_begin(&walk, image, root);
    int same = compare_names(&comparison, path, nodes_get(image, root));
    while (same == SAME && (more = walk_next(&walk)) > 0)
        same = compare_entry(&comparison, &walk);
    if (more < 0)
        errno = ENOMEM;
    if (same == FAILED || more < 0)
        same = error_set(error, errno, "cannot compare '%s' with the steps",
                         walk.path ? walk.path : path);
    tdestroy(comparison.files, free);
    walk_end(&walk);
    return same;
}
