"""Everybody who may knock, before a mission of two regions: phones, staff of each role, keys. A second mission beside
it holds whatever must stay foreign."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import typer
from fastapi import FastAPI
from sqlalchemy import Connection, Engine, delete, insert
from typer.testing import CliRunner

from app.ledger.trail import short_form
from app.people.commands import register
from app.people.enrolment import make_enrolment
from app.people.hashing import hashed
from app.people.keys import make_key
from app.people.persons import PURPOSE, add_persons
from app.people.staff import ROLES
from app.store.database import writing
from app.store.log import keep_blob
from app.store.people_tables import Person
from app.store.results_tables import Webhook
from app.store.tables import ApiKey, Device, Staff, StaffSession, table
from app.store.vault import Vault
from app.sync.project import project_reports
from tests.cast import AMA, EFUA, KOFI, PASSWORD, Phone, phone, public_jwk
from tests.golden.night import Night, checklist, choice, item, report_uuid, yes_no

FOREIGN = "MD"
NOBODY, PHONE, OTHER_PHONE, LOST = "nobody", "observer", "observer of another team", "lost device"
COORDINATOR, OTHER_COORDINATOR, KEY = "coordinator", "coordinator of another region", "results key"
CALLERS = (NOBODY, OTHER_PHONE, PHONE, OTHER_COORDINATOR, COORDINATOR, "analyst", "auditor", "admin", "head", KEY, LOST)
SECRET = b"d" * 32
PASSWORD_HASH = hashed(PASSWORD)
STRANGER = phone("stranger", "t1")
B = checklist(
    "B",
    choice("b01", "nominal", "full", "refused"),
    yes_no("b30", relevant="${b01} != 'refused'"),
    item("b17", "integer", "count"),
    item("b44", "text", "text"),
    access="b01",
)
A = checklist("A", yes_no("a21", bad="no"), stage="opening")


def token(prefix: str, name: str) -> str:
    return f"{prefix}{name.replace(' ', '-')}-token"


@dataclass
class Doorstep:
    night: Night
    tokens: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    """Things of the mission, and under `foreign ...` the same of the other one."""

    @classmethod
    def of(cls, engine: Engine) -> "Doorstep":
        """Both missions, with a few reports in the first."""
        night = Night.of(engine, A, B)
        night.frame({"code": "s1", "region": "R1", "sampled": True}, {"code": "s2", "region": "R2", "sampled": True})
        night.teams({"code": "t1", "region": "R1"}, {"code": "t2", "region": "R2"})
        night.report("r1", "t1-ama", "B", "s1", {"b01": "full", "b30": "yes", "b17": 412, "b44": "words"})
        night.report("r2", "t2-efua", "B", "s2", {"b01": "full", "b30": "no"}, comment="a comment")
        night.send()
        abroad = Night.of(engine, A, mission=FOREIGN)
        abroad.teams({"code": "t1", "region": "R1"})
        abroad.report("abroad", "t1-stranger", "A", "s1", {"a21": "yes"})
        abroad.send()
        with writing(engine) as connection:
            project_reports(connection, night.mission, [report_uuid("r1"), report_uuid("r2")])
            project_reports(connection, FOREIGN, [report_uuid("abroad")])
        made = cls(night)
        made.ids |= {"short": short_form(report_uuid("r1")), "foreign short": short_form(report_uuid("abroad"))}
        made.reset()
        return made

    @property
    def engine(self) -> Engine:
        return self.night.engine

    def reset(self) -> None:
        """Everybody with fresh credentials and every thing in its place, whatever was done to them."""
        with writing(self.engine) as connection:
            for one in (Device, Staff, StaffSession, ApiKey, Person, Webhook):
                connection.execute(delete(table(one)))
            self._phones(connection)
            self._staff(connection)
            self._things(connection)

    def _phones(self, connection: Connection) -> None:
        for name, someone, team, state in (
            (PHONE, AMA, "t1", "active"), (OTHER_PHONE, EFUA, "t2", "active"), (LOST, KOFI, "t1", "lost"),
        ):  # fmt: skip
            connection.execute(insert(table(Device)).values(**_device(someone, self.night.mission, team, state)))
            self.tokens[name] = someone.token
        connection.execute(insert(table(Device)).values(**_device(STRANGER, FOREIGN, "t1", "active")))
        self.ids |= {"device": AMA.device_id, "foreign device": STRANGER.device_id, "other device": EFUA.device_id}

    def _staff(self, connection: Connection) -> None:
        for role in ROLES:
            self._person(connection, self.night.mission, role, role, ["R1"] if role == COORDINATOR else [])
        self._person(connection, self.night.mission, OTHER_COORDINATOR, COORDINATOR, ["R2"])
        self._person(connection, FOREIGN, "foreign", "head", [])
        self.ids |= {"session": _digest(self.tokens[COORDINATOR])[:16]}
        self.ids |= {"foreign session": _digest(self.tokens["foreign"])[:16]}

    def _person(self, connection: Connection, mission: str, name: str, role: str, regions: list[str]) -> None:
        now = datetime.now(UTC)
        row = {"mission": mission, "name": name, "role": role, "regions": regions, "password_hash": PASSWORD_HASH}
        connection.execute(insert(table(Staff)).values(**row, created_at=now))
        self.tokens[name] = token("urnas_", name)
        session = {"sha256": _digest(self.tokens[name]), "mission": mission, "staff": name, "created_at": now}
        connection.execute(
            insert(table(StaffSession)).values(**session, seen_at=now, expires_at=now + timedelta(hours=1))
        )

    def _things(self, connection: Connection) -> None:
        now, mission = datetime.now(UTC), self.night.mission
        self.tokens[KEY] = make_key(connection, mission, ["results:read"], 30, now)
        self.ids |= {"key": make_key(connection, mission, ["results:read"], 30, now).split("_")[1]}
        self.ids |= {"foreign key": make_key(connection, FOREIGN, ["results:read"], 30, now).split("_")[1]}
        vault = Vault(SECRET, PURPOSE)
        for prefix, place in (("", mission), ("foreign ", FOREIGN)):
            person = {"team": "t1", "name": "Aigerim", "phone": "+7", "email": ""}
            [self.ids[f"{prefix}person"]] = add_persons(connection, vault, place, [person], now)
            self.ids[f"{prefix}webhook"] = self._webhook(connection, place)
            self.ids[f"{prefix}blob"] = keep_blob(connection, place, f'{{"of":"{place}"}}'.encode())

    def _webhook(self, connection: Connection, mission: str) -> str:
        one = {"id": f"wh_{mission}", "mission": mission, "url": "https://example.org/urna", "events": "snapshot.made"}
        connection.execute(insert(table(Webhook)).values(**one, made_at=datetime.now(UTC), made_by="head"))
        return str(one["id"])

    def code(self) -> str:
        """A fresh one, for a phone of t1."""
        with writing(self.engine) as connection:
            return make_enrolment(connection, self.night.mission, "t1", datetime.now(UTC), timedelta(hours=1))

    def headers(self, caller: str) -> dict[str, str]:
        return {} if caller == NOBODY else {"Authorization": f"Bearer {self.tokens[caller]}"}


def knocking(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://urna.test")


@contextmanager
def writer_of(app: FastAPI) -> Iterator[None]:
    """The application's writer, as a running server has it."""
    app.state.ground.writer.start()
    try:
        yield
    finally:
        app.state.ground.writer.stop()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _device(someone: Phone, mission: str, team: str, state: str) -> dict[str, Any]:
    fields = {"id": someone.device_id, "mission": mission, "team": team, "label": "", "state": state}
    made = {"created_at": datetime.now(UTC), "queue": {}, "device_seq": 0, "flags": ""}
    return {**fields, **made, "token_sha256": _digest(someone.token), "public_key": public_jwk(someone)}


def unknown_id(of: str) -> str:
    """An id of the right shape that nothing has."""
    digest = _digest(of)
    odd = {"session": digest[:16], "key": digest[:8], "blob": digest, "webhook": f"wh_{digest[:16]}", "short": "0000"}
    return odd.get(of, str(UUID(digest[:32])))


def command(engine: Engine, *arguments: str, url: str = "https://urna.example.org") -> str:
    """What the room's verbs of the `urna` command print. Raises what they raise."""
    cli = typer.Typer()
    register(cli, lambda: engine, lambda: url, lambda: SECRET)
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.stdout)
