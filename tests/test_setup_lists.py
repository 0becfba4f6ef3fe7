"""What the cells of each list may say, and what a complaint says otherwise. No database."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.setup import names, stations, teams, values
from app.setup.entries import Entry
from app.setup.frame import Frame, manifest, read_frame, region_lists
from app.setup.merge import merge
from app.setup.rows import read_table
from app.store.chain import body_hash


def station(**cells: str) -> tuple[list[Entry], list[tuple[str, str]]]:
    """One station read from one line, and the complaints about it as (column, code)."""
    cells = {"number": "0012", "district": "D", **cells}
    text = ",".join(cells) + "\n" + ",".join(f'"{cell}"' for cell in cells.values()) + "\n"
    found, complaints = stations.read_stations(read_table(text.encode(), stations.reading({})))
    return found, [(complaint.column, complaint.code) for complaint in complaints]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("voters", "2511", 2511), ("voters", "2 511", 2511), ("voters", "2511.0", 2511), ("voters", "1\u00a0234", 1234),
        ("voters", "0", 0), ("voters", "", None), ("lat", " 41.69 ", None), ("type", "Military", "military"),
        ("type", "", "ordinary"), ("settlement", "RURAL", "rural"), ("opens_at", "7:00", "07:00"),
        ("closes_at", "20:00:00", "20:00"), ("opens_at", "07.30", "07:30"), ("sampled", "да", True),
        ("sampled", "0", False), ("sampled", "", None), ("zone", "Asia/Qostanay", "Asia/Qostanay"),
        ("name", "", "0012"), ("name", "a\n b", "a b"), ("address", "", ""), ("region", "", None),
        ("name", "=1+1", "=1+1"), ("code", "", "0012"), ("code", "KZ-0012", "KZ-0012"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_clerk_means_it(field: str, text: str, value: Any) -> None:
    more = {"lon": "44.8"} if field == "lat" else {}
    found, complaints = station(**{field: text}, **more)
    assert complaints == []
    assert found[0][field] == (value if field != "lat" else 41.69)


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("voters", "-1", "not_a_number"), ("voters", "2,511", "not_a_number"), ("voters", "about 900", "not_a_number"),
        ("voters", "1000001", "out_of_range"), ("voters", "٣٤", "not_a_number"), ("voters", "1e3", "not_a_number"),
        ("lat", "91", "out_of_range"), ("lat", "41°41'", "not_a_number"), ("lat", "nan", "not_a_number"),
        ("lat", "4 1.69", "not_a_number"), ("lat", "inf", "not_a_number"), ("lat", "", "coordinate_alone"),
        ("type", "school", "not_an_option"), ("settlement", "city", "not_an_option"),
        ("opens_at", "24:00", "not_a_time"), ("opens_at", "7", "not_a_time"), ("opens_at", "noon", "not_a_time"),
        ("sampled", "maybe", "not_yes_or_no"),
        ("zone", "+06:00", "zone_unknown"), ("zone", "Asia/Nowhere", "zone_unknown"),
        ("zone", "../etc/passwd", "zone_unknown"), ("zone", "Almaty", "zone_unknown"), ("number", "", "missing"),
        ("number", "1" * 65, "too_long"),
        ("number", "1\n2", "code_unfit"), ("name", "x" * 401, "too_long"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_named_by_its_column(field: str, text: str, code: str) -> None:
    more = {"lon": "44.8"} if field == "lat" else {}
    assert station(**{field: text}, **more) == ([], [(field, code)])


def test_coordinates_may_have_a_comma_or_lack_both() -> None:
    found, complaints = station(lat="41,6903", lon=" 44.8019778 ")
    assert (found[0]["lat"], found[0]["lon"], complaints) == (41.6903, 44.8019778, [])
    found, complaints = station(lat="", lon=" ")
    assert (found[0]["lat"], found[0]["lon"], complaints) == (None, None, [])


def test_a_point_in_the_atlantic_and_times_the_wrong_way_round_are_complaints() -> None:
    assert station(lat="0", lon="0.0") == ([], [("lat", "coordinate_zero")])
    assert station(opens_at="20:00", closes_at="07:00") == ([], [("closes_at", "times_swapped")])


def test_every_fault_of_a_line_is_named_at_once() -> None:
    _, complaints = station(voters="x", zone="y", type="z")
    assert sorted(complaints) == [("type", "not_an_option"), ("voters", "not_a_number"), ("zone", "zone_unknown")]


def test_a_repeat_is_refused_at_its_own_line_and_says_where_the_first_stands() -> None:
    table = read_table(b"number,name\n0012,A\n0013,B\n0012,C\n", stations.reading({}))
    found, complaints = stations.read_stations(table)
    assert [one["name"] for one in found] == ["A", "B"]
    assert str(complaints[0]) == (
        'line 4, column "number": "0012" stands on line 2 already. Take one of the two lines out, '
        "or import with --code region,number where numbers begin anew in each region."
    )


def test_a_code_of_several_fields_needs_each_of_them() -> None:
    reading = stations.reading({}, ("region", "number"))
    found, complaints = stations.read_stations(read_table(b"number,region\n1,N\n1,\n", reading), ("region", "number"))
    assert [one["code"] for one in found] == ["N-1"]
    assert [(c.line, c.column, c.code) for c in complaints] == [(3, "region", "missing")]
    assert read_table(b"number\n1\n", reading).complaints[0].code == "header_missing"


def test_the_complaint_of_a_value_names_value_fault_and_cure() -> None:
    with pytest.raises(values.Unfit) as caught:
        values.degrees("141.7", 90)
    assert caught.value.message == '"141.7" lies outside -90 to 90 degrees. Are lat and lon swapped?'


def test_a_team_is_a_code_and_a_head_count_never_names() -> None:
    table = read_table(b"team,members,observer\n0001,2,Ann\n,2,\n0001,3,\n0003,0,\n", teams.team_reading({}))
    found, complaints = teams.read_teams(table)
    assert found == [{"code": "0001", "members": 2}]
    assert [(c.line, c.code) for c in complaints] == [(3, "missing"), (4, "repeated"), (5, "out_of_range")]


def test_a_candidate_has_a_code_for_checklists_and_a_name_in_some_language() -> None:
    text = "code,name,name_kk\nc1,Abden,Әбден\nC2,Big,\nc3,,\nc1,Again,\n" + "c" * 21 + ",Long,\n"
    table = read_table(text.encode(), names.reading(names.CANDIDATES, {}))
    found, complaints = names.read_named(table, names.CANDIDATES, ("ru", "kk"))
    assert found == [{"code": "c1", "name": {"kk": "Әбден", "ru": "Abden"}}]
    assert [(c.line, c.code) for c in complaints] == [
        (3, "code_unfit"), (4, "missing"), (5, "repeated"), (6, "code_unfit"),
    ]  # fmt: skip


CODES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=5)
OPTIONAL = st.none() | CODES
STATIONS = st.fixed_dictionaries(
    {
        **{name: st.none() for name in stations.FIELDS},
        "number": CODES,
        "name": CODES,
        "address": CODES,
        "region": OPTIONAL,
        "commission": OPTIONAL,
        "type": st.sampled_from(stations.TYPES),
        "voters": st.none() | st.integers(0, 10**6),
        "lat": st.none() | st.floats(-90, 90, allow_subnormal=False),
        "sampled": st.none() | st.booleans(),
    }
)
NAMED = st.fixed_dictionaries({"name": st.dictionaries(st.sampled_from(["kk", "ru"]), CODES), "region": OPTIONAL})


def with_code(entries: dict[str, Entry]) -> dict[str, Entry]:
    return {code: {**entry, "code": code} for code, entry in entries.items()}


@given(st.dictionaries(CODES, STATIONS, max_size=8), st.dictionaries(CODES, NAMED, max_size=4))
def test_a_frame_comes_back_from_its_bytes(placed: dict[str, Entry], named: dict[str, Entry]) -> None:
    frame = Frame({}, with_code(named), with_code(placed))
    lists = list(region_lists(frame))
    blobs = {body_hash(content): content for _, content, _ in lists}
    text = manifest((code, body_hash(content), count) for code, content, count in lists)
    found, hashes = read_frame(text, blobs.__getitem__)
    assert found == frame.with_known_regions()
    assert set(hashes) == set(found.regions)
    assert sum(count for _, _, count in lists) == len(placed)


ENTRIES = st.dictionaries(st.sampled_from("abcde"), st.fixed_dictionaries({"x": st.integers(0, 2)}), max_size=5)


@given(ENTRIES, ENTRIES)
def test_laying_a_list_over_itself_changes_nothing(have: dict[str, Entry], found: dict[str, Entry]) -> None:
    once = merge(have, found, lambda _: {"y": 0})
    again = merge(once.entries, found, lambda _: {"y": 0})
    assert (once.created + once.updated + once.unchanged, again.unchanged) == (len(found), len(found))
    assert again.entries == once.entries
    assert set(once.entries) == have.keys() | found.keys()
    assert once.created == len(found.keys() - have.keys())
