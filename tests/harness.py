# SPDX-License-Identifier: MIT
"""What the drivers of the tests share: running stress-supervisor and looking at what it leaves.

Each row runs in a forked process of its own (row_main), which is a child subreaper: whatever the
harness leaves behind becomes its child and is seen. Where the machine allows it, the row has IPC
objects and mounts of its own (stand_alone); elsewhere those of others are told apart by owner,
creator and lifetime. No sleep is used as synchronisation; wait_until() polls for a condition and
fails when it does not come.
"""
import argparse
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
JOBS = int(os.environ.get("STRESS_TEST_JOBS") or len(os.sched_getaffinity(0)))
RETRIES = int(os.environ.get("STRESS_TEST_RETRIES") or 0)
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x20000, 0x8000000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
CAPABILITY_VERSION_3 = 0x20080522
TESTS_OWN = "stress-test-"  # how the names of directories of the tests themselves begin


# A test is no share of a fleet, also where an engine runs it as one.
for variable in ("SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "CI_NODE_INDEX",
                 "BUILDKITE_PARALLEL_JOB", "TEST_SHARD_INDEX"):
    os.environ.pop(variable, None)


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


def check_full(place, argv, makes_directory=False):
    """Standard output is a full disk, or closed: that is said, with its reason, once, and result.json
    of the directory agrees with the exit status."""
    for form, reason in ((">/dev/full", "No space left"), (">&-", "Bad file descriptor")):
        place.count += makes_directory
        directory = os.path.join(place.path, "full%d" % place.count)
        output = ["-o", directory] if makes_directory else []
        done = subprocess.run(["sh", "-c", 'exec "$@" ' + form, "sh", SUPERVISOR, *output, *argv],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=place.work, env=place.environment(),
                              timeout=LIMIT, check=False, text=True)
        equal("exit status (%s)" % done.stderr, done.returncode, 3)
        said = [line for line in done.stderr.split("\n") if "cannot write" in line]
        expect(len(said) == 1 and reason in said[0], "said: %r" % done.stderr)
        if makes_directory:
            result = json.loads(read(os.path.join(directory, "result.json")))
            equal("verdict", (result["verdict"], result.get("exit_status", 3)), ("error", 3))


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


def none_below():
    """Does nothing live below this process, a subreaper? Reaps what has ended: wait for your own
    children first. A scan of /proc would cost more than most rows."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


# ---- what a row has for itself ----------------------------------------------------------------

def must(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), "%s: %s" % (what, os.strerror(ctypes.get_errno())))


def enter_user_namespace():
    """With the ids that we have; we may mount until drop_capabilities()."""
    user, group = os.geteuid(), os.getegid()
    must(LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", "%d %d 1" % (user, user)),
                       ("gid_map", "%d %d 1" % (group, group))):
        with open("/proc/self/" + name, "w", encoding="ascii") as file:
            file.write(text)


def drop_capabilities():
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    must(LIBC.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def stand_alone():
    """Gives this process IPC objects, mounts, a /dev/shm and a /dev/mqueue of its own; OSError: the
    machine does not allow it. An ordinary user keeps ids, and has no capability afterwards."""
    if ROOT:
        must(LIBC.unshare(CLONE_NEWNS | CLONE_NEWIPC), "unshare")
    else:
        enter_user_namespace()
    must(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "mount")
    for kind, where in ((b"tmpfs", b"/dev/shm"), (b"mqueue", b"/dev/mqueue")):
        if os.path.isdir(where):
            must(LIBC.mount(kind, where, kind, 0, None), "mount")
    if not ROOT:
        drop_capabilities()


def can_stand_alone():
    """Tries it in a child, since half of it may work. STRESS_TEST_ALONE=0: as if it did not."""
    if os.environ.get("STRESS_TEST_ALONE") == "0":
        return False
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            stand_alone()
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def is_of_others(fields):
    """A System V object of another user, or shared memory of a living process that is not below
    this one."""
    creator = int(fields.get("cpid", 0))
    return int(fields["cuid"]) != os.geteuid() or (
        creator != os.getpid() and stat_of(creator) and creator not in below(os.getpid()))


def system_v_objects(kind, key, alone):
    head, *lines = read("/proc/sysvipc/" + kind).splitlines() or [""]
    objects = [dict(zip(head.split(), line.split())) for line in lines]
    return {(kind, fields[key]) for fields in objects if alone or not is_of_others(fields)}


def files_in(directory, alone):
    """Files of this user, without directories of the tests themselves (tests/stores.test)."""
    files = set()
    for name in os.listdir(directory) if os.path.isdir(directory) else ():
        try:
            stat = os.lstat(os.path.join(directory, name))
        except FileNotFoundError:
            continue
        if alone or (stat.st_uid == os.geteuid() and not name.startswith(TESTS_OWN)):
            files.add((directory, name, stat.st_ino))
    return files


def ipc_objects(alone):
    """System V and POSIX objects that a row may have made: kind and id, or directory, name and
    number. `alone`: all that are there are the row's."""
    return (system_v_objects("shm", "shmid", alone) | system_v_objects("sem", "semid", alone) |
            system_v_objects("msg", "msqid", alone) | files_in("/dev/shm", alone) |
            files_in("/dev/mqueue", alone))


