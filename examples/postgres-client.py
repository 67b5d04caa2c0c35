#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The writer of postgres.ini, a program that stays: each operation commits one row.

It notes each row whose commit the server has acknowledged as one line of the file `acknowledged` in
STRESS_WITNESS, where a power cut does not take it back.
"""
import os
import socket
import struct
import sys


class Postgres:
    """A connection with just enough of the protocol of PostgreSQL 7.4 and later: a server that
    trusts, and simple queries."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", int(os.environ["STRESS_PORT"])), 30)
        self.stream = self.socket.makefile("rb")
        words = b"user\0stress\0database\0template1\0\0"
        self.socket.sendall(struct.pack("!II", 8 + len(words), 3 << 16) + words)
        self.until_ready()

    def read(self, size):
        data = self.stream.read(size)
        if len(data) < size:
            raise ConnectionError("the server closed the connection")
        return data

    def until_ready(self):
        """The error that the server reported, or "": its severity and its message."""
        error = ""
        while True:
            kind, size = struct.unpack("!cI", self.read(5))
            body = self.read(size - 4)
            if kind == b"E":
                fields = {field[:1]: field[1:].decode() for field in body.split(b"\0")}
                error = f"{fields[b'V']}: {fields[b'M']}"
                if fields[b"V"] != "ERROR":  # FATAL, PANIC: this connection ends
                    raise ConnectionError(error)
            if kind == b"Z":
                return error

    def query(self, text):
        words = text.encode() + b"\0"
        self.socket.sendall(struct.pack("!cI", b"Q", 4 + len(words)) + words)
        return self.until_ready()


def write(postgres, acknowledged, key, seed):
    error = postgres.query(f"insert into t values ('{key}', '{seed}')")
    if error:
        return f"fail {error}"
    os.write(acknowledged, f"{key} {seed}\n".encode())
    return f"ok insert {key}"


def main():
    """A line for each operation, and a line for each answer: stress-supervisor-workload(5)."""
    postgres = None
    acknowledged = os.open(f"{os.environ['STRESS_WITNESS']}/acknowledged",
                           os.O_WRONLY | os.O_APPEND)
    for line in sys.stdin:
        index, _action, seed, _generation = line.split()
        try:
            postgres = postgres or Postgres()
            answer = write(postgres, acknowledged,
                           f"{os.environ['STRESS_ACTOR_INDEX']}.{index}", seed)
        except OSError as error:
            answer = f"reset no connection to postgres: {error}"
        print(answer, flush=True)


main()
