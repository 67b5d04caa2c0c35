# SPDX-License-Identifier: MIT
"""The rows of bench/bench about injection: a call that a rule names and lets through, calls that no
rule names, and crash points per second; each next to strace, which does the same by ptrace."""
import json
import os
import pathlib
import shutil
import statistics
import tempfile
import time

from measure import CannotMeasure, alternate, read_values, run

NAMED, UNNAMED = 500, 100000  # calls in a batch
NEVER = 65535                 # the last that strace accepts: each call is inspected
PUTS = 300                    # every call costs time under strace, even one it skips
LINKED = "lmdb"               # the library of bench/crash_store.c
SHM = "/dev/shm"

# A loop as people write it today. Arguments: setup, writer, checker, directory, points, calls, and
# a word for faults, or none for the programs alone.
LOOP = """
for ((n = 1; n <= $5; n++)); do
    fault="strace -f -o /dev/null -e trace=fdatasync
        -e inject=fdatasync:signal=KILL:when=$((n * $6 / $5))"
    mkdir "$4/d" && $1 "$4/d"
    (exec ${7:+$fault} $2 "$4/d") 2>/dev/null
    $3 "$4/d" || exit 3
    rm -r "$4/d"
done
"""


def need_strace():
    if not shutil.which("strace"):
        raise CannotMeasure("strace is missing")


def loop(build, unnamed, *prefix):
    """The ns of a named and an unnamed call of the loop that this command runs."""
    values = build.scratch / "values"
    values.unlink(missing_ok=True)
    program = [build.program("call_loop")]
    if prefix[0] == build.supervisor:
        program.append("--")
    run([*prefix, *program, str(values), str(NAMED), str(unnamed)], allowed=(0,))
    return read_values(values)


def supervised(build, *options):
    return loop(build, UNNAMED, *build.command("-q", "-n", "1", "-j", "1", *options)[0])


def smallest(build):
    """The ns of a call that the smallest program lets through."""
    values = build.scratch / "values"
    values.unlink(missing_ok=True)
    run([build.program("notify_loop"), str(values), str(NAMED)])
    return read_values(values)["named"]


def named_call(table, build):
    need_strace()
    rule = f"getppid:error=EIO:when={NEVER}"
    ours, least, bare, strace = alternate(
        lambda: supervised(build, f"--inject={rule}")["named"] / 1e3,
        lambda: smallest(build) / 1e3,
        lambda: loop(build, 0, "env")["named"] / 1e3,
        lambda: loop(build, 0, "strace", "-f", "-o", "/dev/null", "-e", "trace=getppid", "-e",
                      f"inject={rule}")["named"] / 1e3)
    table.row("a call that is notified and let through : bare", f"{ours:.2f} us",
              f"{bare:.2f} us", f"+{ours - bare:.2f} us", "<= 3 us", ours <= 3)
    table.row("... : by the smallest program that can", f"{ours:.2f} us", f"{least:.2f} us",
              f"{ours / least:.2f} x", "<= 1.2 x", ours <= 1.2 * least)
    table.row("... : strace --inject", f"{ours:.2f} us", f"{strace:.1f} us",
              f"1/{strace / ours:.0f}", "<= 1/30", strace >= 30 * ours)


def unnamed_call(table, build):
    ours, plain = alternate(
        lambda: supervised(build, f"--inject=getppid:error=EIO:when={NEVER}")["unnamed"],
        lambda: supervised(build)["unnamed"], pairs=5)
    table.ratio("a call that no rule names : without --inject", ours, plain, "ns", 1.1)


class Writer:
    """A program of examples/stores, its arguments, and how many of its calls are tried."""

    def __init__(self, build, name, options, points):
        self.program = str(build.directory / f"examples/stores/store-{name}")
        self.options, self.points, self.name = options, points, name
        if not os.access(self.program, os.X_OK):
            raise CannotMeasure(f"store-{name} is not built: its library is missing")

    def line(self, *words):
        return " ".join([self.program, *self.options, *words])

    def crash(self, build, scratch, jobs=1, linked=False, method="rerun"):
        """Points per second, run and check, of three programs, or of the same as a workload."""
        output = tempfile.mkdtemp(dir=scratch)
        workload = [build.program("crash_store")] if linked else [
            f"--setup={self.line('setup')}", f"--check={self.line('check')}", self.program, "--",
            *self.options, f"--puts={PUTS}", "write"]
        begun = time.monotonic()
        run([build.supervisor, "crash", "-q", "-n", "1", "-j", str(jobs), "-o", output,
             f"--method={method}", "--accept=mapped", "--calls=fdatasync", "--fault=kill",
             f"--points={self.points}", *workload])
        seconds = time.monotonic() - begun
        with open(f"{output}/result.json", encoding="utf-8") as file:
            verdicts = [point["verdict"] for point in json.load(file)["points"]]
        if verdicts.count("ok") < self.points:
            raise CannotMeasure(f"{verdicts.count('ok')} of {self.points} points were clean")
        return self.points / seconds

    def count_calls(self, directory):
        listed, place = pathlib.Path(directory, "calls"), tempfile.mkdtemp(dir=directory)
        run([*self.line("setup").split(), place])
        run(["strace", "-f", "-o", str(listed), "-e", "trace=fdatasync",
             *self.line(f"--puts={PUTS}", "write").split(), place])
        return listed.read_text().count("fdatasync(")

    def loop(self, directory, calls=0):
        """The same by a shell loop. Without a fault it makes half of the puts, as a kill comes in
        the middle on average."""
        puts = PUTS if calls else PUTS // 2
        begun = time.monotonic()
        run(["bash", "-c", LOOP, "loop", self.line("setup"),
             self.line(f"--puts={puts}", "write"), self.line("check"), directory,
             str(self.points), str(calls), "faults" if calls else ""])
        return self.points / (time.monotonic() - begun)


def crash_points(table, build, name, options, points):
    """A directory in memory if possible, as the disk would cost both the same."""
    need_strace()
    writer = Writer(build, name, options, points)
    where = SHM if os.access(SHM, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="stress-bench-", dir=where) as scratch:
        calls = writer.count_calls(scratch)
        one, two, strace, alone = alternate(
            lambda: writer.crash(build, scratch), lambda: writer.crash(build, scratch, jobs=2),
            lambda: writer.loop(scratch, calls), lambda: writer.loop(scratch))
        linked = [writer.crash(build, scratch, linked=True) for _ in range(3) if name == LINKED]
    table.row(f"crash points, {name}, -j1 : loop over strace --inject", f"{one:.0f} /s",
              f"{strace:.0f} /s", f"{one / strace:.2f} x", ">= 8 x", one >= 8 * strace)
    table.rate("... : the same programs in a loop, without a fault", one, alone)
    if linked:
        table.rate("... linked as a workload, -j1 : the loop", statistics.median(linked), strace)
    table.row("... -j2 : -j1", f"{two:.0f} /s", f"{one:.0f} /s", f"{two / one:.2f} x", "> 1 x",
              two > one)


def crash_points_lmdb(table, build):
    crash_points(table, build, LINKED, [], 150)


def crash_points_sqlite(table, build):
    crash_points(table, build, "sqlite", ["--journal=delete"], 20)


ROWS = (named_call, unnamed_call, crash_points_lmdb, crash_points_sqlite)
