"""The reports of the day as the phones make them: what is said of them, and when. Pure, with a fixed seed."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from app.demo.answers import Answers, answers_of, comment_of, critical, notes_of
from app.demo.chance import dice_of, uuid7
from app.demo.figures import Figures, protocol
from app.demo.incidents import incident_of
from app.demo.itinerary import Visit, visits
from app.demo.scene import Scene, context_of, scene_of, wall
from app.forms.answers import findings
from app.forms.model import Checklist

MIDWAY_SHARE = 0.6
"""Visits in which a phone speaks to the mission before the team has finished."""
AMENDED_SHARE = 0.03
MISTAKEN_SHARE = 0.008
"""Reports that were begun at the wrong station and taken back."""
ALMOST_DONE = 0.9
"""Share of answers that the first phone has said of a visit when the second phone adds its own."""
UNFINISHED = 3
"""Counts that nobody finished: the team fell asleep."""
TEAMS_WITH_TWO_PHONES = 10
TWICE_REPORTED_VISITS = 2
"""Visits of such a team that both members report, each on a phone of their own."""
INCIDENT_SHARE = 0.62
"""Critical answers after which the team also files an incident."""

Forms = Mapping[str, Checklist]


@dataclass(frozen=True)
class Step:
    """One operation to be: what a phone of a team says of a report at a moment (UTC)."""

    at: datetime
    tz_min: int
    team: str
    phone: int
    """1 or 2, of the team's."""
    kind: str
    report_id: str
    body: dict[str, Any]
    rural: bool
    knows_other: bool = False
    """The screen shows what the team's other phone has said until now."""


@dataclass(frozen=True)
class Filled:
    """A visit with everything that the team says of it."""

    visit: Visit
    scene: Scene
    form: Checklist
    answers: Answers
    phone: int = 1
    notes: dict[str, str] = field(default_factory=dict)
    comment: str | None = None

    about: str = ""
    """What tells a second report of the same visit from the first."""

    @property
    def report(self) -> str:
        """Names the report among all."""
        return f"{self.visit.key}/{self.phone}{self.about}"

    @property
    def report_id(self) -> str:
        """A UUIDv7 of the arrival, when the team opened it."""
        return uuid7(utc(self.visit.arrived, self.visit.zone), dice_of("report", self.report))


def day_steps(forms: Forms, of_teams: Container[str] | None = None) -> list[Step]:
    """All operations of the day in the order in which they are made; of these teams alone, if named."""
    unfinished = _unfinished()
    steps: list[Step] = []
    for team, days in groupby(visits(), key=lambda visit: visit.team):
        if of_teams is not None and team not in of_teams:
            continue
        for filled in _filled(forms, list(days)):
            steps += _steps_of(filled, filled.visit.key in unfinished)
            steps += _incident(forms["E"], filled)
        steps += _twice(forms, team)
    return sorted(steps, key=lambda step: (step.at, step.team, step.report_id))


def _unfinished() -> frozenset[str]:
    counts = [visit.key for visit in visits() if visit.form == "C"]
    return frozenset(dice_of("unfinished").sample(counts, UNFINISHED))


def _filled(forms: Forms, days: list[Visit]) -> Iterator[Filled]:
    """A team's visits in their order; the protocol that it copied at the count goes with it to the commission."""
    held: dict[str, Figures] = {}
    for visit in days:
        filled = fill(forms[visit.form], visit, held)
        if filled.answers.get("c38_we_have_copy") in ("copy", "read") and "r03_issued" in filled.answers:
            held[visit.place] = protocol(visit.place, filled.scene.quality)
        yield filled


def fill(form: Checklist, visit: Visit, held: Mapping[str, Figures], phone: int = 1) -> Filled:
    """The report of a visit by one phone of the team."""
    scene = scene_of(visit)
    answers = answers_of(form, scene, held)
    return Filled(visit, scene, form, answers, phone, notes_of(form, answers, scene), comment_of(form, answers, scene))


def _steps_of(filled: Filled, unfinished: bool) -> Iterator[Step]:
    visit, dice = filled.visit, dice_of("steps", filled.report)
    if dice.random() < MISTAKEN_SHARE:
        yield from _mistaken(filled)
    share = ALMOST_DONE if visit.key in _shared_visits() else dice.uniform(0.3, 0.8)
    if dice.random() < MIDWAY_SHARE or unfinished or share == ALMOST_DONE:
        halfway = visit.arrived + (visit.departed - visit.arrived) * share
        yield _step(filled, "report.revision", halfway, body_of(filled, share))
    if unfinished:
        return
    finished = visit.departed + timedelta(minutes=dice.randint(2, 9))
    yield _step(filled, "report.finish", finished, body_of(filled))
    if dice.random() < AMENDED_SHARE:
        later = finished + timedelta(minutes=dice.randint(15, 110))
        yield _step(filled, "report.finish", later, body_of(_amended(filled)))


def _amended(filled: Filled) -> Filled:
    """On reading it again: a number was mistyped, or words are added."""
    numbers = [code for code, value in filled.answers.items() if type(value) is int and value > 20]
    if not numbers:
        return replace(filled, comment=filled.comment or "+")
    dice = dice_of("amended", filled.report)
    code = dice.choice(numbers)
    return replace(filled, answers={**filled.answers, code: filled.answers[code] + dice.choice((-10, -1, 1, 10))})


