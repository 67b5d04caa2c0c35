/* SPDX-License-Identifier: MIT
 * main.c: the program stress-supervisor: the monitor, or, where the monitor itself has started it
 * as one, the supervisor of a workload without a program of its own.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/base.h"
#include "clean/clean.h"
#include "cli/cli.h"
#include "crash/crash.h"
#include "inject/inject.h"
#include "merge/merge.h"
#include "new/new.h"
#include "replay/replay.h"
#include "report/report.h"
#include "session/session.h"
#include "shrink/shrink.h"
#include "suite/suite.h"
#include "vm/vm.h"
#include "wire/wire.h"
#include "workload/workload.h"

static int run(const struct options *options, char **argv)
{
    static struct subject subject;
    struct error error;
    if (subject_find(options, &subject, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    if (options->command == OPTIONS_CRASH)
        return crash_run(options, &subject, argv);
    if (options->command == OPTIONS_MATRIX)
        return suite_matrix(options, &subject, argv);
    return options->command == OPTIONS_LIST ? session_list(options, &subject, argv)
                                            : session_run(options, &subject, argv);
}

/* Runs a command that returns its exit status, with `error` if there is something to say. */
static int perform(int (*command)(const struct options *options, struct error *error),
                   const struct options *options)
{
    struct error error = { .text = "" };
    int status = command(options, &error);
    return error.text[0] ? cli_complain(&error, status) : status;
}

static int dispatch(const struct options *options, char **argv)
{
    switch (options->command) {
    case OPTIONS_HELP:
        options_print_help(options->help_of);
        return CLI_PASSED;
    case OPTIONS_VERSION:
        printf("stress-supervisor %s\n", PACKAGE_VERSION);
        return CLI_PASSED;
    case OPTIONS_LIST:
        if (!options->presets)
            return run(options, argv);
        preset_list(stdout);
        return CLI_PASSED;
    case OPTIONS_CLEAN:
        return perform(clean_directories, options);
    case OPTIONS_MERGE:
        return perform(merge_directories, options);
    case OPTIONS_NEW:
        return perform(new_workload, options);
    case OPTIONS_REPORT:
        return perform(report_directory, options);
    case OPTIONS_REPLAY:
        return replay_run(options);
    case OPTIONS_SHRINK:
        return shrink_run(options);
    case OPTIONS_SUITE:
        return suite_main(options);
    case OPTIONS_VM:
        return vm_run(options, argv);
    default:
        return run(options, argv);
    }
}

/* Started without standard descriptors, the first files opened would become them. What replaces
 * standard output cannot be written to: a report that is lost must not look written. */
static int open_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

/* With less, a function would crash where it is called: fprintf(3) to standard error, too. */
static bool has_stack(void)
{
    static const char needed[] =
        "stress-supervisor: a stack of at least 256 KiB is needed: see ulimit -s\n";
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= 256 * 1024)
        return true;
    fd_write_all(STDERR_FILENO, needed, sizeof needed - 1);
    return false;
}

int main(int argc, char **argv)
{
    static struct options options = { .command = OPTIONS_RUN };
    struct error error;
    if (!has_stack())
        return CLI_HARNESS;
    if (open_standard() < 0) {
        error_set(&error, errno, "cannot open /dev/null");
        return cli_complain(&error, CLI_HARNESS);
    }
    if (fd_raise_limit() < 0) {
        error_set(&error, errno, "at least %d descriptors are needed: see ulimit -Hn", FD_LEAST);
        return cli_complain(&error, CLI_HARNESS);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a full disk is a failed write, not a death */
    signal(SIGCHLD, SIG_DFL); /* ignored, it would take the exit statuses away */
    if (vm_is_guest(argv)) {
        argv = vm_guest(&options, &error);
        if (!argv)
            return cli_complain(&error, CLI_HARNESS);
    } else if (options_parse(argc, argv, &options, &error) < 0) {
        return cli_complain(&error, CLI_USAGE);
    }
    if (shard_settle(&options, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    shard_say(&options);
    int status = dispatch(&options, argv);
    return cli_flush(&error) < 0 ? cli_complain(&error, CLI_HARNESS) : status;
}
