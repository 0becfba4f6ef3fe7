"""The day of one simulated phone: what it says, and when, as a share of the day from 0 to 1. Pure, from a seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from app.forms.model import Checklist
from app.rehearsal.answers import answers_of, comment_of

OPENING, COUNTING, TABULATION = "A", "C", "D"
FIRST, LAST = 0.02, 0.93
MIDWAY_SHARE, AMENDED_SHARE, INCIDENT_SHARE, VOID_SHARE = 0.5, 0.04, 0.05, 0.01


@dataclass(frozen=True)
class Step:
    """One operation to be."""

    at: float
    kind: str
    report_id: str
    body: dict[str, Any]


def day_of(name: str, seed: int, reports: int, forms: Mapping[str, Checklist], stations: Sequence[str]) -> list[Step]:
    """Everything that the phone `name` says in the day, in its order: an opening, voting, a count, a tabulation."""
    dice = Random(f"{seed}:{name}")  # noqa: S311  a play, not a secret
    steps: list[Step] = []
    for number, code in enumerate(_stages(reports, forms, dice)):
        begun = FIRST + (LAST - FIRST) * (number + dice.uniform(0, 0.6)) / reports
        steps += _visit(begun, (LAST - FIRST) / reports * 0.4, forms[code], dice, stations)
    return sorted(steps, key=lambda step: step.at)


def _stages(reports: int, forms: Mapping[str, Checklist], dice: Random) -> Iterator[str]:
    for number in range(reports):
        named = {0: OPENING, reports - 2: COUNTING, reports - 1: TABULATION}.get(number, "B")
        if dice.random() < INCIDENT_SHARE:
            named = "E"
        yield named if named in forms else min(forms)


def _visit(begun: float, takes: float, form: Checklist, dice: Random, stations: Sequence[str]) -> Iterator[Step]:
    report_id = str(UUID(int=dice.getrandbits(128), version=4))
    body = _body(form, dice, stations)
    if dice.random() < MIDWAY_SHARE:
        some = dict(list(body["answers"].items())[: len(body["answers"]) // 2])
        yield Step(begun + takes * 0.5, "report.revision", report_id, {**body, "answers": some})
    if dice.random() < VOID_SHARE:
        taken_back = {"form": form.code, "form_version": form.version, "reason": "mistake"}
        yield Step(begun + takes * 0.7, "report.void", report_id, taken_back)
        return
    yield Step(begun + takes, "report.finish", report_id, body)
    if dice.random() < AMENDED_SHARE:
        yield Step(begun + takes * 1.4, "report.finish", report_id, {**body, "comment": "Corrected after reading."})


def _body(form: Checklist, dice: Random, stations: Sequence[str]) -> dict[str, Any]:
    place = {"kind": "station", "id": dice.choice(stations)} if form.place == "station" and stations else None
    comment = comment_of(dice)
    return {
        "form": form.code,
        "form_version": form.version,
        "place": place or {"kind": form.place if form.place == "none" else "commission", "id": None, "text": "here"},
        "visit_no": 1,
        "filled_by": 1,
        "lang": "en",
        **({"comment": comment} if comment else {}),
        "answers": answers_of(form, dice),
    }
