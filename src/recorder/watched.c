/* SPDX-License-Identifier: MIT
 * watched.c: see watched.h.
 */
#include "recorder/watched.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

bool watched_begin(struct recorder *recorder, unsigned number, int fd)
{
    struct watched *watched = &recorder->watched[number];
    struct stat status;
    void *map = MAP_FAILED;
    if (watched->size > 0 || fstat(fd, &status) < 0 || status.st_size <= 0) {
        close(fd);
        return watched->size > 0;
    }
    size_t size = (size_t)status.st_size;
    unsigned char *seen = calloc(1, size);
    if (seen)
        map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) {
        free(seen);
        return false;
    }
    *watched = (struct watched){ .now = map, .seen = seen, .size = size };
    return true;
}

static void put(struct recorder *recorder, uint32_t number, size_t begin, size_t end)
{
    const struct watched *watched = &recorder->watched[number];
    memcpy(watched->seen + begin, watched->now + begin, end - begin);
    recording_step(recorder->writer, &(struct recording_step){
        .kind = RECORDING_MEMORY, .call = RECORDING_NONE, .node = number, .offset = begin,
        .length = end - begin,
        .data = recording_data(recorder->writer, watched->seen + begin, end - begin) });
}

void watched_look(struct recorder *recorder)
{
    for (uint32_t i = 0; i < RECORDER_WATCHED; i++) {
        const struct watched *watched = &recorder->watched[i];
        for (size_t at = 0; at < watched->size; at += PAGE) {
            size_t end = watched->size - at < PAGE ? watched->size : at + PAGE;
            if (memcmp(watched->now + at, watched->seen + at, end - at) != 0)
                put(recorder, i, at, end);
        }
    }
}

void watched_base(struct recorder *recorder)
{
    static const unsigned char zeros[PAGE];
    for (uint32_t i = 0; i < RECORDER_WATCHED; i++) {
        const struct watched *watched = &recorder->watched[i];
        for (size_t at = 0; at < watched->size; at += PAGE) {
            size_t end = watched->size - at < PAGE ? watched->size : at + PAGE;
            if (memcmp(watched->now + at, zeros, end - at) != 0)
                put(recorder, i, at, end);
        }
    }
}

void watched_free(struct recorder *recorder)
{
    for (uint32_t i = 0; i < RECORDER_WATCHED; i++) {
        struct watched *watched = &recorder->watched[i];
        if (watched->size > 0)
            munmap((void *)(uintptr_t)watched->now, watched->size);
        free(watched->seen);
    }
}
