# SPDX-License-Identifier: MIT
"""What the drivers of the tests share: running stress-supervisor and looking at what it leaves.

Each row runs in a process of its own (row_main), which is a child subreaper: whatever the harness
leaves behind becomes its child and is seen. No sleep is used as synchronisation; wait_until() polls
for a condition and fails when it does not come.
"""
import argparse
import concurrent.futures
import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

SANITIZED = os.environ.get("STRESS_SANITIZED") == "1"
SHORT = os.environ.get("STRESS_TEST_SHORT") == "1"
SUPERVISOR = os.path.abspath(os.environ.get("STRESS_SUPERVISOR", "./stress-supervisor"))
TESTS_BIN = os.path.abspath(os.environ.get("TESTS_BIN", "./tests"))
ROOT = os.geteuid() == 0
LIMIT = 600 if SANITIZED else 60
MARK = "STRESS_TEST_MARK"
PR_SET_CHILD_SUBREAPER = 36


class Failure(Exception):
    """The row failed."""


class Skip(Exception):
    """The row cannot run here."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def equal(what, got, wanted):
    expect(got == wanted, "%s is %r, not %r" % (what, got, wanted))


def wait_until(what, condition, seconds=LIMIT):
    """Polls; returns what the condition gave. Fails after so long."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure("did not come in %d s: %s" % (seconds, what))
        time.sleep(0.002)


def no_files():
    """In a child: nothing that has a size can be made any more, shared memory included."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def check_full(place, argv):
    """Standard output is a full disk: that is said, with its reason, once."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([SUPERVISOR, *argv], stdin=subprocess.DEVNULL, stdout=full,
                              stderr=subprocess.PIPE, cwd=place.work, env=place.environment(),
                              timeout=LIMIT, check=False, text=True)
    equal("exit status (%s)" % done.stderr, done.returncode, 3)
    said = [line for line in done.stderr.split("\n") if "cannot write" in line]
    expect(len(said) == 1 and "No space left" in said[0], "said: %r" % done.stderr)


def written(place, name, content, mode=0o644):
    """A file in the working directory; its path."""
    path = os.path.join(place.work, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    os.chmod(path, mode)
    return path


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def stat_of(pid):
    """(state, parent) of a process; None if there is none."""
    text = read("/proc/%d/stat" % pid)
    fields = text[text.rfind(")") + 1:].split()
    return (fields[0], int(fields[1])) if len(fields) > 1 else None


def children_of(parent):
    found = []
    for pid in processes():
        stat = stat_of(pid)
        if stat and stat[1] == parent and stat[0] != "Z":
            found.append(pid)
    return found


def below(root):
    """All living processes below one."""
    parents = {}
    for pid in processes():
        stat = stat_of(pid)
        if stat and stat[0] != "Z":
            parents.setdefault(stat[1], []).append(pid)
    found, todo = [], [root]
    while todo:
        for pid in parents.get(todo.pop(), []):
            found.append(pid)
            todo.append(pid)
    return found


def marked(mark):
    """Living processes that carry the mark of a row in their environment."""
    needle = ("%s=%s" % (MARK, mark)).encode()
    found = []
    for pid in processes():
        try:
            with open("/proc/%d/environ" % pid, "rb") as file:
                if needle in file.read().split(b"\0") and pid != os.getpid():
                    found.append(pid)
        except OSError:
            pass
    return found


def ipc_objects():
    """System V and POSIX objects of this machine, by key and id."""
    objects = set()
    for kind in ("shm", "sem", "msg"):
        for line in read("/proc/sysvipc/" + kind).splitlines()[1:]:
            objects.add((kind,) + tuple(line.split()[:2]))
    for place in ("/dev/shm", "/dev/mqueue"):
        if os.path.isdir(place):
            objects.update((place, name) for name in os.listdir(place))
    return objects


class Place:
    """A directory of a row, its mark, and what was there before."""

    def __init__(self, name):
        self.mark = "%s-%d-%d" % (name, os.getpid(), time.monotonic_ns())
        self.path = tempfile.mkdtemp(prefix="stress-test-")
        self.tmp = os.path.join(self.path, "tmp")
        self.work = os.path.join(self.path, "work")
        os.mkdir(self.tmp)
        os.mkdir(self.work)
        self.before = ipc_objects()
        self.count = 0
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def environment(self, extra=None):
        env = dict(os.environ, TMPDIR=self.tmp, NO_COLOR="1", LC_ALL="C.UTF-8")
        env[MARK] = self.mark
        env.update(extra or {})
        return env

    def leftovers(self):
        return sorted(set(below(os.getpid())) | set(marked(self.mark)))

    def check_clean(self, seconds=1):
        """Nothing of the runs is left. SIGKILL takes a moment to work: poll."""
        seconds *= 10 if SANITIZED else 1
        try:
            wait_until("", lambda: not self.leftovers(), seconds)
        except Failure:
            left = ["%d (%s)" % (pid, read("/proc/%d/comm" % pid).strip())
                    for pid in self.leftovers()]
            raise Failure("left alive: " + ", ".join(left)) from None
        new = ipc_objects() - self.before
        expect(not new, "IPC objects left: %s" % sorted(new))
        mounts = [line for line in read("/proc/self/mountinfo").splitlines() if self.path in line]
        expect(not mounts, "mounts left: %s" % mounts)
        equal("TMPDIR", os.listdir(self.tmp), [])

    def remove(self):
        for pid in self.leftovers():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(self.path, ignore_errors=True)


class Run:
    """One stress-supervisor, from its start to what it left."""

    def __init__(self, place, workload, options=(), arguments=(), env=None, output=None,
                 prefix=()):
        place.count += 1
        self.place = place
        self.directory = output or os.path.join(place.path, "run%d" % place.count)
        self.stdout_path = os.path.join(place.path, "stdout%d" % place.count)
        self.stderr_path = os.path.join(place.path, "stderr%d" % place.count)
        if "/" not in workload:
            workload = os.path.join(TESTS_BIN, workload)
        argv = list(prefix) + [SUPERVISOR, "-o", self.directory, *options, workload]
        if arguments:
            argv += ["--", *arguments]
        self.argv = argv
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                            cwd=place.work, env=place.environment(env))
        self.status = None

    @property
    def pid(self):
        return self.process.pid

    def wait(self, seconds=LIMIT):
        try:
            self.status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            events = self.events()[-3:]
            for pid in self.place.leftovers():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
            raise Failure("no end after %d s; last events: %s" % (seconds, events)) from None
        return self

    def done(self):
        return self.process.poll() is not None

    def stdout(self):
        return read(self.stdout_path)

    def stderr(self):
        return read(self.stderr_path)

    def events(self):
        """The whole lines of events.jsonl; a line may be under way."""
        text = read(os.path.join(self.directory, "events.jsonl"))
        return [json.loads(line) for line in text.split("\n")[:-1] if line]

    def result(self):
        text = read(os.path.join(self.directory, "result.json"))
        expect(text, "no result.json; exit status %s; stderr: %s" %
               (self.status, self.stderr()[-400:]))
        result = json.loads(text)
        for key in ("schema", "workload", "seed", "verdict", "operations", "generations", "resets",
                    "duration_s", "actors", "findings"):
            expect(key in result, "result.json has no %s" % key)
        return result

    def supervisor_pid(self):
        """Of the living supervisor: the child of the warden, the monitor's child."""
        for warden in children_of(self.pid):
            if read("/proc/%d/comm" % warden) != "stress-warden\n":
                continue # the tracer, say
            for pid in children_of(warden):
                return pid
        return None

    def check_directory(self):
        """Only what the contract names is there: no scratch, no half-written file."""
        names = sorted(os.listdir(self.directory))
        expect(set(names) <= {"events.jsonl", "findings", "result.json"},
               "in the run directory: %s" % names)
        for finding in self.result()["findings"]:
            expect("directory" not in finding or
                   os.path.isdir(os.path.join(self.directory, finding["directory"])),
                   "no directory of finding %s" % finding["id"])


