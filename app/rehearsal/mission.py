"""The mission of a rehearsal: teams of two phones, a few hundred stations, a code for each phone."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from app.forms.catalogue import built_in
from app.forms.model import Checklist
from app.store.database import writing

REGIONS, STATIONS_PER_REGION, PHONES_PER_TEAM = 10, 40, 2
CODE_VALID = timedelta(hours=24)
CODES_AT_ONCE = 25
"""Hashing a code takes 40 ms, and the phones of a live mission wait for the lock meanwhile."""


@dataclass(frozen=True)
class Kit:
    """What other rooms do for a rehearsal; the command hands it in."""

    set_up: Callable[[Connection, Mapping[str, Any], Mapping[str, bytes], Iterable[Checklist], datetime], None]
    enrolment: Callable[[Connection, str, str, datetime, timedelta], str]
    key: Callable[[Connection, str, list[str], int, datetime], str]


@dataclass(frozen=True)
class Tickets:
    """What a rehearsal needs to enter a server: a code for each phone, and a key that counts afterwards."""

    codes: Sequence[str]
    key: str | None = None


def make_mission(engine: Engine, kit: Kit, code: str, phones: int) -> Tickets:
    """A mission of its own for the rehearsal. Raises UrnaError `invalid_parameter` for a code that is taken."""
    now = datetime.now(UTC)
    fields = {"code": code, "name": f"Rehearsal {code}", "day": f"{now:%Y-%m-%d}", "zone": "UTC", "languages": ["en"]}
    with writing(engine) as connection:
        kit.set_up(connection, {**fields, "settings": {"simulated": True}}, lists(phones), built_in().values(), now)
        key = kit.key(connection, code, ["results:read"], 1, now)
    codes: list[str] = []
    for start in range(0, phones, CODES_AT_ONCE):
        with writing(engine) as connection:
            some = range(start, min(start + CODES_AT_ONCE, phones))
            codes += [kit.enrolment(connection, code, team_of(number), now, CODE_VALID) for number in some]
    return Tickets(codes, key)


def team_of(phone: int) -> str:
    return f"{phone // PHONES_PER_TEAM + 1:04}"


def lists(phones: int) -> dict[str, bytes]:
    """Everything of the mission as files of a clerk."""
    regions = [f"R{number:02}" for number in range(REGIONS)]
    teams = sorted({team_of(phone) for phone in range(phones)})
    stations = [
        {"region": region, "number": f"{number:03}", "name": f"School {number}", "commission": f"{region}-T0"}
        for region in regions
        for number in range(1, STATIONS_PER_REGION + 1)
    ]
    return {
        "regions": _csv({"code": region, "name_en": region} for region in regions),
        "commissions": _csv({"code": f"{r}-T0", "region": r, "name_en": f"Commission {r}"} for r in regions),
        "stations": _csv(stations),
        "teams": _csv({"team": t, "region": regions[n % REGIONS], "members": 2} for n, t in enumerate(teams)),
        "plan": _csv([{"team": teams[0], "stage": "opening", "station": "R00-001"}]),
        "candidates": _csv({"code": f"c{n}", "name_en": f"Candidate {n}"} for n in (1, 2, 3)),
    }


def _csv(lines: Iterable[Mapping[str, Any]]) -> bytes:
    rows = list(lines)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()
