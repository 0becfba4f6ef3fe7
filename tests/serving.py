"""A real server as a process of its own, for whatever is sent."""

import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.nursery import Child, nursery

START_TIMEOUT_S = 100


class Server:
    """A running `urna serve`. `kill` is SIGKILL, `stop` is SIGTERM; `start` brings it back at the same address."""

    def __init__(
        self,
        database_url: str,
        data_dir: Path,
        environment: dict[str, str],
        workers: int = 1,
        is_forked: bool = True,
    ) -> None:
        """`is_forked`: off a process that has imported this checkout; else, as with several workers, begun as usual."""
        self._is_forked = is_forked and workers == 1
        self.database_url, self.data_dir, self._port = database_url, data_dir, 0
        self._environment, self._workers = environment, workers
        self.url = ""
        self._process: subprocess.Popen[bytes] | Child | None = None

    @property
    def pid(self) -> int:
        """Of the running process. Raises ValueError where there is none."""
        if self._process is None:
            raise ValueError("the server does not run")
        return self._process.pid

    @property
    def environment(self) -> dict[str, str]:
        ours = {"URNA_DATABASE_URL": self.database_url, "URNA_DATA_DIR": str(self.data_dir)}
        return {**os.environ, **ours, **self._environment}

    @property
    def cpu_s(self) -> float:
        """Processor time that the server's process has used, as Linux counts it: in hundredths of a second."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> "Server":
        arguments = ["serve", "--port", str(self._port), "--workers", str(self._workers)]
        reads, writes = os.pipe()
        with (self.data_dir / "server.log").open("a") as log:
            self._process = self._begin(arguments, writes, log.fileno())
        os.close(writes)
        try:
            self.url = _address(os.fdopen(reads))
        except BaseException:  # one that comes up too late would hold the port against each that follows
            self.kill()
            raise
        self._port = int(self.url.rsplit(":", 1)[1])
        self._wait_for_workers()
        return self

    def _begin(self, arguments: Sequence[str], out: int, err: int) -> "subprocess.Popen[bytes] | Child":
        if self._is_forked:
            return nursery().fork(arguments, self.environment, out, err)
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=out, stderr=err)

    def _wait_for_workers(self) -> None:
        """Several workers are announced before they listen."""
        until = time.monotonic() + START_TIMEOUT_S
        while self._workers > 1 and time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
                return
            except OSError:
                time.sleep(0.1)

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run an `urna` command against the same database."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            code = nursery().fork(arguments, self.environment, out.fileno(), err.fileno()).wait(120)
            texts = [(file.seek(0), file.read())[1] for file in (out, err)]
        assert not check or code == 0, texts[1]
        return subprocess.CompletedProcess(["urna", *arguments], code, *texts)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, with_signal: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(timeout=30)
            self._process = None


def _address(output: IO[str]) -> str:
    """The address that the server prints when it answers. What it says later is read by nobody, as in a terminal."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        with output:
            for line in output:
                lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    line = lines.get(timeout=START_TIMEOUT_S)
    assert "http://" in line, f"the server did not start: {line!r}; its log stands in server.log"
    return line.strip().split()[-1]


@contextmanager
def serving(database_url: str, data_dir: Path, **environment: str) -> Iterator[Server]:
    server = Server(database_url, data_dir, environment).start()
    try:
        yield server
    finally:
        server.kill()
