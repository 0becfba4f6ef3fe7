"""The mission's side of a world: the real push, fold and pull over a database in memory, which can crash between any
two steps, start again, be copied and be put back from a copy."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, insert, select, update
from sqlmodel import SQLModel

from app.errors import UrnaError
from app.store.database import reading, writing
from app.store.epoch import EpochConflictError, Mark, begin_epoch, marks_of, refuse_older_database
from app.store.log import HEAD, LOG, Draft, Head, keep_blob
from app.store.tables import ChecklistVersion, Device, Region, Report, Station, table
from app.store.writer import Job, Writer
from app.sync import pull as pulling
from app.sync.project import project
from app.sync.push import Limits, Push, answer, prepare
from tests.cast import MISSION, PHONES, Phone, set_stage
from tests.sending import SEAL, act
from tests.simulation.wire import Json, Reply, Request, refusal

DEVICES, REPORTS = table(Device), table(Report)
STATION = "0123"
CODES = ("b01_access", "b02_queue", "b03_note")
FAILS = "fails in the projection"
"""A text at which the fold's place in the transaction breaks: the operation that says it is held as internal_error."""
BODY_BYTES_MAX, BODY_BYTES_NARROW = 65_536, 140
OPERATIONS_MAX = 6
"""Few, so that a phone that was offline for a while meets a 413."""
BY_ID = {someone.device_id: someone for someone in PHONES}
Crash = Literal["before", "between", "after"]


def _form() -> bytes:
    """A checklist of three texts, as the phone's core reads it."""
    items = [{"code": code, "id": code[:3].upper(), "type": "text", "label": {"en": code}} for code in CODES]
    section = {"code": "s1", "label": {"en": "One"}, "items": items}
    head: Json = {"code": "B", "stage": "voting", "version": 1, "languages": ["en"], "title": {"en": "Voting"}}
    return json.dumps({**head, "place": "station", "sections": [section]}).encode()


def _stations() -> bytes:
    columns = ["code", "number", "name", "address", "lat", "lon"]
    rows = [[STATION, STATION, "School 8", "Abai 12", None, None]]
    head: Json = {"kind": "urna.stations", "region": "KZ-75", "name": {"en": "Almaty"}, "zone": None, "commissions": []}
    return json.dumps({**head, "columns": columns, "rows": rows}).encode()


class Memory:
    """One database in memory. The engine lives as long as the process, for it keeps compiled statements; each `load`
    gives it a new connection and a new pool, as a new process has."""

    def __init__(self) -> None:
        self._content = b""
        self._raw: sqlite3.Connection
        self.engine = create_engine("sqlite://", creator=self._open, poolclass=StaticPool)
        event.listen(self.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))

    def _open(self) -> sqlite3.Connection:
        self._raw = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        if self._content:
            self._raw.deserialize(self._content)
        return self._raw

    def load(self, content: bytes) -> None:
        self._content = content
        self.engine.dispose()
        self.engine.connect().close()

    def save(self) -> bytes:
        return self._raw.serialize()

    def ask(self, query: str, *values: object) -> list[Any]:
        """Rows of a query that goes past the engine: for whoever looks on."""
        return self._raw.execute(query, values).fetchall()


def _template(memory: Memory) -> bytes:
    """A mission with the cast's phones, one checklist and one station, before anybody called."""
    SQLModel.metadata.create_all(memory.engine)
    set_stage(memory.engine)
    place = {"mission": MISSION, "region": "KZ-75", "from_seq": 0}
    with writing(memory.engine) as connection:
        form = {"mission": MISSION, "code": "B", "version": 1, "hash": keep_blob(connection, MISSION, _form())}
        connection.execute(insert(table(ChecklistVersion)).values(**form, from_seq=0))
        station = {"code": STATION, "number": "123", "name": "School 8", "address": ""}
        connection.execute(insert(table(Station)).values(**place, **station))
        blob = keep_blob(connection, MISSION, _stations())
        region = {"mission": MISSION, "code": "KZ-75", "name": {"en": "Almaty"}, "blob": blob, "from_seq": 0}
        connection.execute(insert(table(Region)).values(**region))
    return memory.save()


