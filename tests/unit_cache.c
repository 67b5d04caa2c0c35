/* SPDX-License-Identifier: MIT
 * unit_cache.c: what a cut of the power leaves on a disk with a volatile cache; and that disk as
 * QEMU reaches it, over a socket.
 */
#include <check.h>
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "vm/cache.h"
#include "vm/nbd.h"

Suite *cache_suite(void);

enum { SIZE = 1 << 20, SECTOR = CACHE_SECTOR };

static struct cache cache;
static struct cache_loss loss;
static struct error error;

static void set_up(void)
{
    cache = (struct cache){ .disk = memfd_create("disk", MFD_CLOEXEC), .size = SIZE };
    ck_assert(cache.disk >= 0 && ftruncate(cache.disk, SIZE) == 0);
}

static void tear_down(void)
{
    cache_flush(&cache);
    close(cache.disk);
}

/* Writes n sectors of this byte. */
static void put(unsigned sector, unsigned n, int byte)
{
    static unsigned char bytes[16 * SECTOR];
    memset(bytes, byte, sizeof bytes);
    ck_assert_int_eq(cache_write(&cache, (uint64_t)sector * SECTOR, bytes, n * SECTOR), 0);
}

/* The byte that a sector has. */
static int at(unsigned sector)
{
    static unsigned char bytes[SECTOR];
    ck_assert_int_eq(cache_read(&cache, (uint64_t)sector * SECTOR, bytes, SECTOR), 0);
    ck_assert_int_eq(memcmp(bytes, bytes + 1, SECTOR - 1), 0); /* all are the same */
    return bytes[0];
}

static void cut(uint64_t seed)
{
    struct random_stream chance = { seed };
    ck_assert_int_eq(cache_cut(&cache, &chance, &loss), 0);
    ck_assert_ptr_null(cache.oldest);
    ck_assert_uint_eq(cache.bytes, 0);
}

START_TEST(what_was_flushed_stays)
{
    for (uint64_t seed = 0; seed < 64; seed++) {
        put(3, 2, 7);
        cache_flush(&cache);
        cut(seed);
        ck_assert_uint_eq(loss.writes, 0);
        ck_assert(at(3) == 7 && at(4) == 7);
    }
}
END_TEST

/* Each subset of three writes to three sectors is left by some cut, and is told. */
START_TEST(each_subset)
{
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        unsigned left = 0;
        for (unsigned i = 0; i < 3; i++)
            put(i, 1, 0);
        cache_flush(&cache);
        for (unsigned i = 0; i < 3; i++)
            put(i, 1, 1);
        cut(seed);
        for (unsigned i = 0; i < 3; i++)
            left |= (unsigned)at(i) << i;
        seen |= 1u << left;
        ck_assert_uint_eq(loss.writes, 3);
        ck_assert_uint_eq(loss.lost, 3 - (unsigned)__builtin_popcount(left));
        ck_assert_uint_eq(loss.bytes, loss.lost * SECTOR);
        ck_assert_uint_eq(loss.torn, 0); /* a sector is written whole */
    }
    ck_assert_uint_eq(seen, 0xff);
}
END_TEST

/* Of two writes to one place the older one can be what is left, and neither, and the newer one. */
START_TEST(over_each_other)
{
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        put(5, 1, 0);
        cache_flush(&cache);
        put(5, 1, 1);
        put(5, 1, 2);
        ck_assert_int_eq(at(5), 2);
        cut(seed);
        seen |= 1u << at(5);
    }
    ck_assert_uint_eq(seen, 7);
}
END_TEST

/* A torn write has its begin or its end, and is told with its bytes. */
START_TEST(torn)
{
    unsigned begins = 0, ends = 0;
    for (uint64_t seed = 0; seed < 600; seed++) {
        uint64_t lost = 0;
        put(0, 4, 0);
        cache_flush(&cache);
        put(0, 4, 1);
        cut(seed);
        for (unsigned i = 0; i < 4; i++)
            lost += at(i) == 0;
        ck_assert_uint_eq(loss.bytes, lost * SECTOR);
        ck_assert_uint_eq(loss.torn, lost > 0 && lost < 4);
        begins += loss.torn && at(0) == 1;
        ends += loss.torn && at(3) == 1;
        ck_assert(!loss.torn || at(0) != at(3));
    }
    ck_assert(begins > 0 && ends > 0);
}
END_TEST

