/* SPDX-License-Identifier: MIT
 * table.c: every option and every command.
 */
#include "cli/table.h"
#include "definition/definition.h"

/* A hundred years: added to the clock it does not overflow. */
#define LONGEST (36500 * 24 * UINT64_C(3600) * CLOCK_SECOND)
#define AT OPTIONS_AT

const struct option_spec options_specs[] = {
    { "operations", 'n', KIND_NUMBER, BOTH, AT(operations), 0, INT64_MAX, "N",
      "end when exactly N operations are counted\n(0: no target)" },
    { "time-limit", 't', KIND_DURATION, BOTH, AT(time_limit), 0, LONGEST, "DURATION",
      "end after 90s, 22h, 500ms, 1h30m (0: none);\nwithout any exit criterion: 60s; crash: "
      "judge\npairs of losses of power cuts until then" },
    { "time-limit", 't', KIND_DURATION, MATRIX, AT(time_limit), 1, LONGEST, "DURATION",
      "of each run (default 3s)" },
    { "seed", 's', KIND_SEED, THREE, AT(seed), 0, UINT64_MAX, "N",
      "decimal or 0x; without it a random one" },
    { "actors", 'j', KIND_ACTORS, RUN | KEPT, AT(actors), 1, DEFINITION_ACTORS, "N|TYPE=N,...",
      "actors of the only type, or of those named\n(default: what the workload says; of a plain\n"
      "command one for each processor)" },
    { "actors", 0, KIND_ACTORS, MATRIX, AT(actors), 1, DEFINITION_ACTORS, "N|TYPE=N,...",
      "as for run" },
    { "op-timeout", 0, KIND_TIMEOUT, THREE | KEPT, AT(op_timeout_ns), 1, LONGEST, "DURATION",
      "an operation that takes longer is a hang\n(default 60s)" },
    { "reset-timeout", 0, KIND_TIMEOUT, THREE | KEPT, AT(reset_timeout_ns), 1, LONGEST, "DURATION",
      "for actors to finish their operation before\na reset, and for each hook (default 30s)" },
    { "max-findings", 0, KIND_NUMBER, RUN, AT(max_findings), 0, INT64_MAX, "N",
      "end after N distinct findings\n(default: go on)" },
    { "schedule", 0, KIND_SCHEDULE, RUN | SAME, AT(schedule), 0, 0, "KIND",
      "free: actors run as they can (default);\n"
      "serial: one operation at a time, in an order\ndrawn from the seed" },
    { "inject", 0, KIND_INJECTION, RUN | SAME, AT(injections), 0, 0, "SPEC",
      "put a fault at a system call:\n"
      "SYSCALLS:ACTION[:WHEN][:FILTER]...,\n"
      "%write:error=ENOSPC:when=3 for instance; or\n@NAME[:FILTER]..., several such rules\n"
      "(list --presets); may be given several times" },
    { "setup", 0, KIND_TEXT, THREE | KEPT | SAME, AT(setup), 0, 0, "CMD",
      "before a plain command's first operation" },
    { "reset", 0, KIND_TEXT, THREE | KEPT | SAME, AT(reset), 0, 0, "CMD", "to restore its system" },
    { "check", 0, KIND_TEXT, THREE | KEPT | SAME, AT(check), 0, 0, "CMD",
      "after every reset and at the end: is all well?" },
    { "teardown", 0, KIND_TEXT, THREE | KEPT | SAME, AT(teardown), 0, 0, "CMD", "at the end" },
    { "in-scratch", 0, KIND_FLAG, THREE | KEPT | SAME, AT(in_scratch), 0, 0, NULL,
      "commands run in $STRESS_SCRATCH, not here" },
    { "sandbox", 0, KIND_SANDBOX, THREE | KEPT | SAME, AT(sandbox), 0, 0, "KIND",
      "guard: keep actors off the harness (default);\n"
      "strict: and off network, mounts, modules;\nnone" },
    { "calls", 0, KIND_TEXT, CRASH | SAME, AT(calls), 0, 0, "SYSCALLS",
      "where points lie (default: every call that\nchanges files or directories or makes them\n"
      "durable)" },
    { "fault", 0, KIND_TEXT, CRASH | SAME, AT(fault), 0, 0, "LIST",
      "kill, torn, kill-after, short, full[=BYTES],\nerror=ERRNO (default kill,torn,kill-after)" },
    { "persist", 0, KIND_FLAG, CRASH | SAME, AT(persist), 0, 0, NULL,
      "only errors that persist from their point\non (default: also errors that occur once)" },
    { "method", 0, KIND_METHOD, CRASH | SAME, AT(method), 0, 0, "METHOD",
      "states: all from one recorded run; rerun: a\nrun for each point; auto: states where the\n"
      "workload allows it (default)" },
    { "model", 0, KIND_TEXT, CRASH | SAME, AT(model), 0, 0, "LIST",
      "what a crash may lose: process (default),\npower, posix, ext4, xfs, btrfs" },
    { "path", 0, KIND_TEXT, CRASH | SAME, AT(path), 0, 0, "GLOB",
      "points are calls on files of this name" },
    { "not-path", 0, KIND_TEXT, CRASH | SAME, AT(not_path), 0, 0, "GLOB", "... but not on these" },
    { "only", 0, KIND_ONLY, CRASH | SAME, AT(only), 0, 0, "WHOSE",
      "points are calls of: actor, server; any: of\nboth (default)" },
    { "witness", 0, KIND_TEXT, CRASH | SAME, AT(witness), 0, 0, "GLOB",
      "a crash takes nothing back of files with such\na name" },
    { "disk", 0, KIND_TEXT, CRASH | SAME, AT(disk_over), 0, 0, "DIR",
      "what a crash is about, for programs whose paths\nare fixed: the scratch directory lies over "
      "DIR" },
    { "atomic", 0, KIND_TEXT, CRASH | SAME, AT(atomic), 0, 0, "FILE",
      "check that FILE is the old or the new one, and\nafter exit status 0 the new one" },
    { "all", 0, KIND_FLAG, CRASH | SAME, AT(all), 0, 0, NULL,
      "all states, however many: no default limit" },
    { "state", 0, KIND_TEXT, CRASH, AT(state), 0, 0, "FILE",
      "put the state of a finding in place and judge\nit again" },
    { "points", 0, KIND_NUMBER, CRASH | SAME, AT(points), 1, INT64_MAX, "N",
      "at most N points, spread over call sites" },
    { "accept", 0, KIND_DOUBT, CRASH | SUITE | MATRIX, AT(accepted), 0, 0, "DOUBT",
      "a doubt of this kind does not keep it from\npassing; may be given several times" },
    { "recovery", 0, KIND_FLAG, CRASH | SAME, AT(recovery), 0, 0, NULL,
      "crash also inside the reset that follows" },
    { "jobs", 'j', KIND_NUMBER, CRASH | SHRINK | SUITE | MATRIX, AT(jobs), 1, 256, "N",
      "environments, cases or runs in parallel\n(default 1)" },
    { "shard", 0, KIND_SHARD, BOTH | SUITE, AT(shard), 0, 0, "I/N",
      "the I-th of N shares (default: as the engine\nsays that started it, such as Slurm);\n"
      "auto/N: the engine says I" },
    { "only", 0, KIND_TEXT, SUITE, AT(tag), 0, 0, "NAME|TAG",
      "the cases that have this name or tag" },
    { "only", 0, KIND_TEXT, MATRIX, AT(tag), 0, 0, "NAME",
      "put faults at this action, or at the actions\nof this actor type, or at this server" },
    { "presets", 0, KIND_PRESETS, MATRIX, AT(chosen), 0, 0, "LIST",
      "these presets, full-disk,no-memory for instance\n(default: all; see list --presets)" },
    { "rerun-failed", 0, KIND_TEXT, SUITE, AT(rerun), 0, 0, "DIR",
      "the cases that did not pass in the directory\nof an earlier suite" },
    { "short", 0, KIND_FLAG, SUITE, AT(in_short), 0, 0, NULL,
      "the short form of each case that has one" },
    { "debuginfod", 0, KIND_FLAG, RUN, AT(debuginfod), 0, 0, NULL,
      "for the stacks of crashes, ask the servers in\n$DEBUGINFOD_URLS; takes time" },
    { "times", 0, KIND_NUMBER, REPLAY, AT(times), 1, 1000000, "N", "do it N times (default 1)" },
    { "presets", 0, KIND_FLAG, LIST, AT(presets), 0, 0, NULL,
      "show the rules that --inject=@NAME stands for" },
    { "gdb", 0, KIND_FLAG, REPLAY, AT(gdb), 0, 0, NULL,
      "attach gdb to the runner of the last operation\nbefore it begins" },
    { "tries", 0, KIND_NUMBER, SHRINK, AT(tries), 1, 1000, "N",
      "run a schedule up to N times until the finding\ncomes (default 1; for races more)" },
    { "needed", 0, KIND_NUMBER, SHRINK, AT(needed), 1, 1000, "K",
      "... K times (default 1)" },
    { "output", 'o', KIND_TEXT, BOTH | REPLAY | SHRINK | SUITE | MATRIX | MERGE | ONCE,
      AT(output), 0, 0,
      "DIR",
      "the run directory, new or empty (default:\nstress-runs/NAME-DATE-SEED; of replay: none is\n"
      "kept; merge needs it); of shrink: the file to\nwrite" },
    { "verbose", 'v', KIND_MORE, BOTH | REPLAY | SHRINK | SUITE, AT(verbosity), 0, 0, NULL,
      "say more" },
    { "quiet", 'q', KIND_LESS, BOTH | REPLAY | SHRINK | SUITE | MATRIX | MERGE | CLEAN,
      AT(verbosity), 0, 0, NULL, "say less" },
    { "format", 0, KIND_FORMAT, LIST | REPORT | SUITE | MATRIX, AT(format), 0, 0, "FORMAT",
      "text (default) or json; report and matrix also\njunit, tap, html; suite text, junit, tap, "
      "html" },
    { "known", 0, KIND_TEXT, THREE | ONCE, AT(known), 0, 0, "FILE",
      "findings that are known, with a reason and a\ndate: they are shown, and do not fail the "
      "run" },
    { "require", 0, KIND_REQUIRE, BOTH | SAME, AT(required), 0, 0, "LIMIT",
      "'p99<5ms', 'rate>1000', 'resets<10': if it is\nnot kept, or cannot be shown, that is a "
      "finding;\nmay be given several times" },
    { "compare", 0, KIND_TEXT, REPORT, AT(compare), 0, 0, "DIR",
      "what has changed since the run in DIR" },
    { "keep", 0, KIND_KEEP, RUN, AT(keep), 0, 0, "WHEN",
      "findings: put a copy of the scratch directory\ninto the directory of each finding; always: "
      "also\nleave it in the run directory at the end; never\n(default)" },
    { "metrics", 0, KIND_TEXT, RUN | ONCE, AT(metrics), 0, 0, "FILE",
      "keep numbers for Prometheus in FILE" },
    { "history", 0, KIND_TEXT, RUN | ONCE, AT(history), 0, 0, "FILE",
      "write all operations into FILE, as lines of\nJSON" },
    { "older", 0, KIND_DURATION, CLEAN, AT(older), 0, LONGEST, "DURATION",
      "remove those whose run ended longer ago: 7d,\n12h" },
    { "leave", 0, KIND_NUMBER, CLEAN, AT(leave), 0, INT64_MAX, "N",
      "leave the N latest, however old" },
    { "dry-run", 0, KIND_FLAG, CLEAN, AT(dry_run), 0, 0, NULL,
      "say what would be removed, and remove nothing" },
    { "kernel", 0, KIND_TEXT, VM, AT(kernel), 0, 0, "FILE",
      "what the machine boots (default: the newest\nin /boot)" },
    { "memory", 0, KIND_SIZE, VM, AT(memory), 128 << 20, INT64_MAX, "SIZE",
      "of the machine, 512M or 4G (default 1G)" },
    { "cpus", 0, KIND_NUMBER, VM, AT(cpus), 1, 255, "N", "of the machine (default 1)" },
    { "disk", 0, KIND_SIZE, VM, AT(disk), 1 << 20, INT64_MAX, "SIZE",
      "an empty disk /dev/vda for the workload, which\nsurvives the machine" },
    { "power-cut", 0, KIND_DURATION, VM, AT(power_cut), CLOCK_SECOND, LONGEST, "MEAN-TIME",
      "cut the power of the machine at random moments,\nwith what its disk has not been told to "
      "flush;\nneeds --disk" },
    { "with", 0, KIND_PATH, VM, AT(with), 0, 0, "PATH",
      "a file or directory that the workload needs;\nmay be given several times" },
    { "severity", 0, KIND_SEVERITY, VM, AT(severity), 0, 0, "LEVEL",
      "what the kernel reports is a finding from here\non: warning (default), error, fatal" },
    { "silence", 0, KIND_TIMEOUT, VM, AT(silence_ns), 1, LONGEST, "DURATION",
      "a machine without a sign of life for longer is\nlost (default 60s)" },
    { "help", 'h', KIND_HELP, ALL, AT(command), 0, 0, NULL, "show this and exit" },
    { "version", 0, KIND_VERSION, ALL, AT(command), 0, 0, NULL, "show the version and exit" },
};

