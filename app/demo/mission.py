"""The demo mission in a database: made once, and a fresh way in for each door."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from app.demo import kazakhstan, teams
from app.demo.kit import Kit
from app.demo.lists import as_csv
from app.errors import UrnaError
from app.forms.catalogue import built_in
from app.store.database import writing
from app.store.tables import LogHead, table

TEAM = "0001"
STAFF = "head"
SCOPES = ["results:read", "answers:read"]
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
        missions = set(connection.execute(select(table(LogHead).c.mission)).scalars())
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
        "settings": kazakhstan.SETTINGS,
    }
    kit.set_up(connection, mission, lists(), built_in().values(), datetime.now(UTC))


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
