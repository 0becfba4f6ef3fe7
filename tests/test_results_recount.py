"""Results against an independent recount, over made missions; and time travel: old answers stay what they were."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.forms.model import Checklist
from app.results.keeper import Keeper
from tests.golden.night import Night, checklist, choice, four_point, item, row_of, yes_no
from tests.golden.recount import BLANKS, OPTIONS, QUESTIONS, Sheet, recount, without_duplicates

ITEMS = (
    choice("b01", "nominal", *OPTIONS["b01"]),
    yes_no("b02", relevant="${b01} != 'refused'"),
    choice("b03", "multiple", "none*", "posters", "crowd", type="multiple", negative_when=["posters", "crowd"]),
    item("b04", "integer", "count", negative_when=". > 5"),
    item("b05", "time", "time"),
    item("b06", "text", "text", relevant="not(selected(${b03}, 'crowd'))"),
    four_point("b45"),
)
FIRST = checklist("B", *ITEMS, access="b01")
SECOND = checklist("B", *ITEMS, choice("b07", "frequency", *OPTIONS["b07"]), access="b01")
REGION = {"s1": "R1", "s2": "R1", "s3": "R2"}
SPEED = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
"""A failing mission is small enough to read; to shrink it takes minutes."""
_missions = count(1)

BLANK = st.sampled_from([{"blank": kind} for kind in ("not_observed", "not_applicable", "no_access")])
ODD: st.SearchStrategy[Any] = st.sampled_from([None, "nonsense", "", [], True, -1.5, {"blank": "what"}, {"x": 1}])


def usual(code: str) -> st.SearchStrategy[Any]:
    if code == "b03":
        return st.lists(st.sampled_from(OPTIONS["b03"]), min_size=1, max_size=3, unique=True)
    if code in OPTIONS:
        return st.sampled_from(OPTIONS[code])
    return {"b04": st.integers(0, 9), "b05": st.sampled_from(["00:10", "08:15", "23:50"])}.get(
        code, st.text("az", min_size=1)
    )


def answer(code: str) -> st.SearchStrategy[Any]:
    """Mostly fit. A gate is never answered by a truth value: what an expression makes of one is the engine's affair."""
    odd = ODD.filter(lambda value: value is not True) if code in ("b01", "b03") else ODD
    return st.one_of(usual(code), usual(code), usual(code), BLANK, odd)


ANSWERS = st.fixed_dictionaries({}, optional={code: answer(code) for code in QUESTIONS})
KINDS = st.sampled_from(
    [["finish"], ["finish"], ["revision"], ["revision", "finish"], ["finish", "revision"], ["finish", "finish"],
     ["finish", "void"], ["revision", "void"]]
)  # fmt: skip


@st.composite
def sheets(draw: st.DrawFn) -> list[Sheet]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        sheet = Sheet(
            name=f"r{number}",
            device=draw(st.sampled_from(["t1-a", "t1-b", "t2-a"])),
            place=draw(st.sampled_from(["s1", "s2", "s3", None])),
            arrived=draw(st.sampled_from([None, 5, 480, 530, 600, 1500])),
            version=draw(st.sampled_from([1, 2])),
        )
        sheet.operations = [(kind, draw(ANSWERS)) for kind in draw(KINDS)]
        sheet.excluded = draw(st.integers(0, 9)) == 0
        found.append(sheet)
    return found


def clock(minutes: int | None) -> str | None:
    """Minutes of the night as a wall time; an offset that moves nothing is sent along."""
    if minutes is None:
        return None
    return f"2022-11-{20 + minutes // 1440}T{minutes % 1440 // 60:02d}:{minutes % 60:02d}+03:00"


def first_night(engine: Engine) -> Night:
    night = Night.of(engine, FIRST, mission=f"M{next(_missions)}-{engine.dialect.name}")
    night.publish(SECOND)
    night.frame(*({"code": code, "region": region} for code, region in REGION.items()))
    night.teams({"code": "t1", "type": "lto"}, {"code": "t2"})
    return night


def play(night: Night, sheets: list[Sheet]) -> Iterator[int]:
    """Send every operation, round by round, so that reports interleave; the number of the log after each."""
    rounds = max((len(sheet.operations) for sheet in sheets), default=0)
    for step in range(rounds):
        for sheet in sheets:
            if step < len(sheet.operations):
                _say(night, sheet, *sheet.operations[step])
                yield night.send()
    for sheet in sheets:
        if sheet.excluded:
            night.staff("exclude", sheet.name)
            yield night.send()