const struct options_words options_commands[] = {
    [OPTIONS_RUN] = { "run", "workload",
                      "stress-supervisor [run] [OPTION]... WORKLOAD [-- ARG]..." },
    [OPTIONS_LIST] = { "list", "workload",
                       "stress-supervisor list [--format=FORMAT] WORKLOAD" },
    [OPTIONS_CRASH] = { "crash", "workload",
                        "stress-supervisor crash [OPTION]... WORKLOAD [-- ARG]..." },
    [OPTIONS_REPLAY] = { "replay", "finding or replay file",
                         "stress-supervisor replay [OPTION]... FINDING|REPLAY-FILE" },
    [OPTIONS_SHRINK] = { "shrink", "finding or replay file",
                         "stress-supervisor shrink [OPTION]... FINDING|REPLAY-FILE" },
    [OPTIONS_REPORT] = { "report", "run directory",
                         "stress-supervisor report [OPTION]... RUN-DIRECTORY" },
    [OPTIONS_SUITE] = { "suite", "suite file",
                        "stress-supervisor suite [OPTION]... FILE..." },
    [OPTIONS_MATRIX] = { "matrix", "workload",
                         "stress-supervisor matrix [OPTION]... WORKLOAD [-- ARG]..." },
    [OPTIONS_MERGE] = { "merge", "run directory",
                        "stress-supervisor merge -o DIR [OPTION]... RUN-DIRECTORY..." },
    [OPTIONS_CLEAN] = { "clean", "directory",
                        "stress-supervisor clean [OPTION]... [DIRECTORY]" },
    [OPTIONS_VM] = { "vm", "command",
                     "stress-supervisor vm [VM-OPTION]... COMMAND [OPTION]... ARG..." },
    [OPTIONS_NEW] = { "new", "workload", "stress-supervisor new [c|python|ini] NAME" },
    [OPTIONS_HELP] = { "help", "command", "stress-supervisor help [COMMAND]" },
};

