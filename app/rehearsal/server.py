"""The server of a rehearsal: one started for it alone, or one that runs already; and what it costs."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import UrnaError

STOP_S = 30
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Cost:
    """Seconds of processor and megabytes of memory, of a server and its workers."""

    cpu_s: float
    memory_mb: float


@contextmanager
def own_server(environment: Mapping[str, str], workers: int = 1) -> Iterator[tuple[str, int]]:
    """Address and process id of a server that lives as long as the rehearsal. Raises UrnaError `not_ready`."""
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--workers", str(workers)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  our own command
            command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            if "http://" not in line:
                raise UrnaError("not_ready", "The rehearsal's own server did not start: run urna doctor.")
            yield line.split()[-1], process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
            process.stdout.close()


def cost_of(pid: int) -> Cost | None:
    """What a process and its children have used; None where the machine does not tell."""
    try:
        family = [pid, *_children(pid)]
        return Cost(sum(map(_cpu_s, family)), sum(map(_memory_mb, family)))
    except (OSError, ValueError, IndexError):
        return None


def pid_listening(port: int) -> int | None:
    """The process that listens on a port of this machine: the oldest, which has started the others."""
    sockets = {
        fields[9]
        for name in ("tcp", "tcp6")
        for fields in map(str.split, _lines(PROC / "net" / name)[1:])
        if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port
    }
    holders = [int(folder.name) for folder in PROC.glob("[0-9]*") if _holds(folder, sockets)]
    return min(holders, default=None)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


def _holds(folder: Path, sockets: set[str]) -> bool:
    try:
        links = [os.readlink(one) for one in (folder / "fd").iterdir()]
    except OSError:
        return False
    return any(link == f"socket:[{inode}]" for link in links for inode in sockets)


def _children(pid: int) -> list[int]:
    text = " ".join(" ".join(_lines(task / "children")) for task in (PROC / str(pid) / "task").iterdir())
    direct = [int(one) for one in text.split()]
    return [*direct, *(grandchild for child in direct for grandchild in _children(child))]


def _cpu_s(pid: int) -> float:
    fields = (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def _memory_mb(pid: int) -> float:
    pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
