"""Servers that are killed by the hundred: each is forked off a process that has imported everything already.

A start from nothing takes two seconds of imports; a fork takes a tenth of that, and is a process of its own with all
that a SIGKILL takes away. `python -m tests.nursery` reads `start PORT` and `wait` from standard input.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.serving import Server


class Nursery(Server):
    """Like `Server`; the nursery itself ends with `close`."""

    def __init__(self, database_url: str, data_dir: Path, environment: dict[str, str]) -> None:
        super().__init__(database_url, data_dir, environment)
        self._pid = 0
        log = (data_dir / "server.log").open("a")
        command, pipes = [sys.executable, "-m", "tests.nursery"], {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._mother = subprocess.Popen(command, env=self.environment, stderr=log, text=True, **pipes)  # type: ignore[call-overload]
        log.close()

    def start(self) -> "Nursery":
        self._tell(f"start {self._port}")
        self._pid = int(self._hear("pid"))
        self.url = self._hear("Urna serves at")
        self._port = int(self.url.rsplit(":", 1)[1])
        return self

    def _end(self, with_signal: signal.Signals) -> None:
        if self._pid:
            os.kill(self._pid, with_signal)
            self._tell("wait")
            self._hear("gone")
            self._pid = 0

    def close(self) -> None:
        self.kill()
        self._mother.stdin.close()
        self._mother.wait(10)
        self._mother.stdout.close()

    def _tell(self, line: str) -> None:
        self._mother.stdin.write(line + "\n")
        self._mother.stdin.flush()

    def _hear(self, begins: str) -> str:
        line = self._mother.stdout.readline().strip()
        assert line.startswith(begins), f"the server did not start: {line!r}; its log stands in server.log"
        return str(line.removeprefix(begins).strip())


def main(orders: IO[str]) -> None:
    from app.__main__ import _bind, serve_on

    child = 0
    while line := orders.readline():
        order, _, port = line.strip().partition(" ")
        if order == "wait":
            print("gone", os.waitpid(child, 0)[1], flush=True)
            continue
        child = os.fork()
        if child == 0:
            orders.close()
            serve_on(_bind("127.0.0.1", int(port)), 1)
            os._exit(0)
        print("pid", child, flush=True)


if __name__ == "__main__":
    main(sys.stdin)
