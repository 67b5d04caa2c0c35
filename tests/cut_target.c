/* SPDX-License-Identifier: MIT
 * cut_target.c: what programs do to files, for scripts/model-check: one workload of the table, by a
 * seed, in the current directory.
 *
 *     cut_target WORKLOAD SEED setup|run
 *     cut_target --list
 *
 * A mark follows each call that changes something: a line on standard output, which a recording has
 * among the steps; or, with CUT_MARKS=DEVICE, a block written to the device, which a log of the
 * device has among the writes. So a cut of the power has its place among the calls. A pause follows
 * some marks there, so that the kernel writes back in between.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4096, MARK_AT = 64 * 1024, LONG = 64 * 1024 };

static struct {
    int marks; /* -1: standard output */
    uint64_t number, random, pauses;
} cut = { .marks = -1 };

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "cut_target: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t draw_of(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* SplitMix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static unsigned draw(unsigned n)
{
    return (unsigned)(draw_of(&cut.random) % n);
}

/* ---- marks -------------------------------------------------------------------------------- */

/* Lets the kernel write back: often not at all, sometimes a commit of its journal. */
static void take_a_rest(void)
{
    unsigned kind = (unsigned)(draw_of(&cut.pauses) % 10), most = kind < 5   ? 0
                                                                 : kind < 9 ? 40000
                                                                            : 1500000;
    if (most > 0)
        usleep((unsigned)(draw_of(&cut.pauses) % most));
}

static void mark(void)
{
    static _Alignas(BLOCK) char block[BLOCK];
    if (cut.marks < 0) {
        dprintf(STDOUT_FILENO, "%llu\n", (unsigned long long)cut.number++);
        return;
    }
    snprintf(block, sizeof block, "mark %llu\n", (unsigned long long)cut.number++);
    if (pwrite(cut.marks, block, sizeof block, MARK_AT) != sizeof block)
        die("cannot mark");
    take_a_rest();
}

/* ---- one call and its mark ---------------------------------------------------------------- */

static int done(int result, const char *what)
{
    if (result < 0)
        die(what);
    mark();
    return result;
}

static int make(const char *name, int flags)
{
    return done(open(name, O_RDWR | O_CREAT | flags, 0644), name);
}

static int open_there(const char *name, int flags)
{
    int fd = open(name, O_RDWR | flags);
    if (fd < 0)
        die(name);
    return fd;
}

/* Bytes that no other call writes. */
static const char *bytes(size_t length)
{
    static char text[LONG];
    static uint64_t serial;
    serial = serial * 31 + cut.number + 1;
    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + (serial + i / 64 * 7 + i % 11) % 26);
    snprintf(text, length, "%llu.", (unsigned long long)cut.number);
    return text;
}

static void put(int fd, off_t offset, size_t length)
{
    if (pwrite(fd, bytes(length), length, offset) != (ssize_t)length)
        die("cannot write");
    mark();
}

static void append(int fd, size_t length)
{
    if (write(fd, bytes(length), length) != (ssize_t)length)
        die("cannot append");
    mark();
}

static void shut(int fd)
{
    done(close(fd), "close");
}

static void sync_file(int fd)
{
    done(fsync(fd), "fsync");
}

static void sync_data(int fd)
{
    done(fdatasync(fd), "fdatasync");
}

static void sync_directory(const char *name)
{
    int fd = open(name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        die(name);
    sync_file(fd);
    close(fd);
}

static void move(const char *from, const char *to)
{
    done(rename(from, to), to);
}

/* A file with bytes, in one go, which is part of no workload's point. */
static void give(const char *name, size_t length)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, bytes(length), length) != (ssize_t)length)
        die(name);
    close(fd);
}

/* ---- workloads ---------------------------------------------------------------------------- */

static void give_one(void)
{
    give("f", 9000);
}

static void give_some(void)
{
    give("f", 9000);
    give("g", 300);
    give("h", 20000);
}

static void replace(bool sync_it, bool sync_names)
{
    for (int i = 0; i < 6; i++) {
        int fd = make("t", O_TRUNC);
        append(fd, i % 2 ? 700 : 9000);
        append(fd, 300);
        if (sync_it)
            sync_file(fd);
        shut(fd);
        move("t", "f");
        if (sync_names)
            sync_directory(".");
    }
}

static void replace_alone(void)
{
    replace(false, false);
}

static void replace_synced(void)
{
    replace(true, false);
}

static void replace_safely(void)
{
    replace(true, true);
}

/* Another file is synced right after it, which commits the journal. */
static void replace_beside(void)
{
    int beside = open_there("g", O_APPEND);
    for (int i = 0; i < 6; i++) {
        int fd = make("t", O_TRUNC);
        append(fd, i % 2 ? 700 : 9000);
        append(fd, 300);
        shut(fd);
        append(beside, 100);
        move("t", "f");
        sync_file(beside);
    }
    shut(beside);
}

