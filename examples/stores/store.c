/* SPDX-License-Identifier: MIT
 * store.c: puts values into a store and notes outside of it which of them it acknowledged; then,
 * after whatever happened to the writer, looks whether the store kept its word.
 * Put number i (from 1) gives key i % KEYS a value that follows from i. So one number tells what
 * must be there: how many puts were acknowledged. It is in a file that `setup` makes and `write`
 * maps, so that to acknowledge is one store to memory: it outlives a SIGKILL and is no system call,
 * which a fault could hit or an enumeration would count. In a scratch directory of
 * stress-supervisor the file is in $STRESS_WITNESS, where it outlives a power cut as well. The put
 * after that was cut off, or refused: it may be there or not. A later `write` goes on with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

enum {
    KEYS = 120,
    KEY_SIZE = 16,
    VALUE_MIN = 20,
    VALUE_MAX = 1500,
    ATTEMPTS = 2, /* of a put: what a passing error left behind harms the puts after it */
    NOTE_SIZE = 4096,
    STATUS_REFUSED = 1, /* of write */
    STATUS_WRONG = 1,   /* of check */
    STATUS_USAGE = 2
};
#define NOTE_MAGIC UINT64_C(0x65726f7473657573)

struct note {
    uint64_t magic;
    _Atomic uint64_t acknowledged;
};

static struct note *note;
static char reason[1024];

int store_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return -1;
}

const char *store_path(const char *directory, const char *name)
{
    static char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", directory, name);
    return size > 0 && (size_t)size < sizeof path ? path : "";
}

int store_choice(const char *option, const char *name, const char *const *values)
{
    size_t length = strlen(name);
    if (strncmp(option, name, length) != 0 || option[length] != '=')
        return -1;
    for (int i = 0; values[i]; i++)
        if (strcmp(option + length + 1, values[i]) == 0)
            return i;
    return -1;
}

static int say(const char *what, int status)
{
    fprintf(stderr, "store-%s: %s: %s\n", store.name, what, reason);
    return status;
}

/* ---- puts ------------------------------------------------------------------------------- */

static struct bytes make_key(uint64_t number, char key[KEY_SIZE])
{
    int size = snprintf(key, KEY_SIZE, "key-%03u", (unsigned)(number % KEYS));
    return (struct bytes) { key, (size_t)size };
}

static struct bytes make_value(uint64_t number)
{
    static unsigned char value[VALUE_MAX];
    uint64_t x = number * UINT64_C(0x9e3779b97f4a7c15);
    size_t size = VALUE_MIN + (size_t)((x >> 32) % (VALUE_MAX - VALUE_MIN));
    for (size_t i = 0; i < size; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        value[i] = (unsigned char)(x >> 56);
    }
    return (struct bytes) { value, size };
}

/* The last put of a key among the first `count`; 0: none. */
static uint64_t last_put(uint64_t key, uint64_t count)
{
    uint64_t back = (count + KEYS - key) % KEYS;
    return back < count ? count - back : 0;
}

static bool is_value(struct bytes value, uint64_t number)
{
    if (number == 0)
        return false;
    struct bytes expected = make_value(number);
    return value.size == expected.size && memcmp(value.data, expected.data, value.size) == 0;
}

/* ---- modes ------------------------------------------------------------------------------ */

static const char *note_path(const char *directory)
{
    const char *scratch = getenv("STRESS_SCRATCH"), *witness = getenv("STRESS_WITNESS");
    bool beside = scratch && witness && strcmp(directory, scratch) == 0;
    return store_path(beside ? witness : directory, "acknowledged");
}

static int make_note(const char *directory)
{
    const char *path = note_path(directory);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return store_fail("%s: %s", path, strerror(errno));
    struct note fresh = { .magic = NOTE_MAGIC };
    bool made = pwrite(fd, &fresh, sizeof fresh, 0) == (ssize_t)sizeof fresh &&
                ftruncate(fd, NOTE_SIZE) == 0;
    int error = errno;
    close(fd);
    return made ? 0 : store_fail("%s: %s", path, strerror(error));
}

