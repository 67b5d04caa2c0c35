/* SPDX-License-Identifier: MIT
 * method.c: see method.h.
 */
#include "crash/method.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool method_is_needed(const struct crash *crash)
{
    return crash->options->method == OPTIONS_STATES ||
           (crash->models & ~(1u << DURABLE_PROCESS)) != 0;
}

static int add_model(struct crash *crash, const char *name, struct error *error)
{
    int model = durable_model_parse(strcmp(name, "power") == 0 ? "ext4" : name);
    if (model < 0)
        return error_set(error, 0, "--model=%.100s: unknown: give process, power, posix, ext4, xfs "
                                   "or btrfs", name);
    crash->models |= 1u << model;
    return 0;
}

const char *method_forced(const struct crash *crash)
{
    const struct options *options = crash->options;
    if (options->method == OPTIONS_RERUN)
        return "--method=rerun was given";
    if (options->recovery && shard_is(&options->shard))
        return "a share with --recovery needs a run for each point";
    for (uint32_t i = 0; i < crash->n_faults; i++)
        if (crash->faults[i].action != RULE_KILL && crash->faults[i].action != RULE_TORN &&
            crash->faults[i].action != RULE_KILL_AFTER)
            return "faults that the program goes on after need a run for each point";
    return NULL;
}

int method_choose(struct crash *crash, struct error *error)
{
    const char *obstacle = method_forced(crash);
    char *copy = strdup(crash->options->model ? crash->options->model : "process");
    char *rest = copy, *word;
    int result = copy ? 0 : error_set(error, ENOMEM, "--model");
    while (result == 0 && (word = strsep(&rest, ",")))
        result = add_model(crash, word, error);
    free(copy);
    crash->by_states = !obstacle;
    if (result < 0 || !obstacle)
        return result;
    return method_is_needed(crash)
               ? error_set(error, 0, "the states cannot come from one recorded run: %s", obstacle)
               : 0;
}

/* Is the reset a process of its own, which alone changes the disk meanwhile? */
static bool has_reset_command(const struct crash *crash)
{
    bool is = crash->subject->kind == SUBJECT_COMMAND || crash->subject->kind == SUBJECT_FILE;
    for (uint32_t i = 0; i < crash->n_points && is; i++)
        is = crash->points->points[i].whose != RULE_OF_SERVER;
    return is;
}

const char *method_obstacle(const struct crash *crash)
{
    static char why[600];
    if (crash->definition.global_size > CRASH_GLOBAL)
        return "its global state is larger than 64 MiB";
    if (*crash->definition.injects)
        return "the workload arms faults by itself";
    if (crash->options->recovery && !has_reset_command(crash))
        return "--recovery by states is for resets that are commands, without servers";
    if (crash->inexact[0])
        return crash->inexact;
    if (!crash->outside[0])
        return NULL;
    snprintf(why, sizeof why, "operations change files outside $STRESS_SCRATCH: %.500s",
             strchr(crash->outside, ' ') + 1);
    return why;
}
