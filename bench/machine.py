# SPDX-License-Identifier: MIT
"""The rows of bench/bench about machines: the time to the first operation next to that of the same
kernel, started by hand under the same accelerator, to where it would start its init; and how long
what a run writes in the machine takes to the host."""
import glob
import json
import os
import re
import shutil
import subprocess
import time

from measure import CannotMeasure, alternate, run

MEMORY_MIB, LOOK_S, RUN_S, LIMIT_S = 1024, 0.005, 15, 240
TCG = " rcupdate.rcu_cpu_stall_timeout=120 no_timer_check"


def newest_kernel():
    kernels = glob.glob("/boot/vmlinuz-*")
    if not kernels or not shutil.which("qemu-system-x86_64"):
        raise CannotMeasure("needs qemu-system-x86_64 and a kernel in /boot")
    return max(kernels, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])


def by_hand(kernel, accelerator):
    """The kernel alone, to the panic for want of a root, which ends QEMU."""
    begun = time.monotonic()
    run(["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
         "-machine", f"q35,accel={accelerator}", "-cpu", "max", "-m", str(MEMORY_MIB), "-kernel",
         kernel, "-append", "quiet panic=-1" + (TCG if accelerator == "tcg" else "")],
        timeout=LIMIT_S)
    return time.monotonic() - begun


class Machine:
    """A run in a machine, and the events that have come."""

    def __init__(self, build, *words):
        build.runs += 1
        self.output = build.scratch / f"run-{build.runs}"
        self.begun = time.monotonic()
        self.process = subprocess.Popen([build.supervisor, "vm", "run", "-q", "-o",
                                         str(self.output), *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.read = 0

    def new_events(self):
        """Looks until there are some, or the run has ended."""
        while time.monotonic() - self.begun < LIMIT_S:
            try:
                with open(self.output / "events.jsonl", "rb") as file:
                    file.seek(self.read)
                    lines = file.read().rpartition(b"\n")[0]
            except OSError:
                lines = b""
            if lines:
                self.read += len(lines) + 1
                return [json.loads(line) for line in lines.split(b"\n")]
            if self.process.poll() is not None:
                return []
            time.sleep(LOOK_S)
        raise CannotMeasure("the machine takes too long")

    def end(self):
        self.process.kill()
        self.process.wait()


def to_the_first_operation(build):
    machine = Machine(build, "-n1", "-j1", "/bin/true")
    try:
        while not any(event["event"] == "generation" for event in machine.new_events()):
            if machine.process.poll() is not None:
                raise CannotMeasure("the run has not begun")
        return time.monotonic() - machine.begun
    finally:
        machine.end()


def accelerator_of(build):
    output = build.scratch / "accelerator"
    said = run([build.supervisor, "vm", "run", "-n1", "-j1", "-o", str(output), "/bin/true"],
               timeout=LIMIT_S).stderr
    return "kvm" if "QEMU by KVM" in said else "tcg"


def boot(table, build):
    kernel, accelerator = newest_kernel(), accelerator_of(build)
    ours, alone = alternate(lambda: to_the_first_operation(build),
                            lambda: by_hand(kernel, accelerator))
    table.ratio(f"first operation in a machine ({accelerator}) : kernel", ours, alone, "s", 1.5)


def arrival(table, build):
    """An event says when it was made, by the clock of the machine: what it takes longer than the
    fastest of all is its delay."""
    newest_kernel()
    machine, differences = Machine(build, "-t", f"{RUN_S}s", "-j1", "/bin/true"), []
    try:
        while True:
            events = machine.new_events()
            now = time.monotonic()
            differences += [now - event["t"] for event in events
                            if event["event"] not in ("start", "end")]
            if not events or events[-1]["event"] == "end":
                break
    finally:
        machine.end()
    if len(differences) < 10:
        raise CannotMeasure(f"{len(differences)} events have come, exit {machine.process.poll()}")
    most = max(differences) - min(differences)
    table.row(f"bytes of the run directory, {len(differences)} events: the slowest",
              f"{1000 * most:.0f} ms", "", "", "<= 1000 ms", most <= 1)


ROWS = (boot, arrival)