static int map_note(const char *directory)
{
    const char *path = note_path(directory);
    struct stat file;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return store_fail("%s: %s (setup makes it)", path, strerror(errno));
    if (fstat(fd, &file) < 0 || file.st_size < NOTE_SIZE) {
        close(fd);
        return store_fail("%s: it is not what setup makes", path);
    }
    void *map = mmap(NULL, NOTE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int error = errno;
    close(fd);
    if (map == MAP_FAILED)
        return store_fail("%s: %s", path, strerror(error));
    note = map;
    return note->magic == NOTE_MAGIC ? 0 : store_fail("%s: it is not what setup makes", path);
}

int store_set_up(const char *directory)
{
    return make_note(directory) < 0 ? say("setup", STATUS_USAGE) : 0;
}

/* Some retry, some do not: here the second refusal of a put ends it. */
static int put(uint64_t number)
{
    char key[KEY_SIZE];
    for (unsigned i = 0; i < ATTEMPTS; i++)
        if (store.put(make_key(number, key), make_value(number)) == 0)
            return 0;
    return -1;
}

int store_write(const char *directory, unsigned puts)
{
    if (map_note(directory) < 0)
        return say("write", STATUS_USAGE);
    if (store.open(directory) < 0)
        return say("open", STATUS_REFUSED);
    for (unsigned i = 0; i < puts; i++) {
        uint64_t number = atomic_load(&note->acknowledged) + 1;
        if (put(number) < 0)
            return say("put", STATUS_REFUSED);
        atomic_store(&note->acknowledged, number);
    }
    return store.close() < 0 ? say("close", STATUS_REFUSED) : 0;
}

/* KEYS: it is none. */
static uint64_t read_key(struct bytes key)
{
    char text[KEY_SIZE] = "", buffer[KEY_SIZE];
    memcpy(text, key.data, key.size < sizeof text ? key.size : sizeof text - 1);
    uint64_t number = strtoull(text + strcspn(text, "0123456789"), NULL, 10) % KEYS;
    struct bytes expected = make_key(number, buffer);
    return key.size == expected.size && memcmp(text, buffer, key.size) == 0 ? number : KEYS;
}

static bool seen[KEYS];

/* An entry of the store: it must be the last acknowledged put of its key, or the one under way. */
static int see(struct bytes key, struct bytes value)
{
    uint64_t acknowledged = atomic_load(&note->acknowledged), under_way = acknowledged + 1;
    uint64_t number = read_key(key);
    if (number == KEYS)
        return store_fail("there is a key that nobody put, of %zu bytes", key.size);
    seen[number] = true;
    uint64_t last = last_put(number, acknowledged);
    if (is_value(value, last) || (number == under_way % KEYS && is_value(value, under_way)))
        return 0;
    for (uint64_t old = last; old > KEYS; old -= KEYS)
        if (is_value(value, old - KEYS))
            return store_fail("key-%03u has the value of put %ju; put %ju was acknowledged",
                              (unsigned)number, (uintmax_t)(old - KEYS), (uintmax_t)last);
    return store_fail("key-%03u has a value of %zu bytes that no put gave it", (unsigned)number,
                      value.size);
}

/* Each acknowledged put is there, when one asks for it. */
static int check_acknowledged(void)
{
    unsigned keys = 0, wrong = 0;
    char buffer[KEY_SIZE], first[sizeof reason];
    uint64_t acknowledged = atomic_load(&note->acknowledged);
    for (uint64_t key = 0; key < KEYS; key++) {
        uint64_t last = last_put(key, acknowledged);
        if (last == 0)
            continue;
        keys++;
        seen[key] = false;
        int status = store.get(make_key(key, buffer), see);
        if (status == 0 && !seen[key])
            status = store_fail("key-%03u is gone; put %ju was acknowledged", (unsigned)key,
                                (uintmax_t)last);
        if (status < 0 && wrong++ == 0)
            memcpy(first, reason, sizeof first);
    }
    return wrong == 0 ? 0
                      : store_fail("%u of %u keys with acknowledged puts are wrong; the first: %s",
                                   wrong, keys, first);
}

int store_check(const char *directory)
{
    if (map_note(directory) < 0)
        return say("check", STATUS_USAGE);
    if (store.open(directory) < 0)
        return say("cannot open it again", STATUS_WRONG);
    /* First what was acknowledged: how much is wrong says more than the first strange entry. */
    if (check_acknowledged() < 0 || store.scan(see) < 0)
        return say("check", STATUS_WRONG);
    return store.close() < 0 ? say("close", STATUS_WRONG) : 0;
}
