"""The epoch: how phones learn that the server's database has gone back in time.

A database restored from a backup looks healthy. The file `epoch` in the data folder remembers the epoch and the head's
number of each mission; where it is ahead of the database, or of another epoch, the server does not start until an
operator adopts the database (`urna restore --adopt`), which makes a new epoch: phones then offer everything again.
"""

import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, select, update

from app.store.database import reading, writing
from app.store.tables import LogHead, table

EPOCH_NUMBERS = 10**9
"""A new epoch's numbers start at the next multiple, far from any number given before."""
HEADS = table(LogHead)


class EpochConflictError(Exception):
    """The data folder remembers more than the database holds. The text says what to do."""


@dataclass(frozen=True)
class Mark:
    epoch: str
    server_seq: int


def marks_of(connection: Connection) -> dict[str, Mark]:
    """Epoch and head of every mission in the database."""
    rows = connection.execute(select(HEADS.c.mission, HEADS.c.epoch, HEADS.c.server_seq))
    return {row.mission: Mark(row.epoch, row.server_seq) for row in rows}


def read_marks(data_dir: Path) -> dict[str, Mark]:
    """What the file remembers; empty where there is none."""
    try:
        remembered = json.loads((data_dir / "epoch").read_text())
    except FileNotFoundError:
        return {}
    return {mission: Mark(**mark) for mission, mark in remembered.items()}


def write_marks(data_dir: Path, marks: dict[str, Mark]) -> None:
    """Replace the file in one step, so that a crash leaves the old or the new one."""
    data_dir.mkdir(parents=True, exist_ok=True)
    fresh = data_dir / f"epoch.{os.getpid()}"
    fresh.write_text(json.dumps({mission: vars(mark) for mission, mark in marks.items()}))
    fresh.replace(data_dir / "epoch")


def refuse_older_database(remembered: dict[str, Mark], found: dict[str, Mark]) -> None:
    """Raises EpochConflictError where the file knows a mission further, or in another epoch, than the database."""
    for mission, mark in remembered.items():
        here = found.get(mission)
        if here is None or here.epoch != mark.epoch or here.server_seq < mark.server_seq:
            raise EpochConflictError(
                f"The database knows mission {mission} up to {here.server_seq if here else 'nothing'}, the data folder "
                f"remembers {mark.server_seq}. If it was restored from a backup: urna restore --adopt"
            )


def begin_epoch(connection: Connection, mission: str, beyond: int = 0) -> str:
    """Give a mission a new epoch, its numbers above everything given before and above `beyond`."""
    head = connection.execute(
        update(HEADS).where(HEADS.c.mission == mission).values(epoch=str(uuid4())).returning(*HEADS.c)
    ).one()
    start = (max(head.server_seq, beyond) // EPOCH_NUMBERS + 1) * EPOCH_NUMBERS
    connection.execute(update(HEADS).where(HEADS.c.mission == mission).values(server_seq=start - 1))
    return str(head.epoch)


def adopt(engine: Engine, data_dir: Path, every: bool = False) -> dict[str, Mark]:
    """Take the database as it is: a new epoch for every mission that the file knows further (`every`: for each), and
    the marks as they are now. A mission that the database does not hold at all is forgotten by the file.
    """
    remembered = read_marks(data_dir)
    with writing(engine) as connection:
        for mission, here in marks_of(connection).items():
            mark = remembered.get(mission, here)
            if every or here.epoch != mark.epoch or here.server_seq < mark.server_seq:
                begin_epoch(connection, mission, beyond=mark.server_seq)
        marks = marks_of(connection)
    write_marks(data_dir, marks)
    return marks


class Heartbeat:
    """Writes the marks each second while the server runs."""

    def __init__(self, engine: Engine, data_dir: Path, every_s: float = 1.0) -> None:
        self._engine, self._data_dir, self._every_s = engine, data_dir, every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="urna-epoch", daemon=True)
        self._written: dict[str, Mark] = {}

    def start(self) -> None:
        """Raises EpochConflictError; afterwards the file is written."""
        with reading(self._engine) as connection:
            refuse_older_database(read_marks(self._data_dir), marks_of(connection))
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self.beat()

    def beat(self) -> None:
        with reading(self._engine) as connection:
            marks = marks_of(connection)
        if marks != self._written:
            write_marks(self._data_dir, marks)
            self._written = marks

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.beat()
            except Exception:  # noqa: S112  the database may be away for a while; the next beat tries again
                continue
