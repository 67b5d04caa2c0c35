/* SPDX-License-Identifier: MIT
 * mapped.c: see mapped.h. The file is read through a descriptor that the node keeps, since its name
 * may go.
 */
#include "recorder/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "recorder/step.h"

enum { PAGE = 4096 };

/* The hash of a page that may lie in a hole, beyond the end, or both: zeros have the hash 0. */
static uint64_t hash_page(const unsigned char *bytes)
{
    static const unsigned char zeros[PAGE];
    static uint64_t of_zeros;
    if (of_zeros == 0)
        of_zeros = XXH3_64bits(zeros, PAGE);
    return XXH3_64bits(bytes, PAGE) ^ of_zeros;
}

static uint64_t read_page(int fd, uint64_t page)
{
    unsigned char bytes[PAGE];
    ssize_t n = pread(fd, bytes, PAGE, (off_t)(page * PAGE));
    size_t got = n > 0 ? (size_t)n : 0;
    memset(bytes + got, 0, PAGE - got);
    return hash_page(bytes);
}

/* Makes room for the hashes of a file of that size, in whole pages of memory, which are zero at
 * first. False: no memory. */
static bool grow(struct inode *node, uint64_t size)
{
    const uint64_t unit = PAGE / sizeof *node->pages, n = (size + PAGE - 1) / PAGE;
    uint64_t room = (n + unit - 1) / unit * unit;
    if (n <= node->n_pages)
        return true;
    if (room == 0) /* the size of no file */
        return false;
    void *more = node->n_pages == 0
                     ? mmap(NULL, room * sizeof *node->pages, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                     : mremap(node->pages, node->n_pages * sizeof *node->pages,
                              room * sizeof *node->pages, MREMAP_MAYMOVE);
    if (more == MAP_FAILED)
        return false;
    node->pages = more;
    node->n_pages = room;
    return true;
}

void mapped_seen(struct inode *node, int fd, uint64_t offset, uint64_t length)
{
    if (!node->mapped || length == 0 || !grow(node, offset + length))
        return;
    for (uint64_t page = offset / PAGE; page <= (offset + length - 1) / PAGE; page++)
        node->pages[page] = read_page(fd, page);
}

void mapped_cut(struct inode *node, uint64_t size)
{
    uint64_t page = size / PAGE;
    if (!node->mapped)
        return;
    if (size % PAGE != 0 && page < node->n_pages) {
        node->pages[page] = read_page(node->fd, page);
        page++;
    }
    for (; page < node->n_pages; page++)
        node->pages[page] = 0;
}

void mapped_begin(struct recorder *recorder, struct inode *node, int fd)
{
    struct stat status;
    char path[64];
    if (node->mapped || fstat(fd, &status) < 0)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    node->fd = open(path, O_RDONLY | O_CLOEXEC);
    node->mapped = true;
    if (node->fd < 0 || !grow(node, (uint64_t)status.st_size)) {
        recorder_trouble(recorder, "cannot watch a mapped file: %s", strerror(errno));
        return;
    }
    mapped_seen(node, node->fd, 0, (uint64_t)status.st_size);
    node->next_mapped = recorder->mapped;
    recorder->mapped = node;
}

void mapped_free(struct inode *node)
{
    if (node->n_pages > 0)
        munmap(node->pages, node->n_pages * sizeof *node->pages);
    node->pages = NULL;
    node->n_pages = 0;
}

void mapped_drop(struct recorder *recorder, struct inode *node)
{
    if (!node->mapped)
        return;
    for (struct inode **at = &recorder->mapped; *at; at = &(*at)->next_mapped)
        if (*at == node) {
            *at = node->next_mapped;
            break;
        }
    mapped_free(node);
    node->mapped = false;
    if (node->fd >= 0)
        close(node->fd);
    node->fd = -1;
}

static void look_at(struct recorder *recorder, struct inode *node, uint32_t call)
{
    struct stat status;
    off_t begin = 0;
    if (fstat(node->fd, &status) < 0 || !grow(node, (uint64_t)status.st_size))
        return;
    /* A hole has been zeros all the time, or has become a hole by a call. */
    while (begin < status.st_size && (begin = lseek(node->fd, begin, SEEK_DATA)) >= 0) {
        off_t end = lseek(node->fd, begin, SEEK_HOLE);
        for (uint64_t page = (uint64_t)begin / PAGE; (off_t)(page * PAGE) < end; page++) {
            uint64_t at = page * PAGE, left = (uint64_t)status.st_size - at;
            uint64_t hash = read_page(node->fd, page);
            if (hash == node->pages[page])
                continue;
            step_written(recorder, node, node->fd, at, left < PAGE ? left : PAGE,
                         RECORDING_MAPPED, call);
            node->pages[page] = hash;
        }
        if (end <= begin)
            break;
        begin = end;
    }
}

static void look_at_all(struct recorder *recorder, bool witness, uint32_t call)
{
    for (struct inode *node = recorder->mapped; node; node = node->next_mapped)
        if (node->witness == witness)
            look_at(recorder, node, call);
}

/* In which order the stores of different files came is unknown. Witnesses are seen first: with the
 * stores to the disk seen before them, there would be a point where the disk has what was stored
 * after an acknowledgement, but not the acknowledgement. */
void mapped_look(struct recorder *recorder, uint32_t call)
{
    look_at_all(recorder, true, call);
    look_at_all(recorder, false, call);
}