START_TEST(the_same_seed)
{
    unsigned char twice[2][16];
    for (int i = 0; i < 2; i++) {
        put(0, 16, 0);
        cache_flush(&cache);
        for (unsigned sector = 0; sector < 16; sector++)
            put(sector, 1, 1);
        cut(18);
        for (unsigned sector = 0; sector < 16; sector++)
            twice[i][sector] = (unsigned char)at(sector);
    }
    ck_assert_mem_eq(twice[0], twice[1], sizeof *twice);
}
END_TEST

/* A cache that is full writes back, so its oldest bytes survive each cut. */
START_TEST(full)
{
    static unsigned char bytes[SIZE];
    put(0, 1, 9);
    for (unsigned i = 0; i < CACHE_MOST / SIZE; i++)
        ck_assert_int_eq(cache_write(&cache, SECTOR, bytes, SIZE - SECTOR), 0);
    put(1, 16, 1);
    ck_assert_uint_le(cache.bytes, CACHE_MOST);
    for (uint64_t seed = 0; seed < 8; seed++)
        cut(seed);
    ck_assert_int_eq(at(0), 9);
}
END_TEST

/* ---- over a socket -------------------------------------------------------------------------- */

static struct nbd nbd;
static int ends[2];

static void connect_it(void)
{
    set_up();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    ck_assert_int_eq(nbd_begin(&nbd, ends[0], &cache, &error), 0);
}

static void disconnect_it(void)
{
    nbd_end(&nbd);
    close(ends[0]);
    close(ends[1]);
    tear_down();
}

static void send_it(const void *bytes, size_t size)
{
    ck_assert_int_eq(write(ends[1], bytes, size), (ssize_t)size);
    ck_assert_msg(nbd_hear(&nbd, &error) == 1, "%s", error.text);
}

static void expect(const void *bytes, size_t size)
{
    static unsigned char found[64 << 10];
    ck_assert_int_eq(recv(ends[1], found, size, 0), (ssize_t)size);
    ck_assert_mem_eq(found, bytes, size);
}

struct __attribute__((packed)) request {
    uint32_t magic;
    uint16_t flags, kind;
    uint64_t cookie, offset;
    uint32_t length;
};

static struct request request(unsigned kind, uint64_t offset, uint32_t length)
{
    return (struct request){ htobe32(0x25609513), 0, htobe16((uint16_t)kind), 0x77,
                             htobe64(offset), htobe32(length) };
}

static void expect_reply(uint32_t code)
{
    struct __attribute__((packed)) {
        uint32_t magic, code;
        uint64_t cookie;
    } reply = { htobe32(0x67446698), htobe32(code), 0x77 };
    expect(&reply, sizeof reply);
}

static void greet(void)
{
    static const char first[] = "NBDMAGICIHAVEOPT\0\3";
    static const char structured[] = "IHAVEOPT\0\0\0\x08\0\0\0\0", go[] = "IHAVEOPT\0\0\0\x07"
                                     "\0\0\0\x06\0\0\0\0\0\0";
    static const char unsupported[] = "\0\3\xe8\x89\x04\x55\x65\xa9\0\0\0\x08\x80\0\0\1\0\0\0\0";
    static const char told[] = "\0\3\xe8\x89\x04\x55\x65\xa9\0\0\0\7\0\0\0\3\0\0\0\x0c"
                               "\0\0\0\0\0\0\0\x10\0\0\0\5"
                               "\0\3\xe8\x89\x04\x55\x65\xa9\0\0\0\7\0\0\0\3\0\0\0\x0e"
                               "\0\3\0\0\2\0\0\0\x10\0\0\x10\0\0"
                               "\0\3\xe8\x89\x04\x55\x65\xa9\0\0\0\7\0\0\0\1\0\0\0\0";
    expect(first, sizeof first - 1);
    send_it("\0\0\0\3", 4);
    send_it(structured, sizeof structured - 1);
    expect(unsupported, sizeof unsupported - 1);
    for (size_t i = 0; i < sizeof go - 1; i++) /* in pieces, too */
        send_it(go + i, 1);
    expect(told, sizeof told - 1);
}

