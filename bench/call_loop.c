/* SPDX-License-Identifier: MIT
 * call_loop.c: the cost of a system call that a rule may name (getppid), and of one that no rule
 * names (getuid). A plain program: it runs alone, under strace, or as a command.
 * Batches of both alternate. Writes the medians, in nanoseconds per call, to FILE.
 *     call_loop FILE NAMED UNNAMED      numbers of calls in a batch
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/sample.h"

enum { BATCHES = 15 };

static void measure(struct sample *sample, long call, unsigned n)
{
    if (n == 0)
        return;
    uint64_t begun = clock_now();
    for (unsigned i = 0; i < n; i++)
        syscall(call);
    sample_add(sample, (double)(clock_now() - begun) / n);
}

int main(int argc, char **argv)
{
    static struct sample named, unnamed;
    if (argc != 4) {
        fprintf(stderr, "usage: call_loop FILE NAMED UNNAMED\n");
        return 2;
    }
    for (int i = 0; i < BATCHES; i++) {
        measure(&named, SYS_getppid, (unsigned)atoi(argv[2]));
        measure(&unnamed, SYS_getuid, (unsigned)atoi(argv[3]));
    }
    FILE *file = fopen(argv[1], "we");
    if (!file)
        return 1;
    fprintf(file, "named %.1f\nunnamed %.1f\n", sample_median(&named), sample_median(&unnamed));
    return fclose(file) == 0 ? 0 : 1;
}
