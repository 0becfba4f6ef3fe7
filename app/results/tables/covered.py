"""T9: what was covered, which teams are silent, which openings and counts of the plan have no report."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.results.coverage import SAMPLE_STAGES, coverage
from app.results.setup import Fact, PlaceKey, dimensions
from app.results.source import source_of
from app.results.tables.shape import TIME, Column, Part, Row, counts, shared, with_share, words
from app.results.tables.work import Work

SILENT_MIN = 180
"""Minutes without a contact after which a team is silent."""
MISSING_STAGES = ("opening", "counting")
SILENT = (*words("team", "region"), Column("last_contact_at", TIME), *counts("silent_min"))
MISSING = words("stage", "place", "region", "commission", "team")


def t09(work: Work) -> tuple[Part, ...]:
    """Regions and commissions; teams longest silent first; planned openings and counts that nobody reported from."""
    return (
        _by(work, "region", "regions"),
        _by(work, "commission", "commissions"),
        Part("silent", ("team",), SILENT, list(_silent(work)), is_cube=False, sentence="silent"),
        Part("unreported", ("stage", "place", "team"), MISSING, list(_missing(work)), is_cube=False),
    )


def _by(work: Work, dimension: str, name: str) -> Part:
    query = replace(work.query, by=(dimension,))
    columns = (
        *words(dimension),
        *counts("expected", "received"),
        shared("coverage", "received", "expected"),
        *counts("stations", "stations_in_frame"),
        shared("share_of_frame", "stations", "stations_in_frame"),
        *counts("visits", "teams"),
    )
    names = [column.name for column in columns if column.name not in (dimension, "share_of_frame")]
    rows = coverage(work.connection, work.mirror, query, work.at)["rows"]
    found = ({dimension: row["by"][dimension], **{name: row[name] for name in names}} for row in rows)
    shown = [with_share(row, "share_of_frame", "stations", "stations_in_frame") for row in found]
    return Part(name, (dimension,), columns, shown, sentence="coverage")


def _silent(work: Work) -> Iterator[Row]:
    """Teams without a contact for long, the longest silent first; never heard of: first."""
    own, teams = work.query.region, work.mirror.team_lists.at(work.at, {})
    for row in coverage(work.connection, work.mirror, replace(work.query, by=()), work.at)["teams"]:
        last, team = row["last_contact_at"], {"team": row["team"], "region": row["region"]}
        minutes = None if last is None else int((work.now - datetime.fromisoformat(last)).total_seconds() // 60)
        is_asked = row["team"] in teams and (not own or row["region"] in own)
        if is_asked and (minutes is None or minutes > SILENT_MIN):
            yield {**team, "last_contact_at": last, "silent_min": minutes}


def _missing(work: Work) -> Iterator[Row]:
    """In a sample every sampled station; else the plan."""
    frame: dict[PlaceKey, Fact] = work.mirror.frames.at(work.at, {})
    for stage in work.query.stage or MISSING_STAGES:
        seen = _seen(work, stage)
        for code, team in _expected(work, stage, frame):
            key = ("commission" if stage == "tabulation" else "station", code)
            own = dimensions(key, frame[key]) if key in frame else {}
            where = {name: own.get(name) for name in ("region", "commission")}
            wanted = {name: values for name in where if (values := getattr(work.query, name))}
            if key not in seen and all(where[name] in values for name, values in wanted.items()):
                yield {"stage": stage, "place": code, **where, "team": team}


def _expected(work: Work, stage: str, frame: dict[PlaceKey, Fact]) -> list[tuple[str, str | None]]:
    plan: list[Fact] = [visit for visit in work.mirror.plans.at(work.at, []) if visit["stage"] == stage]
    planned = {visit["place"]: visit["team"] for visit in plan}
    sample = sorted(code for (kind, code), fact in frame.items() if kind == "station" and fact.get("sampled"))
    if sample and stage in SAMPLE_STAGES:
        return [(code, planned.get(code)) for code in sample]
    return sorted((visit["place"], visit["team"]) for visit in plan)


def _seen(work: Work, stage: str) -> set[PlaceKey]:
    asked = work.with_query(stage=(stage,), by=()).asked
    if not asked.forms:
        return set()
    query = f"SELECT DISTINCT place FROM ({source_of(asked, [], asked.forms).sql}) WHERE place IS NOT NULL"  # noqa: S608
    return {work.mirror.place_key(place) for (place,) in work.mirror.cursor().execute(query).fetchall()}
