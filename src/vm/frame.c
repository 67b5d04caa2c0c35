/* SPDX-License-Identifier: MIT
 * frame.c: see frame.h.
 */
#include "vm/frame.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define FRAME_MAGIC UINT32_C(0x53564d31)
enum { FRAME_PATIENCE_MS = 60000 }; /* a guest that does not read for so long is not there */

struct frame_header {
    uint32_t magic, kind, size;
};

/* The host's end of the port does not block, so it waits here until the guest has read. Returns 0,
 * or -1 with errno. */
static int write_all(int fd, const unsigned char *bytes, size_t size)
{
    struct pollfd writable = { .fd = fd, .events = POLLOUT };
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EAGAIN) {
            if (poll(&writable, 1, FRAME_PATIENCE_MS) == 0) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (n < 0 && errno != EINTR) {
            return -1;
        }
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int frame_write(int fd, enum frame_kind kind, const void *a, size_t size_a, const void *b,
                size_t size_b, struct error *error)
{
    static unsigned char bytes[sizeof(struct frame_header) + FRAME_MOST];
    const struct frame_header header = { FRAME_MAGIC, kind, (uint32_t)(size_a + size_b) };
    if (size_a > FRAME_MOST || size_b > FRAME_MOST - size_a)
        return error_set(error, EMSGSIZE, "cannot write to the port of the machine");
    memcpy(bytes, &header, sizeof header);
    if (size_a > 0)
        memcpy(bytes + sizeof header, a, size_a);
    if (size_b > 0)
        memcpy(bytes + sizeof header + size_a, b, size_b);
    if (write_all(fd, bytes, sizeof header + size_a + size_b) < 0)
        return error_set(error, errno, "cannot write to the port of the machine");
    return 0;
}

int frame_read(struct frame_reader *reader, struct error *error)
{
    if (reader->used == sizeof reader->bytes)
        return 1;
    ssize_t n = read(reader->fd, reader->bytes + reader->used, sizeof reader->bytes - reader->used);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    if (n < 0 && errno != ECONNRESET)
        return error_set(error, errno, "cannot read from the port of the machine");
    if (n <= 0)
        return 0;
    reader->used += (size_t)n;
    return 1;
}

int frame_next(struct frame_reader *reader, struct frame *ret, struct error *error)
{
    static unsigned char taken[FRAME_MOST + 1];
    struct frame_header header;
    if (reader->used < sizeof header)
        return 0;
    memcpy(&header, reader->bytes, sizeof header);
    if (header.magic != FRAME_MAGIC || header.kind == 0 || header.kind >= FRAME_KINDS ||
        header.size > FRAME_MOST)
        return error_set(error, 0, "what came over the port of the machine is not a frame");
    size_t whole = sizeof header + header.size;
    if (reader->used < whole)
        return 0;
    memcpy(taken, reader->bytes + sizeof header, header.size);
    taken[header.size] = '\0';
    reader->used -= whole;
    memmove(reader->bytes, reader->bytes + whole, reader->used);
    *ret = (struct frame){ (enum frame_kind)header.kind, header.size, taken };
    return 1;
}
