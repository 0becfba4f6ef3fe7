"""Enrolment: a code becomes a device, once.

A lost answer must not burn a card: the same code with the same key within ten minutes answers the same device again.
"""

import json
import secrets
from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import UrnaError
from app.people.codes import new_code, split_code
from app.people.hashing import hashed, matches
from app.people.staff import refuse_unknown_mission
from app.store.audit import COMMAND, Actor, write_audit
from app.store.database import reading, writing
from app.store.seal import Seal, from_base64url, public_key, to_base64url
from app.store.tables import Device, Enrolment, LogHead, Team, table

TRIES_MAX = 10
REPEAT_WITHIN = timedelta(minutes=10)
TOKEN_BYTES = 32
GRANT_BYTES_MAX = 4096

ENROLMENTS, DEVICES, TEAMS, HEADS = table(Enrolment), table(Device), table(Team), table(LogHead)


@dataclass(frozen=True)
class Enrolled:
    device_id: str
    token: str
    team: str
    mission: str
    epoch: str
    grant: str


def make_enrolment(
    connection: Connection, mission: str, team: str, now: datetime, valid: timedelta, actor: Actor = COMMAND
) -> str:
    """A one-time code for one device of a team, as printed. Raises UrnaError `not_found`: no such mission or team."""
    refuse_unknown_mission(connection, mission)
    here = select(TEAMS.c.code).where(TEAMS.c.mission == mission, TEAMS.c.code == team)
    if connection.execute(here).first() is None:
        raise UrnaError("not_found", "No such team in this mission: import teams first, or check the spelling.")
    while True:
        code = new_code()
        locator, secret = split_code(code) or ("", "")
        taken = select(ENROLMENTS.c.locator).where(ENROLMENTS.c.locator == locator)
        if connection.execute(taken).first() is None:
            break
    row = {"locator": locator, "mission": mission, "team": team, "secret_hash": hashed(secret), "tries": 0}
    connection.execute(insert(ENROLMENTS).values(**row, created_at=now, expires_at=now + valid))
    write_audit(connection, mission, actor, "enrolment.made", locator, now=now, facts={"team": team})
    return code


def refuse_foreign_team(connection: Connection, mission: str, team: str, regions: Set[str] | None) -> None:
    """Raises UrnaError `not_found` for a team outside these regions; None is the whole mission."""
    region = connection.execute(select(TEAMS.c.region).where(TEAMS.c.mission == mission, TEAMS.c.code == team)).scalar()
    if regions is not None and region not in regions:
        raise UrnaError("not_found")


def enrol(
    engine: Engine, seal: Seal, typed: str, jwk: dict[str, Any] | None, label: str, version: str | None, now: datetime
) -> Enrolled:
    """The device behind a code, made now or within the last ten minutes.

    Raises UrnaError: code_unknown (also after ten wrong secrets), code_used, code_expired, invalid_request (key).
    """
    thumbprint = _thumbprint(jwk)
    row = _try_code(engine, typed)
    if row.used_at is None and row.expires_at <= now:
        raise UrnaError("code_expired")
    token = "urnad_" + secrets.token_urlsafe(TOKEN_BYTES)
    with writing(engine) as connection:
        device = _claim(connection, row, jwk, thumbprint, label, version, token, now)
        epoch = connection.execute(select(HEADS.c.epoch).where(HEADS.c.mission == row.mission)).scalar_one()
    grant = make_grant(seal, row.mission, device, row.team, token, jwk)
    return Enrolled(device, token, row.team, row.mission, epoch, grant)


def _try_code(engine: Engine, typed: str) -> Row[Any]:
    """The row behind a code whose secret is right. The try is counted and committed before the secret is compared, and
    given back where it was right, whatever comes of it: neither a phone that asks again for a lost answer nor one that
    comes too late uses anything up."""
    parts = split_code(typed)
    if parts is None:
        raise UrnaError("code_unknown")
    locator, secret = parts
    with reading(engine) as connection:  # a flood of guesses must not take the lock that phones wait for
        if connection.execute(select(ENROLMENTS.c.locator).where(ENROLMENTS.c.locator == locator)).first() is None:
            raise UrnaError("code_unknown")
    with writing(engine) as connection:
        counted = update(ENROLMENTS).where(ENROLMENTS.c.locator == locator).values(tries=ENROLMENTS.c.tries + 1)
        row = connection.execute(counted.returning(*ENROLMENTS.c)).one_or_none()
    if row is None or row.tries > TRIES_MAX or not matches(row.secret_hash, secret):
        raise UrnaError("code_unknown")
    with writing(engine) as connection:
        right = update(ENROLMENTS).where(ENROLMENTS.c.locator == locator)
        connection.execute(right.values(tries=ENROLMENTS.c.tries - 1))
    return row