def _mistaken(filled: Filled) -> Iterator[Step]:
    """A report begun by mistake and taken back."""
    mistaken = replace(filled.visit, arrived=filled.visit.arrived - timedelta(minutes=3))
    begun = replace(filled, visit=mistaken, answers={}, notes={}, comment=None)
    yield _step(begun, "report.revision", mistaken.arrived, body_of(begun))
    taken_back = {"form": begun.form.code, "form_version": begun.form.version, "reason": "mistake"}
    yield _step(begun, "report.void", filled.visit.arrived, taken_back)


def _twice(forms: Forms, team: str) -> Iterator[Step]:
    """What the second phone of a team says: reports of visits that the first one reports too, and one answer inside."""
    if team not in second_phones():
        return
    dice = dice_of("twice", team)
    shared, *doubled = _visits_of_both()[team]
    for visit in doubled:
        other = replace(visit, arrived=visit.arrived + timedelta(minutes=dice.randint(1, 6)))
        filled = fill(forms["B"], other, {}, phone=2)
        yield _step(filled, "report.finish", visit.departed + timedelta(minutes=12), body_of(filled))
    first = fill(forms["B"], shared, {})
    opinion = replace(first, answers={"b30_group_voting": "yes", "b31_group_count": 2}, notes={}, comment=None)
    yield replace(_step(opinion, "report.revision", shared.departed, body_of(opinion)), phone=2)


@cache
def _visits_of_both() -> dict[str, list[Visit]]:
    """Of each team with two phones: the visit that both fill in together, then those that each reports alone."""
    voting = [visit for visit in visits() if visit.form == "B"]
    by_team = {team: [visit for visit in voting if visit.team == team] for team in second_phones()}
    return {team: dice_of("both", team).sample(own, TWICE_REPORTED_VISITS + 1) for team, own in by_team.items()}


@cache
def _shared_visits() -> frozenset[str]:
    return frozenset(own[0].key for own in _visits_of_both().values())


@cache
def second_phones() -> frozenset[str]:
    """Teams whose second member has a phone of the mission too."""
    codes = sorted({visit.team for visit in visits()})
    return frozenset(dice_of("second phones").sample(codes, TEAMS_WITH_TWO_PHONES))


def _incident(form: Checklist, filled: Filled) -> Iterator[Step]:
    grave = list(critical(filled.form, filled.answers))
    dice = dice_of("incident", filled.report)
    if not grave or dice.random() >= INCIDENT_SHARE:
        return
    said = {**incident_of(form, grave[0], filled.scene), "e21_linked_report": filled.report_id}
    visit = filled.visit
    at = min(visit.departed, visit.arrived + timedelta(minutes=dice.randint(8, 40)))
    told = replace(visit, arrived=at, departed=at + timedelta(minutes=5))
    incident = Filled(told, filled.scene, form, said, about="/incident")
    yield _step(incident, "report.finish", told.departed, body_of(incident))


def body_of(filled: Filled, share: float = 1.0) -> dict[str, Any]:
    """The body of an operation: everything so far, `share` of the answers in the order of the checklist."""
    visit, scene, whole = filled.visit, filled.scene, share >= 1
    kept = [item.code for item in filled.form.items() if item.code in filled.answers]
    answers = {code: filled.answers[code] for code in kept[: round(len(kept) * share)]}
    body: dict[str, Any] = {
        "form": filled.form.code,
        "form_version": filled.form.version,
        "place": {"kind": "station" if visit.station else "commission", "id": visit.place},
        "visit_no": visit.visit_no,
        "arrived_at": wall(visit.arrived),
        "filled_by": filled.phone,
        "lang": scene.language,
        "answers": answers,
    }
    if whole:
        body |= {"departed_at": wall(visit.departed), "other_teams": False, "confirmed": _confirmed(filled)}
    notes = {code: text for code, text in filled.notes.items() if code in answers}
    return {**body, **({"notes": notes} if notes else {}), **({"comment": filled.comment} if filled.comment else {})}


def _confirmed(filled: Filled) -> list[str]:
    """Figures that do not add up and that the team has looked at again."""
    found = findings(filled.form, filled.answers, context_of(filled.visit))
    failed = [one.check for one in found if one.result == "fail"]
    return [check for check in failed if dice_of("confirmed", filled.report, check).random() < 0.7]


def _step(filled: Filled, kind: str, at: datetime, body: dict[str, Any]) -> Step:
    visit = filled.visit
    seconds = dice_of("seconds", filled.report, kind, at).uniform(0, 59)
    moment = utc(at, visit.zone) + timedelta(seconds=seconds)
    offset = moment.astimezone(ZoneInfo(visit.zone)).utcoffset() or timedelta()
    return Step(
        at=moment,
        tz_min=int(offset.total_seconds() // 60),
        team=visit.team,
        phone=filled.phone,
        kind=kind,
        report_id=filled.report_id,
        body=body,
        rural=visit.station is not None and visit.station["settlement"] == "rural",
        knows_other=kind == "report.finish",
    )


def utc(wall_time: datetime, zone: str) -> datetime:
    """The moment of a wall time at a place."""
    return wall_time.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
