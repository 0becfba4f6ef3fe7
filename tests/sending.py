"""Phones of the cast that mint and send, straight into the phones' door: no HTTP, everything else real."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import Connection, Engine, delete, insert, select, update

from app.store.chain import GENESIS, body_hash, link
from app.store.database import reading, writing
from app.store.log import CONFLICT, HEAD, LOG, Draft, keep_blob
from app.store.seal import Seal, to_base64url
from app.store.tables import ChecklistVersion, Commission, Device, Region, Report, ReportFindings, Station, table
from app.store.writer import Job, Writer
from app.sync.project import project
from app.sync.push import Limits, answer, prepare
from tests.cast import EPOCH, MISSION, Phone, set_stage
from tests.checklists import published
from tests.rewriting import rewriting

SEAL = Seal(b"s" * 32)
LIMITS = Limits(100, 65_536)
STATION, COMMISSION = "KZ-75-0123", "KZ-75-T01"
VISIT = "0190a000-0000-7000-8000-000000000001"
"""A report."""


def uuid(name: str) -> str:
    """The same id for the same name, so that tests repeat to the bit."""
    return str(UUID(sha256(name.encode()).hexdigest()[:32]))


@dataclass
class Hand:
    """A phone in somebody's hand: it counts and chains what it mints. Signs unless told otherwise."""

    phone: Phone
    mission: str = MISSION
    signs: bool = True
    number: int = 0
    prev: str | None = None
    minted: list[dict[str, Any]] = field(default_factory=list)

    def mint(self, kind: str, body: Any, report_id: str | None = VISIT, **odd: Any) -> dict[str, Any]:
        """An operation as sent; `odd` fields go in as they are, before link and signature."""
        self.number += 1
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        op = {
            "op_id": uuid(f"{self.phone.device_id} {self.number} {report_id} {text[:200]}"),
            "device_id": self.phone.device_id,
            "device_seq": self.number,
            "kind": kind,
            "report_id": report_id,
            "made_at": "2022-11-20T08:15:00+06:00",
            "tz_min": 360,
            "prev": self.prev,
            "body": text,
            "hash": sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
            **odd,
        }
        lines = lines_of(op, self.mission)
        op["sig"] = sign(self.phone.key, lines) if self.signs else None
        self.prev = sha256(lines).hexdigest()
        self.minted.append(op)
        return op

    def say(self, answers: dict[str, Any] | None = None, kind: str = "report.revision", **body: Any) -> dict[str, Any]:
        report_id = body.pop("report_id", VISIT)
        return self.mint(kind, {"form": "B", "form_version": 1, "answers": answers or {}, **body}, report_id)

    def finish(self, answers: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
        return self.say(answers, "report.finish", **body)

    def void(self, **body: Any) -> dict[str, Any]:
        return self.mint("report.void", {"reason": "mistake", **body})


def lines_of(op: dict[str, Any], mission: str = MISSION) -> bytes:
    """What is hashed and signed, written down here once more from docs/sync.md."""
    names = ("device_id", "device_seq", "op_id", "kind", "report_id", "made_at", "tz_min", "prev", "hash")
    fields = [op.get("mission", mission), *(op[name] for name in names)]
    return "\n".join(["urna-op-v1", *("" if one is None else str(one) for one in fields)]).encode()


def link_of(op: dict[str, Any]) -> str:
    return sha256(lines_of(op)).hexdigest()


def sign(key: ec.EllipticCurvePrivateKey, lines: bytes) -> str:
    r, s = decode_dss_signature(key.sign(lines, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def set_out(engine: Engine) -> None:
    """The cast's stage with the built-in checklists in version 1, a station and a commission."""
    set_stage(engine)
    place = {"mission": MISSION, "region": "KZ-75", "from_seq": 0}
    with writing(engine) as connection:
        for code, form in published().items():
            digest = keep_blob(connection, MISSION, form.model_dump_json().encode())
            row = {"mission": MISSION, "code": code, "version": 1, "hash": digest, "from_seq": 0}
            connection.execute(insert(table(ChecklistVersion)).values(**row))
        station = {"code": STATION, "number": "123", "name": "School 12", "address": ""}
        connection.execute(insert(table(Station)).values(**place, **station))
        connection.execute(insert(table(Commission)).values(**place, code=COMMISSION, name={"en": "Almaty"}))
        stations = keep_blob(connection, MISSION, b'{"kind":"urna.stations"}')
        region = {"mission": MISSION, "code": "KZ-75", "name": {"en": "Almaty"}, "blob": stations, "from_seq": 0}
        connection.execute(insert(table(Region)).values(**region))


def wipe(engine: Engine) -> None:
    """The stage before anybody called. The head first, as for everybody who writes: a checkpoint may be on its way."""
    with writing(engine) as connection:
        connection.execute(update(HEAD).values(epoch=EPOCH, server_seq=0, entry=GENESIS))
        _wipe_rows(connection)


def _wipe_rows(connection: Connection) -> None:
    with rewriting(connection):
        for one in (LOG, CONFLICT, table(Report), table(ReportFindings)):
            connection.execute(delete(one))
        fresh = {"device_seq": 0, "link": None, "flags": "", "state": "active"}
        connection.execute(update(table(Device)).values(**fresh))


@dataclass
class Door:
    """The phones' door over a database, with its writer running."""

    engine: Engine
    writer: Writer

    def send(self, phone: Phone, *ops: Any, **envelope: Any) -> dict[str, Any]:
        return self.send_raw(phone, json.dumps({"protocol": 1, "attempt_id": "a1", "ops": ops, **envelope}).encode())

    def send_raw(self, phone: Phone, raw: bytes, limits: Limits = LIMITS, mission: str = MISSION) -> dict[str, Any]:
        push = prepare(self.engine, SEAL, mission, phone.device_id, raw, limits)
        for job in push.jobs:
            self.writer.submit(job).result(30)
        said: dict[str, Any] = json.loads(answer(push, SEAL))
        return said

    def outcomes(self, phone: Phone, *ops: Any, **envelope: Any) -> list[tuple[str, str | None]]:
        """(outcome, code) of each operation."""
        return [(r["outcome"], r.get("code")) for r in self.send(phone, *ops, **envelope)["results"]]

    def append(self, *drafts: Any) -> list[int]:
        """Entries of others than phones; their numbers."""
        job = self.writer.submit(Job(MISSION, drafts)).result(30)
        return [result.server_seq for result in job.results]

    def log(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(LOG).where(LOG.c.mission == MISSION).order_by(LOG.c.server_seq)))

    def reports(self) -> dict[str, dict[str, Any]]:
        """Report -> its row, with the state read."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(table(Report))).mappings().all()
        return {row["report_id"]: {**row, "state": json.loads(row["state"])} for row in rows}


@contextmanager
def door_of(engine: Engine) -> Iterator[Door]:
    writer = Writer(engine, project)
    writer.start()
    try:
        yield Door(engine, writer)
    finally:
        writer.stop()


def act(kind: str, report_id: str = VISIT, who: str = "yaw", **body: Any) -> Draft:
    """An act of staff as an entry for the log."""
    raw = json.dumps({"reason": "as told by telephone", **body}).encode()
    op_id, made_at, digest = uuid(f"{who} {kind} {report_id} {raw!r}"), "2022-11-20T12:00:00Z", body_hash(raw)
    tied = link(MISSION, who, None, op_id, f"staff.{kind}", report_id, made_at, None, None, digest)
    return Draft(op_id, f"staff.{kind}", "staff", who, made_at, raw, tied, digest, report_id=report_id)
