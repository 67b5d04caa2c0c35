# SPDX-License-Identifier: MIT
"""client.py: an actor of a workload file as a Python program that stays. Copy it beside yours:

    import client
    def put(draw):                    # draw: a random.Random, the same for the same operation
        key = draw.randrange(1000)
        assert store(key), "the store refused it"
        return f"put {key}"           # a note, or None
    client.run(put=put)               # [actor writer] program = ./writer.py, actions = put

An assertion that fails is a failure, client.Uncounted and client.Reset are the other answers, and
any other exception ends the program, with its traceback in the finding.
"""
import os
import random


class Uncounted(Exception):
    """Done, but not counted."""


class Reset(Exception):
    """The system is broken."""


def run(**actions):
    with os.fdopen(os.dup(0)) as told, os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # what is started here reads no operations
        os.dup2(2, 1)  # what is printed goes where errors go, and is not an answer
        for line in told:
            _index, action, seed, _generation = line.split()
            try:
                answer, text = "ok", actions[action](random.Random(int(seed)))
            except AssertionError as error:
                answer, text = "fail", error
            except Uncounted as error:
                answer, text = "uncounted", error
            except Reset as error:
                answer, text = "reset", error
            text = " ".join(str(text or "").split())
            answers.write(f"{answer} {text}\n")
            answers.flush()
