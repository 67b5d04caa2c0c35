#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The operations of redis.ini: `write` stays, and stores some keys in each operation; `check` looks
for all acknowledged keys.

It runs in the scratch directory, where redis-server listens on redis.sock. Writer N notes each key
that the server has acknowledged as one line of the file N in STRESS_WITNESS, where a power cut does
not take it back.
"""
import os
import socket
import sys

KEYS = 8  # in one operation
BATCH = 500  # keys asked for at once by the check
WITNESS = os.environ["STRESS_WITNESS"]


class Redis:
    """A connection with just enough of RESP, the protocol of Redis."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect("redis.sock")
        self.stream = self.socket.makefile("rb")

    def send(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            word = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(parts))
        return self.reply()

    def reply(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"$":
            if rest == b"-1":
                return None
            size = int(rest)
            data = self.stream.read(size + 2)
            if len(data) != size + 2:
                raise ConnectionError("the server closed the connection")
            return data[:-2].decode()
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        sys.exit(f"redis-server answered {line!r}")


def write_keys(redis, acknowledged, operation, seed):
    actor = os.environ["STRESS_ACTOR_INDEX"]
    for i in range(KEYS):
        key = f"writer:{actor}:{operation}:{i}"
        value = f"{seed:x}.{i}." * (1 + (seed >> 8 * i) % 50)
        if redis.send("SET", key, value) != "OK":
            return f"fail SET {key} was not answered with OK"
        # After the answer, in one write. If a kill comes in between, the key is in the store and
        # not on the list, which is allowed.
        os.write(acknowledged, f"{key} {value}\n".encode())
    return f"ok SET writer:{actor}:{operation}:0-{KEYS - 1}"


def write():
    """A line for each operation, and a line for each answer: stress-supervisor-workload(5)."""
    redis = None
    acknowledged = os.open(f"{WITNESS}/{os.environ['STRESS_ACTOR_INDEX']}",
                           os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for line in sys.stdin:
        operation, _action, seed, _generation = line.split()
        try:
            redis = redis or Redis()
            answer = write_keys(redis, acknowledged, operation, int(seed))
        except OSError as error:
            answer = f"reset no connection to redis-server: {error}"
        print(answer, flush=True)


def read_acknowledged():
    """Pairs of key and value. An incomplete last line does not count."""
    pairs = []
    for name in sorted(os.listdir(WITNESS)):
        with open(f"{WITNESS}/{name}", encoding="ascii") as lines:
            pairs += [line.split() for line in lines if line.endswith("\n")]
    return pairs


def check():
    redis = Redis()
    pairs = read_acknowledged()
    lost = changed = 0
    first = None
    for begin in range(0, len(pairs), BATCH):
        batch = pairs[begin:begin + BATCH]
        stored = redis.send("MGET", *[key for key, _ in batch])
        for (key, value), found in zip(batch, stored):
            if found == value:
                continue
            lost += found is None
            changed += found is not None
            first = first or key
    if first:
        sys.exit(f"of {len(pairs)} acknowledged keys {lost} are lost and {changed} changed;"
                 f" the first is {first}")


def main():
    commands = {"write": write, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit("usage: redis-client.py write|check")
    commands[sys.argv[1]]()


main()
