/* SPDX-License-Identifier: MIT
 * pages.c: see pages.h. The pages stay mapped and locked, and the kernel is told not to move locked
 * ones, so their physical addresses stay as well.
 */
#include "vm/pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGES_PIECE = 4096 }; /* numbers in a frame */
#define PAGES_PRESENT (UINT64_C(1) << 63)
#define PAGES_NUMBER ((UINT64_C(1) << 55) - 1)

/* The names that the run gives them. */
static const char *const names[FRAME_PARTS] = {
    [FRAME_DEFINITION] = "/memfd:stress-definition", [FRAME_CONTROL] = "/memfd:stress-control",
    [FRAME_GLOBAL] = "/memfd:stress-global", [FRAME_STATE] = "/memfd:stress-state",
};

int pages_keep(struct pages *pages, const struct frame *frame, struct error *error)
{
    struct frame_pages head;
    if (frame->size < sizeof head)
        return error_set(error, 0, "the host has sent a piece of memory that is none");
    memcpy(&head, frame->bytes, sizeof head);
    if (head.part >= FRAME_PARTS || head.size > FRAME_PART_MOST)
        return error_set(error, 0, "the host has sent a piece of memory that is none");
    uint64_t n = frame->size - sizeof head;
    if (!pages->kept[head.part].bytes) {
        pages->kept[head.part].bytes = malloc(head.size + 1);
        pages->kept[head.part].size = head.size;
    }
    if (!pages->kept[head.part].bytes)
        return error_set(error, ENOMEM, "cannot keep the memory of an earlier machine");
    if (head.size != pages->kept[head.part].size || head.first != pages->kept[head.part].used ||
        n > head.size - head.first)
        return error_set(error, 0, "the host has sent a piece of memory that does not fit");
    memcpy(pages->kept[head.part].bytes + head.first, frame->bytes + sizeof head, n);
    pages->kept[head.part].used += n;
    return 0;
}

/* Opens the memory of this name that the process has open. -1: it has none. */
static int find(pid_t pid, const char *name)
{
    char path[64], target[128], entry_path[320];
    int found = -1;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && found < 0 && (entry = readdir(directory));) {
        snprintf(entry_path, sizeof entry_path, "%s/%s", path, entry->d_name);
        ssize_t n = readlink(entry_path, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = '\0';
        size_t length = strlen(name);
        if (strncmp(target, name, length) == 0 && (!target[length] || target[length] == ' '))
            found = open(entry_path, O_RDWR | O_CLOEXEC);
    }
    if (directory)
        closedir(directory);
    return found;
}

/* Writes what an earlier machine had. */
static int fill(struct pages *pages, enum frame_part part, int fd, uint64_t size,
                struct error *error)
{
    unsigned char *bytes = pages->kept[part].bytes;
    if (!bytes)
        return 0;
    if (pages->kept[part].size != size || pages->kept[part].used != size)
        return error_set(error, 0, "the memory of the earlier machine had another size: the "
                         "workload is not the same in each life");
    ssize_t n = pwrite(fd, bytes, size, 0);
    free(bytes);
    pages->kept[part].bytes = NULL;
    return n == (ssize_t)size ? 0
                              : error_set(error, errno, "cannot restore the memory of the earlier "
                                          "machine");
}

/* Sends the numbers of the pages that are mapped at `at`. */
static int tell(enum frame_part part, const unsigned char *at, uint64_t size, int port,
                struct error *error)
{
    static uint64_t numbers[PAGES_PIECE];
    int map FD_CLEANUP = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    struct frame_pages head = { .part = part, .size = size };
    uint64_t n = (size + FRAME_PAGE - 1) / FRAME_PAGE;
    uint64_t begin = (uint64_t)(uintptr_t)at / FRAME_PAGE;
    for (; head.first < n; head.first += PAGES_PIECE) {
        uint64_t piece = n - head.first < PAGES_PIECE ? n - head.first : PAGES_PIECE;
        size_t bytes = piece * sizeof *numbers;
        if (map < 0 || pread(map, numbers, bytes, (off_t)((begin + head.first) * sizeof *numbers))
                           != (ssize_t)bytes)
            return error_set(error, errno, "cannot find out where memory lies");
        for (uint64_t i = 0; i < piece; i++)
            numbers[i] = numbers[i] & PAGES_PRESENT ? numbers[i] & PAGES_NUMBER : UINT64_MAX;
        if (frame_write(port, FRAME_PAGES, &head, sizeof head, numbers, bytes, error) < 0)
            return -1;
    }
    return 0;
}

/* The mapping stays to the end. What cannot be locked is not shown. */
static int show(struct pages *pages, enum frame_part part, int fd, int port, struct error *error)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || status.st_size <= 0 ||
        (uint64_t)status.st_size > FRAME_PART_MOST)
        return 0;
    uint64_t size = (uint64_t)status.st_size;
    if (fill(pages, part, fd, size, error) < 0)
        return -1;
    void *at = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED)
        return 0;
    if (mlock(at, size) == 0)
        return tell(part, at, size, port, error);
    munmap(at, size);
    return 0;
}

int pages_show(struct pages *pages, pid_t pid, int port, struct error *error)
{
    int result = 0;
    for (unsigned part = 0; part < FRAME_PARTS && result == 0; part++) {
        int fd FD_CLEANUP = pages->shown[part] ? -1 : find(pid, names[part]);
        if (fd < 0)
            continue;
        pages->shown[part] = true;
        result = show(pages, (enum frame_part)part, fd, port, error);
    }
    return result;
}
