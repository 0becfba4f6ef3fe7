"""Processes of `urna` by the hundred: each is forked off a process that has imported everything already.

A start from nothing takes more than a second of imports; a fork takes a tenth of that, and is a process of its own with
all that a SIGKILL takes away. `python -m tests.nursery FD` takes orders from the socket FD.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

ANSWER_BYTES = 16


class Nursery:
    """The process that others are forked off. It ends with the one that began it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        self._turn = threading.Lock()
        command = [sys.executable, "-m", "tests.nursery", str(theirs.fileno())]
        self._mother = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        theirs.close()
        atexit.register(self.close)

    def fork(self, arguments: Sequence[str], environment: Mapping[str, str], out: int, err: int) -> "Child":
        """`urna` with these arguments in this folder, writing to the files `out` and `err`."""
        order = {"arguments": [*arguments], "environment": {**environment}, "folder": os.getcwd()}
        return Child(self, self._ask(order, [out, err]))

    def exit_code(self, pid: int) -> int:
        """Of a child that has ended: negative for a signal."""
        return os.waitstatus_to_exitcode(self._ask({"gone": pid}, []))

    def close(self) -> None:
        self._line.close()
        self._mother.wait(10)

    def _ask(self, order: dict[str, Any], files: Sequence[int]) -> int:
        text = json.dumps(order).encode()
        with self._turn:
            head = len(text).to_bytes(ANSWER_BYTES)
            socket.send_fds(self._line, [head], files) if files else self._line.sendall(head)
            self._line.sendall(text)
            return int.from_bytes(self._line.recv(ANSWER_BYTES, socket.MSG_WAITALL))


@lru_cache
def nursery() -> Nursery:
    """The one of this process."""
    return Nursery()


@dataclass
class Child:
    """What `subprocess.Popen` is to a process of one's own."""

    _of: Nursery
    pid: int
    returncode: int | None = None

    def __post_init__(self) -> None:
        self._ended = os.pidfd_open(self.pid)

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            signal.pidfd_send_signal(self._ended, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            watch = select.poll()
            watch.register(self._ended, select.POLLIN)
            if not watch.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("urna", timeout or 0)
            self.returncode = self._of.exit_code(self.pid)
            os.close(self._ended)
        return self.returncode


def _serve_orders(line: socket.socket) -> None:
    """Returns in a child alone."""
    alive: set[int] = set()
    while True:
        head, files, _, _ = socket.recv_fds(line, ANSWER_BYTES, 2)
        if not head:
            _end(alive)
        order = json.loads(line.recv(int.from_bytes(head), socket.MSG_WAITALL))
        if "gone" in order:
            alive.discard(order["gone"])
            line.sendall(os.waitpid(order["gone"], 0)[1].to_bytes(ANSWER_BYTES))
            continue
        pid = os.fork()
        if pid == 0:
            line.close()
            _become(order, *files)
            return
        alive.add(pid)
        for file in files:
            os.close(file)
        line.sendall(pid.to_bytes(ANSWER_BYTES))


def _end(alive: set[int]) -> NoReturn:
    """Nobody asks any more."""
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    os._exit(0)


def _become(order: dict[str, Any], out: int, err: int) -> None:
    """Only `urna` is left to be called."""
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    for file, number in ((out, 1), (err, 2)):
        os.dup2(file, number)
        os.close(file)
    sys.argv = ["urna", *order["arguments"]]


if __name__ == "__main__":
    from app.__main__ import main

    _serve_orders(socket.socket(fileno=int(sys.argv[1])))
    main()
