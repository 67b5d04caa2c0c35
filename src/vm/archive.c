/* SPDX-License-Identifier: MIT
 * archive.c: see archive.h. The form is that of cpio(5), "New ASCII Format".
 */
#include "vm/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *path, struct error *error)
{
    return error_set(error, errno, "cannot put %.300s into the machine", path);
}

int archive_begin(struct archive *archive, struct error *error)
{
    memset(archive, 0, sizeof *archive);
    int fd = memfd_create("stress-machine", MFD_CLOEXEC);
    archive->out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!archive->out) {
        failed("files", error);
        fd_close(&fd);
        return -1;
    }
    return 0;
}

void archive_free(struct archive *archive)
{
    names_free(&archive->names);
    if (archive->out)
        fclose(archive->out);
    archive->out = NULL;
}

/* What a member's header says of it. */
struct member {
    unsigned mode;
    uint64_t size;
    unsigned major, minor;
};

static void pad(struct archive *archive)
{
    for (long at = ftell(archive->out); at % 4 != 0; at++)
        fputc('\0', archive->out);
}

static void header(struct archive *archive, const char *name, const struct member *member)
{
    fprintf(archive->out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
            ++archive->inode, member->mode, 0u, 0u, 1u, 0u, (unsigned)member->size, 0u, 0u,
            member->major, member->minor, (unsigned)strlen(name) + 1, 0u);
    fwrite(name, 1, strlen(name) + 1, archive->out);
    pad(archive);
}

/* Is it a new name? Then it is one no longer. */
static bool is_new(struct archive *archive, const char *path)
{
    if (names_find(&archive->names, path) != NAMES_NONE)
        return false;
    names_add(&archive->names, path);
    return true;
}

static int folders_above(struct archive *archive, const char *path, struct error *error)
{
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", path);
    for (char *slash = above + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (is_new(archive, above))
            header(archive, above + 1, &(struct member){ .mode = S_IFDIR | 0755 });
        *slash = '/';
    }
    return ferror(archive->out) ? failed(path, error) : 0;
}

int archive_folder(struct archive *archive, const char *path, unsigned mode, struct error *error)
{
    if (strcmp(path, "/") == 0 || !is_new(archive, path))
        return 0;
    if (folders_above(archive, path, error) < 0)
        return -1;
    header(archive, path + 1, &(struct member){ .mode = S_IFDIR | (mode & 07777) });
    return ferror(archive->out) ? failed(path, error) : 0;
}

int archive_text(struct archive *archive, const char *path, const void *bytes, size_t size,
                 unsigned mode, struct error *error)
{
    if (!is_new(archive, path))
        return 0;
    if (folders_above(archive, path, error) < 0)
        return -1;
    header(archive, path + 1, &(struct member){ .mode = S_IFREG | (mode & 07777), .size = size });
    fwrite(bytes, 1, size, archive->out);
    pad(archive);
    return ferror(archive->out) ? failed(path, error) : 0;
}

int archive_link(struct archive *archive, const char *path, const char *target,
                 struct error *error)
{
    if (!is_new(archive, path))
        return 0;
    if (folders_above(archive, path, error) < 0)
        return -1;
    header(archive, path + 1, &(struct member){ .mode = S_IFLNK | 0777, .size = strlen(target) });
    fputs(target, archive->out);
    pad(archive);
    return ferror(archive->out) ? failed(path, error) : 0;
}

int archive_device(struct archive *archive, const char *path, unsigned major, unsigned minor,
                   struct error *error)
{
    if (!is_new(archive, path))
        return 0;
    if (folders_above(archive, path, error) < 0)
        return -1;
    header(archive, path + 1,
           &(struct member){ .mode = S_IFCHR | 0600, .major = major, .minor = minor });
    return ferror(archive->out) ? failed(path, error) : 0;
}

int archive_file(struct archive *archive, const char *path, const char *from, bool *ret_new,
                 struct error *error)
{
    struct stat stat;
    bool new = names_find(&archive->names, path) == NAMES_NONE;
    if (ret_new)
        *ret_new = new;
    if (!new)
        return 0;
    int fd FD_CLEANUP = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &stat) < 0)
        return failed(from, error);
    if (!S_ISREG(stat.st_mode) || stat.st_size > INT32_MAX) {
        errno = S_ISREG(stat.st_mode) ? EFBIG : EINVAL;
        return failed(from, error);
    }
    size_t size = (size_t)stat.st_size;
    void *bytes = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (bytes == MAP_FAILED)
        return failed(from, error);
    int result = archive_text(archive, path, bytes ? bytes : "", size, stat.st_mode, error);
    if (bytes)
        munmap(bytes, size);
    return result;
}

int archive_end(struct archive *archive, struct error *error)
{
    header(archive, "TRAILER!!!", &(struct member){ .mode = 0 });
    if (fflush(archive->out) != 0 || ferror(archive->out))
        return failed("files", error);
    return fileno(archive->out);
}
