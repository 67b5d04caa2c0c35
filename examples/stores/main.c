/* SPDX-License-Identifier: MIT
 * main.c: the command line of a store's program.
 *     store-NAME [OPTION]... setup|write|check [DIRECTORY]     (else $STRESS_SCRATCH)
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

enum { STATUS_USAGE = 2 };

static unsigned how_many;

static int usage(void)
{
    fprintf(stderr, "usage: store-%s [--puts=N]%s setup|write|check [DIRECTORY]\n", store.name,
            store.usage);
    return STATUS_USAGE;
}

static int read_option(const char *option)
{
    static const char name[] = "--puts=";
    if (strncmp(option, name, sizeof name - 1) != 0)
        return store.configure(option);
    char *end;
    unsigned long number = strtoul(option + sizeof name - 1, &end, 10);
    if (option[sizeof name - 1] == '-' || *end != '\0' || number == 0 || number > UINT_MAX)
        return -1;
    how_many = (unsigned)number;
    return 0;
}

static int write_puts(const char *directory)
{
    return store_write(directory, how_many);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; int (*run)(const char *directory); } modes[] = {
        { "setup", store_set_up }, { "write", write_puts }, { "check", store_check } };
    int i = 1;
    how_many = store.puts;
    for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++)
        if (read_option(argv[i]) < 0)
            return usage();
    const char *directory = i + 1 < argc ? argv[i + 1] : getenv("STRESS_SCRATCH");
    if (argc - i < 1 || argc - i > 2 || !directory || !*directory)
        return usage();
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        if (strcmp(argv[i], modes[m].name) == 0)
            return modes[m].run(directory);
    return usage();
}
