/* SPDX-License-Identifier: MIT
 * ram.c: see ram.h.
 */
#include "vm/ram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* QEMU's q35 puts memory from here on above 4 GiB; the first number is for a machine that has more
 * than that. */
#define RAM_LOW_OF_MORE UINT64_C(0x80000000)
#define RAM_LOW UINT64_C(0xb0000000)
#define RAM_HIGH (UINT64_C(4) << 30)

int ram_open(struct ram *ram, uint64_t mib, struct error *error)
{
    *ram = (struct ram){ .fd = memfd_create("stress-machine", MFD_CLOEXEC), .size = mib << 20 };
    return ram->fd < 0 ? error_set(error, errno, "cannot make the memory of the machine") : 0;
}

static void forget(struct ram *ram)
{
    for (unsigned i = 0; i < FRAME_PARTS; i++) {
        free(ram->parts[i].pages);
        ram->parts[i] = (struct ram_part){ .size = 0 };
    }
}

int ram_begin(struct ram *ram, struct error *error)
{
    forget(ram);
    if (ftruncate(ram->fd, 0) < 0 || ftruncate(ram->fd, (off_t)ram->size) < 0)
        return error_set(error, errno, "cannot size the memory of the machine to %llu bytes "
                         "(ulimit -f limits it)", (unsigned long long)ram->size);
    return 0;
}

void ram_close(struct ram *ram)
{
    forget(ram);
    fd_close(&ram->fd);
}

static int breach(struct error *error)
{
    return error_set(error, 0, "the machine sent an impossible place of its memory");
}

static uint64_t pages_of(uint64_t size)
{
    return (size + FRAME_PAGE - 1) / FRAME_PAGE;
}

int ram_take(struct ram *ram, const struct frame *frame, struct error *error)
{
    struct frame_pages head;
    if (frame->size < sizeof head)
        return breach(error);
    memcpy(&head, frame->bytes, sizeof head);
    uint64_t n = (frame->size - sizeof head) / sizeof *ram->parts->pages;
    if (head.part >= FRAME_PARTS || head.size == 0 || head.size > FRAME_PART_MOST ||
        head.first > pages_of(head.size) || n > pages_of(head.size) - head.first)
        return breach(error);
    struct ram_part *part = &ram->parts[head.part];
    if (head.first == 0) {
        free(part->pages);
        *part = (struct ram_part){ .size = head.size,
                                   .pages = calloc(pages_of(head.size), sizeof *part->pages) };
    }
    if (part->size != head.size || part->known != head.first)
        return breach(error);
    if (!part->pages)
        return error_set(error, ENOMEM, "cannot keep where the memory of the machine lies");
    if (n > 0)
        memcpy(part->pages + head.first, frame->bytes + sizeof head, n * sizeof *part->pages);
    part->known += n;
    return 0;
}

/* Where in the memfd a page of the guest lies. False: nowhere. */
static bool find(const struct ram *ram, uint64_t page, uint64_t *ret)
{
    uint64_t low = ram->size >= RAM_LOW ? RAM_LOW_OF_MORE : RAM_LOW;
    if (page > UINT64_MAX / FRAME_PAGE)
        return false;
    *ret = page * FRAME_PAGE;
    if (*ret >= RAM_HIGH)
        *ret = *ret - RAM_HIGH + low;
    else if (*ret >= low)
        return false;
    return *ret <= ram->size && ram->size - *ret >= FRAME_PAGE;
}

static bool read_page(const struct ram *ram, uint64_t page, unsigned char *to)
{
    uint64_t at;
    return find(ram, page, &at) &&
           pread(ram->fd, to, FRAME_PAGE, (off_t)at) == (ssize_t)FRAME_PAGE;
}

void *ram_copy(const struct ram *ram, enum frame_part which, uint64_t *ret_size)
{
    const struct ram_part *part = &ram->parts[which];
    uint64_t n = pages_of(part->size);
    if (part->size == 0 || part->known != n)
        return NULL;
    unsigned char *copy = aligned_alloc(FRAME_PAGE, n * FRAME_PAGE);
    bool good = copy != NULL;
    for (uint64_t i = 0; good && i < n; i++)
        good = read_page(ram, part->pages[i], copy + i * FRAME_PAGE);
    if (!good) {
        free(copy);
        return NULL;
    }
    *ret_size = part->size;
    return copy;
}