static void append_to(void)
{
    int fd = make("log", O_APPEND);
    for (int i = 0; i < 24; i++) {
        append(fd, 1 + draw(i % 5 == 4 ? 9000 : 700));
        if (i % 4 == 3)
            i % 8 == 3 ? sync_file(fd) : sync_data(fd);
    }
    shut(fd);
}

static void overwrite(void)
{
    int fd = open_there("h", 0);
    for (int i = 0; i < 24; i++) {
        put(fd, draw(18000), 1 + draw(i % 3 ? 900 : 6000));
        if (i % 6 == 5)
            sync_data(fd);
    }
    shut(fd);
}

static void create_many(void)
{
    for (int i = 0; i < 14; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        int fd = make(name, O_EXCL);
        append(fd, 10 + draw(5000));
        if (i % 5 == 4)
            sync_file(fd);
        shut(fd);
    }
}

static void unlink_open(void)
{
    for (int i = 0; i < 5; i++) {
        int fd = make("u", 0);
        append(fd, 2000);
        done(unlink("u"), "u");
        append(fd, 3000);
        if (i == 2)
            sync_file(fd);
        shut(fd);
        fd = make("v", O_TRUNC);
        append(fd, 100 + 1000 * (unsigned)i);
        if (i % 2)
            sync_file(fd);
        shut(fd);
        done(unlink("v"), "v");
    }
}

static void hard_links(void)
{
    int fd = open_there("g", O_APPEND);
    for (int i = 0; i < 4; i++) {
        done(link("g", "g2"), "g2");
        append(fd, 200);
        if (i % 2)
            sync_file(fd);
        done(link("g2", "g3"), "g3");
        done(unlink("g"), "g");
        if (i == 2)
            sync_file(fd);
        move("g3", "g");  /* does nothing, if both lead to one file */
        done(unlink("g2"), "g2");
        if (access("g3", F_OK) == 0 && access("g", F_OK) == 0)
            done(unlink("g3"), "g3");
    }
    shut(fd);
}

static void move_directories(void)
{
    done(mkdir("d", 0755), "d");
    done(mkdir("e", 0755), "e");
    for (int i = 0; i < 4; i++) {
        int fd = make("d/a", O_TRUNC);
        append(fd, 1000);
        if (i == 1)
            sync_file(fd);
        shut(fd);
        move("d", "e/d");
        if (i == 2)
            sync_directory("e");
        move("e/d/a", "a");
        move("e/d", "d");
        if (i == 3)
            sync_directory(".");
    }
    done(rmdir("e"), "e");
}

static void truncate_it(void)
{
    int fd = open_there("h", 0);
    static const int sizes[] = { 15000, 16000, 5000, 0, 3000, 3100, 700, 9000, 0 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        done(ftruncate(fd, sizes[i]), "ftruncate");
        put(fd, sizes[i] > 1000 ? sizes[i] - 600 : sizes[i], 400 + 100 * i);
        if (i % 3 == 2)
            sync_file(fd);
        if (i == 4)
            sync_data(fd);
    }
    shut(fd);
}

static void rewrite(void)
{
    for (int i = 0; i < 8; i++) {
        int fd = make(i % 2 ? "f" : "g", O_TRUNC);
        append(fd, 5000);
        append(fd, 200);
        if (i % 4 == 3)
            sync_file(fd);
        shut(fd);
    }
}

static void allocate(void)
{
    int fd = open_there("h", 0);
    done(fallocate(fd, 0, 0, 40000), "fallocate");
    put(fd, 30000, 3000);
    done(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 8192), "punch");
    sync_data(fd);
    put(fd, 5000, 1000);
    done(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 6000), "punch");
    put(fd, 50, 300);
    done(fallocate(fd, FALLOC_FL_KEEP_SIZE, 40000, 20000), "fallocate");
    put(fd, 40000, 5000);
    sync_file(fd);
    put(fd, 45000, 1000);
    shut(fd);
    fd = make("p", 0);
    done(fallocate(fd, 0, 0, 10000), "fallocate");
    put(fd, 2000, 5000);
    sync_file(fd);
    put(fd, 100, 100);
    shut(fd);
}

static void store(char *memory, size_t offset, size_t length)
{
    memcpy(memory + offset, bytes(length), length);
    mark();
}

static void map_it(void)
{
    int fd = open_there("h", 0);
    char *memory = mmap(NULL, 20000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        die("mmap");
    for (int i = 0; i < 5; i++) {
        store(memory, 100 + 700 * (unsigned)i, 50);
        store(memory, 8192 + 600 * (unsigned)i, 500);
        put(fd, 300 + 700 * i, 40);
        if (i % 2)
            done(msync(memory, 4096, MS_SYNC), "msync");
        store(memory, 300 + 700 * (unsigned)i, 30);
        store(memory, 18000, 60 + (unsigned)i);
        if (i == 3)
            sync_file(fd);
    }
    munmap(memory, 20000);
    shut(fd);
}

static void sync_directories(void)
{
    done(mkdir("d", 0755), "d");
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "d/%d", i);
        int fd = make(name, O_EXCL);
        append(fd, 600);
        if (i % 2)
            sync_file(fd);
        shut(fd);
        if (i % 3 == 1)
            sync_directory("d");
        move(name, "d/x");
        if (i == 3)
            sync_directory(".");
    }
    sync_directory("d");
}

