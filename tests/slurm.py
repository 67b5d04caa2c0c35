# SPDX-License-Identifier: MIT
"""A Slurm of this machine alone, on loopback: munged, slurmctld and slurmd, with a configuration
in a directory of their own."""
import os
import shutil
import socket
import subprocess

from harness import SUPERVISOR, Skip, wait_until

CONFIGURATION = """ClusterName=stress
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={at}/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd.pid
SlurmctldLogFile={at}/slurmctld.log
SlurmdLogFile={at}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
{bound}
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=1,sched_interval=1,sched_min_interval=0
ReturnToService=2
KillWait=1
JobRequeue=1
SlurmdParameters=config_overrides
MailProg=/bin/true
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs={processors}
PartitionName=all Nodes=node Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def bound():
    """Binds the daemons to the address of this machine's name, where that is on loopback."""
    try:
        own = socket.gethostbyname(os.uname().nodename)
    except OSError:
        own = ""
    return "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny" if own.startswith("127.") else ""


class Slurm:
    """In the new directory `at`; commands run in `work`. One node, with as many processors as it
    is told to have."""

    def __init__(self, at, work, environment, processors=8):
        for name, package in (("munged", "munge"), ("slurmctld", "slurmctld"),
                              ("slurmd", "slurmd"), ("sbatch", "slurm-client")):
            if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin"):
                raise Skip("%s is not there (%s)" % (name, package))
        self.at, self.work = at, work
        self.path = os.path.join(self.at, "slurm.conf")
        for name in ("state", "spool"):
            os.makedirs(os.path.join(self.at, name))
        user = subprocess.run(["id", "-un"], stdout=subprocess.PIPE, text=True, check=True).stdout
        text = CONFIGURATION.format(host=os.uname().nodename, user=user.strip(), at=self.at,
                                    ports=free_ports(2), processors=processors, bound=bound())
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        with open(os.open(self.at + "/munge.key", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(os.urandom(1024))
        self.daemons = []
        self.environment = {**environment, "SLURM_CONF": self.path, "STRESS_SUPERVISOR": SUPERVISOR,
                            "PATH": environment["PATH"] + ":/usr/sbin"}

    def daemon(self, *argv):
        log = open(os.path.join(self.at, argv[0] + ".out"), "wb")
        self.daemons.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, env=self.environment, cwd=self.at))
        log.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        own = ["--%s=%s/%s" % (option, self.at, name) for option, name in
               (("key-file", "munge.key"), ("socket", "munge.sock"), ("pid-file", "munged.pid"),
                ("log-file", "munged.log"), ("seed-file", "munged.seed"))]
        self.daemon("munged", "--foreground", "--force", *own)
        wait_until("munged", lambda: os.path.exists(self.at + "/munge.sock"))
        self.daemon("slurmctld", "-D", "-f", self.path)
        self.daemon("slurmd", "-D", "-f", self.path, "-N", "node")
        wait_until("the node (%s)" % self.at, lambda: "idle" in self.run("sinfo", "-h"))

    def __exit__(self, *_):
        for process in reversed(self.daemons):
            process.terminate()
        for process in self.daemons:
            process.wait()

    def run(self, *argv):
        return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd=self.work,
                              env=self.environment, check=False).stdout
