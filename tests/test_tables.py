"""Tables T1 to T15 over a small night that a person can count, and over figures that were published."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import Engine

from app.results.stamp import utc
from app.results.tables.catalogue import BUILDERS
from app.results.tables.sentences import sentences
from app.results.tables.texts import NOTES
from app.store.database import connect
from tests.golden.night import Night, report_uuid
from tests.golden.tables import keeper_of, made, row, rows, small_night


@pytest.fixture(scope="module")
def night(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    """Read by every test and changed by none."""
    folder = tmp_path_factory.mktemp("tables")
    copy(sqlite_template, folder / "urna.db")
    engine: Engine = connect(f"sqlite:///{folder / 'urna.db'}")
    yield small_night(engine)
    engine.dispose()
    keeper_of.cache_clear()


def test_the_summary_gives_each_stage_its_plan_its_places_and_its_assessment(night: Night) -> None:
    found = rows(night, "T1")
    opening, voting, counting = (row(found, form=form) for form in "ABC")
    assert (opening["expected"], opening["received"], opening["coverage"]) == (2, 1, 0.5)
    assert (voting["visits"], voting["stations"], voting["teams"], voting["observed"]) == (5, 4, 3, 5)
    assert [voting[name] for name in ("very_good", "good", "bad", "very_bad", "negative")] == [2, 0, 2, 1, 3]
    assert (voting["share_negative"], voting["small_n"]) == (0.6, True)
    assert (counting["negative"], counting["observed"], counting["ci_reason"]) == (2, 3, "non_probability_sample")
    assert row(found, form="E")["observed"] is None


def test_a_question_has_its_blanks_beside_it_and_a_rank(night: Night) -> None:
    found = row(rows(night, "T2", text="form=B"), item="b30_group_voting")
    assert (found["n_yes"], found["n_no"], found["not_observed"], found["observed"]) == (2, 2, 1, 4)
    assert (found["negative"], found["share_negative"], found["negative_stations"]) == (2, 0.5, 2)
    by_rank = {r["item"]: r["rank"] for r in rows(night, "T2", text="form=B") if r["rank"]}
    assert by_rank["b45_q_overall"] == 1
    assert by_rank["b30_group_voting"] == 2


def test_a_station_is_negative_where_any_visit_was(night: Night) -> None:
    found = row(rows(night, "T2", text="form=B&unit=station"), item="b36_stuffing")
    assert (found["negative"], found["observed"], found["negative_stations"]) == (2, 4, 2)


def test_the_assessment_is_split_by_each_dimension(night: Night) -> None:
    found = rows(night, "T3", text="form=B")
    assert row(found, dimension="region", value="R1")["negative"] == 2
    assert row(found, dimension="hour_band", value="07-10")["observed"] == 3
    assert row(found, dimension="hour_band", value="16-20")["negative"] == 1
    assert row(found, dimension="visit", value="repeat")["negative"] == 1
    assert row(found, dimension="settlement", value="urban")["observed"] == 3
    two = rows(night, "T3", text="form=B&by=region&by=settlement&question=b36_stuffing")
    assert row(two, value="R1 / urban")["negative"] == 2


def test_questions_are_crossed_with_the_assessment(night: Night) -> None:
    found = row(rows(night, "T4", text="form=B"), item="b30_group_voting")
    assert (found["negative_negative"], found["observed_negative"]) == (2, 3)
    assert (found["negative_positive"], found["observed_positive"]) == (0, 1)
    assert found["difference"] == pytest.approx(2 / 3)
    critical = rows(night, "T4", "critical", "form=B")
    assert row(critical, assessment="negative")["critical_answers"] == 2
    assert row(critical, assessment="positive")["with_critical"] == 0


def test_problems_come_worst_first_and_irregularities_as_places(night: Night) -> None:
    problems = [r["item"] for r in rows(night, "T5", text="form=B")]
    assert problems[0] == "b45_q_overall"
    assert set(problems) == {"b45_q_overall", "b30_group_voting", "b36_stuffing"}
    found = row(rows(night, "T6", text="form=B"), item="b36_stuffing")
    assert (found["instances"], found["stations"], found["regions"], found["severity"]) == (2, 2, 1, "critical")


def test_arithmetic_names_the_protocol_and_by_how_much_it_is_off(night: Night) -> None:
    checks = rows(night, "T7")
    assert [row(checks, check="K01")[name] for name in ("pass", "fail", "not_computable")] == [1, 1, 1]
    assert [(r["check"], r["place"], r["difference"]) for r in rows(night, "T7", "fails")] == [
        ("K01", "s2", 7), ("K05", "s2", 10),
    ]  # fmt: skip
    assert row(checks, check="K05")["max_difference"] == 10
    assert "7" in rows(night, "T7", "fails")[0]["message"]


def test_a_figure_that_the_commission_entered_otherwise_is_found(night: Night) -> None:
    [found] = rows(night, "T8", "differences")
    assert (found["figure"], found["protocol"], found["entered"], found["difference"]) == ("r11_valid", 680, 780, 100)
    assert (found["commission"], found["place"]) == ("T1", "s1")
    assert row(rows(night, "T8"), figure="r01_voters")["pass"] == 1


def test_coverage_names_the_silent_and_what_nobody_reported_from(night: Night) -> None:
    region = row(rows(night, "T9", text="stage=voting"), region="R1")
    assert (region["stations"], region["stations_in_frame"], region["share_of_frame"]) == (3, 3, 1.0)
    silent = rows(night, "T9", "silent")
    assert [(team["team"], team["silent_min"]) for team in silent] == [
        ("t4", None), ("t1", 300), ("t2", 295), ("t3", 295),
    ]  # fmt: skip
    unreported = rows(night, "T9", "unreported")
    assert [(r["stage"], r["place"], r["team"]) for r in unreported] == [
        ("opening", "s4", "t3"), ("counting", "s6", "t4"),
    ]  # fmt: skip


def test_hours_are_those_of_the_place_and_lags_end_at_the_first_finish(night: Night) -> None:
    hours = {r["hour"]: r for r in rows(night, "T10", text="form=B")}
    assert [hours[h]["observed"] for h in (8, 9, 14, 17)] == [1, 2, 1, 1]
    assert sum(r["received"] for r in hours.values()) == 5
    # sent four hours after 01:00 UTC: at 11:00 on a clock five hours ahead, or ten, or six
    [came] = [hour for hour, r in hours.items() if r["received"]]
    assert came == 11
    lag = row(rows(night, "T10", "lags"), form="A")
    assert (lag["n"], lag["lag_median_min"], lag["late"]) == (1, -20.0, None)


def test_presence_counts_options_and_women(night: Night) -> None:
    found = rows(night, "T11", text="form=A")
    police = row(found, item="a09_present", option="police")
    assert (police["count"], police["observed"], police["stations_with"]) == (1, 1, 1)
    women = row(rows(night, "T11", "women", "form=A"), group="members")
    assert (women["women"], women["all"], women["share"]) == (6, 9, 6 / 9)


def test_voters_who_had_voted_by_hour_are_sums_of_visits_with_both(night: Night) -> None:
    found = {r["hour"]: (r["voted"], r["listed"], r["ratio"]) for r in rows(night, "T12")}
    assert found[8] == (250, 1000, 0.25)
    assert found[14] == (600, 1000, 0.6)


def test_words_stand_as_written_with_what_was_answered_beside_them(night: Night) -> None:
    found = rows(night, "T13")
    assert [(r["item"], r["text"], r["lang"]) for r in found] == [
        (None, "=Тихо", "ru"),
        ("b30_group_voting", "У урны двое", "ru"),
        ("e19_narrative", "A bundle.", None),
    ]
    assert set(found[0]["linked"]) >= {"b36_stuffing", "b30_group_voting", "b45_q_overall"}
    assert found[0]["report_id"] == report_uuid("b2")


def test_an_incident_is_one_row_with_its_report_joined(night: Night) -> None:
    found = rows(night, "T14")
    joined = row(found, report_id=report_uuid("b3"))
    assert (joined["incident_report"], joined["category"], joined["state"]) == (report_uuid("e1"), "voting", "verified")
    alone = row(found, incident_report=report_uuid("e2"))
    assert (alone["report_id"], alone["state"], alone["is_open_long"]) == (None, "new", True)
    assert {r["state"]: r["incidents"] for r in rows(night, "T14", "states")} == {
        "new": 2, "verified": 1, "rejected": 0, "open_long": 2,
    }  # fmt: skip
    assert len(found) == 3


def test_an_incident_says_since_when_and_by_whom_it_is_decided(database: Engine) -> None:
    built = small_night(database)
    assert row(rows(built, "T14"), incident_report=report_uuid("e1"))["state_by"] == "team"
    built.staff("amend", "e2", answers={"e19_narrative": "Told by two."})
    built.send(10)
    built.staff("amend", "e2", answers={"e23_verification": "rejected"})
    built.send(15)
    built.staff("amend", "e2", answers={"e24_follow_up": "none"})
    built.send(20)
    found = row(rows(built, "T14"), incident_report=report_uuid("e2"))
    assert (found["state"], found["state_by"], found["open_min"], found["is_open_long"]) == (
        "rejected",
        "staff",
        25,
        False,
    )
    assert found["state_at"] == utc(built.now - timedelta(minutes=20))
    assert row(rows(built, "T14"), report_id=report_uuid("b2"))["state_by"] is None
    assert "from the log" in NOTES["incidents"][0]


def test_quality_tells_overlaps_and_what_was_left_empty(night: Night) -> None:
    found = rows(night, "T15")
    assert row(found, team="t2")["overlaps"] == 1
    assert row(found, team="t1")["overlaps"] == 0
    assert row(found, team="t2")["median_visit_min"] == 30
    item = row(rows(night, "T15", "items", "form=B"), item="b30_group_voting")
    assert (item["visits"], item["asked"], item["missing"]) == (5, 5, 0)
    asked = sum(r["asked"] for r in rows(night, "T15", "items"))
    assert sum(r["asked"] for r in found) == asked


@pytest.mark.parametrize("code", BUILDERS)
def test_every_table_of_the_past_is_the_same_whatever_came_after(night: Night, code: str) -> None:
    half = max(night.numbers.values()) + 10
    before = made(night, code, f"as_of={half}")
    later = [row for part in made(night, code).parts for row in part.rows]
    assert [part.rows for part in before.parts] == [part.rows for part in made(night, code, f"as_of={half}").parts]
    if code in ("T1", "T14", "T10"):
        assert [row for part in before.parts for row in part.rows] != later


@pytest.mark.parametrize("code", BUILDERS)
@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_every_part_has_a_sentence_in_every_language(night: Night, code: str, lang: str) -> None:
    for part in made(night, code).parts:
        told = sentences(part, lang)
        assert told
        assert not any("{" in sentence or "None" in sentence for sentence in told)


def test_tables_are_read_from_either_database_alike(database: Engine) -> None:
    built = small_night(database)
    assert len(rows(built, "T7", "fails")) == 2
    assert len(rows(built, "T13")) == 3
    assert rows(built, "T9", "silent")[0]["team"] == "t4"
