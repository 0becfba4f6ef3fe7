"""Setting a mission up, on both databases: imports, versions of checklists, the log behind them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from app.errors import UrnaError
from app.forms.catalogue import built_in
from app.forms.model import Checklist
from app.setup import imports, projection
from app.setup.book import Book
from app.setup.imports import Order
from app.setup.merge import Report
from app.setup.missions import create_mission
from app.setup.projection import CHECKLISTS, LOG, PROJECTED, REGIONS, STATIONS, TEAMS, blob
from app.setup.publish import publish, published
from app.store.database import reading, writing

NOW = datetime(2024, 10, 1, 9, 0, tzinfo=UTC)
STATION_LIST = (
    "number,name,region,commission,voters,lat,lon,zone,opens_at,closes_at,type,settlement,sampled\n"
    "0012,School 5,KZ-75,T1,2511,43.25,76.95,Asia/Almaty,07:00,20:00,ordinary,urban,yes\n"
    "0013,Barracks,KZ-75,T1,800,,,,6:00,20:00,military,urban,no\n"
    "0145,Клуб,KZ-71,T2,120,51.1,71.4,,,,,rural,\n"
)


@pytest.fixture
def mission(database: Engine) -> Engine:
    """A database with an empty mission KZ."""
    with writing(database) as connection:
        create_mission(connection, "KZ", "Kazakhstan", "2022-11-20", "Asia/Almaty", ["en", "ru", "kk"], [], NOW)
    return database


def lay(engine: Engine, what: str, text: str, **order: Any) -> Report:
    code_from = order.pop("code_from", None)
    more = [code_from] if code_from else []
    with writing(engine) as connection:
        run = getattr(imports, f"import_{what}")
        report = run(Book.open(connection, "KZ", NOW), text.encode(), Order({}, **order), *more)
    assert isinstance(report, Report)
    return report


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, len(report.rejected)


def entries(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(LOG.c.kind).order_by(LOG.c.server_seq)).scalars())


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All set-up tables, with from_seq."""
    with reading(engine) as connection:
        return {
            one.name: [tuple(row) for row in connection.execute(select(one).order_by(*one.primary_key))]
            for one in PROJECTED
        }


def stations(engine: Engine) -> dict[str, Any]:
    with reading(engine) as connection:
        return {row.code: row for row in connection.execute(select(STATIONS))}


def test_a_list_of_stations_is_one_entry_and_the_same_list_again_is_none(mission: Engine) -> None:
    assert counts(lay(mission, "stations", STATION_LIST)) == (3, 0, 0, 0)
    assert counts(lay(mission, "stations", STATION_LIST)) == (0, 0, 3, 0)
    assert entries(mission) == ["setup.mission", "setup.stations"]
    found = stations(mission)
    assert (found["0012"].voters, found["0012"].lat, found["0012"].sampled) == (2511, 43.25, True)
    assert (found["0013"].opens_at, found["0013"].lat, found["0013"].type) == ("06:00", None, "military")
    assert (found["0145"].name, found["0145"].type, found["0145"].sampled) == ("Клуб", "ordinary", None)


