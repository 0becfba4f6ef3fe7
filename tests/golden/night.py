"""A night as tests write it down: a mission in few lines, and operations appended to its real log."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from app.forms.model import Checklist
from app.results.doors import RESULTS
from app.results.keeper import Keeper
from app.results.mirror import Mirror
from app.results.query import Query, parse
from app.results.results import results
from app.setup.book import Book
from app.setup.frame import Frame, canonical
from app.setup.imports import write_frame, write_list
from app.setup.missions import create_mission
from app.setup.publish import publish
from app.setup.stations import BLANK
from app.store.database import reading, writing
from app.store.log import Draft, append

MISSION = "KZ"
DAY = "2022-11-20"
START = datetime(2022, 11, 20, 1, 0, tzinfo=UTC)


def yes_no(code: str, bad: str = "yes", **more: Any) -> dict[str, Any]:
    options = [{"code": option, "label": {"en": option}} for option in ("yes", "no")]
    return item(code, "single", "yes_no", options=options, negative_when=[bad], **more)


def item(code: str, type: str, measure: str, **more: Any) -> dict[str, Any]:
    blanks = ["not_observed", "not_applicable", "no_access"]
    return {"code": code, "id": code, "type": type, "measure": measure, "label": {"en": code}, "blanks": blanks, **more}


def choice(code: str, measure: str, *options: str, type: str = "single", **more: Any) -> dict[str, Any]:
    """Options ending in * go with no other."""
    named = [{"code": o.rstrip("*"), "label": {"en": o}, "exclusive": o.endswith("*")} for o in options]
    return item(code, type, measure, options=named, **more)


def four_point(code: str) -> dict[str, Any]:
    return choice(code, "four_point", "very_good", "good", "bad", "very_bad")


def checklist(
    code: str, *items: dict[str, Any], stage: str = "voting", place: str = "station", **more: Any
) -> Checklist:
    sections = [{"code": "all", "label": {"en": "All"}, "items": list(items)}]
    head = {"code": code, "stage": stage, "version": 1, "languages": ["en"], "title": {"en": code}, "place": place}
    return Checklist.model_validate({**head, "sections": sections, **more})


@dataclass
class Night:
    """A mission under test. Device names stand for themselves; each belongs to the team before its hyphen."""

    engine: Engine
    mission: str = MISSION
    now: datetime = START
    numbers: dict[str, int] = field(default_factory=dict)
    waiting: list[Draft] = field(default_factory=list)

    @classmethod
    def of(cls, engine: Engine, *forms: Checklist, **more: Any) -> "Night":
        """A mission with these checklists."""
        night = cls(engine, **more)
        with writing(engine) as connection:
            zone, languages = "Asia/Almaty", ["en"]
            create_mission(connection, night.mission, "A night", DAY, zone, languages, forms, night.now)
        return night

    def settings(self, **settings: Any) -> None:
        facts = {"code": self.mission, "name": "A night", "day": DAY, "zone": "Asia/Almaty", "languages": ["en"]}
        with writing(self.engine) as connection:
            book = Book.open(connection, self.mission, self.now)
            book.write("setup.mission", canonical({**facts, "settings": settings}))

    def frame(self, *stations: dict[str, Any], commissions: Iterable[dict[str, Any]] = ()) -> None:
        """Stations as {"code": ..., "region": ...}; what is left out is blank."""
        full = {s["code"]: {**BLANK, "number": s["code"], "name": s["code"], **s} for s in stations}
        bodies = {c["code"]: {"name": {}, "region": None, **c} for c in commissions}
        with writing(self.engine) as connection:
            write_frame(Book.open(connection, self.mission, self.now), Frame({}, bodies, full))

    def teams(self, *teams: dict[str, Any]) -> None:
        full = {t["code"]: {"region": None, "members": 2, "type": None, **t} for t in teams}
        with writing(self.engine) as connection:
            write_list(Book.open(connection, self.mission, self.now), "setup.teams", full)

    def plan(self, *visits: tuple[str, str, str]) -> None:
        """(team, place, stage) of each planned visit."""
        rows = {
            f"{n:05d}": {"team": team, "position": n, "place": place, "stage": stage}
            for n, (team, place, stage) in enumerate(visits, start=1)
        }
        with writing(self.engine) as connection:
            write_list(Book.open(connection, self.mission, self.now), "setup.plan", rows)

    def publish(self, form: Checklist) -> None:
        with writing(self.engine) as connection:
            publish(Book.open(connection, self.mission, self.now), form)

    def report(
        self,
        report: str,
        device: str,
        form: str,
        place: str | None,
        answers: dict[str, Any],
        kind: str = "report.finish",
        **body: Any,
    ) -> None:
        """One operation of a phone, appended at the next `send`."""
        kinds = {"kind": body.pop("place_kind", "station"), "id": place}
        content = {"form": form, "form_version": 1, "place": kinds, "visit_no": 1, "answers": answers, **body}
        self.numbers[device] = self.numbers.get(device, 0) + 1
        self.waiting.append(self._draft(kind, device, report, self.numbers[device], content))

    def void(self, report: str, device: str, **body: Any) -> None:
        self.numbers[device] = self.numbers.get(device, 0) + 1
        body = {"reason": "mistake", **body}
        self.waiting.append(self._draft("report.void", device, report, self.numbers[device], body))

    def staff(self, act: str, report: str, **body: Any) -> None:
        self.waiting.append(self._draft(f"staff.{act}", "yaw", report, None, {"reason": "told", **body}))

    def send(self, minutes: float = 0) -> int:
        """Append what waits, `minutes` later than the last time. The number at which the log stands now."""
        self.now += timedelta(minutes=minutes)
        drafts, self.waiting = self.waiting, []
        with writing(self.engine) as connection:
            return max(placed.server_seq for placed in append(connection, self.mission, drafts, self.now))

    def _draft(self, kind: str, author: str, report: str, number: int | None, body: dict[str, Any]) -> Draft:
        raw = json.dumps(body).encode()
        op_id = hashlib.sha256(f"{author} {number} {kind} {report} {len(self.waiting)} {self.now}".encode()).hexdigest()
        by, team = ("staff", None) if kind.startswith("staff.") else ("device", author.split("-")[0])
        link = hashlib.sha256(op_id.encode() + raw).hexdigest()
        digest = hashlib.sha256(raw).hexdigest()
        report_id, made_at = report_uuid(report), self.now.isoformat()
        held = {"state": "held", "code": body["held"]} if "held" in body else {}
        return Draft(op_id, kind, by, author, made_at, raw, link, digest, team, number, report_id, **held)

    def mirror(self, keeper: Keeper | None = None) -> Mirror:
        """The mirror at the head; a new one, read from the first entry on, unless a keeper is given."""
        with reading(self.engine) as connection:
            return (keeper or Keeper(self.mission)).catch_up(connection, 60).mirror

    def results(self, text: str = "", keeper: Keeper | None = None) -> dict[str, Any]:
        """The body of /v1/results?text, without its stamp."""
        mirror = self.mirror(keeper)
        query = asked(text)
        at = query.as_of if isinstance(query.as_of, int) else mirror.applied
        since = query.since if isinstance(query.since, int) else None
        return results(mirror, query, at, since)


def report_uuid(name: str) -> str:
    return f"0190a000-0000-7000-8000-{int(hashlib.sha256(name.encode()).hexdigest()[:12], 16):012x}"


def asked(text: str) -> Query:
    pairs = [tuple(pair.split("=", 1)) for pair in text.split("&") if pair]
    return parse(RESULTS, [(name, value) for name, value in pairs])


def row_of(answer: dict[str, Any], question: str, **by: Any) -> dict[str, Any]:
    """The one row of a question in a group."""
    entries = [entry for entry in answer["results"] if entry["question"]["code"] == question]
    rows = [row for entry in entries for row in entry["rows"] if row["by"] == by]
    assert len(rows) == 1, f"{len(rows)} rows for {question} by {by}"
    found: dict[str, Any] = rows[0]
    return found
