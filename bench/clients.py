# SPDX-License-Identifier: MIT
"""Rows of bench/bench: programs that stay, next to a process for each operation; histories."""
import pathlib
import sys

from measure import CannotMeasure, alternate

SECONDS = 3
CLIENTS = pathlib.Path(__file__).resolve().parent.parent / "examples" / "clients"
PYTHON = """import sys
sys.path.insert(0, {clients!r})
import client
client.run(put=lambda draw: None)
"""


def rate(build, *arguments):
    result = build.run("-t", f"{SECONDS}s", *arguments)
    return result["operations"]["counted"] / result["duration_s"]


def one_actor(build, name, key):
    path = build.scratch / name
    path.write_text(f"[environment]\nname = bench\n[actor client]\n{key}\n")
    return str(path)


def python_that_stays(table, build):
    source = build.scratch / "client_of_bench.py"
    source.write_text(PYTHON.format(clients=str(CLIENTS)))
    stays = one_actor(build, "stays.ini",
                      f"actions = put\nprogram = {sys.executable} -IS {source}")
    each = one_actor(build, "each.ini", f"command = {sys.executable} -IS -c pass")
    ours, other = alternate(lambda: rate(build, stays), lambda: rate(build, each))
    table.row("Python that stays : a process an operation", f"{ours:.0f} /s", f"{other:.0f} /s",
              f"{ours / other:.0f} x", ">= 50 x", ours >= 50 * other)


def c_that_stays(table, build):
    path = one_actor(build, "c.ini", f"program = {build.program('answer_loop')}")
    ours, = alternate(lambda: rate(build, path))
    table.row("a C program that stays", f"{ours:.0f} /s", "", "", ">= 30000 /s", ours >= 30000)


def history(table, build):
    program = build.program("op_loop")
    path = build.scratch / "history"

    def written():
        counted = build.run("-t", f"{SECONDS}s", f"--history={path}", program)
        lines = sum(1 for _ in path.open("rb"))
        if lines != counted["operations"]["counted"]:
            raise CannotMeasure(f"{lines} lines for {counted['operations']['counted']} operations")
        path.unlink()
        return lines / counted["duration_s"]

    table.rate("1 actor, trivial operations, --history : without",
               *alternate(written, lambda: rate(build, program)))


ROWS = [python_that_stays, c_that_stays, history]
