"""/v1/changes: whoever follows a night through changes alone ends with what /v1/answers answers."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.errors import UrnaError
from app.results import answers, changes
from app.results.export_doors import ANSWERS, CHANGES
from app.results.keeper import Keeper
from app.results.mirror import Mirror
from app.results.query import parse
from app.store.database import reading, writing
from app.store.epoch import begin_epoch
from tests.golden.night import Night, checklist, choice, item, yes_no
from tests.test_results_recount import first_night, play, sheets

SPEED = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
FILTERS = st.sampled_from(["", "region=R1", "form=B&status=finished&include=draft", "status=void&status=excluded"])


class Follower:
    """Knows nothing but changes."""

    def __init__(self, night: Night, filters: str = "", limit: int = 3) -> None:
        self.night, self.filters, self.limit = night, filters, limit
        self.keeper = Keeper(night.mission)
        self.cursor = "0"
        self.rows: dict[str, dict[str, Any]] = {}
        self.read: list[tuple[str, int]] = []

    def poll(self, pages: int = 1000) -> None:
        mirror = self.night.mirror(self.keeper)
        for _ in range(pages):
            text = f"{self.filters}&limit={self.limit}&after={self.cursor}"
            with reading(self.night.engine) as connection:
                body, after = changes.changes(connection, mirror, of(CHANGES, text), mirror.applied)
            for change in body["changes"]:
                self.read.append((change["id"], change["number"]))
                if change["deleted"]:
                    assert change["reason"], "a tombstone says why"
                    self.rows.pop(change["id"], None)
                else:
                    self.rows[change["id"]] = change["data"]
            self.cursor = body["cursor"]
            assert body["more"] == (after is not None)
            if after is None:
                return


def of(door: Any, text: str) -> Any:
    return parse(door, [(name, value) for name, _, value in (pair.partition("=") for pair in text.split("&") if pair)])


def answered(night: Night, mirror: Mirror, filters: str, at: int | None = None) -> dict[str, dict[str, Any]]:
    """Report -> its row, as /v1/answers gives it."""
    page = answers.page_of(mirror, of(ANSWERS, f"{filters}&limit=5000"), at or mirror.applied, "json")
    with reading(night.engine) as connection:
        body, _ = answers.answers(connection, page)
    return {row["report_id"]: row for row in body["rows"]}


def moves(night: Night, dice: random.Random) -> None:
    """Set-up changes too: stations move between regions or go, teams change their type."""
    match dice.randrange(8):
        case 0:
            regions = [dice.choice(["R1", "R2"]) for _ in range(3)]
            night.frame(*({"code": f"s{n}", "region": region} for n, region in enumerate(regions, start=1)))
        case 1:
            night.frame({"code": "s1", "region": "R1"})
        case 2:
            night.teams({"code": "t1", "type": dice.choice(["lto", "sto"])}, {"code": "t2"})


@SPEED
@given(sheets=sheets(), filters=FILTERS, limit=st.integers(1, 4), seed=st.integers(0, 10**6))
def test_following_a_night_through_changes_alone_ends_equal_to_the_answers(
    database: Engine, sheets: list[Any], filters: str, limit: int, seed: int
) -> None:
    night, dice = first_night(database), random.Random(seed)
    follower = Follower(night, filters, limit)
    for _ in play(night, sheets):
        moves(night, dice)
        if dice.random() < 0.5:
            follower.poll(pages=dice.choice([1, 1, 1000]))
    follower.poll()
    assert follower.rows == answered(night, night.mirror(follower.keeper), filters)
    assert len(follower.read) == len(set(follower.read)), "nothing is read twice"
    before = len(follower.read)
    follower.poll()
    assert len(follower.read) == before, "and where nothing is new, nothing is read"


@SPEED
@given(sheets=sheets(), seed=st.integers(0, 10**6))
def test_answers_as_of_a_number_stay_what_they_were(database: Engine, sheets: list[Any], seed: int) -> None:
    """With the projections that the server has, and without."""
    night, dice, keeper = first_night(database), random.Random(seed), Keeper("")
    keeper = Keeper(night.mission)
    then: dict[int, Any] = {}
    for number in play(night, sheets):
        then[number] = answered(night, night.mirror(keeper), "include=draft", number)
        moves(night, dice)
    fresh = night.mirror(Keeper(night.mission))
    for number, rows in then.items():
        assert answered(night, fresh, "include=draft", number) == rows


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(
        database, checklist("B", yes_no("b30"), choice("b13", "nominal", "x", "y"), item("b17", "integer", "count"))
    )
    built.frame({"code": "s1", "region": "R1"}, {"code": "s2", "region": "R2"})
    built.teams({"code": "t1", "type": None}, {"code": "t2"})
    return built


def test_exclusions_voids_and_duplicates_are_tombstones_that_say_why(night: Night) -> None:
    follower = Follower(night)
    for name, device in (("r1", "t1-a"), ("r2", "t2-a"), ("r3", "t2-b")):
        night.report(name, device, "B", "s1" if name != "r3" else "s2", {"b30": "yes"}, arrived_at="2022-11-20T08:00")
    night.send()
    follower.poll()
    assert len(follower.rows) == 3
    night.staff("exclude", "r1")
    night.void("r2", "t2-a")
    night.report("r4", "t2-a", "B", "s2", {"b30": "yes", "b17": 4}, arrived_at="2022-11-20T08:10")
    night.send()
    mirror = night.mirror(follower.keeper)
    with reading(night.engine) as connection:
        body, _ = changes.changes(connection, mirror, of(CHANGES, f"after={follower.cursor}"), mirror.applied)
    assert [(one["deleted"], one["reason"]) for one in body["changes"]] == [
        (True, "excluded"), (True, "void"), (True, "suspected_duplicate"), (False, None),
    ]  # fmt: skip


def test_a_cursor_of_another_epoch_and_one_above_the_head_are_refused(night: Night) -> None:
    follower = Follower(night)
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    number = night.send()
    follower.poll()
    with writing(night.engine) as connection:
        begin_epoch(connection, night.mission)
    night.report("r2", "t1-a", "B", "s1", {"b30": "yes"})
    night.send()
    with pytest.raises(UrnaError, match="cursor_reset"):
        follower.poll()
    mirror = night.mirror()
    with reading(night.engine) as connection, pytest.raises(UrnaError, match="as_of_ahead"):
        changes.changes(connection, mirror, of(CHANGES, f"after={mirror.applied + 1}"), mirror.applied)
    with reading(night.engine) as connection:
        body, _ = changes.changes(connection, mirror, of(CHANGES, f"after={number}"), mirror.applied)
    assert len(body["changes"]) == 1


@given(st.integers(0, 2**60), st.integers(0, 2**60), st.uuids().map(str))
def test_a_cursor_is_read_as_it_was_written(number: int, report: int, epoch: str) -> None:
    position = changes.Position(number, report)
    assert changes.read_cursor(changes.write_cursor(position, epoch), epoch, 2**61) == position
    assert changes.read_cursor(number, epoch, 2**61) == changes.Position(number, number)