MEMORY = Memory()
TEMPLATE = _template(MEMORY)


@dataclass
class Backup:
    content: bytes


class PromptWriter(Writer):
    """The real writer on the caller's thread: a world has one thread, so that nothing but its seed decides what comes
    first, and nobody waits for a switch."""

    def start(self) -> None:
        """Nothing: whoever submits also writes."""

    def stop(self, timeout_s: float = 0) -> None:
        self._closed = True

    def submit(self, job: Job) -> "Future[Job]":
        future = super().submit(job)
        self._queue.put(None)
        self._run()
        return future


class Server:
    """Mistakes are planted by subclasses that override one step."""

    operations_max = OPERATIONS_MAX

    def __init__(self) -> None:
        self.memory = MEMORY
        self.body_bytes_max = BODY_BYTES_MAX
        self.crash: Crash | None = None
        """Where the next push kills the process."""
        self.committed: dict[str, set[str]] = defaultdict(set)
        """Epoch -> every op_id that was ever committed in it."""
        self.rejected: dict[str, set[str]] = defaultdict(set)
        self.now_s = 0.0
        self.memory.load(TEMPLATE)
        self._seen_seq = 0
        self._start()

    @property
    def engine(self) -> Engine:
        return self.memory.engine

    def _start(self) -> None:
        self.writer = PromptWriter(self.engine, self.project)
        self.writer.start()

    def stop(self) -> None:
        self.writer.stop()

    def restart(self, content: bytes | None = None) -> None:
        """A new process over the same database, or over another."""
        self.stop()
        self.memory.load(self.memory.save() if content is None else content)
        self._start()

    # The doors

    def handle(self, request: Request) -> Reply | None:
        """None: the process died before it answered."""
        path = urlsplit(request.path)
        try:
            match request.method, path.path.split("/")[2]:
                case "POST", "sync":
                    return self._push(request)
                case "GET", "sync":
                    return self._pull(request, parse_qs(path.query))
                case "GET", "blobs":
                    return self._blob(request, path.path.rsplit("/", 1)[1])
        except UrnaError as error:
            return refusal(error)
        return refusal(UrnaError("invalid_credentials"))

    def _push(self, request: Request) -> Reply | None:
        sent = self.read(request)
        if self._dies("before"):
            return None
        self.store(sent)
        self._note_commits()
        if self._dies("after"):
            return None
        said = answer(sent, SEAL)
        self._note_rejections(json.loads(said))
        return Reply(200, said.decode())

    def read(self, request: Request) -> Push:
        limits = Limits(self.operations_max, self.body_bytes_max)
        device_id = next(one.device_id for one in PHONES if name_of(one) == request.phone)
        raw = (request.body or "").encode()
        return prepare(self.engine, SEAL, MISSION, device_id, raw, limits)

    def store(self, sent: Push) -> None:
        for job in sent.jobs:
            self.writer.submit(job).result(0)

    def project(self, connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
        """The writer's `after`."""
        fresh = (result for job in jobs for result in job.results if result.new and result.state == "accepted")
        if any(FAILS.encode() in result.draft.body for result in fresh):
            raise RuntimeError("a fault of the projection")
        project(connection, head, jobs)

    def _dies(self, where: Crash) -> bool:
        if self.crash != where:
            return False
        self.crash = None
        self.restart()
        return True

    def _pull(self, request: Request, query: dict[str, list[str]]) -> Reply:
        someone = self._reader(request)
        cursor, [limit] = query.get("cursor", [None])[0], query["limit"]
        with reading(self.engine) as connection:
            found = pulling.pull(connection, MISSION, someone.team, cursor, int(limit))
        if found is None:
            gone = refusal(UrnaError("cursor_reset"))
            return replace(gone, body=gone.body[:-1] + ',"kind":"urna.reset"}')
        if not found.changes and request.etag == found.cursor:
            return Reply(304, "")
        return Reply(200, found.as_json().decode())

    def _blob(self, request: Request, digest: str) -> Reply:
        self._reader(request)
        with reading(self.engine) as connection:
            found = pulling.read_blob(connection, MISSION, digest) if re.fullmatch("[0-9a-f]{64}", digest) else None
        if found is None:
            raise UrnaError("not_found")
        return Reply(200, found[0].decode())

    def _reader(self, request: Request) -> Phone:
        someone = next(one for one in PHONES if name_of(one) == request.phone)
        [(state,)] = self.memory.ask("SELECT state FROM device WHERE id = ?", someone.device_id)
        if state == "lost":
            raise UrnaError("device_lost")
        return someone

    # What operators and staff do

    def backup(self) -> Backup:
        return Backup(self.memory.save())

    def restore(self, backup: Backup, adopted: bool) -> None:
        """The database of a backup; `adopted`: an operator saw it and began a new epoch, else nobody noticed."""
        with reading(self.engine) as connection:
            remembered = marks_of(connection)
        self.restart(backup.content)
        if adopted:
            self._adopt(remembered)
        self._seen_seq = 0
        self._note_commits()

    def _adopt(self, remembered: dict[str, Mark]) -> None:
        with writing(self.engine) as connection:
            here = marks_of(connection)
            try:
                refuse_older_database(remembered, here)
            except EpochConflictError:
                begin_epoch(connection, MISSION, beyond=remembered[MISSION].server_seq)

    def begin_epoch(self) -> None:
        with writing(self.engine) as connection:
            begin_epoch(connection, MISSION)
        self._note_commits()

    def mark_device(self, someone: Phone, state: str) -> None:
        with writing(self.engine) as connection:
            connection.execute(update(DEVICES).where(DEVICES.c.id == someone.device_id).values(state=state))

    def release_held(self, codes: Sequence[str], reason: str) -> None:
        """Staff let pass what is held for one of these reasons."""
        marks = ",".join("?" * len(codes))
        query = f"SELECT report_id, op_id FROM log WHERE state = 'held' AND code IN ({marks}) ORDER BY server_seq"
        by_report: dict[str, list[str]] = defaultdict(list)
        for report_id, op_id in self.memory.ask(query, *codes):
            by_report[report_id].append(op_id)
        acts: list[Draft] = [
            act("release", report_id, who=f"yaw {reason}", op_ids=ops) for report_id, ops in by_report.items()
        ]
        if acts:
            self.writer.submit(Job(MISSION, acts)).result(0)
            self._note_commits()

    # For whoever looks on

    @property
    def epoch(self) -> str:
        return str(self.memory.ask("SELECT epoch FROM log_head")[0][0])

    def log(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(LOG).order_by(LOG.c.server_seq)))

    def head(self) -> Any:
        with reading(self.engine) as connection:
            return connection.execute(select(HEAD)).one()

    def reports(self) -> dict[str, Any]:
        """Report -> its state."""
        return {key: json.loads(state) for key, state in self.memory.ask("SELECT report_id, state FROM report")}

    def _note_commits(self) -> None:
        """What a database holds when its epoch begins was committed in that epoch as well."""
        [(epoch, head)] = self.memory.ask("SELECT epoch, server_seq FROM log_head")
        after = self._seen_seq if epoch in self.committed else 0
        fresh = self.memory.ask("SELECT op_id FROM log WHERE server_seq > ?", after)
        self.committed[epoch].update(op_id for (op_id,) in fresh)
        self._seen_seq = head

    def _note_rejections(self, said: dict[str, Any]) -> None:
        for result in said["results"]:
            if result["outcome"] == "rejected" and result["op_id"] is not None:
                self.rejected[said["epoch"]].add(result["op_id"])


def name_of(someone: Phone) -> str:
    return someone.token.removeprefix("urnad_")
