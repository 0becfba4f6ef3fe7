"""GET /v1/coverage: what was to be seen, what was seen, and when each team was last heard of."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.results.counting import Totals, totals
from app.results.feed import LOG
from app.results.mirror import Mirror
from app.results.query import PLACE_DIMENSIONS, STAGES, Query
from app.results.setup import Fact, PlaceKey, dimensions
from app.results.source import Asked, Source, ask, newest_stage, source_of
from app.results.stamp import utc
from app.results.statistics import share
from app.store.tables import Device, table

DEVICE = table(Device)
SAMPLE_STAGES = ("opening", "voting", "counting")
"""Stages in which every station of a sample is to be seen."""
Labels = tuple[object, ...]
"""The values of a group's dimensions."""
Sights = Mapping[Labels, set[PlaceKey]]
Heard = Mapping[str, tuple[datetime | None, int]]
"""Team -> its last contact, and its phones."""


def coverage(
    connection: Connection, mirror: Mirror, query: Query, at: int, regions: Set[str] | None = None
) -> dict[str, Any]:
    """The body without its stamp. Expected: the sampled stations, where there is no sample the planned places.

    `regions`: the teams of these alone; None is all.
    """
    asked = ask(mirror, query, at)
    counted, seen = _counted(asked)
    expected, kinds = _expected(asked)
    return {
        "filters": {name: value for name, value in query.normal().items() if name not in ("by", "as_of")},
        "expected_from": kinds,
        "rows": list(_rows(asked, counted, seen, expected)),
        "teams": [team for team in _teams(connection, asked) if regions is None or team["region"] in regions],
    }


def _counted(asked: Asked) -> tuple[dict[Labels, Totals], Sights]:
    """Totals and places seen by group."""
    if not asked.forms:
        return {}, {}
    source, cursor = source_of(asked, [], asked.forms), asked.mirror.cursor()
    counted = {_decoded(source, group): found for group, found in totals(cursor, source.sql).items()}
    seen: defaultdict[Labels, set[PlaceKey]] = defaultdict(set)
    places = f"SELECT DISTINCT d0, d1, place FROM ({source.sql}) WHERE place IS NOT NULL"  # noqa: S608
    for first, second, place in cursor.execute(places).fetchall():
        seen[_decoded(source, (first, second))].add(asked.mirror.place_key(place))
    return counted, seen


def _decoded(source: Source, group: tuple[int | None, int | None]) -> Labels:
    return tuple(d.decode(number) for d, number in zip(source.dimensions, group, strict=False))


def _expected(asked: Asked) -> tuple[Sights, list[str]]:
    """Places to be seen by group, and where they come from. By the hour nothing is expected."""
    kinds: set[str] = set()
    expected: defaultdict[Labels, set[PlaceKey]] = defaultdict(set)
    if "hour" in asked.query.by:
        return {}, []
    frame = _frame(asked)
    sample = {key for key, fact in frame.items() if fact.get("sampled")}
    for stage in sorted({newest_stage(form, asked.at) or "" for form in asked.forms}):
        sampled = bool(sample) and stage in SAMPLE_STAGES
        places = sample if sampled else _planned(asked, stage) & set(frame)
        kinds |= {"sample" if sampled else "plan"} if places else set()
        for key in places:
            expected[_labels(asked.query, key, frame[key], stage)].add(key)
    return expected, sorted(kinds, reverse=True)


def _planned(asked: Asked, stage: str) -> set[PlaceKey]:
    kind = "commission" if stage == "tabulation" else "station"
    plan: Iterable[Fact] = asked.mirror.plans.at(asked.at, [])
    return {(kind, visit["place"]) for visit in plan if visit["stage"] == stage}


def _frame(asked: Asked) -> dict[PlaceKey, Fact]:
    """The places that the query's filters leave."""
    wanted = {name: values for name in PLACE_DIMENSIONS if (values := getattr(asked.query, name))}
    places: Mapping[PlaceKey, Fact] = asked.mirror.frames.at(asked.at, {})
    if not wanted:
        return dict(places)
    found = ((key, fact, dimensions(key, fact)) for key, fact in places.items())
    return {key: fact for key, fact, own in found if all(own[name] in values for name, values in wanted.items())}


def _labels(query: Query, key: PlaceKey, fact: Fact, stage: str | None) -> Labels:
    own = dimensions(key, fact)
    return tuple(stage if name == "stage" else own.get(name) for name in query.by)


def _rows(asked: Asked, counted: Mapping[Labels, Totals], seen: Sights, expected: Sights) -> Iterator[dict[str, Any]]:
    """Groups with a visit, an expected place, or, by place, a station of the frame."""
    query = asked.query
    frame = Counter(_labels(query, key, fact, None) for key, fact in _frame(asked).items() if key[0] == "station")
    of_places = set(query.by) <= set(PLACE_DIMENSIONS)
    groups = {*counted, *expected, *(frame if of_places else ()), *([()] if not query.by else ())}
    for labels in sorted(groups, key=lambda labels: [_order(value) for value in labels]):
        planned, found = expected.get(labels, set()), seen.get(labels, set())
        yield {
            "by": dict(zip(query.by, labels, strict=True)),
            "expected": len(planned) if expected else None,
            "received": len(planned & found) if expected else None,
            "coverage": share(len(planned & found), len(planned)),
            **counted.get(labels, Totals())._asdict(),
            "stations_in_frame": frame[labels] if of_places else None,
        }


def _order(value: object) -> tuple[bool, int, str]:
    """Stages in the order of the day, hours by the clock, codes by spelling, nothing last."""
    if isinstance(value, int):
        return False, value, ""
    return value is None, STAGES.index(value) if isinstance(value, str) and value in STAGES else 0, str(value)


def _teams(connection: Connection, asked: Asked) -> list[dict[str, Any]]:
    """Every team with the last contact of any of its phones, the longest silent first; never heard of: null, first."""
    heard = (_heard if asked.query.as_of is None else _heard_then)(connection, asked)
    teams: Mapping[str, Fact] = asked.mirror.team_lists.at(asked.at, {})
    found = [
        {
            "team": code,
            "region": teams.get(code, {}).get("region"),
            "devices": heard.get(code, (None, 0))[1],
            "last_contact_at": utc(heard.get(code, (None, 0))[0]),
        }
        for code in {*teams, *heard}
    ]
    return sorted(found, key=lambda team: (team["last_contact_at"] or "", team["team"]))


def _heard(connection: Connection, asked: Asked) -> Heard:
    """As of now a contact is any request of a phone."""
    newest = select(DEVICE.c.team, func.max(DEVICE.c.last_contact_at).label("at"), func.count().label("devices"))
    rows = connection.execute(newest.where(DEVICE.c.mission == asked.mirror.mission).group_by(DEVICE.c.team))
    return {row.team: (row.at, row.devices) for row in rows}


def _heard_then(connection: Connection, asked: Asked) -> Heard:
    """As of the past it is what a phone had sent by then, which the log knows."""
    phones = func.count(LOG.c.author.distinct()).label("devices")
    newest = select(LOG.c.team, func.max(LOG.c.received_at).label("at"), phones)
    own = (LOG.c.mission == asked.mirror.mission) & (LOG.c.server_seq <= asked.at) & (LOG.c.author_kind == "device")
    return {row.team: (row.at, row.devices) for row in connection.execute(newest.where(own).group_by(LOG.c.team))}
