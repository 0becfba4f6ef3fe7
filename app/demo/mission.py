"""The demo mission in a database: made once, and a fresh way in for each door."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from app.demo import guide, kazakhstan, teams
from app.demo.kit import Kit
from app.demo.lists import as_csv
from app.demo.play import label, phones_needed
from app.errors import UrnaError
from app.forms.catalogue import built_in
from app.store.database import writing
from app.store.tables import Device, LogHead, table

DEVICES, HEADS = table(Device), table(LogHead)
TEAM = "0001"
STAFF = "head"
SCOPES = ["results:read"]
KEY_DAYS = 30
CODE_VALID = timedelta(hours=72)


def lists() -> dict[str, bytes]:
    """Everything of the mission as files."""
    return {
        "regions": as_csv(kazakhstan.regions()),
        "commissions": as_csv(kazakhstan.commissions()),
        "stations": as_csv(kazakhstan.stations()),
        "teams": as_csv(teams.teams()),
        "plan": as_csv(teams.plan()),
        "candidates": as_csv(kazakhstan.CANDIDATES),
    }


def ensure_mission(engine: Engine, kit: Kit) -> bool:
    """Make the demo mission where the database has none; True if it was made now.

    Raises UrnaError `invalid_parameter` where other missions live: a demo does not move in with them.
    """
    with writing(engine) as connection:
        missions = set(connection.execute(select(HEADS.c.mission)).scalars())
        if kazakhstan.MISSION in missions:
            return False
        if missions:
            raise UrnaError("invalid_parameter", "This database holds other missions. Give the demo one of its own.")
        _make(connection, kit)
    return True


def _make(connection: Connection, kit: Kit) -> None:
    mission = {
        "code": kazakhstan.MISSION,
        "name": kazakhstan.NAME,
        "day": kazakhstan.DAY,
        "zone": kazakhstan.ZONE,
        "languages": kazakhstan.LANGUAGES,
        "settings": {**kazakhstan.SETTINGS, "guide": guide.pages(), "simulated": True},
    }
    kit.set_up(connection, mission, lists(), built_in().values(), datetime.now(UTC))


def fresh_codes(engine: Engine, kit: Kit) -> dict[tuple[str, int], str]:
    """A code for every phone of the day, by team and number.

    Raises UrnaError `invalid_parameter` where its phones are enrolled already: a day is played once.
    """
    now, mission, phones = datetime.now(UTC), kazakhstan.MISSION, phones_needed()
    with writing(engine) as connection:
        played = select(DEVICES.c.id).where(DEVICES.c.mission == mission, DEVICES.c.label == label(*phones[0]))
        if connection.execute(played).first():
            raise UrnaError("invalid_parameter", "The day was played here. Take a new database for another one.")
        return {phone: kit.enrolment(connection, mission, phone[0], now, CODE_VALID) for phone in phones}


def fresh_doors(engine: Engine, kit: Kit, public_url: str) -> dict[str, Any]:
    """A code for a phone, a sign-in for the desk, a key for the API, as `urna demo --json` prints them."""
    now, mission = datetime.now(UTC), kazakhstan.MISSION
    password = secrets.token_urlsafe(12)
    with writing(engine) as connection:
        code = kit.enrolment(connection, mission, TEAM, now, CODE_VALID)
        kit.staff(connection, mission, STAFF, "head", password, now)
        key = kit.key(connection, mission, SCOPES, KEY_DAYS, now)
    return {
        "url": public_url,
        "mission": mission,
        "observer": {"team": TEAM, "code": code, "link": kit.link(public_url, code)},
        "staff": {"user": STAFF, "password": password},
        "api_key": key,
    }