static void attributes(void)
{
    done(chmod("f", 0600), "f");
    done(symlink("f", "s"), "s");
    int fd = open_there("g", 0);
    done(fchmod(fd, 0640), "g");
    put(fd, 10, 20);
    sync_data(fd);
    done(fchmod(fd, 0604), "g");
    sync_file(fd);
    done(renameat2(AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE), "exchange");
    done(chmod("h", 0400), "h");
    done(unlink("s"), "s");
    done(symlink("g", "s"), "s");
    sync_directory(".");
    done(renameat2(AT_FDCWD, "h", AT_FDCWD, "g", RENAME_EXCHANGE), "exchange");
    put(fd, 3000, 500);
    shut(fd);
    sync();
    mark();
    done(chmod("f", 0644), "f");
}

/* ---- by seed ------------------------------------------------------------------------------ */

static const char *any_name(void)
{
    static const char *const names[] = { "f", "g", "h", "d/f", "d/g", "i", "j" };
    return names[draw(sizeof names / sizeof *names)];
}

static void do_write(int fd)
{
    put(fd, draw(12000), 1 + draw(draw(2) ? 600 : 6000));
}

static void do_append(int fd)
{
    done((int)lseek(fd, 0, SEEK_END), "lseek");
    append(fd, 1 + draw(3000));
}

static void do_cut(int fd)
{
    done(ftruncate(fd, draw(3) ? draw(12000) : 0), "ftruncate");
}

static void do_punch(int fd)
{
    done(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, draw(9000), 1 + draw(6000)),
         "punch");
}

static void do_mode(int fd)
{
    done(fchmod(fd, draw(2) ? 0600 : 0644), "fchmod");
}

/* Calls on a name; they may fail, in every run the same. */
static void do_move(void)
{
    const char *from = any_name(), *to = any_name();
    if (rename(from, to) == 0)
        mark();
}

static void do_link(void)
{
    const char *from = any_name(), *to = any_name();
    if (link(from, to) == 0)
        mark();
}

static void do_unlink(void)
{
    if (unlink(any_name()) == 0)
        mark();
}

static void do_sync_directory(void)
{
    sync_directory(draw(2) ? "." : "d");
}

static void at_random(void)
{
    static void (*const on_files[])(int) = { do_write,  do_write, do_append, do_append, do_cut,
                                             do_punch, do_mode,  sync_file, sync_data, sync_file };
    static void (*const on_names[])(void) = { do_move, do_move, do_link, do_unlink,
                                              do_sync_directory };
    if (mkdir("d", 0755) == 0)
        mark();
    for (int i = 0; i < 26; i++) {
        if (draw(5) < 2) {
            on_names[draw(sizeof on_names / sizeof *on_names)]();
            continue;
        }
        int fd = make(any_name(), draw(6) == 0 ? O_TRUNC : 0);
        for (unsigned n = 1 + draw(3); n > 0; n--)
            on_files[draw(sizeof on_files / sizeof *on_files)](fd);
        shut(fd);
    }
}

static const struct {
    const char *name;
    void (*setup)(void), (*run)(void);
} workloads[] = {
    { "replace", give_one, replace_alone },
    { "replace-beside", give_some, replace_beside },
    { "replace-synced", give_one, replace_synced },
    { "replace-safely", give_one, replace_safely },
    { "append", give_some, append_to },
    { "overwrite", give_some, overwrite },
    { "create", give_some, create_many },
    { "unlink", give_some, unlink_open },
    { "link", give_some, hard_links },
    { "move", give_some, move_directories },
    { "truncate", give_some, truncate_it },
    { "rewrite", give_some, rewrite },
    { "allocate", give_some, allocate },
    { "map", give_some, map_it },
    { "directory", give_some, sync_directories },
    { "attributes", give_some, attributes },
    { "random", give_some, at_random },
};
enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static void open_marks(uint64_t seed)
{
    const char *device = getenv("CUT_MARKS");
    cut.pauses = seed + 1000;
    cut.marks = device ? open(device, O_WRONLY | O_DIRECT) : -1;
    if (device && cut.marks < 0)
        die(device);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < WORKLOADS; i++)
            puts(workloads[i].name);
        return 0;
    }
    for (size_t i = 0; argc == 4 && i < WORKLOADS; i++) {
        if (strcmp(argv[1], workloads[i].name) != 0)
            continue;
        cut.random = strtoull(argv[2], NULL, 10);
        if (strcmp(argv[3], "setup") == 0) {
            workloads[i].setup();
            return 0;
        }
        open_marks(cut.random);
        mark();
        workloads[i].run();
        return 0;
    }
    fputs("usage: cut_target WORKLOAD SEED setup|run\n", stderr);
    return 2;
}
