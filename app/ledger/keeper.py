"""Keeps a checkpoint of every mission each hour and when the server stops: in the database, a file and the log."""

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from app.store.checkpoints import CHECKPOINTS, Checkpoint, keep_checkpoint
from app.store.database import reading, writing
from app.store.log import HEAD
from app.store.seal import Seal

logger = logging.getLogger("urna.ledger")
EVERY = timedelta(hours=1)
LOOK_EVERY_S = 30.0
FILE = "checkpoints.ndjson"


def keep_due(engine: Engine, seal: Seal, data_dir: Path, now: datetime, age: timedelta = EVERY) -> list[Checkpoint]:
    """A checkpoint for every mission whose newest is `age` old or that has none. Of several workers one makes it."""
    with reading(engine) as connection:
        missions = list(connection.execute(select(HEAD.c.mission).order_by(HEAD.c.mission)).scalars())
        due = [mission for mission in missions if _is_due(connection, mission, now, age)]
    return [made for mission in due if (made := _keep(engine, seal, data_dir, mission, now, age))]


def keep_one(engine: Engine, seal: Seal, data_dir: Path, mission: str, now: datetime) -> Checkpoint:
    """A checkpoint of one mission now. Raises LookupError for a mission without a log."""
    with writing(engine) as connection:
        made = keep_checkpoint(connection, seal, mission, now)
    _hand_out(data_dir, made)
    return made


def _keep(engine: Engine, seal: Seal, data_dir: Path, mission: str, now: datetime, age: timedelta) -> Checkpoint | None:
    with writing(engine) as connection:
        made = keep_checkpoint(connection, seal, mission, now) if _is_due(connection, mission, now, age) else None
    if made is not None:
        _hand_out(data_dir, made)
    return made


def _is_due(connection: Connection, mission: str, now: datetime, age: timedelta) -> bool:
    newest = select(func.max(CHECKPOINTS.c.at)).where(CHECKPOINTS.c.mission == mission)
    at = connection.execute(newest).scalar()
    return at is None or now - at >= age


def _hand_out(data_dir: Path, made: Checkpoint) -> None:
    """One line each, after the commit: the log usually leaves the machine, which an insider does not undo."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / FILE).open("a") as file:
        file.write(json.dumps(asdict(made)) + "\n")
    logger.info("checkpoint", extra={"fields": asdict(made)})


class CheckpointKeeper:
    """Looks twice a minute whether one is due, while the server runs."""

    def __init__(
        self,
        engine: Engine,
        seal: Seal,
        data_dir: Path,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._engine, self._seal, self._data_dir = engine, seal, data_dir
        self._clock, self._look_every_s = clock, look_every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="urna-checkpoints", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A last one for whatever was written since the one before."""
        self._stop.set()
        self._thread.join()
        self._look(timedelta(0))

    def _run(self) -> None:
        while not self._stop.wait(self._look_every_s):
            self._look(EVERY)

    def _look(self, age: timedelta) -> None:
        try:
            keep_due(self._engine, self._seal, self._data_dir, self._clock(), age)
        except Exception as error:  # the database may be away for a while; the next look tries again
            logger.warning("no checkpoint was kept: %s", type(error).__name__)
