# SPDX-License-Identifier: MIT
"""The rows of bench/bench about fleets: what a merge takes next to reading what it merges, for
1,000 shards of 1,000 findings, and its memory. Processor time counts."""
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

from measure import CannotMeasure, alternate, run
from states import cpu_of

TOP = pathlib.Path(__file__).resolve().parent.parent
TASKS, CASES, LOOPS = 8, 64, 300000
SHARDS, FINDINGS, SAMPLES, ACTORS = 1000, 1000, 300, 8
BUCKETS = " ".join(f"{300 + i}:{7 * i + 1}" for i in range(120))
LATENCY = {"p50": 1000, "p90": 2000, "p99": 3000, "p999": 4000, "max": 5000, "buckets": BUCKETS}
FRAMES = [{"function": f"store_insert_{i}", "file": "store.c", "line": 10 + i, "module": "store",
           "offset": "0x1234"} for i in range(3)]


def finding(i):
    return {"id": i + 1, "kind": "crash", "actor": f"writer.{i % ACTORS}", "action": "put",
            "title": f"writer in put: SIGSEGV in f{i}", "count": 3,
            "bucket": f"crash writer @f{i}<put",
            "first": {"generation": i, "operation": 17 * i, "seed": "0x7", "time_s": 0.01 * i},
            "last": {"generation": 2 * i, "time_s": 0.02 * i},
            "stack": [{"thread": 1, "frames": FRAMES}] if i % 10 == 0 else None,
            "directory": None}


def make(top, shards, samples):
    """The directories of a made-up fleet: all have the same findings, with other numbers."""
    findings = json.dumps([finding(i) for i in range(FINDINGS)], indent=2)
    actors = json.dumps([{"name": f"writer.{i}", "counted": 1000, "latency_ns": LATENCY}
                         for i in range(ACTORS)], indent=2)
    lines = "".join(json.dumps({"t": 0.1 * i, "event": "sample", "counted": 100 * i, "resets": i,
                                "p50": 1000, "p99": 2000, "p999": 3000}, separators=(",", ":")) +
                    "\n" for i in range(1, samples + 1))
    directories = []
    for number in range(1, shards + 1):
        directory = pathlib.Path(top, f"shard{number}")
        directory.mkdir()
        shard = json.dumps({"number": number, "count": shards, "seed": "0x7"})
        (directory / "result.json").write_text(
            '{"schema": 1, "verdict": "failed", "exit_status": 1, "workload": "./w", '
            '"started": "2026-11-27T10:00:00Z", "machine": "m%d", "shard": %s, "generations": 9, '
            '"resets": 8, "duration_s": 30.0, "operations": {"target": null, "counted": 8000, '
            '"uncounted": 0, "failed": 0, "indeterminate": 0}, "actors": %s, "findings": %s}'
            % (number, shard, actors, findings))
        (directory / "events.jsonl").write_text(
            '{"t":0.0,"event":"start","schema":1,"workload":"./w","shard":%s}\n%s'
            % (shard, lines))
        directories.append(str(directory))
    return directories


def merge(build, directories, scratch):
    output = tempfile.mkdtemp(dir=scratch)
    run([build.supervisor, "merge", "-q", "-o", output, *directories], allowed=(1,))
    result = json.loads(pathlib.Path(output, "result.json").read_text())
    if len(result["findings"]) != FINDINGS or result["operations"]["counted"] % 8000:
        raise CannotMeasure("merged wrongly")
    shutil.rmtree(output)


def merge_rate(table, build):
    reader = build.program("read_runs")
    with tempfile.TemporaryDirectory(prefix="stress-bench-", dir=build.scratch) as scratch:
        directories = make(scratch, SHARDS, SAMPLES)
        ours, reading = alternate(
            lambda: cpu_of(lambda: merge(build, directories, scratch))[1],
            lambda: cpu_of(lambda: run([reader, *directories]))[1])
    table.row(f"merge of {SHARDS} shards : reading them", f"{ours:.1f} s", f"{reading:.1f} s",
              f"{ours / reading:.2f} x", "<= 3 x", ours <= 3 * reading)


def peak_kib(build, directories, scratch):
    """Of one merge: what a shell's only child took."""
    script = ("import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], check=False)\n"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    output = tempfile.mkdtemp(dir=scratch)
    done = run(["python3", "-c", script, build.supervisor, "merge", "-q", "-o", output,
                *directories])
    shutil.rmtree(output)
    return int(done.stdout)


def merge_memory(table, build):
    """Ten times the shards, and ten times the events, take about the same memory."""
    def peak(shards, samples):
        with tempfile.TemporaryDirectory(prefix="stress-bench-", dir=build.scratch) as scratch:
            return peak_kib(build, make(scratch, shards, samples), scratch)
    few, shards, events = peak(20, SAMPLES), peak(200, SAMPLES), peak(20, 10 * SAMPLES)
    for name, value in (("shards", shards), ("events", events)):
        table.row(f"memory of a merge, 10 x the {name}", f"{value / 1024:.1f} MiB",
                  f"{few / 1024:.1f} MiB", f"{value / few:.2f} x", "<= 1.2 x", value <= 1.2 * few)


def busy_suite(path):
    """Cases that keep a processor busy, all for the same time."""
    text = "".join(f"[case c{i}]\noptions = -n 1 -j 1\nrun = sh -- -c "
                   f"'i=0; while [ $i -lt {LOOPS} ]; do i=$((i + 1)); done'\n"
                   for i in range(CASES))
    path.write_text(text)


def passed(directory):
    result = json.loads((directory / "result.json").read_text())
    if result["verdict"] != "passed" or len(result["cases"]) != CASES:
        raise CannotMeasure(f"{directory}: {result['verdict']}")


def seconds(function):
    begun = time.monotonic()
    function()
    return time.monotonic() - begun


def slurm_array(table, build):
    """A job array on two processors, from sbatch to the merged directory, and one suite."""
    os.environ["STRESS_SUPERVISOR"] = build.supervisor  # the harness of the tests reads it
    sys.path.append(str(TOP / "tests"))
    import harness
    import slurm
    scratch = pathlib.Path(tempfile.mkdtemp(dir=build.scratch))
    busy_suite(scratch / "busy.suite")

    def array(daemons):
        daemons.run("sbatch", f"--array=0-{TASKS - 1}",
                    str(TOP / "examples/fleet/slurm.sbatch"), "suite", "busy.suite")
        harness.wait_until("the array", lambda: daemons.run("squeue", "-h") == "", 600)
        run([build.supervisor, "merge", "-q", "-o", str(scratch / "merged"),
             *map(str, (scratch / "runs").glob("*/*"))])
    try:
        with slurm.Slurm(str(scratch / "slurm"), str(scratch), dict(os.environ), 2) as daemons:
            ours = seconds(lambda: array(daemons))
    except (harness.Skip, harness.Failure) as why:
        raise CannotMeasure(str(why)) from why
    passed(scratch / "merged")
    alone = seconds(lambda: run([build.supervisor, "suite", "-q", "-o", str(scratch / "alone"),
                                 str(scratch / "busy.suite")]))
    table.row(f"Slurm array of {TASKS} on 2 processors : one suite", f"{ours:.1f} s",
              f"{alone:.1f} s", f"{alone / ours:.2f} x", ">= 1.6 x", alone >= 1.6 * ours)


ROWS = (merge_rate, merge_memory, slurm_array)