class Place:
    """A directory of a row, and what was there before. `alone`: objects of others are not seen."""

    def __init__(self, alone):
        self.alone = alone
        self.path = tempfile.mkdtemp(prefix=TESTS_OWN)
        self.tmp = os.path.join(self.path, "tmp")
        self.work = os.path.join(self.path, "work")
        os.mkdir(self.tmp)
        os.mkdir(self.work)
        must(LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
        self.before = ipc_objects(alone)
        self.count = 0

    def environment(self, extra=None):
        """Without what the tests themselves are told, which lines that show a finding would have."""
        env = {name: value for name, value in os.environ.items() if name not in
               ("STRESS_SUPERVISOR", "STRESS_SANITIZED") and not name.startswith("STRESS_TEST_")}
        env.update(TMPDIR=self.tmp, NO_COLOR="1", LC_ALL="C.UTF-8")
        env.update(extra or {})
        return env

    def clean_environment(self, extra=None):
        """Without the variables of the tests, which lines that show findings again would have."""
        env = {name: value for name, value in self.environment().items()
               if not name.startswith("STRESS_")}
        env.update(extra or {})
        return env

    def check_clean(self, seconds=10):
        """Nothing of the runs is left. SIGKILL takes a moment to work: poll."""
        try:
            wait_until("", none_below, seconds)
        except Failure:
            left = ["%d (%s)" % (pid, read("/proc/%d/comm" % pid).strip())
                    for pid in below(os.getpid())]
            raise Failure("left alive: " + ", ".join(left)) from None
        self.check_ipc()
        mounts = [line for line in read("/proc/self/mountinfo").splitlines() if self.path in line]
        expect(not mounts, "mounts left: %s" % mounts)
        equal("TMPDIR", os.listdir(self.tmp), [])

    def check_ipc(self):
        """No new IPC objects stay. Where those of others are seen, they may come and go."""
        new = ipc_objects(self.alone) - self.before
        try:
            wait_until("", lambda: not new & ipc_objects(self.alone), 0 if self.alone else 3)
        except Failure:
            raise Failure("IPC objects left: %s" % sorted(new)) from None

    def remove(self):
        for pid in () if none_below() else below(os.getpid()):
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
                                            cwd=place.work, env=place.clean_environment(env))
        self.status = None

    @property
    def pid(self):
        return self.process.pid

    def wait(self, seconds=LIMIT):
        try:
            self.status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            events = self.events()[-3:]
            for pid in below(os.getpid()):
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
    with subprocess.Popen(argv, cwd=place.work, env=place.environment({"TERM": "xterm"}),
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=theirs) as process:
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


def no_end(_signal, _frame):
    raise Failure("no end")


def row_main(function, name, alone):
    """The process of one row. Signals that are ignored here, as in the background of a shell, would
    be ignored by all that it starts."""
    for signo in signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT:
        signal.signal(signo, signal.SIG_DFL)
    if alone:
        stand_alone()
    place = Place(alone)
    signal.signal(signal.SIGALRM, no_end)
    signal.alarm(5 * LIMIT)
    try:
        function(place)
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


def start_row(function, name, alone):
    """Forks the process of a row; its pid, and the file of its line."""
    said = tempfile.TemporaryFile("w+", encoding="utf-8")
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setsid()
            os.dup2(said.fileno(), 1)
            status = row_main(function, name, alone)
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return pid, said


def run_rows(rows, names):
    """Runs rows, JOBS at a time; status and line of each, in their order."""
    alone = can_stand_alone()
    waiting, running, ended = list(names), {}, {}
    for name in names:
        while name not in ended:
            while waiting and len(running) < JOBS:
                pid, said = start_row(rows[waiting[0]], waiting[0], alone)
                running[pid] = (waiting.pop(0), said)
            pid, status = os.wait()
            which, said = running.pop(pid)
            said.seek(0)
            ended[which] = (os.waitstatus_to_exitcode(status),
                            said.read().strip() or "not ok %s: the test itself died" % which)
            said.close()
        yield ended[name]


def run_again(rows, name, line):
    """A row that failed is run again, alone, RETRIES times at most. One that passes then is flaky: a
    fault, of the row or of what it tests, that stays in the log."""
    for _ in range(RETRIES):
        (status, again), = run_rows(rows, [name])
        if status in (0, 77):
            return status, "%s # FLAKY at first: %s" % (again, line)
    return 1, line


def main(rows):
    """`rows`: name -> function(place). Prints a line for each, and a closing one. One row runs on
    each processor, or as many rows as STRESS_TEST_JOBS says. A row that fails is run again
    STRESS_TEST_RETRIES times (default: 0), when the others have ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", help="only this one; may be given several times")
    parser.add_argument("--list", action="store_true", help="names of the rows")
    options = parser.parse_args()
    if options.list:
        print("\n".join(rows))
        return 0
    names = list(dict.fromkeys(options.row or rows))
    for name in names:
        if name not in rows:
            parser.error("no such row: %s" % name)
    count = {0: 0, 1: 0, 77: 0}
    failed = {}

    def tell(status, line):
        count[status if status in count else 1] += 1
        print(line, flush=True)

    for name, (status, line) in zip(names, run_rows(rows, names)):
        if RETRIES and status not in (0, 77):
            failed[name] = line
        else:
            tell(status, line)
    for name, line in failed.items():
        tell(*run_again(rows, name, line))
    print("%d passed, %d failed, %d skipped" % (count[0], count[1], count[77]))
    return 1 if count[1] else 0
