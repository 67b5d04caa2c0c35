# SPDX-License-Identifier: MIT
"""What the tests of injection share: runs with faults, and checks of their results."""
import os

import harness
from harness import TESTS_BIN, Run, equal, expect, kinds, read

TARGET = os.path.join(TESTS_BIN, "inject_target")
STATUS = {"passed": 0, "failed": 1, "error": 3}
WORDS = "0123456789"  # what the target writes in one call


def rows():
    """Returns a table of rows, and a decorator that adds a function to it."""
    table = {}

    def test(function):
        table[function.__name__.replace("_", "-")] = function
        return function
    return table, test


def inject(*rules):
    return ["--inject=" + rule for rule in rules]


def ended(run, verdict, *found):
    """Checks a finished run: its verdict, its findings, and that no file is incomplete."""
    result = run.result()
    what = [finding["title"] for finding in result["findings"]]
    equal("findings (%s)" % what, kinds(result), set(found))
    equal("verdict (%s)" % result.get("reason"), result["verdict"], verdict)
    equal("exit status", run.status, STATUS[verdict])
    run.check_directory()
    return result


def tallies(result):
    return [(entry["matched"], entry["fired"]) for entry in result["injections"]]


def command(place, rules, *argv, n=1, options=()):
    """Runs a plain command with one actor and N operations."""
    return Run(place, argv[0], ("-n", str(n), "-s", "7", "-j", "1", *inject(*rules), *options),
               argv[1:]).wait()


def target(place, rules, mode, n=1, options=(), program=TARGET):
    return command(place, rules, program, mode, "out", n=n, options=options)


def out_of(place):
    return read(os.path.join(place.work, "out"))


def written(place, name, text):
    """The program itself, as the one in the build tree may be a script."""
    return harness.written(place, name, text, 0o700)


def workload(place, rules, n=60, seed=7, options=("--schedule=serial",), **arguments):
    """Runs the workload of tests/inject.c; returns what it saw, by name and actor. The schedule is
    serial, so that each actor has its share whatever the load of the machine."""
    arguments.setdefault("dump", os.path.join(place.work, "dump"))
    run = Run(place, "inject", ("-n", str(n), "-s", str(seed), *inject(*rules), *options),
              ["--%s=%s" % item for item in arguments.items()]).wait()
    seen = {}
    for line in read(arguments["dump"]).splitlines():
        name, actor, number = line.split()
        if name == "order":
            seen.setdefault(name, []).append(int(actor))
        else:
            seen[name, int(actor)] = int(number)
    return run, seen


def injections_of(run):
    return [event for event in run.events() if event["event"] == "injection"]


def doubted(run, kind):
    """The run says that it has this doubt, in its result and in the table at its end."""
    kinds_of = [doubt["kind"] for doubt in run.result()["doubts"]]
    expect(kind in kinds_of, "doubts: %s" % kinds_of)
    expect(any("x %s: " % kind in line for line in run.stdout().splitlines()), "not in the table")
