/* SPDX-License-Identifier: MIT
 * crash_target.c: stores for crash.test, in $STRESS_SCRATCH. `good` keeps what it acknowledges: it
 * writes a new file, syncs it, and renames it over the old one. `bad` writes in place. `forgets`
 * ignores an error of the write. `recovers badly` repairs a file in two steps, of which the first
 * alone loses data. `check` checks the store.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ROUNDS = 3, RECORD = 8 };

static char data[4096], temporary[4096], notes[4096];

/* Notes what was acknowledged. That is not a system call, so no fault hits it. */
static volatile char *acknowledged(void)
{
    int fd = open(notes, O_RDWR);
    char *map = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        _exit(2);
    return map;
}

static int setup(void)
{
    int fd = open(notes, O_CREAT | O_WRONLY, 0644);
    return fd < 0 || ftruncate(fd, 4096) < 0;
}

static int put(const char *path, int round, int flags, int forgets)
{
    char record[RECORD + 1];
    snprintf(record, sizeof record, "%07u\n", (unsigned)round % 10000000);
    int fd = open(path, O_CREAT | O_WRONLY | flags, 0644);
    int bad = fd < 0 || write(fd, record, RECORD) != RECORD;
    return (bad && !forgets) || fsync(fd) < 0 || close(fd) < 0;
}

static int write_good(void)
{
    for (int round = 1; round <= ROUNDS; round++) {
        if (put(temporary, round, O_TRUNC, 0) || rename(temporary, data) < 0)
            return 1;
        *acknowledged() = (char)round;
    }
    return 0;
}

static int write_bad(int flags, int forgets)
{
    for (int round = 1; round <= ROUNDS; round++) {
        if (put(data, round, flags, forgets))
            return 1;
        *acknowledged() = (char)round;
    }
    return 0;
}

/* Removes the old file before the new one is there. */
static int recover(void)
{
    char record[RECORD];
    int fd = open(data, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, record, sizeof record);
    int copy = open(temporary, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    return n < 0 || unlink(data) < 0 || write(copy, record, (size_t)n) != n ||
           rename(temporary, data) < 0;
}

/* The last acknowledged round, or the next one. */
static int check(void)
{
    char record[RECORD + 1] = "";
    int last = *acknowledged(), fd = open(data, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, record, RECORD);
    int found = n == RECORD ? atoi(record) : 0;
    if (found == last || found == last + 1)
        return 0;
    fprintf(stderr, "round %d is acknowledged, the file has %d\n", last, found);
    return 1;
}

/* Makes as many writes as a file outside says, and fewer each time, so no run repeats another. */
static int write_fewer(const char *outside)
{
    int fd = open(outside, O_RDWR);
    char left = 9;
    if (fd < 0 || pread(fd, &left, 1, 0) != 1)
        return 2;
    for (int i = 0; i < left; i++)
        if (put(data, 1, 0, 0))
            return 1;
    if (left == 0)
        return 0;
    left = (char)(left / 4);
    char *map = mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0);
    *map = left; /* not a system call, so not a point */
    *acknowledged() = 1;
    return 0;
}

int main(int argc, char **argv)
{
    const char *scratch = getenv("STRESS_SCRATCH"), *mode = argc > 1 ? argv[1] : "";
    if (!scratch)
        return 2;
    snprintf(data, sizeof data, "%s/data", scratch);
    snprintf(temporary, sizeof temporary, "%s/data.new", scratch);
    snprintf(notes, sizeof notes, "%s/notes", scratch);
    if (strcmp(mode, "setup") == 0)
        return setup();
    if (strcmp(mode, "good") == 0)
        return write_good();
    if (strcmp(mode, "bad") == 0)
        return write_bad(O_TRUNC, 0);
    if (strcmp(mode, "forgets") == 0)
        return write_bad(0, 1);
    if (strcmp(mode, "recover") == 0)
        return recover();
    if (strcmp(mode, "fewer") == 0)
        return write_fewer(argv[2]);
    return strcmp(mode, "check") == 0 ? check() : 2;
}