def _say(night: Night, sheet: Sheet, kind: str, answers: dict[str, Any]) -> None:
    if kind == "void":
        night.void(sheet.name, sheet.device)
        return
    header = {"form_version": sheet.version, "arrived_at": clock(sheet.arrived)}
    night.report(sheet.name, sheet.device, "B", sheet.place, answers, kind=f"report.{kind}", **header)


def of_status(sheets: list[Sheet], *statuses: str) -> list[Sheet]:
    return without_duplicates([s for s in sheets if s.status in statuses], sheets.index)


def assert_row(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    numeric = {name: (found["numeric"] or {}).get(name) for name in wanted["numeric"] or {}} or None
    assert {**{name: found[name] for name in wanted}, "numeric": numeric} == wanted


@SPEED
@given(sheets=sheets(), unit=st.sampled_from(["visit", "station"]), drafts=st.booleans())
def test_every_figure_equals_an_independent_recount(
    database: Engine, sheets: list[Sheet], unit: str, drafts: bool
) -> None:
    night = first_night(database)
    list(play(night, sheets))
    counted = of_status(sheets, "finished", *(["draft"] if drafts else []))
    include = "&include=draft" if drafts else ""
    answer = night.results(f"unit={unit}{include}")
    split = night.results(f"unit={unit}&by=region{include}")
    for code in QUESTIONS:
        note(f"{code} of {counted}")
        assert_row(row_of(answer, code), recount(counted, code, unit, sheets.index))
        for region in {REGION[s.place] if s.place else None for s in counted}:
            own = [s for s in counted if (REGION[s.place] if s.place else None) == region]
            assert_row(row_of(split, code, region=region), recount(own, code, unit, sheets.index))


@SPEED
@given(sheets=sheets(), text=st.sampled_from(["", "by=region&by=hour", "by=item:b03", "unit=station&by=team_type"]))
def test_the_parts_of_a_row_add_up(database: Engine, sheets: list[Sheet], text: str) -> None:
    night = first_night(database)
    list(play(night, sheets))
    for entry in night.results(f"include=draft&any=b02,b03&question=*&{text}")["results"]:
        for row in entry["rows"]:
            whole = row["stations"] if "unit=station" in text else row["visits"]
            assert whole == row["not_in_version"] + row["not_applicable"] + row["asked"]
            assert row["asked"] == row["observed"] + row["not_observed"] + row["no_access"] + row["missing"]
            if entry["question"]["type"] in ("single", "any"):
                assert sum(row["counts"].values()) == row["observed"]


@settings(parent=SPEED, max_examples=8)
@given(sheets=sheets(), text=st.sampled_from(["", "unit=station&by=region", "include=draft&by=status"]))
def test_an_old_answer_stays_what_it_was(database: Engine, sheets: list[Sheet], text: str) -> None:
    night = first_night(database)
    follower = Keeper(night.mission)
    then = {number: night.results(text, follower) for number in play(night, sheets)}
    fresh = Keeper(night.mission)
    for number, answer in then.items():
        asked = f"{text}&as_of={number}"
        assert night.results(asked, follower)["results"] == answer["results"]
        assert night.results(asked, fresh)["results"] == answer["results"]


@settings(parent=SPEED, max_examples=8)
@given(sheets=sheets())
def test_what_was_gained_since_then_is_the_difference(database: Engine, sheets: list[Sheet]) -> None:
    night = first_night(database)
    numbers = list(play(night, sheets))
    if not numbers:
        return
    middle, keeper = numbers[len(numbers) // 2], Keeper(night.mission)
    before, now = (night.results(f"question=b02&as_of={n}", keeper) for n in (middle, numbers[-1]))
    change = row_of(night.results(f"question=b02&since={middle}", keeper), "b02")["change"]
    old, new = row_of(before, "b02"), row_of(now, "b02")
    assert change["counts"] == {option: new["counts"][option] - old["counts"][option] for option in ("yes", "no")}
    assert {name: change[name] for name in BLANKS} == {name: new[name] - old[name] for name in BLANKS}


@pytest.mark.parametrize("form", [FIRST, SECOND])
def test_the_recount_and_the_checklist_ask_the_same(form: Checklist) -> None:
    assert {item.code for item in form.items()} <= set(QUESTIONS)