def on_terminal(place, argv):
    """A command with a terminal as its standard error; its exit status and what was seen there."""
    ours, theirs = os.openpty()
    with subprocess.Popen(argv, cwd=place.work, env=place.environment(), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError: # EIO: the last writer is gone
                break
        status = process.wait(LIMIT)
    os.close(ours)
    return status, seen


def kinds(result):
    return {finding["kind"] for finding in result["findings"]}


def actor(result, name):
    for entry in result["actors"]:
        if entry["name"] == name:
            return entry
    raise Failure("no actor %s in result.json" % name)


def counted_by(result, type_name):
    return sum(entry["counted"] for entry in result["actors"]
               if entry["name"].rsplit(".", 1)[0] == type_name)


def row_main(rows, name):
    """The process of one row."""
    place = Place(name)
    try:
        rows[name](place)
        place.check_clean()
    except Failure as failure:
        print("not ok %s: %s" % (name, failure))
        return 1
    except Skip as skip:
        print("ok %s # SKIP %s" % (name, skip))
        return 77
    except Exception:  # a fault of the test, or a result that lacks what it should have
        print("not ok %s: %s" % (name, traceback.format_exc().strip().replace("\n", " | ")))
        return 1
    finally:
        if os.environ.get("STRESS_TEST_KEEP") != "1":
            place.remove()
    print("ok %s" % name)
    return 0


def run_row(script, name):
    """Runs a row in a process of its own; its status and its line."""
    process = subprocess.Popen([sys.executable, script, "--alone", "--row", name],
                               stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        text, _ = process.communicate(timeout=5 * LIMIT)
        return process.returncode, text.strip() or "not ok %s: the test itself died" % name
    except subprocess.TimeoutExpired:
        for pid in below(process.pid) + [process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        process.communicate()
        return 1, "not ok %s: no end" % name


def main(rows):
    """`rows`: name -> function(place). Two rows at a time; a line each, and a closing one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", help="only this one; may be given several times")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="names of the rows")
    options = parser.parse_args()
    if options.list:
        print("\n".join(rows))
        return 0
    names = options.row or list(rows)
    for name in names:
        if name not in rows:
            parser.error("no such row: %s" % name)
    if options.alone:
        return row_main(rows, names[0])
    results = {0: 0, 1: 0, 77: 0}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        script = os.path.abspath(sys.argv[0])
        for status, line in pool.map(lambda name: run_row(script, name), names):
            results[status if status in results else 1] += 1
            print(line, flush=True)
    print("%d passed, %d failed, %d skipped" % (results[0], results[1], results[77]))
    return 1 if results[1] else 0