START_TEST(served)
{
    static unsigned char bytes[2 * SECTOR];
    greet();
    memset(bytes, 5, sizeof bytes);
    struct request write_it = request(1, SECTOR, sizeof bytes), read_it = request(0, SECTOR, 512);
    send_it(&write_it, sizeof write_it);
    send_it(bytes, sizeof bytes);
    expect_reply(0);
    ck_assert_uint_eq(cache.bytes, sizeof bytes);
    send_it(&read_it, sizeof read_it);
    expect_reply(0);
    expect(bytes, 512);
    struct request flush_it = request(3, 0, 0);
    send_it(&flush_it, sizeof flush_it);
    expect_reply(0);
    ck_assert_uint_eq(cache.bytes, 0);
}
END_TEST

/* Beyond the disk, and what is not known: refused, and the disk goes on. */
START_TEST(refused)
{
    greet();
    const struct request bad[] = { request(0, SIZE, 512), request(0, SIZE - 512, 1024),
                                   request(0, UINT64_MAX, 512), request(0, 0, 0),
                                   request(6, 0, 512) };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        send_it(&bad[i], sizeof *bad);
        expect_reply(22);
    }
}
END_TEST

/* Somebody who does not speak the protocol is told apart from one who has gone. */
START_TEST(not_the_protocol)
{
    greet();
    struct request large = request(1, 0, NBD_MOST + 1);
    ck_assert_int_eq(write(ends[1], &large, sizeof large), sizeof large);
    ck_assert_int_eq(nbd_hear(&nbd, &error), -1);
    ck_assert_str_eq(error.text, "QEMU does not speak the protocol of its disk");
    close(ends[1]);
    ends[1] = -1;
    ck_assert_int_eq(nbd_hear(&nbd, &error), 0);
}
END_TEST

/* Many answers that are not read: requests wait, none is lost. */
START_TEST(slow_reader)
{
    enum { REQUESTS = 64, LENGTH = 512 << 10 };
    static unsigned char bytes[LENGTH];
    unsigned answers = 0;
    greet();
    for (int i = 0; i < REQUESTS; i++) {
        struct request read_it = request(0, 0, LENGTH);
        ck_assert_int_eq(write(ends[1], &read_it, sizeof read_it), sizeof read_it);
    }
    for (size_t used = 0; answers < REQUESTS;) {
        ck_assert_int_eq(nbd_hear(&nbd, &error), 1);
        ssize_t n = read(ends[1], bytes, sizeof bytes);
        used += n > 0 ? (size_t)n : 0;
        answers = (unsigned)(used / (LENGTH + 16));
        ck_assert(n > 0 || nbd_is_full(&nbd) || used % (LENGTH + 16) == 0);
    }
}
END_TEST

Suite *cache_suite(void)
{
    Suite *suite = suite_create("cache");
    TCase *cuts = tcase_create("cuts"), *served_over = tcase_create("served");
    tcase_add_checked_fixture(cuts, set_up, tear_down);
    tcase_add_test(cuts, what_was_flushed_stays);
    tcase_add_test(cuts, each_subset);
    tcase_add_test(cuts, over_each_other);
    tcase_add_test(cuts, torn);
    tcase_add_test(cuts, the_same_seed);
    tcase_add_test(cuts, full);
    suite_add_tcase(suite, cuts);
    tcase_add_checked_fixture(served_over, connect_it, disconnect_it);
    tcase_add_test(served_over, served);
    tcase_add_test(served_over, refused);
    tcase_add_test(served_over, not_the_protocol);
    tcase_add_test(served_over, slow_reader);
    suite_add_tcase(suite, served_over);
    return suite;
}
