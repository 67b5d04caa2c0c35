# SPDX-License-Identifier: MIT
"""What the rows of bench/bench share: runs of stress-supervisor, medians, the table."""
import json
import os
import pathlib
import statistics
import subprocess
import time

PAIRS = 3
TIMEOUT = 120


class CannotMeasure(Exception):
    """The reason why a row has no figures."""


class Build:
    def __init__(self, directory, scratch):
        self.directory = pathlib.Path(directory).resolve()
        self.scratch = pathlib.Path(scratch)
        self.supervisor = str(self.directory / "stress-supervisor")
        self.runs = 0

    def program(self, name):
        path = self.directory / "bench" / name
        if not os.access(path, os.X_OK):
            raise CannotMeasure(f"{path} is missing")
        return str(path)

    def command(self, *arguments):
        """A command line of stress-supervisor with a new run directory, and the directory."""
        self.runs += 1
        output = self.scratch / f"run-{self.runs}"
        return [self.supervisor, "-o", str(output), *arguments], output

    def run(self, *arguments):
        """Runs it to the end; returns result.json."""
        command, output = self.command(*arguments)
        done = run(command, allowed=(0, 1))
        try:
            result = json.loads((output / "result.json").read_text())
        except (OSError, ValueError) as error:
            raise CannotMeasure(f"no result: {error}: {done.stderr.strip()}") from error
        if result["verdict"] not in ("passed", "failed"):
            raise CannotMeasure(f"{' '.join(command)}: {result['verdict']}: {result['reason']}")
        return result

    def sample(self, *arguments):
        """Runs a workload that writes medians; returns them by name."""
        values = self.scratch / "values"
        values.unlink(missing_ok=True)
        self.run(*arguments, f"--result={values}")
        return read_values(values)


def run(command, allowed=(0,), timeout=TIMEOUT, **options):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                              check=False, stdin=subprocess.DEVNULL, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotMeasure(str(error)) from error
    if done.returncode not in allowed:
        raise CannotMeasure(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    return done


def read_values(path):
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise CannotMeasure(f"no measurements: {error}") from error
    return {name: float(value) for name, value in (line.split() for line in lines)}


def alternate(*measures, pairs=PAIRS):
    """Measures A B A B ...; returns the median of each."""
    rounds = [[measure() for measure in measures] for _ in range(pairs)]
    return [statistics.median(column) for column in zip(*rounds)]


def wall_rate(command, operations):
    begun = time.monotonic()
    run(command)
    return operations / (time.monotonic() - begun)


# ---- the table ----

ROW = "{:<50} {:>12} {:>12} {:>9}  {}"


class Table:
    def __init__(self):
        self.missed = []
        self.failed = []
        self.measured = 0
        print(ROW.format("", "ours", "bare or peer", "ratio", "target"))

    def row(self, name, ours, other, ratio, target="", met=True):
        self.measured += 1
        print(ROW.format(name, ours, other, ratio, target), flush=True)
        if not met:
            self.missed.append(f"missed: {name}: {ratio if ratio else ours}, target {target}")

    def ratio(self, name, ours, other, unit, most=None):
        ratio = ours / other if other else float("inf")
        self.row(name, f"{ours:.1f} {unit}", f"{other:.1f} {unit}", f"{ratio:.2f} x",
                 f"<= {most} x" if most else "", most is None or ratio <= most)

    def rate(self, name, ours, other):
        """Operations per second: more is better."""
        self.row(name, f"{ours:.0f} /s", f"{other:.0f} /s", f"{ours / other:.2f} x")

    def measure(self, function, *arguments):
        try:
            function(self, *arguments)
        except (CannotMeasure, OSError) as error:
            self.failed.append(f"not measured: {function.__name__}: {error}")
