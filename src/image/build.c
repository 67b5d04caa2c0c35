/* SPDX-License-Identifier: MIT
 * build.c: see build.h.
 */
#include "image/build.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "image/walk.h"

enum { RUN = 64 }; /* pages that are written at once */

struct build {
    int at;
    uint32_t uid, gid; /* ours */
    uint32_t skipped;
};

/* Writes a run of pages that lie behind one another. */
static int write_run(int fd, struct iovec *parts, int n, uint64_t offset)
{
    while (n > 0) {
        ssize_t done = pwritev(fd, parts, n, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        offset += (uint64_t)done;
        for (; n > 0 && (size_t)done >= parts->iov_len; parts++, n--)
            done -= (ssize_t)parts->iov_len;
        if (n > 0) {
            parts->iov_base = (unsigned char *)parts->iov_base + done;
            parts->iov_len -= (size_t)done;
        }
    }
    return 0;
}

/* Writes the next run of pages at *number or after it. Returns 1, 0: there is none, or -1. */
static int write_next(int fd, const struct pages *pages, uint64_t *number)
{
    struct iovec parts[RUN];
    int n = 0;
    uint64_t first = *number, next;
    const unsigned char *bytes = pages_next(pages, &first);
    for (next = first; bytes && next == first + (uint64_t)n && n < RUN;
         bytes = pages_next(pages, &next)) {
        uint64_t rest = pages->size - next++ * PAGES_SIZE;
        parts[n++] = (struct iovec){ (void *)(uintptr_t)bytes,
                                     rest < PAGES_SIZE ? (size_t)rest : PAGES_SIZE };
    }
    if (n == 0)
        return 0;
    *number = first + (uint64_t)n;
    return write_run(fd, parts, n, first * PAGES_SIZE) < 0 ? -1 : 1;
}

static int set_owner(const struct build *build, const struct walk *walk)
{
    const struct node *node = walk->node;
    if (node->uid == build->uid && node->gid == build->gid)
        return 0;
    return fchownat(build->at, walk->path, node->uid, node->gid, AT_SYMLINK_NOFOLLOW);
}

/* After the owner, since a change of owner takes S_ISUID away. */
static int set_mode(const struct build *build, const struct walk *walk, mode_t made)
{
    mode_t mode = walk->node->mode & 07777;
    return mode == made ? 0 : fchmodat(build->at, walk->path, mode, 0);
}

/* The last thing that is done to an object. */
static int set_time(const struct build *build, const struct walk *walk)
{
    const uint64_t second = 1000000000, time = walk->node->time;
    const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                       { (time_t)(time / second), (long)(time % second) } };
    return time == 0 ? 0 : utimensat(build->at, walk->path, times, AT_SYMLINK_NOFOLLOW);
}

static int build_file(const struct build *build, const struct walk *walk)
{
    const struct pages *pages = &walk->node->pages;
    uint64_t number = 0;
    int more = 1;
    int fd FD_CLEANUP = openat(build->at, walk->path,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    while (more > 0)
        more = write_next(fd, pages, &number);
    if (more < 0 || (number * PAGES_SIZE < pages->size && ftruncate(fd, (off_t)pages->size) < 0))
        return -1;
    return set_owner(build, walk) < 0 ? -1 : set_mode(build, walk, 0600);
}

static int build_object(const struct build *build, const struct walk *walk)
{
    const struct node *node = walk->node;
    if (S_ISREG(node->mode))
        return build_file(build, walk);
    if (S_ISLNK(node->mode))
        return symlinkat(node->target, build->at, walk->path) < 0 ? -1 : set_owner(build, walk);
    if (mkfifoat(build->at, walk->path, 0600) < 0 || set_owner(build, walk) < 0)
        return -1;
    return set_mode(build, walk, 0600);
}

static int build_entry(struct build *build, const struct walk *walk)
{
    const struct node *node = walk->node;
    if (walk->left)
        return set_owner(build, walk) < 0 || set_mode(build, walk, 0700) < 0
                   ? -1 : set_time(build, walk);
    if (!node_is_built(node)) {
        build->skipped++;
        return 0;
    }
    if (!walk->first)
        return linkat(build->at, walk->link->path, build->at, walk->path, 0);
    if (S_ISDIR(node->mode))
        return mkdirat(build->at, walk->path, 0700);
    return build_object(build, walk) < 0 ? -1 : set_time(build, walk);
}

int image_build(const struct image *image, uint32_t root, int at, uint32_t *ret_skipped,
                struct error *error)
{
    struct build build = { .at = at, .uid = geteuid(), .gid = getegid() };
    struct walk walk;
    int more, failed = 0;
    walk_begin(&walk, image, root);
    while ((more = walk_next(&walk)) > 0 && !failed)
        if (build_entry(&build, &walk) < 0)
            failed = error_set(error, errno, "cannot make '%s' of a disk in memory", walk.path);
    if (more < 0)
        failed = error_set(error, ENOMEM, "cannot make a disk in memory");
    walk_end(&walk);
    if (ret_skipped)
        *ret_skipped = build.skipped;
    return failed;
}
