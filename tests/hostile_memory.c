/* SPDX-License-Identifier: MIT
 * hostile_memory.c: an actor that attacks the shared memory: it resizes and seals it, writes to it
 * at random, and makes read-only memory writable.
 */
#include "hostile.h"

#include "memory/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { MAPPINGS = 256 };

struct mapping {
    uintptr_t start, end;
    bool writable;
    dev_t device;
    ino_t inode;
};

static struct mapping mappings[MAPPINGS];

/* The shared mappings of memfds in this process. */
static size_t read_mappings(void)
{
    char line[1024], mode[8];
    unsigned major_number, minor_number;
    unsigned long start, end, inode;
    size_t n = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && n < MAPPINGS && fgets(line, sizeof(line), maps)) {
        if (sscanf(line, "%lx-%lx %7s %*x %x:%x %lu", &start, &end, mode, &major_number,
                   &minor_number, &inode) != 6 || mode[3] != 's' || !strstr(line, "/memfd:"))
            continue;
        mappings[n++] = (struct mapping){ start, end, mode[1] == 'w',
                                          makedev(major_number, minor_number), inode };
    }
    if (maps)
        fclose(maps);
    return n;
}

static bool is_memfd(const char *path)
{
    char target[256];
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n < 0)
        return false;
    target[n] = 0;
    return !strncmp(target, "/memfd:", 7);
}

static int open_memfd(const char *path)
{
    return is_memfd(path) ? open(path, O_RDWR | O_CLOEXEC) : -1;
}

typedef const char *(*attempt)(int fd); /* returns what worked and must not; NULL: nothing */

static const char *attempt_on_directory(const char *directory, attempt try)
{
    char path[512];
    const char *bad = NULL;
    DIR *entries = opendir(directory);
    for (struct dirent *e; entries && !bad && (e = readdir(entries));) {
        snprintf(path, sizeof(path), "%s/%s", directory, e->d_name);
        int fd = open_memfd(path);
        if (fd >= 0) {
            bad = try(fd);
            close(fd);
        }
    }
    if (entries)
        closedir(entries);
    return bad;
}

static const char *map_writable(int fd);

/* Tries it on every memfd that can be reached: through an open descriptor, the mappings of this
 * process, the descriptors of the supervisor. */
static const char *attempt_everywhere(attempt try)
{
    char path[64];
    for (int fd = 0; fd <= 4096; fd++) {
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        const char *bad = is_memfd(path) ? try(fd) : NULL;
        if (bad)
            return bad;
    }
    const char *bad = NULL;
    /* Root may reopen its own mappings writable. A seal against that would also stop a new
     * supervisor: see doc/ARCHITECTURE, "Limits". */
    if (geteuid() != 0 || try != map_writable)
        bad = attempt_on_directory("/proc/self/map_files", try);
    if (bad)
        return bad;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)getppid());
    bad = attempt_on_directory(path, try);
    if (bad)
        return bad;
    snprintf(path, sizeof(path), "/proc/%d/map_files", (int)getppid());
    return attempt_on_directory(path, try);
}

static const char *resize(int fd)
{
    struct stat status;
    if (fstat(fd, &status))
        return NULL;
    if (!ftruncate(fd, 0))
        return "it could be cut to nothing";
    return ftruncate(fd, status.st_size + 4096) ? NULL : "it could be made larger";
}

static const char *seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) ? NULL : "it could be sealed against writing";
}

static bool of_global_or_state(int fd)
{
    struct stat status;
    size_t n = read_mappings();
    if (fstat(fd, &status))
        return true;
    for (size_t i = 0; i < n; i++)
        if (mappings[i].inode == status.st_ino && !mappings[i].writable)
            return false;
    return true;
}

/* A memfd that has a read-only mapping here must not become writable in another way. */
static const char *map_writable(int fd)
{
    if (of_global_or_state(fd))
        return NULL;
    void *address = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED)
        return NULL;
    munmap(address, 4096);
    return "it could be mapped writable";
}

static enum stress_outcome judge(struct stress_actor *a, const char *bad)
{
    return bad ? stress_actor_fail(a, "a memfd of the harness: %s", bad) : STRESS_UNCOUNTED;
}

static enum stress_outcome resize_memfds(struct stress_actor *a)
{
    return judge(a, attempt_everywhere(resize));
}

static enum stress_outcome seal_memfds(struct stress_actor *a)
{
    return judge(a, attempt_everywhere(seal));
}

