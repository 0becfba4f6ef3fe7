"""Query parameters: one normal form for one question, and a refusal that says what is taken."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UrnaError
from app.results import doors, export_doors
from app.results.query import Bands, Parameter, Query, parse

EVERY_DOOR = (
    doors.RESULTS, export_doors.ANSWERS, export_doors.ANSWER_FILES, doors.COVERAGE, export_doors.CODEBOOK,
    doors.STATIONS, doors.STATION_MAP, doors.MISSION,
)  # fmt: skip


def asked(text: str, door: tuple[Parameter, ...] = doors.RESULTS) -> Query:
    pairs = (pair.split("=", 1) for pair in text.split("&") if pair)
    return parse(door, [(name, value) for name, value in pairs])


def test_commas_and_repetition_ask_for_the_same() -> None:
    assert asked("region=R2,R1&hour=9&hour=8") == asked("region=R1&region=R2&region=R1&hour=8,9")


def test_the_order_of_by_is_kept_and_that_of_fields_too() -> None:
    assert asked("by=stage,region").by == ("stage", "region")
    assert asked("fields=team,form", export_doors.ANSWERS).fields == ("team", "form")


def test_a_district_may_hold_a_comma() -> None:
    assert asked("district=Alatau, upper&district=Medeu").district == ("Alatau, upper", "Medeu")


def test_finished_reports_count_and_drafts_are_added_on_request() -> None:
    assert asked("").status == ("finished",)
    assert asked("include=draft").status == ("draft", "finished")
    assert asked("status=void,excluded&include=draft").status == ("draft", "excluded", "void")


def test_a_plus_sign_that_nobody_escaped_is_understood() -> None:
    moment = datetime(2022, 11, 20, 7, 30, tzinfo=UTC)
    assert asked("as_of=2022-11-20T13:00:00 05:30").as_of == moment
    assert asked("as_of=2022-11-20T13:00:00+05:30").as_of == moment
    assert asked("as_of=2022-11-20T07:30:00Z").as_of == moment


def test_bands_are_half_open_and_named_by_their_cuts() -> None:
    assert asked("bands=08:00,08:30").bands == Bands((480.0, 510.0), clock=True)
    assert Bands((480.0, 510.0), clock=True).names() == ("<08:00", "08:00..08:30", ">=08:30")
    assert Bands((0.0, 2.5), clock=False).names() == ("<0", "0..2.5", ">=2.5")
    assert Bands((1470.0,), clock=True).names() == ("<24:30", ">=24:30")


def test_any_and_ratio_stand_alone_unless_questions_are_asked_too() -> None:
    assert asked("any=b36,b35").question == ()
    assert asked("ratio=c07_women/c07_members").ratio == ("c07_women", "c07_members")
    assert asked("any=b36&question=b01").question == ("b01",)
    assert asked("").question == ("*",)


def test_conditions_hold_together_and_options_do_instead_of_each_other() -> None:
    assert asked("where=b30:yes,not_observed&where=b01:full").where == (
        ("b01", ("full",)),
        ("b30", ("not_observed", "yes")),
    )


@pytest.mark.parametrize("door", EVERY_DOOR)
def test_an_unknown_parameter_is_refused_with_the_list_of_the_allowed_ones(door: tuple[Parameter, ...]) -> None:
    with pytest.raises(UrnaError) as refused:
        parse(door, [("regoin", "secret")])
    assert refused.value.code == "unknown_parameter"
    assert all(parameter.name in refused.value.detail for parameter in door)
    assert "regoin" not in refused.value.detail
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "unit=people", "unit=visit&unit=visit", "hour=24", "hour=-1", "hour=x", "by=region,region",
        "by=region,hour,stage", "by=colour", "by=item:Big", "status=lost", "include=void", "as_of=13:00",
        "as_of=2022-11-20T13:00:00", "as_of=9223372036854775808", "received_from=2022-11-20", "where=b30",
        "where=B30:yes", "where=b30:", "ratio=a", "ratio=a/b/c", "bands=08:30,08:00", "bands=1,08:00", "bands=8,8",
        "region=", "region=,", "question=b30,", "question=b%30", "lang=english", "stage=lunch", "shape=cube",
        "complete=half", "any=b36&bands=1", "as_of=0001-01-01T00:00:00+23:00", "district=",
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(UrnaError) as refused:
        asked(text)
    assert refused.value.code == "invalid_parameter"
    assert refused.value.errors[0].pointer.startswith("/query/")


@pytest.mark.parametrize("limit", ["0", "5001", "-1", "1e3", "", "٣"])
def test_a_page_has_between_one_and_5000_rows(limit: str) -> None:
    assert asked("limit=5000", export_doors.ANSWERS).limit == 5000
    with pytest.raises(UrnaError):
        asked(f"limit={limit}", export_doors.ANSWERS)


@given(
    st.sampled_from(EVERY_DOOR),
    st.lists(
        st.tuples(st.sampled_from([p.name for p in doors.RESULTS + export_doors.ANSWERS]), st.text(max_size=30)),
        max_size=5,
    ),
)
def test_whatever_is_asked_is_understood_or_refused(door: tuple[Parameter, ...], pairs: list[tuple[str, str]]) -> None:
    try:
        query = parse(door, pairs)
    except UrnaError:
        return
    ordered = {"by", "fields"} & {name for name, _ in pairs}
    assert ordered or query == parse(door, list(reversed(pairs)))
    json.dumps(query.normal())
