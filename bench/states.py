# SPDX-License-Identifier: MIT
"""The rows of bench/bench about crash by states: states a second next to a bare loop of copy and
check, points a second next to a run for each point and next to a loop over strace, what a longer
run costs, and what recording costs. Processor time counts, apart from -j2."""
import json
import os
import pathlib
import resource
import shutil
import tempfile
import threading
import time

from injection import PUTS, SHM, Writer, need_strace
from measure import CannotMeasure, alternate, read_values, run

BARE = """
for ((n = 1; n <= $4; n++)); do
    cp -r "$1" "$2/d" && $3 "$2/d" || exit 3
    rm -r "$2/d"
done
"""
STATES, MANY = 150, 2000
CALLS, DATA = 1000, 100         # in a batch
GIB, BLOCK = 1 << 30, 1 << 16
LONG = 1800                     # s: a run of 30,000 puts is recorded, too
TARGETS = (("sqlite", ["--journal=delete"]), ("lmdb", []), ("leveldb", []))


def in_memory():
    return tempfile.TemporaryDirectory(prefix="stress-bench-",
                                       dir=SHM if os.access(SHM, os.W_OK) else None)


def cpu_of(function):
    """What it returns, and the processor time that its processes took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    value = function()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return value, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def crash(build, writer, scratch, *options, puts=PUTS):
    """Runs crash on a writer. Returns result.json."""
    output = tempfile.mkdtemp(dir=scratch)
    run([build.supervisor, "crash", "-q", "-n", "1", "-o", output, "--fault=kill",
         "--accept=mapped", *options, f"--setup={writer.line('setup')}",
         f"--check={writer.line('check')}", writer.program, "--", *writer.options,
         f"--puts={puts}", "write"], timeout=LONG, env={**os.environ, "TMPDIR": str(scratch)})
    with open(f"{output}/result.json", encoding="utf-8") as file:
        result = json.load(file)
    shutil.rmtree(output)
    return result


def cost(build, writer, scratch, points, *options, puts=PUTS):
    """Processor time of a state, without that of the recording."""
    states = crash(build, writer, scratch, "--method=states", f"--points={points}", *options,
                   puts=puts)["states"]
    return states["judged_cpu_s"] / states["distinct"]


def states_rate(table, build):
    for name, options in TARGETS:
        with in_memory() as scratch:
            writer = Writer(build, name, options, STATES)
            store = tempfile.mkdtemp(dir=scratch)
            run([*writer.line("setup").split(), store])
            run([*writer.line(f"--puts={PUTS // 2}", "write").split(), store])

            def bare():
                return cpu_of(lambda: run(["bash", "-c", BARE, "bare", store, scratch,
                                           writer.line("check"), str(STATES)]))[1] / STATES

            ours, loop = alternate(lambda: cost(build, writer, scratch, STATES), bare)
        table.row(f"states, {name} : a loop of cp and check", f"{1 / ours:.0f} /s",
                  f"{1 / loop:.0f} /s", f"{loop / ours:.2f} x", ">= 0.7 x", loop >= 0.7 * ours)


def states_points(table, build):
    """The recording counts, too."""
    need_strace()
    writer = Writer(build, "sqlite", ["--journal=delete"], 20)
    with in_memory() as scratch:
        calls = writer.count_calls(scratch)

        def by_states(jobs):
            begun = time.monotonic()
            result, cpu = cpu_of(lambda: crash(build, writer, scratch, "--method=states",
                                               f"-j{jobs}", f"--points={MANY}"))
            walls[jobs] = len(result["points"]) / (time.monotonic() - begun)
            shares.append(result["states"]["distinct"] / len(result["points"]))
            return len(result["points"]) / cpu

        def a_check():
            return cpu_of(lambda: [run([*writer.line("check").split(), store])
                                   for _ in range(STATES)])[1] / STATES

        store = tempfile.mkdtemp(dir=scratch)
        run([*writer.line("setup").split(), store])
        run([*writer.line(f"--puts={PUTS // 2}", "write").split(), store])
        walls, shares = {}, []
        one, _, rerun, strace, check = alternate(
            lambda: by_states(1), lambda: by_states(2),
            lambda: 20 / cpu_of(lambda: writer.crash(build, scratch, method="rerun"))[1],
            lambda: 20 / cpu_of(lambda: writer.loop(scratch, calls))[1], a_check, pairs=1)
    two, alone, most = walls[2], walls[1], 1 / check / shares[0]
    table.row("the most that any method can: a check of each distinct state", f"{most:.0f} /s",
              f"{strace:.1f} /s", f"{most / strace:.0f} x")
    table.row("points by states, sqlite, -j1 : loop over strace --inject", f"{one:.0f} /s",
              f"{strace:.1f} /s", f"{one / strace:.0f} x", ">= 100 x", one >= 100 * strace)
    table.row("... : --method=rerun", f"{one:.0f} /s", f"{rerun:.1f} /s", f"{one / rerun:.1f} x",
              ">= 8 x", one >= 8 * rerun)
    table.row("... -j2 : -j1", f"{two:.0f} /s", f"{alone:.0f} /s", f"{two / alone:.2f} x",
              ">= 1.6 x", two >= 1.6 * alone)


def longer_runs(table, build):
    writer = Writer(build, "sqlite", ["--journal=delete"], MANY)
    with in_memory() as scratch:
        costs = {puts: cost(build, writer, scratch, MANY, puts=puts)
                 for puts in (300, 3000, 30000)}
    for puts in (3000, 30000):
        table.ratio(f"a state of a run of {puts} puts : of 300", costs[puts] * 1e3,
                    costs[300] * 1e3, "ms", 1.2)


def recorded(build, scratch, size, calls, *prefix):
    values = pathlib.Path(scratch, "values")
    values.unlink(missing_ok=True)
    run([*prefix, build.program("write_loop"), *(["--"] if prefix else []), str(values), "file",
         str(size), str(calls)], cwd=scratch, env={**os.environ, "TMPDIR": str(scratch)})
    return read_values(values)


def recording(table, build):
    with in_memory() as scratch:
        def ours(size, calls):
            output = tempfile.mkdtemp(dir=scratch)
            values = recorded(build, scratch, size, calls, build.supervisor, "crash", "-q", "-n",
                              "1", "-o", output, "--fault=kill", "--points=1", "--method=states",
                              "--check=true", "--in-scratch")
            shutil.rmtree(output)
            return values

        call, bare = alternate(lambda: ours(0, CALLS)["call"] / 1e3,
                               lambda: recorded(build, scratch, 0, CALLS)["call"] / 1e3)
        table.row("a recorded call without data : bare", f"{call:.1f} us", f"{bare:.2f} us",
                  f"+{call - bare:.1f} us", "<= 15 us", call <= 15)
        call, bare = alternate(lambda: ours(BLOCK, DATA)["call"] / 1e3,
                               lambda: recorded(build, scratch, BLOCK, DATA)["call"] / 1e3)
        copy = recorded(build, scratch, BLOCK, DATA)["copy"] / 1e3
        table.ratio("what recording adds to a write of 64 KiB : a copy", call - bare, copy, "us",
                    2)


def largest_anonymous(seen, done):
    """The most memory of its own that a warden of this user has, in KiB."""
    while not done.is_set():
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (path / "comm").read_text() == "stress-warden\n":
                    for line in (path / "status").read_text().splitlines():
                        if line.startswith("RssAnon:"):
                            seen.append(int(line.split()[1]))
            except OSError:
                continue
        time.sleep(0.05)


def recording_memory(table, build):
    """A writer of 1 GiB in blocks of 64 KiB."""
    with tempfile.TemporaryDirectory(prefix="stress-bench-") as scratch:
        if shutil.disk_usage(scratch).free < 4 * GIB:
            raise CannotMeasure("less than 4 GiB of disk are free")
        seen, done = [0], threading.Event()
        watcher = threading.Thread(target=largest_anonymous, args=(seen, done))
        watcher.start()
        try:
            run([build.supervisor, "crash", "-q", "-n", "1", "-o", scratch + "/run",
                 "--fault=kill", "--points=1", "--method=states", "--check=true",
                 "--in-scratch", "dd", "--",
                 "if=/dev/zero", "of=file", f"bs={BLOCK}", f"count={GIB // BLOCK}"],
                env={**os.environ, "TMPDIR": scratch})
        finally:
            done.set()
            watcher.join()
    table.row("memory of the recorder for 1 GiB of writes", f"{max(seen) / 1024:.1f} MiB", "", "",
              "< 64 MiB", max(seen) < 64 << 10)


ROWS = (states_rate, states_points, longer_runs, recording, recording_memory)