static const char *const sandboxes[WIRE_SANDBOXES] = {
    [WIRE_SANDBOX_GUARD] = "guard", [WIRE_SANDBOX_STRICT] = "strict", [WIRE_SANDBOX_NONE] = "none"
};
static const char *const methods[] = { [OPTIONS_AUTO] = "auto", [OPTIONS_STATES] = "states",
                                       [OPTIONS_RERUN] = "rerun" };
static const char *const whose[] = { [OPTIONS_ANY] = "any", [OPTIONS_ACTOR] = "actor",
                                     [OPTIONS_SERVER] = "server" };
static const char *const schedules[] = { [OPTIONS_FREE] = "free", [OPTIONS_SERIAL] = "serial" };
const char *const options_severities[OPTIONS_SEVERITIES] = { "warning", "error", "fatal" };
static const char *const keeps[] = { [OPTIONS_KEEP_NEVER] = "never",
                                     [OPTIONS_KEEP_FINDINGS] = "findings",
                                     [OPTIONS_KEEP_ALWAYS] = "always" };
const char *const options_languages[OPTIONS_LANGUAGES] = { "c", "python", "ini" };
const char *const options_formats[OPTIONS_FORMATS] = { "text", "json", "junit", "tap", "html" };
const struct options_choice options_choices[KINDS] = {
    [KIND_SANDBOX] = { sandboxes, WIRE_SANDBOXES },
    [KIND_SCHEDULE] = { schedules, sizeof schedules / sizeof *schedules },
    [KIND_KEEP] = { keeps, sizeof keeps / sizeof *keeps },
    [KIND_SEVERITY] = { options_severities, OPTIONS_SEVERITIES },
    [KIND_ONLY] = { whose, sizeof whose / sizeof *whose },
    [KIND_METHOD] = { methods, sizeof methods / sizeof *methods },
    [KIND_FORMAT] = { options_formats, OPTIONS_FORMATS },
};