static enum stress_outcome protect_writable(struct stress_actor *a)
{
    size_t n = read_mappings(), readonly = 0;
    for (size_t i = 0; i < n; i++) {
        if (mappings[i].writable)
            continue;
        readonly++;
        if (!mprotect((void *)mappings[i].start, mappings[i].end - mappings[i].start,
                      PROT_READ | PROT_WRITE))
            return stress_actor_fail(a, "a read-only mapping could be made writable");
    }
    return readonly ? STRESS_UNCOUNTED : stress_actor_fail(a, "no read-only mapping was found");
}

static enum stress_outcome remap_writable(struct stress_actor *a)
{
    return judge(a, attempt_everywhere(map_writable));
}

/* Random writes could make all actors look released. The good ones must not end the run before the
 * misdeed shows and this actor performs again. */
static void hold_good(struct stress_actor *a)
{
    struct hostile_world *world = stress_actor_global(a);
    atomic_store(&world->present, 1);
    atomic_store(&world->released, 0);
}

enum pattern { PATTERN_RANDOM, PATTERN_ZERO, PATTERN_ONES };

/* Has its own generator, because the actor's is in this memory. Skips pages that were never
 * touched, except the first of a mapping, so that a large state is not filled. */
static void scribble(struct stress_actor *a, enum pattern pattern)
{
    uint64_t seed = stress_random_next(stress_actor_random(a)) | 1;
    size_t n = read_mappings();
    for (size_t i = 0; i < n; i++) {
        if (!mappings[i].writable)
            continue;
        uint64_t *end = (uint64_t *)mappings[i].end;
        for (uint64_t *p = (uint64_t *)mappings[i].start; p < end; p++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            *p = pattern == PATTERN_RANDOM ? seed : pattern == PATTERN_ZERO ? 0 : UINT64_MAX;
        }
    }
}

static enum stress_outcome scribble_and_return(struct stress_actor *a)
{
    scribble(a, PATTERN_RANDOM);
    return STRESS_UNCOUNTED;
}

static enum stress_outcome scribble_and_die(struct stress_actor *a)
{
    scribble(a, PATTERN_RANDOM);
    hold_good(a);
    raise(SIGKILL);
    return STRESS_OK;
}

static enum stress_outcome scribble_and_hang(struct stress_actor *a)
{
    scribble(a, PATTERN_RANDOM);
    hold_good(a);
    hostile_hang();
}

static enum stress_outcome scribble_ones_and_die(struct stress_actor *a)
{
    scribble(a, PATTERN_ONES);
    hold_good(a);
    raise(SIGKILL);
    return STRESS_OK;
}

/* Notes in the state that the misdeed is done, so that it is not done again. */
static enum stress_outcome scribble_zeroes_and_die(struct stress_actor *a)
{
    struct hostile_state *state = stress_actor_state(a);
    scribble(a, PATTERN_ZERO);
    state->misdeeds = UINT64_MAX;
    atomic_store(&((struct hostile_world *)stress_actor_global(a))->present, 1);
    raise(SIGKILL);
    return STRESS_OK;
}

/* The slot of this actor: the one writable mapping of a memfd that is read-only otherwise, apart
 * from the actor's state. */
static unsigned char *own_slot(struct stress_actor *a)
{
    uintptr_t state = (uintptr_t)stress_actor_state(a);
    size_t n = read_mappings();
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; mappings[i].writable && j < n; j++)
            if (!mappings[j].writable && mappings[j].inode == mappings[i].inode &&
                (state < mappings[i].start || state >= mappings[i].end))
                return (unsigned char *)mappings[i].start;
    abort();
}

static enum stress_outcome zero_slot_head(struct stress_actor *a)
{
    memset(own_slot(a), 0, offsetof(struct layout_slot, phase));
    return STRESS_UNCOUNTED;
}

static enum stress_outcome zero_counters(struct stress_actor *a)
{
    memset(own_slot(a) + offsetof(struct layout_slot, counted), 0,
           offsetof(struct layout_slot, outcome) - offsetof(struct layout_slot, counted));
    return STRESS_UNCOUNTED;
}

static enum stress_outcome zero_slot(struct stress_actor *a)
{
    memset(own_slot(a), 0, sizeof(struct layout_slot));
    return STRESS_UNCOUNTED;
}

const struct hostile_row hostile_memory[] = {
    { "resizes-memfds", resize_memfds },
    { "seals-memfds", seal_memfds },
    { "mprotects-writable", protect_writable },
    { "remaps-writable", remap_writable },
    { "scribbles", scribble_and_return },
    { "scribbles-and-dies", scribble_and_die },
    { "scribbles-and-hangs", scribble_and_hang },
    { "scribbles-ones-and-dies", scribble_ones_and_die },
    { "scribbles-zeroes-and-dies", scribble_zeroes_and_die },
    { "zeroes-slot-head", zero_slot_head },
    { "zeroes-counters", zero_counters },
    { "zeroes-slot", zero_slot },
    { 0 }
};
