/* SPDX-License-Identifier: MIT
 * nbd.c: see nbd.h. Numbers are big-endian.
 */
#include "vm/nbd.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NBD_MAGIC UINT64_C(0x4e42444d41474943)        /* "NBDMAGIC" */
#define NBD_OPTION_MAGIC UINT64_C(0x49484156454f5054) /* "IHAVEOPT" */
#define NBD_ANSWER_MAGIC UINT64_C(0x0003e889045565a9)
#define NBD_REQUEST_MAGIC UINT32_C(0x25609513)
#define NBD_REPLY_MAGIC UINT32_C(0x67446698)
#define NBD_UNSUPPORTED UINT32_C(0x80000001)

enum {
    FIXED_NEWSTYLE = 1, NO_ZEROES = 2,          /* of the greeting */
    OPTION_ABORT = 2, OPTION_GO = 7,
    ANSWER_ACK = 1, ANSWER_INFO = 3,
    INFO_EXPORT = 0, INFO_BLOCK_SIZE = 3,
    HAS_FLAGS = 1, SEND_FLUSH = 4,              /* of the export */
    REQUEST_READ = 0, REQUEST_WRITE = 1, REQUEST_END = 2, REQUEST_FLUSH = 3,
    INVALID = 22,                               /* an error of the protocol */
    GREETING = 4, OPTION = 16, REQUEST = 28, REPLY = 16, LEAST = 512,
    OPTION_MOST = 8192,                         /* bytes of an option */
    ROOM = REQUEST + NBD_MOST + 1 /* so it is never full */, ANSWERS = 4 * (REPLY + NBD_MOST)
};

/* ---- the buffers -------------------------------------------------------------------------- */

static uint32_t get32(const unsigned char *at)
{
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return be32toh(number);
}

static uint64_t get64(const unsigned char *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return be64toh(number);
}

static void say(struct nbd *nbd, const void *bytes, size_t size)
{
    memcpy(nbd->out.bytes + nbd->out.used, bytes, size);
    nbd->out.used += size;
}

static void say16(struct nbd *nbd, uint16_t number)
{
    number = htobe16(number);
    say(nbd, &number, sizeof number);
}

static void say32(struct nbd *nbd, uint32_t number)
{
    number = htobe32(number);
    say(nbd, &number, sizeof number);
}

static void say64(struct nbd *nbd, uint64_t number)
{
    number = htobe64(number);
    say(nbd, &number, sizeof number);
}

/* There is room for the answer to one more request. */
static bool has_room(const struct nbd *nbd)
{
    return ANSWERS - nbd->out.used >= REPLY + NBD_MOST;
}

bool nbd_is_full(const struct nbd *nbd)
{
    return nbd->out.used > nbd->out.done;
}