def _claim(
    connection: Connection,
    row: Row[Any],
    jwk: dict[str, Any] | None,
    thumbprint: str | None,
    label: str,
    version: str | None,
    token: str,
    now: datetime,
) -> str:
    """Exactly one of many parallel tries makes the device; the same key may come again for its answer."""
    device_id = str(uuid4())
    used = {"used_at": now, "device_id": device_id, "key_thumbprint": thumbprint}
    unused = (ENROLMENTS.c.locator == row.locator) & ENROLMENTS.c.used_at.is_(None)
    if connection.execute(update(ENROLMENTS).where(unused).values(**used)).rowcount == 1:
        fields = {"id": device_id, "mission": row.mission, "team": row.team, "label": label[:80], "state": "active"}
        made = {"public_key": jwk, "app_version": version, "created_at": now, "queue": {}, "device_seq": 0, "flags": ""}
        connection.execute(insert(DEVICES).values(**fields, **made, token_sha256=_digest(token)))
        write_audit(connection, row.mission, Actor("device", device_id), "device.enrolled", row.locator, now=now)
        return device_id
    return _claim_again(connection, row, thumbprint, token, now)


def _claim_again(connection: Connection, row: Row[Any], thumbprint: str | None, token: str, now: datetime) -> str:
    first = connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.locator == row.locator)).one()
    if thumbprint is None or first.key_thumbprint != thumbprint or now - first.used_at > REPEAT_WITHIN:
        raise UrnaError("code_used")
    fresh = update(DEVICES).where(DEVICES.c.id == first.device_id).values(token_sha256=_digest(token))
    if connection.execute(fresh).rowcount != 1:
        raise UrnaError("code_used")  # the device is gone: a token without it would lead nowhere
    return str(first.device_id)


def make_grant(seal: Seal, mission: str, device_id: str, team: str, token: str, jwk: dict[str, Any] | None) -> str:
    """What the phone shows to a database that was restored from before its enrolment: `payload.signature`."""
    grant = {"mission": mission, "device_id": device_id, "team": team, "token_sha256": _digest(token), "key": jwk}
    payload = to_base64url(json.dumps(grant, sort_keys=True, separators=(",", ":")).encode())
    return f"{payload}.{seal.sign(b'urna-grant-v1' + payload.encode())}"


def accept_grant(engine: Engine, seal: Seal, grant: str, token: str, now: datetime) -> str:
    """Put back a device that the database does not know; its id. Raises UrnaError `invalid_credentials`."""
    payload, _, signature = grant.partition(".")
    if len(grant) > GRANT_BYTES_MAX or not seal.verifies(b"urna-grant-v1" + payload.encode(), signature):
        raise UrnaError("invalid_credentials")
    fields = json.loads(from_base64url(payload))
    if fields["token_sha256"] != _digest(token):
        raise UrnaError("invalid_credentials")
    with writing(engine) as connection:
        _put_back(connection, fields, now)
    return str(fields["device_id"])


def _put_back(connection: Connection, grant: dict[str, Any], now: datetime) -> None:
    """A device that is known keeps its state: a grant does not undo what staff decided."""
    if connection.execute(select(HEADS.c.mission).where(HEADS.c.mission == grant["mission"])).first() is None:
        raise UrnaError("invalid_credentials")
    if connection.execute(select(DEVICES.c.id).where(DEVICES.c.id == grant["device_id"])).first() is not None:
        return
    fields = {"id": grant["device_id"], "mission": grant["mission"], "team": grant["team"], "label": ""}
    made = {"public_key": grant["key"], "created_at": now, "queue": {}, "device_seq": 0, "flags": "put_back"}
    row = {**fields, **made, "state": "active", "token_sha256": grant["token_sha256"]}
    try:
        with connection.begin_nested():
            connection.execute(insert(DEVICES).values(**row))
    except IntegrityError:
        return  # the same grant came twice at once, and the other put it back
    actor = Actor("device", grant["device_id"])
    write_audit(connection, grant["mission"], actor, "device.put_back", grant["device_id"], now=now)


def _thumbprint(jwk: dict[str, Any] | None) -> str | None:
    """RFC 7638. Raises UrnaError for a key that is not on P-256."""
    if jwk is None:
        return None
    try:
        public_key(jwk)
    except ValueError:
        raise UrnaError("invalid_request", "public_key is a P-256 key as JWK, or null.") from None
    needed = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return sha256(json.dumps(needed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
