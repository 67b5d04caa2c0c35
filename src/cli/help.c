/* SPDX-License-Identifier: MIT
 * help.c: --help, from the table. Monitor.
 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/table.h"

static void print_option(const struct option_spec *spec)
{
    enum { COLUMN = 31 };
    char left[64], letter[8] = "    ";
    if (spec->letter)
        snprintf(letter, sizeof letter, "-%c, ", spec->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, spec->name, spec->argument ? "=" : "",
             spec->argument ? spec->argument : "");
    printf("%-*s ", COLUMN, left);
    for (const char *line = spec->help;;) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\n", (int)length, line);
        line += length;
        if (*line++ == '\0')
            break;
        printf("%-*s ", COLUMN, "");
    }
}

void options_print_help(enum options_command of)
{
    bool all = of == OPTIONS_HELP;
    for (unsigned i = 0, shown = 0; i < OPTIONS_N_COMMANDS; i++)
        if (all || i == (unsigned)of)
            printf("%s %s\n", shown++ == 0 ? "Usage:" : "   or:", options_commands[i].usage);
    printf("\nRuns a workload: actors, each in a process of its own, that perform random\n"
           "operations on one environment; records what goes wrong, resets, and goes on.\n\n"
           "WORKLOAD is a program or shared object made with <stress.h>, a workload file\n"
           "(.ini), or any command; without a slash it is looked up in PATH. ARGs go to the\n"
           "workload's setup, or to the command.\n");
    for (unsigned i = 0; i < OPTIONS_N_COMMANDS; i++) {
        if ((!all && i != (unsigned)of) || i == OPTIONS_HELP || i == OPTIONS_NEW)
            continue; /* these have no options of their own */
        printf("\nOptions of %s:\n", options_commands[i].name);
        for (int s = 0; s < OPTIONS_N_SPECS; s++)
            if (options_specs[s].commands != ALL && (options_specs[s].commands & (1u << i)))
                print_option(&options_specs[s]);
    }
    printf("\nOptions of all:\n");
    for (int s = 0; s < OPTIONS_N_SPECS; s++)
        if (options_specs[s].commands == ALL)
            print_option(&options_specs[s]);
    printf("\nExit status: 0 no finding, 1 findings, 2 wrong usage, 3 the harness itself\n"
           "failed, 77 the workload cannot run here, 128+N ended by signal N.\n");
}