/* Sends what can be sent now. Returns 0, or -1 with errno. */
static int send_out(struct nbd *nbd)
{
    struct nbd_buffer *out = &nbd->out;
    while (out->done < out->used) {
        ssize_t n = write(nbd->fd, out->bytes + out->done, out->used - out->done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        out->done += (size_t)n;
    }
    out->done = out->used = 0;
    return 0;
}

/* ---- the greeting ------------------------------------------------------------------------- */

static void answer(struct nbd *nbd, uint32_t option, uint32_t kind, uint32_t size)
{
    say64(nbd, NBD_ANSWER_MAGIC);
    say32(nbd, option);
    say32(nbd, kind);
    say32(nbd, size);
}

static void tell_disk(struct nbd *nbd)
{
    answer(nbd, OPTION_GO, ANSWER_INFO, 12);
    say16(nbd, INFO_EXPORT);
    say64(nbd, nbd->cache->size);
    say16(nbd, HAS_FLAGS | SEND_FLUSH);
    answer(nbd, OPTION_GO, ANSWER_INFO, 14);
    say16(nbd, INFO_BLOCK_SIZE);
    say32(nbd, LEAST);
    say32(nbd, CACHE_SECTOR);
    say32(nbd, NBD_MOST);
    answer(nbd, OPTION_GO, ANSWER_ACK, 0);
    nbd->serves = true;
}

static int breach(struct error *error)
{
    return error_set(error, 0, "QEMU does not speak the protocol of its disk");
}

/* Takes an option. Returns its size, 0 if it has not come whole, or -1 with the reason. */
static ssize_t take_option(struct nbd *nbd, const unsigned char *bytes, size_t size,
                           struct error *error)
{
    if (!nbd->greeted) { /* its flags, of which none is needed */
        nbd->greeted = size >= GREETING;
        return nbd->greeted ? GREETING : 0;
    }
    if (size < OPTION)
        return 0;
    uint32_t option = get32(bytes + 8), length = get32(bytes + 12);
    if (get64(bytes) != NBD_OPTION_MAGIC || length > OPTION_MOST)
        return breach(error);
    if (size < OPTION + length)
        return 0;
    if (option == OPTION_GO)
        tell_disk(nbd);
    else
        answer(nbd, option, option == OPTION_ABORT ? ANSWER_ACK : NBD_UNSUPPORTED, 0);
    return (ssize_t)OPTION + (ssize_t)length;
}

/* ---- requests ----------------------------------------------------------------------------- */

static void reply(struct nbd *nbd, const unsigned char *request, uint32_t code)
{
    say32(nbd, NBD_REPLY_MAGIC);
    say32(nbd, code);
    say(nbd, request + 8, sizeof(uint64_t)); /* its cookie, as it came */
}

static int failed(const char *what, struct error *error)
{
    return error_set(error, errno, "cannot %s the disk of the machine", what);
}

static int read_disk(struct nbd *nbd, const unsigned char *request, uint64_t offset,
                     uint32_t length, struct error *error)
{
    reply(nbd, request, 0);
    if (cache_read(nbd->cache, offset, nbd->out.bytes + nbd->out.used, length) < 0)
        return failed("read", error);
    nbd->out.used += length;
    return 0;
}

static int write_disk(struct nbd *nbd, const unsigned char *request, uint64_t offset,
                      uint32_t length, struct error *error)
{
    if (cache_write(nbd->cache, offset, request + REQUEST, length) < 0)
        return failed("write", error);
    reply(nbd, request, 0);
    return 0;
}

/* Takes a request. Returns its size, 0 if it has not come whole, or -1 with the reason. */
static ssize_t take_request(struct nbd *nbd, const unsigned char *bytes, size_t size,
                            struct error *error)
{
    if (size < REQUEST)
        return 0;
    unsigned kind = (unsigned)bytes[6] << 8 | bytes[7];
    uint64_t offset = get64(bytes + 16);
    uint32_t length = get32(bytes + 24), data = kind == REQUEST_WRITE ? length : 0;
    bool moves = kind == REQUEST_READ || kind == REQUEST_WRITE;
    int result = 0;
    if (get32(bytes) != NBD_REQUEST_MAGIC || (moves && length > NBD_MOST))
        return breach(error);
    if (size < REQUEST + data)
        return 0;
    if (moves && (length == 0 || offset > nbd->cache->size || length > nbd->cache->size - offset))
        reply(nbd, bytes, INVALID);
    else if (kind == REQUEST_READ)
        result = read_disk(nbd, bytes, offset, length, error);
    else if (kind == REQUEST_WRITE)
        result = write_disk(nbd, bytes, offset, length, error);
    else if (kind == REQUEST_FLUSH) {
        cache_flush(nbd->cache);
        reply(nbd, bytes, 0);
    } else if (kind != REQUEST_END) {
        reply(nbd, bytes, INVALID);
    }
    return result < 0 ? -1 : (ssize_t)(REQUEST + data);
}

/* ---- the server --------------------------------------------------------------------------- */

int nbd_begin(struct nbd *nbd, int fd, struct cache *cache, struct error *error)
{
    *nbd = (struct nbd){ .fd = fd, .cache = cache, .in.bytes = malloc(ROOM),
                         .out.bytes = malloc(ANSWERS) };
    if (!nbd->in.bytes || !nbd->out.bytes) {
        nbd_end(nbd);
        return error_set(error, ENOMEM, "cannot serve the disk of the machine");
    }
    say64(nbd, NBD_MAGIC);
    say64(nbd, NBD_OPTION_MAGIC);
    say16(nbd, FIXED_NEWSTYLE | NO_ZEROES);
    return send_out(nbd) < 0 ? error_set(error, errno, "cannot serve the disk of the machine") : 0;
}

/* Takes what has come whole, as long as there is room for the answers. Returns 1 if something was
 * taken, 0, or -1 with the reason. */
static int take_all(struct nbd *nbd, struct error *error)
{
    struct nbd_buffer *in = &nbd->in;
    ssize_t taken = 1;
    size_t done = 0;
    while (taken > 0 && has_room(nbd)) {
        const unsigned char *next = in->bytes + done;
        size_t size = in->used - done;
        taken = nbd->serves ? take_request(nbd, next, size, error)
                            : take_option(nbd, next, size, error);
        done += taken > 0 ? (size_t)taken : 0;
    }
    in->used -= done;
    memmove(in->bytes, in->bytes + done, in->used);
    return taken < 0 ? -1 : done > 0;
}

int nbd_hear(struct nbd *nbd, struct error *error)
{
    struct nbd_buffer *in = &nbd->in;
    if (send_out(nbd) < 0)
        return 0; /* QEMU has gone */
    if (nbd_is_full(nbd))
        return 1;
    ssize_t n = read(nbd->fd, in->bytes + in->used, ROOM - in->used);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        return 0;
    in->used += n > 0 ? (size_t)n : 0;
    int taken = 1;
    while (taken > 0 && !nbd_is_full(nbd)) {
        taken = take_all(nbd, error);
        if (send_out(nbd) < 0)
            return 0;
    }
    return taken < 0 ? -1 : 1;
}

void nbd_end(struct nbd *nbd)
{
    free(nbd->in.bytes);
    free(nbd->out.bytes);
    *nbd = (struct nbd){ .fd = -1 };
}
