/* SPDX-License-Identifier: MIT
 * host.c: see host.h.
 */
#include "workload/host.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "workload/command.h"
#include "workload/file.h"
#include "workload/subject.h"

/* The exit statuses are those of the program, which it is; HOST_ARGUMENTS fit on the stack in
 * launch.c. */
enum { HOST_REFUSED = 2, HOST_FAILED = 3, HOST_ARGUMENTS = 16384 };

/* One of each per process. The workload points into them. */
static struct command_spec spec;
static char **arguments;

static int refuse(const struct error *error)
{
    fprintf(stderr, "%s\n", error->text);
    return error_is_of_machine(error->code) ? HOST_FAILED : HOST_REFUSED;
}

static const struct stress_workload *load_object(const struct subject *subject, struct error *error)
{
    void *object = dlopen(subject->path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        error_set(error, 0, "cannot load %s: %s", subject->path, dlerror());
        return NULL;
    }
    const struct stress_workload *workload = dlsym(object, "stress_workload_definition");
    if (!workload)
        error_set(error, 0, "%s has no stress_workload_definition: is it made with "
                  "STRESS_WORKLOAD()?", subject->path);
    return workload; /* the object stays loaded until the process ends */
}

static int copy_hook(struct command_line *to, const char *from)
{
    to->shell = from ? strdup(from) : NULL;
    return from && !to->shell ? -1 : 0;
}

/* A plain command: one actor type, with an actor for each processor unless --actors says how many;
 * the schedule of crash is serial. */
static int spec_from_options(const struct options *options, const struct subject *subject,
                             char **argv)
{
    struct command_actor *actor = &spec.actors[0];
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->command == OPTIONS_CRASH || online < 1)
        online = 1;
    memcpy(actor->name, subject->name, sizeof actor->name);
    memcpy(spec.name, subject->name, sizeof spec.name);
    actor->count = online < DEFINITION_ACTORS ? (uint32_t)online : DEFINITION_ACTORS;
    actor->command.argv = argv;
    spec.n_actors = 1;
    spec.in_scratch = options->in_scratch;
    return copy_hook(&spec.setup, options->setup) < 0 ||
                   copy_hook(&spec.reset, options->reset) < 0 ||
                   copy_hook(&spec.check, options->check) < 0 ||
                   copy_hook(&spec.teardown, options->teardown) < 0
               ? -1 : 0;
}

static const struct stress_workload *find_workload(const struct options *options,
                                                   const struct subject *subject, char **argv,
                                                   struct error *error)
{
    switch (subject->kind) {
    case SUBJECT_OBJECT:
        return load_object(subject, error);
    case SUBJECT_COMMAND:
        if (spec_from_options(options, subject, argv) == 0)
            return command_workload(&spec);
        error_set(error, ENOMEM, "cannot prepare %s", subject->path);
        return NULL;
    case SUBJECT_FILE:
        if (command_parse_file(subject->path, &spec, error) < 0)
            return NULL;
        if (spec.name[0] == '\0')
            memcpy(spec.name, subject->name, sizeof spec.name);
        return command_workload(&spec);
    case SUBJECT_PROGRAM:
        break;
    }
    error_set(error, 0, "%s is a program: it runs without a host", subject->path);
    return NULL;
}

int host_main(int argc, char **argv)
{
    static struct subject subject;
    struct options options;
    struct error error;
    if (options_parse(argc, argv, &options, &error) < 0 ||
        subject_find(&options, &subject, &error) < 0)
        return refuse(&error);
    if (options.argc > HOST_ARGUMENTS) {
        error_set(&error, 0, "too many arguments after --: at most %d are possible",
                  HOST_ARGUMENTS);
        return refuse(&error);
    }
    /* The workload gets its own path, then the arguments after `--`. */
    size_t n = (size_t)options.argc;
    arguments = calloc(n + 2, sizeof *arguments);
    if (!arguments) {
        error_set(&error, ENOMEM, "cannot copy the arguments");
        return refuse(&error);
    }
    arguments[0] = subject.path;
    for (size_t i = 0; i < n; i++)
        arguments[i + 1] = options.argv[i];
    const struct stress_workload *workload =
        find_workload(&options, &subject, arguments, &error);
    return workload ? stress_main(workload, (int)n + 1, arguments) : refuse(&error);
}
