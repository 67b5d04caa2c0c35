/* SPDX-License-Identifier: MIT
 * write_loop.c: the cost of a call that changes a file: a write of SIZE bytes, or, for 0, an fsync
 * of a file that has not changed. It also copies the same bytes into a file beside RESULT, where
 * the recording lies. A plain program: it runs alone, or as a recorded command. Writes the
 * medians, in nanoseconds of processor time per call, to RESULT; that of the process that traces
 * it counts, too.
 *     write_loop RESULT FILE SIZE CALLS      calls in a batch
 */
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/sample.h"

enum { BATCHES = 15, MOST = 1 << 20 };

static char bytes[MOST];

/* The process that traces this one; 0: none. */
static int tracer(void)
{
    char line[256];
    int pid = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "TracerPid: %d", &pid) != 1)
        ;
    if (file)
        fclose(file);
    return pid;
}

static uint64_t spent(int tracer_pid)
{
    struct timespec own;
    char path[64];
    unsigned long long others = 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    snprintf(path, sizeof path, "/proc/%d/schedstat", tracer_pid);
    FILE *file = tracer_pid > 0 ? fopen(path, "re") : NULL;
    if (file && fscanf(file, "%llu", &others) != 1)
        exit(1);
    if (file)
        fclose(file);
    return (uint64_t)own.tv_sec * CLOCK_SECOND + (uint64_t)own.tv_nsec + others;
}

static int change(int fd, size_t size)
{
    return size == 0 ? fdatasync(fd) : pwrite(fd, bytes, size, 0) != (ssize_t)size;
}

/* To the end of a file that grows. */
static int copy(int from, int to, size_t size)
{
    return pread(from, bytes, size, 0) != (ssize_t)size ||
           write(to, bytes, size) != (ssize_t)size;
}

int main(int argc, char **argv)
{
    static struct sample calls, copies;
    if (argc != 5) {
        fprintf(stderr, "usage: write_loop RESULT FILE SIZE CALLS\n");
        return 2;
    }
    size_t size = strtoul(argv[3], NULL, 10);
    int n = atoi(argv[4]), fd = open(argv[2], O_RDWR | O_CREAT, 0600), bad = fd < 0 || size > MOST;
    int traced_by = tracer();
    char path[4096];
    snprintf(path, sizeof path, "%s.copy", argv[1]);
    FILE *file = fopen(argv[1], "we"), *other = fopen(path, "w+e");
    if (!file || !other || unlink(path) < 0 || bad || change(fd, size))
        return 1;
    for (int i = 0; i < BATCHES; i++) {
        uint64_t begun = spent(traced_by);
        for (int k = 0; k < n; k++)
            bad |= change(fd, size);
        sample_add(&calls, (double)(spent(traced_by) - begun) / n);
        begun = spent(traced_by);
        for (int k = 0; k < n; k++)
            bad |= copy(fd, fileno(other), size);
        sample_add(&copies, (double)(spent(traced_by) - begun) / n);
    }
    fprintf(file, "call %.1f\ncopy %.1f\n", sample_median(&calls), sample_median(&copies));
    return fclose(file) != 0 || bad;
}