def test_a_changed_line_updates_its_station_alone(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    assert counts(lay(mission, "stations", STATION_LIST.replace("2511", "2512"))) == (0, 1, 2, 0)
    found = stations(mission)
    assert (found["0012"].voters, found["0012"].from_seq) == (2512, 3)
    assert (found["0013"].from_seq, found["0145"].from_seq) == (2, 2)


def test_a_list_with_fewer_columns_leaves_the_other_values_and_stations_alone(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    assert counts(lay(mission, "stations", "number,stratum\n0012,north\n0146,south\n")) == (1, 1, 0, 0)
    found = stations(mission)
    assert (found["0012"].stratum, found["0012"].voters, found["0012"].name) == ("north", 2511, "School 5")
    assert (found["0146"].name, found["0146"].type, len(found)) == ("0146", "ordinary", 4)


def test_one_bad_line_refuses_the_whole_list_unless_asked_otherwise(mission: Engine) -> None:
    bad = STATION_LIST + "0146,X,KZ-71,T2,-4,,,,,,,,\n"
    assert counts(lay(mission, "stations", bad)) == (0, 0, 0, 1)
    assert entries(mission) == ["setup.mission"]
    assert counts(lay(mission, "stations", bad, partial=True)) == (3, 0, 0, 1)
    assert set(stations(mission)) == {"0012", "0013", "0145"}


def test_a_dry_run_tells_what_would_be_and_writes_nothing(mission: Engine) -> None:
    assert counts(lay(mission, "stations", STATION_LIST, dry_run=True)) == (3, 0, 0, 0)
    assert entries(mission) == ["setup.mission"]
    assert stations(mission) == {}


def test_numbers_that_begin_anew_in_each_region_become_codes_with_it(mission: Engine) -> None:
    text = "number,region\n0001,KZ-71\n0001,KZ-75\n"
    assert counts(lay(mission, "stations", text)) == (0, 0, 0, 1)
    assert counts(lay(mission, "stations", text, code_from=("region", "number"))) == (2, 0, 0, 0)
    found = stations(mission)
    assert {code: row.number for code, row in found.items()} == {"KZ-71-0001": "0001", "KZ-75-0001": "0001"}


def test_each_region_has_its_list_as_exact_bytes_under_their_hash(mission: Engine) -> None:
    lay(mission, "commissions", "code,name,region\nT1,Almaty TEC,KZ-75\n")
    lay(mission, "regions", "code,name,name_kk,zone\nKZ-75,Almaty,Алматы,Asia/Almaty\n")
    lay(mission, "stations", STATION_LIST)
    with reading(mission) as connection:
        rows = {row.code: row for row in connection.execute(select(REGIONS))}
        almaty = json.loads(blob(connection, "KZ", rows["KZ-75"].blob))
    assert sorted(rows) == ["KZ-71", "KZ-75"]
    assert (rows["KZ-75"].name, rows["KZ-75"].zone) == ({"en": "Almaty", "kk": "Алматы"}, "Asia/Almaty")
    assert almaty["commissions"] == [{"code": "T1", "name": {"en": "Almaty TEC"}}]
    assert almaty["columns"] == [
        "code", "number", "name", "address", "commission", "settlement", "type", "voters", "lat", "lon", "zone",
        "opens_at", "closes_at", "sampled",
    ]  # fmt: skip
    assert [row[:3] for row in almaty["rows"]] == [["0012", "0012", "School 5"], ["0013", "0013", "Barracks"]]


def test_a_change_in_one_region_leaves_the_lists_of_the_others_as_they_were(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    with reading(mission) as connection:
        before = {row.code: row.blob for row in connection.execute(select(REGIONS))}
    lay(mission, "stations", "number,voters\n0145,121\n")
    with reading(mission) as connection:
        after = {row.code: row.blob for row in connection.execute(select(REGIONS))}
    assert before["KZ-75"] == after["KZ-75"]
    assert before["KZ-71"] != after["KZ-71"]


def test_teams_and_their_plans_are_laid_in(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    lay(mission, "commissions", "code,name,region\nT1,Almaty TEC,KZ-75\n")
    assert counts(lay(mission, "teams", "team,region,members\n0001,KZ-75,2\n0002,KZ-71,3\n")) == (2, 0, 0, 0)
    plan = "team,stage,station,commission\n0001,opening,0012,\n0001,tabulation,,T1\n0002,voting,0145,\n"
    assert counts(lay(mission, "plan", plan)) == (3, 0, 0, 0)
    assert counts(lay(mission, "plan", "team,stage,station\n0001,counting,0013\n")) == (0, 1, 0, 0)
    with reading(mission) as connection:
        found = [tuple(row)[1:5] for row in connection.execute(select(projection.PLANS).order_by("team"))]
        teams = {row.code: (row.region, row.members) for row in connection.execute(select(TEAMS))}
    assert found == [("0001", 1, "0013", "counting"), ("0002", 1, "0145", "voting")]
    assert teams == {"0001": ("KZ-75", 2), "0002": ("KZ-71", 3)}


def test_a_plan_names_only_teams_and_places_that_the_mission_knows(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    lay(mission, "teams", "team\n0001\n")
    plan = "team,stage,station\n0009,voting,0012\n0001,voting,12\n0001,voting,\n0001,party,0012\n0001,tabulation,0012\n"
    report = lay(mission, "plan", plan)
    assert [(c.line, c.column, c.code) for c in report.rejected] == [
        (2, "team", "team_unknown"), (3, "station", "station_unknown"), (4, "station", "missing"),
        (5, "stage", "not_an_option"), (6, "commission", "missing"),
    ]  # fmt: skip


def small_checklist(**more: Any) -> Checklist:
    label = {"en": "Votes", "ru": "Голоса", "kk": "Дауыстар"}
    each = {
        "code": "r12_each", "id": "R12", "type": "integer", "each": "candidates", "measure": "count",
        "label": dict.fromkeys(label, "{candidate}"),
    }  # fmt: skip
    valid = {"code": "r11_valid", "id": "R11", "type": "integer", "label": label, "measure": "count"}
    section = {"code": "results", "label": label, "items": [valid, each]}
    check = {"code": "K06", "rule": "sum(${r12_each}) = ${r11_valid}", "label": label, "message": label}
    shape = {
        "code": "P", "stage": "counting", "version": 1, "languages": ["en", "ru", "kk"], "title": label,
        "place": "station", "sections": [section], "checks": [check],
    }  # fmt: skip
    return Checklist.model_validate({**shape, **more})


def newest(engine: Engine, code: str) -> Checklist:
    with reading(engine) as connection:
        return Checklist.model_validate_json(published(connection, "KZ", code))


def test_candidates_publish_the_next_version_of_the_checklists_that_name_them(mission: Engine) -> None:
    with writing(mission) as connection:
        book = Book.open(connection, "KZ", NOW)
        assert publish(book, small_checklist()).version == 1
        assert not publish(book, small_checklist()).new
        publish(book, small_checklist(code="Q", sections=[small_checklist().sections[0].model_dump() | {
            "items": [small_checklist().items()[0].model_dump()]}], checks=[]))  # fmt: skip
    candidates = "code,name,name_kk\nc1,Abden,Әбден\nc2,Tokayev,Тоқаев\n"
    assert counts(lay(mission, "candidates", candidates)) == (2, 0, 0, 0)
    assert counts(lay(mission, "candidates", candidates)) == (0, 0, 2, 0)
    assert (newest(mission, "P").version, newest(mission, "Q").version) == (2, 1)
    assert [item.code for item in newest(mission, "P").items()] == ["r11_valid", "r12_c1", "r12_c2"]
    assert newest(mission, "P").checks[0].rule == "sum(${r12_c1}, ${r12_c2}) = ${r11_valid}"
    assert newest(mission, "P").checks[0].rule in newest(mission, "P").expressions
    lay(mission, "candidates", "code,name\nc3,Abden\n")
    assert [item.code for item in newest(mission, "P").items()] == ["r11_valid", "r12_c3", "r12_c1", "r12_c2"]


def test_a_published_version_says_only_the_languages_of_its_mission(database: Engine) -> None:
    with writing(database) as connection:
        create_mission(connection, "KZ", "K", "2022-11-20", "Asia/Almaty", ["ru"], built_in().values(), NOW)
    title = newest(database, "B").title
    assert list(title) == ["ru"]
    assert newest(database, "B").languages == ("ru",)
    with reading(database) as connection:
        codes = connection.execute(select(CHECKLISTS.c.code).order_by(CHECKLISTS.c.code)).scalars().all()
    assert codes == ["A", "B", "C", "D", "E"]


def test_a_language_that_a_checklist_lacks_refuses_the_mission_whole(database: Engine) -> None:
    with pytest.raises(UrnaError) as caught, writing(database) as connection:
        create_mission(connection, "KZ", "K", "2022-11-20", "Asia/Almaty", ["en", "fr"], built_in().values(), NOW)
    assert caught.value.code == "checklist_invalid"
    assert entries(database) == []


@pytest.mark.parametrize(
    ("code", "day", "zone", "languages"),
    [
        ("KZ", "2022-11-20", "Asia/Almaty", ["en"]),
        ("K Z", "2022-11-20", "Asia/Almaty", ["en"]),
        ("K2", "20.11.2022", "Asia/Almaty", ["en"]),
        ("K2", "2022-11-20", "+06:00", ["en"]),
        ("K2", "2022-11-20", "../Almaty", ["en"]),
        ("K2", "2022-11-20", "Asia/Almaty", ["english"]),
        ("K2", "2022-11-20", "Asia/Almaty", []),
    ],
)
def test_a_mission_that_cannot_be_is_refused(
    mission: Engine, code: str, day: str, zone: str, languages: list[str]
) -> None:
    with pytest.raises(UrnaError) as caught, writing(mission) as connection:
        create_mission(connection, code, "X", day, zone, languages, [], NOW)
    assert caught.value.code == "invalid_parameter"


def test_an_import_into_a_mission_that_is_not_there_is_refused(database: Engine) -> None:
    with pytest.raises(UrnaError) as caught:
        lay(database, "teams", "team\n0001\n")
    assert caught.value.code == "not_found"


def test_the_tables_rebuilt_from_the_log_are_the_same_to_the_last_bit(mission: Engine) -> None:
    lay(mission, "regions", "code,name\nKZ-75,Almaty\n")
    lay(mission, "stations", STATION_LIST)
    lay(mission, "stations", "number,voters,region\n0145,121,KZ-75\n0146,5,\n")
    lay(mission, "commissions", "code,name,region\nT1,Almaty TEC,KZ-75\n")
    lay(mission, "teams", "team,region,members\n0001,KZ-75,2\n")
    lay(mission, "plan", "team,stage,station\n0001,voting,0012\n0001,counting,0013\n")
    lay(mission, "plan", "team,stage,station\n0001,counting,0013\n")
    with writing(mission) as connection:
        publish(Book.open(connection, "KZ", NOW), small_checklist())
    lay(mission, "candidates", "code,name\nc1,Abden\n")
    before = everything(mission)
    assert all(before.values())
    with writing(mission) as connection:
        assert projection.rebuild(connection, "KZ") == []
    assert everything(mission) == before
    with writing(mission) as connection:
        connection.execute(update(STATIONS).where(STATIONS.c.code == "0012").values(voters=1))
        assert projection.rebuild(connection, "KZ") == ["station"]
    assert everything(mission) == before


def test_two_missions_of_one_database_share_nothing(mission: Engine) -> None:
    lay(mission, "stations", STATION_LIST)
    with writing(mission) as connection:
        create_mission(connection, "GE", "Georgia", "2024-10-26", "Asia/Tbilisi", ["en"], [], NOW)
        book = Book.open(connection, "GE", NOW)
        report = imports.import_stations(book, b"number\n0012\n0999\n", Order({}))
        projection.rebuild(connection, "GE")
    assert counts(report) == (2, 0, 0, 0)
    with reading(mission) as connection:
        query = select(STATIONS.c.mission, func.count()).group_by(STATIONS.c.mission).order_by(STATIONS.c.mission)
        assert [tuple(row) for row in connection.execute(query)] == [("GE", 2), ("KZ", 3)]
