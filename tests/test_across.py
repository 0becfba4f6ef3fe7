"""Checks that look across reports: each rule, each operand blank, and the same result for the same set of visits."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forms.across import FIGURES, Across, Visit, across, k10, k10_visit, k11, k14, k15, k16, k18, k20
from tests.checklists import published

ALMATY = ZoneInfo("Asia/Almaty")
AQTAU = ZoneInfo("Asia/Aqtau")
BLANKS: list[Any] = [{"blank": "not_observed"}, {"blank": "no_access"}, None, "12", True, float("nan"), 10**400]
blank = pytest.mark.parametrize(
    "empty", BLANKS, ids=["not observed", "no access", "null", "a word", "true", "nan", "huge"]
)
NOT_APPLICABLE = {"blank": "not_applicable"}


def at(clock: str, zone: ZoneInfo = ALMATY) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2022, 11, 20 + hour // 24, hour % 24, minute, tzinfo=zone)


def visit(
    report_id: str, form: str, arrived: str | None = "10:00", departed: str | None = "10:45", **parts: Any
) -> Visit:
    zone = parts.pop("zone", ALMATY)
    fields = {"team": "0001", "device": "phone 1", "place": "0123", "answers": {}} | parts
    times: dict[str, Any] = {
        "arrived_at": arrived and at(arrived, zone),
        "departed_at": departed and at(departed, zone),
    }
    return Visit(report_id, form, **fields, **times)


def only(found: list[Across]) -> tuple[str, int | None, str]:
    assert len(found) == 1
    return found[0].result, found[0].difference, found[0].severity


def test_the_questions_compared_are_those_of_the_catalogue() -> None:
    codes = {item.code for form in published().values() for item in form.items()}
    named = {"b17_voted_so_far", "b19_voted_in_visit", "b46_issuing_desks", "a15_ballots_received", "c02_close_time"}
    assert named <= codes
    assert {f"r{figure}" for figure in FIGURES} <= codes
    assert {f"t{figure}_{number}" for figure in FIGURES for number in (1, 2, 3)} <= codes
    assert {f"d23_station_{number}" for number in (1, 2, 3)} <= codes


# K10: 600 signatures at eight, 400 voters at six, two desks of 40 an hour: 160 possible, 200 happened.


def evening(signed: Any = 600, voted: Any = 400, desks: Any = 2, close: Any = "2022-11-20T20:00") -> list[Visit]:
    return [
        visit("b1", "B", "12:00", answers={"b17_voted_so_far": 200, "b46_issuing_desks": desks}, team="0002"),
        visit("b2", "B", "18:00", answers={"b17_voted_so_far": voted, "b46_issuing_desks": desks}),
        visit("c1", "C", "19:30", "23:30", answers={"r05_signatures": signed, "c02_close_time": close}),
    ]


def test_more_voters_than_the_desks_could_serve_in_the_hours_left() -> None:
    assert only(k10(evening())) == ("fail", 40, "key")
    assert k10(evening())[0].reports == ("b2", "c1")
    assert only(k10(evening(signed=560))) == ("pass", None, "none")
    assert only(k10(evening(signed=561))) == ("fail", 1, "key")
    assert only(k10(evening(), per_desk_per_hour=50)) == ("pass", None, "none")


def test_the_last_number_told_counts_not_the_last_visit() -> None:
    assert only(k10(evening(voted={"blank": "not_observed"}))) == ("pass", None, "none")  # 400 in eight hours


def test_the_most_desks_that_anybody_saw_count() -> None:
    first, last, count = evening()
    more = visit("b1", "B", "12:00", answers={**first.answers, "b46_issuing_desks": 3}, team="0002")
    assert only(k10([more, last, count])) == ("pass", None, "none")


@blank
def test_a_blank_operand_makes_k10_not_computable(empty: Any) -> None:
    assert only(k10(evening(signed=empty))) == ("not_computable", None, "none")
    assert only(k10(evening(desks=empty))) == ("not_computable", None, "none")
    lone = [visit("b1", "B", answers={"b17_voted_so_far": empty, "b46_issuing_desks": 2}), evening()[2]]
    assert only(k10(lone)) == ("not_computable", None, "none")


@pytest.mark.parametrize("close", [None, {"blank": "no_access"}, 20, "eight", "2022-11-20T17:00"])
def test_without_an_hour_of_closing_after_the_visit_k10_is_not_computable(close: Any) -> None:
    assert only(k10(evening(close=close))) == ("not_computable", None, "none")


def test_without_an_arrival_k10_is_not_computable() -> None:
    lone = [visit("b1", "B", None, answers={"b17_voted_so_far": 400, "b46_issuing_desks": 2}), evening()[2]]
    assert only(k10(lone)) == ("not_computable", None, "none")


def test_signatures_not_on_the_protocol_count_as_none() -> None:
    assert only(k10(evening(signed=NOT_APPLICABLE))) == ("pass", None, "none")


def test_a_count_without_a_voting_visit_has_nothing_to_compare() -> None:
    assert k10(evening()[2:]) == []
    assert k10([*evening()[:2], visit("c1", "C", place="0999")]) == []


def pace(voted: Any, desks: Any = 2, departed: str | None = "10:45") -> list[Visit]:
    answers = {"b19_voted_in_visit": voted, "b46_issuing_desks": desks}
    return [visit("b1", "B", "10:00", departed, answers=answers)]


def test_more_voters_in_a_visit_than_the_desks_could_serve() -> None:
    assert only(k10_visit(pace(60))) == ("pass", None, "none")
    assert only(k10_visit(pace(61))) == ("fail", 1, "key")
    assert only(k10_visit(pace(NOT_APPLICABLE))) == ("pass", None, "none")


@blank
def test_a_blank_operand_makes_the_pace_of_a_visit_not_computable(empty: Any) -> None:
    assert only(k10_visit(pace(empty))) == ("not_computable", None, "none")
    assert only(k10_visit(pace(60, desks=empty))) == ("not_computable", None, "none")


@pytest.mark.parametrize("departed", [None, "10:00", "09:00"])
def test_without_a_length_of_stay_the_pace_is_not_computable(departed: str | None) -> None:
    assert only(k10_visit(pace(60, departed=departed))) == ("not_computable", None, "none")


# K11


def delivery(opened: Any = 1200, counted: Any = 1200, **count: Any) -> list[Visit]:
    return [
        visit("a1", "A", "06:10", "07:20", answers={"a15_ballots_received": opened}),
        visit("c1", "C", "19:30", answers={"r02_received": counted}, **count),
    ]


def test_ballots_received_are_those_of_the_opening() -> None:
    assert only(k11(delivery())) == ("pass", None, "none")
    assert only(k11(delivery(counted=1300))) == ("fail", 100, "none")
    assert only(k11(delivery(counted=1100))) == ("fail", -100, "none")
    assert only(k11(delivery(opened=5, counted=NOT_APPLICABLE))) == ("fail", -5, "none")


@blank
def test_a_blank_operand_makes_k11_not_computable(empty: Any) -> None:
    assert only(k11(delivery(opened=empty))) == ("not_computable", None, "none")
    assert only(k11(delivery(counted=empty))) == ("not_computable", None, "none")


@pytest.mark.parametrize("other", [{"team": "0002"}, {"place": "0124"}, {"place": None}])
def test_k11_needs_one_team_at_one_station(other: dict[str, Any]) -> None:
    assert k11(delivery(counted=1300, **other)) == []


# K14


def test_a_place_must_be_on_the_list_and_in_the_area_of_the_team() -> None:
    frame = {"0123", "0124"}
    assert only(k14([visit("b1", "B")], frame)) == ("pass", None, "none")
    assert only(k14([visit("b1", "B", place="0999")], frame)) == ("fail", None, "none")
    assert only(k14([visit("b1", "B")], frame, {"0001": {"0124"}})) == ("fail", None, "none")
    assert only(k14([visit("b1", "B")], frame, {"0001": {"0123"}})) == ("pass", None, "none")
    assert only(k14([visit("b1", "B")], frame, {"0002": {"0124"}})) == ("pass", None, "none")


def test_a_place_typed_off_the_list_fails_and_a_blank_one_is_not_computable() -> None:
    assert only(k14([visit("b1", "B", place=None, place_text="School 8")], {"0123"})) == ("fail", None, "none")
    assert only(k14([visit("b1", "B", place=None)], {"0123"})) == ("not_computable", None, "none")
    assert k14([visit("e1", "E", place=None)], {"0123"}) == []


# K15


def test_a_team_is_not_at_two_places_at_once() -> None:
    one, other = visit("b1", "B", "10:00", "10:45"), visit("b2", "B", "10:30", "11:15", place="0124")
    assert k15([one, other]) == [Across("K15", "fail", ("b1", "b2"), 15)]
    after = visit("b2", "B", "10:45", "11:15", place="0124")
    assert [found.result for found in k15([one, after])] == ["pass", "pass"]


def test_two_reports_from_one_place_or_of_two_teams_may_overlap() -> None:
    one = visit("b1", "B", "10:00", "10:45")
    for other in (visit("c1", "C", "10:30", "11:15"), visit("b2", "B", "10:30", "11:15", place="0124", team="0002")):
        assert [found.result for found in k15([one, other])] == ["pass", "pass"]
    assert k15([visit("e1", "E", "10:30", "11:15", place="0124")]) == []


def test_overlap_is_told_in_moments_not_in_clocks() -> None:
    east, west = visit("b1", "B", "10:00", "10:45"), visit("b2", "B", "10:00", "10:45", place="0124", zone=AQTAU)
    assert [found.result for found in k15([east, west])] == ["pass", "pass"]
    assert k15([east, visit("b2", "B", "09:30", "10:15", place="0124", zone=AQTAU)])[0].difference == 15


@pytest.mark.parametrize(
    "times", [{"arrived": None}, {"departed": None}, {"departed": "10:30"}, {"departed": "10:00"}, {"place": None}]
)
def test_a_blank_operand_makes_k15_not_computable(times: dict[str, Any]) -> None:
    one = visit("b1", "B", "10:00", "10:45")
    other = visit("b2", "B", **({"arrived": "10:30", "departed": "11:15", "place": "0124"} | times))
    assert {found.reports: found.result for found in k15([one, other])} == {("b1",): "pass", ("b2",): "not_computable"}


# K16


def handed_in(entered: Any = 870, read: Any = 870, station: Any = "0123", number: int = 1) -> list[Visit]:
    answers = {f"d23_station_{number}": station, f"t03_issued_{number}": entered, f"t12_c1_{number}": 500}
    return [
        visit("d1", "D", "23:00", place="TEC-7", answers=answers),
        visit("c1", "C", "19:30", answers={"r03_issued": read, "r12_c1": 500, "r12_c2": 40}),
    ]


def figure(found: list[Across], name: str) -> tuple[str, int | None, str]:
    return only([each for each in found if each.field == name])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_the_commission_entered_is_what_the_protocol_says(number: int) -> None:
    name = f"t03_issued_{number}"
    assert figure(k16(handed_in(number=number)), name) == ("pass", None, "none")
    assert figure(k16(handed_in(entered=900, number=number)), name) == ("fail", 30, "key")
    assert figure(k16(handed_in(read=900, number=number)), name) == ("fail", -30, "key")
    assert k16(handed_in(number=number))[0].reports == ("c1", "d1")


def test_votes_of_candidates_are_compared_too() -> None:
    found = k16(handed_in())
    assert figure(found, "t12_c1_1") == ("pass", None, "none")
    assert figure(found, "t12_c2_1") == ("not_computable", None, "none")
    assert len(found) == len(FIGURES) + 2


@blank
def test_a_blank_operand_makes_k16_not_computable(empty: Any) -> None:
    assert figure(k16(handed_in(entered=empty)), "t03_issued_1") == ("not_computable", None, "none")
    assert figure(k16(handed_in(read=empty)), "t03_issued_1") == ("not_computable", None, "none")


def test_a_line_that_a_protocol_does_not_have_counts_as_none() -> None:
    assert figure(k16(handed_in(entered=NOT_APPLICABLE)), "t03_issued_1") == ("fail", -870, "key")
    assert figure(k16(handed_in(entered=0, read=NOT_APPLICABLE)), "t03_issued_1") == ("pass", None, "none")


def test_the_station_is_found_by_what_the_team_typed() -> None:
    assert figure(k16(handed_in(station=" 145 "), {"145": "0123"}), "t03_issued_1") == ("pass", None, "none")
    for nothing in ("145", "", None, {"blank": "no_access"}):
        assert k16(handed_in(station=nothing)) == []


# K18


def turnout(*voted: Any) -> list[Visit]:
    return [
        visit(f"b{hour}", "B", f"{hour}:00", team=f"000{hour % 2}", answers={"b17_voted_so_far": value})
        for hour, value in enumerate(voted, start=10)
    ]


def test_voters_who_have_voted_never_become_fewer() -> None:
    assert [found.result for found in k18(turnout(100, 100, 250))] == ["pass", "pass"]
    assert k18(turnout(100, 300, 250))[1] == Across("K18", "fail", ("b11", "b12"), 50, "key")
    assert k18(turnout(100)) == []


@blank
def test_a_blank_operand_makes_k18_not_computable_and_is_stepped_over(empty: Any) -> None:
    assert k18(turnout(300, empty, 250)) == [
        Across("K18", "not_computable", ("b11",)),
        Across("K18", "fail", ("b10", "b12"), 50, "key"),
    ]


def test_without_an_arrival_k18_is_not_computable() -> None:
    late = visit("b1", "B", None, answers={"b17_voted_so_far": 100})
    assert only(k18([late])) == ("not_computable", None, "none")


def test_two_visits_at_one_minute_are_not_told_apart() -> None:
    pair = [visit(name, "B", "10:00", answers={"b17_voted_so_far": n}) for name, n in (("b1", 300), ("b2", 250))]
    assert only(k18(pair)) == ("pass", None, "none")


def test_stations_are_not_mixed_and_an_unknown_place_is_none() -> None:
    first, second = turnout(300, 250)
    assert k18([first, visit("b2", "B", "12:00", place="0124", answers=second.answers)]) == []
    assert k18([visit(name, "B", place=None, answers=second.answers) for name in ("b1", "b2")]) == []


# K20


def test_two_members_who_type_the_same_visit_are_probable_duplicates() -> None:
    one = visit("b1", "B", "10:00")
    assert k20([one, visit("b2", "B", "11:00", device="phone 2")]) == [Across("K20", "fail", ("b1", "b2"), 60)]
    for other in (
        visit("b2", "B", "11:01", device="phone 2"),
        visit("b2", "B", "10:05"),
        visit("c1", "C", "10:05", device="phone 2"),
        visit("b2", "B", "10:05", device="phone 2", team="0002"),
        visit("b2", "B", "10:05", device="phone 2", place="0124"),
    ):
        assert k20([one, other]) == []


@pytest.mark.parametrize("missing", [{"arrived": None}, {"place": None}])
def test_a_blank_operand_makes_k20_not_computable(missing: dict[str, Any]) -> None:
    other = visit("b2", "B", **({"arrived": "10:05", "device": "phone 2"} | missing))
    assert k20([visit("b1", "B", "10:00"), other]) == [Across("K20", "not_computable", ("b2",))]


# All of them

figures = st.one_of(st.integers(0, 900), st.sampled_from([None, {"blank": "not_observed"}, NOT_APPLICABLE]))
codes = ["b17_voted_so_far", "b19_voted_in_visit", "b46_issuing_desks", "a15_ballots_received", "r02_received"]
codes += ["r05_signatures", "t02_received_1"]
answers = st.dictionaries(st.sampled_from(codes), figures).map(lambda given: given | {"d23_station_1": "0123"})
clocks = st.one_of(st.none(), st.integers(0, 30 * 12).map(lambda step: at("06:00") + timedelta(minutes=5 * step)))
visits = st.lists(
    st.builds(
        Visit,
        report_id=st.uuids().map(str),
        form=st.sampled_from("ABCDE"),
        team=st.sampled_from(["0001", "0002"]),
        device=st.sampled_from(["phone 1", "phone 2"]),
        place=st.sampled_from(["0123", "0124", None]),
        arrived_at=clocks,
        departed_at=clocks,
        answers=answers,
    ),
    max_size=12,
    unique_by=lambda each: each.report_id,
)


@given(seen=visits, data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_found_is_a_function_of_the_set_of_visits(seen: list[Visit], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(seen))
    found = across(seen, {"0123"})
    assert across(shuffled, {"0123"}) == found
    known = {each.report_id for each in seen}
    for each in found:
        assert set(each.reports) <= known
        assert each.result == "fail" or (each.difference is None and each.severity == "none")
        assert each.result != "fail" or each.check == "K14" or each.difference is not None


@given(seen=visits)
@settings(max_examples=50, deadline=None)
def test_a_team_added_elsewhere_changes_nothing_found_before(seen: list[Visit]) -> None:
    before = across(seen, {"0123"})
    stranger = visit("zz", "B", "10:00", team="0009", device="phone 9", place="0999")
    assert [each for each in across([*seen, stranger], {"0123"}) if "zz" not in each.reports] == before
