"""The analysts' doors over HTTP: who may, tags, pages, formats, time travel, embargo."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.main import create_app
from app.people.enrolment import make_enrolment
from app.results import coverage, findings, results
from app.settings import Settings
from app.store.database import writing
from app.sync.rebuild import rebuild_reports
from tests.cast import esi_key
from tests.golden.night import Night, checklist, choice, item, row_of, yes_no

DOORS = ("results", "answers", "answers.json", "answers.ndjson", "answers.csv", "coverage", "codebook", "mission",
         "stations", "stations.geojson")  # fmt: skip
FOR_PHONES = ("mission", "stations", "stations.geojson")
B = checklist(
    "B",
    choice("b01", "nominal", "full", "refused"),
    yes_no("b30", relevant="${b01} != 'refused'"),
    choice("b13", "multiple", "none*", "c1", "c2", type="multiple"),
    item("b17", "integer", "count"),
    item("b44", "text", "text"),
    access="b01",
)
A = checklist("A", yes_no("a21", bad="no"), stage="opening")


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, A, B)
    built.frame(
        {"code": "s1", "region": "R1", "sampled": True, "lat": 43.2, "lon": 76.9},
        {"code": "s2", "region": "R1", "sampled": True},
        {"code": "s3", "region": "R2", "sampled": False},
    )
    built.teams({"code": "t1", "type": "lto", "region": "R1"}, {"code": "t2"})
    built.report("r1", "t1-a", "B", "s1", {"b01": "full", "b30": "yes", "b13": ["c1", "c2"], "b17": 412, "b44": "=1+1"},
                 arrived_at="2022-11-20T08:10", comment="-cmd", lang="ru")  # fmt: skip
    built.report("r2", "t2-a", "B", "s3", {"b01": "refused", "b13": ["none"], "b17": {"blank": "no_access"}})
    built.report("r3", "t1-a", "A", "s1", {"a21": "yes"})
    built.report("r4", "t1-b", "B", "s2", {"b30": "no"}, kind="report.revision")
    built.send()
    return built


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    yield made
    made.state.ground.engine.dispose()


def knocking(app: FastAPI, token: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://urna.test/v1/", headers=headers)


@pytest.fixture
async def esi(app: FastAPI, night: Night) -> AsyncIterator[httpx.AsyncClient]:
    """The analyst, with a key of her own."""
    async with knocking(app, esi_key(night.engine, "results:read")) as client:
        yield client


def address(door: str) -> str:
    """A door with what it cannot do without."""
    return f"{door}?form=B" if door == "answers.csv" else door


async def body(client: httpx.AsyncClient, path: str) -> Any:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return response.json()


async def enrolled(app: FastAPI, night: Night) -> str:
    """The token of a phone of team t1."""
    with writing(night.engine) as connection:
        code = make_enrolment(connection, night.mission, "t1", datetime.now(UTC), timedelta(hours=1))
    async with knocking(app, None) as nobody:
        answer = await nobody.post(
            "enrol", json={"code": code, "label": "", "public_key": None, "app": {"version": "1"}}
        )
    return str(answer.json()["token"])


async def test_nobody_enters_without_a_key_even_with_a_known_tag(app: FastAPI, esi: httpx.AsyncClient) -> None:
    for door in DOORS:
        tag = (await esi.get(address(door))).headers["ETag"]
        async with knocking(app, None) as stranger:
            answer = await stranger.get(address(door), headers={"If-None-Match": tag})
        assert (door, answer.status_code, answer.json()["code"]) == (door, 401, "invalid_credentials")


async def test_a_phone_reads_mission_and_stations_and_no_figures(app: FastAPI, night: Night) -> None:
    async with knocking(app, await enrolled(app, night)) as phone:
        found = {door: (await phone.get(address(door))).status_code for door in DOORS}
    assert found == {door: 200 if door in FOR_PHONES else 403 for door in DOORS}


async def test_every_answer_says_its_number_and_a_poll_that_finds_nothing_new_is_304(
    esi: httpx.AsyncClient, night: Night
) -> None:
    first = {door: await esi.get(address(door)) for door in DOORS}
    stamp = int(first["results"].headers["Urna-Data-Version"])
    for door, answer in first.items():
        again = await esi.get(address(door), headers={"If-None-Match": f'"else", W/{answer.headers["ETag"]}'})
        assert (door, answer.status_code, again.status_code, again.content) == (door, 200, 304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Urna-Data-Version"] == str(stamp)
        if answer.headers["Content-Type"] == "application/json":
            assert (answer.json()["data_version"], answer.json()["as_of"]) == (stamp, "2022-11-20T01:00:00Z")
    night.report("r9", "t1-a", "B", "s1", {"b30": "yes"})
    assert night.send(1) == stamp + 1
    for door, answer in first.items():
        later = await esi.get(address(door), headers={"If-None-Match": answer.headers["ETag"]})
        assert (door, later.status_code, later.headers["Urna-Data-Version"]) == (door, 200, str(stamp + 1))


async def test_a_poll_runs_no_query(esi: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = (await esi.get("results")).headers["ETag"]
    monkeypatch.setattr(results, "results", lambda *_: 1 / 0)
    monkeypatch.setattr(coverage, "coverage", lambda *_: 1 / 0)
    assert (await esi.get("results", headers={"If-None-Match": tag})).status_code == 304
    assert (await esi.get("results?by=region")).status_code == 500


async def test_the_same_question_of_another_reader_is_counted_once(
    app: FastAPI, esi: httpx.AsyncClient, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await esi.get("results?by=region")
    monkeypatch.setattr(results, "results", lambda *_: 1 / 0)
    async with knocking(app, esi_key(night.engine, "results:read")) as other:
        assert (await other.get("results?by=region")).content == first.content
    night.report("r9", "t1-a", "B", "s1", {"b30": "yes"})
    night.send(1)
    assert (await esi.get("results?by=region")).status_code == 500


async def test_two_ways_of_asking_share_a_tag_and_other_questions_do_not(esi: httpx.AsyncClient) -> None:
    tags = {
        path: (await esi.get(path)).headers["ETag"]
        for path in (
            "results?form=B&region=R1,R2",
            "results?region=R2&region=R1&form=B",
            "results?form=B",
            "codebook?form=B",
        )
    }
    same, other, *rest = tags.values()
    assert same == other
    assert len({same, *rest}) == 3


async def test_the_past_keeps_its_bytes(esi: httpx.AsyncClient, night: Night) -> None:
    now = await body(esi, "results?by=region&as_of=9")
    before = await esi.get("results?by=region&as_of=9")
    night.report("r2", "t2-a", "B", "s3", {"b01": "full", "b30": "yes"})
    night.send(5)
    after = await esi.get("results?by=region&as_of=9")
    assert before.content == after.content
    assert before.headers["ETag"] == after.headers["ETag"]
    assert now["data_version"] == 9


async def test_a_time_stands_for_the_last_number_received_by_then(esi: httpx.AsyncClient, night: Night) -> None:
    night.report("r5", "t1-a", "B", "s2", {"b30": "yes"})
    number = night.send(10)
    assert (await body(esi, "results?as_of=2022-11-20T06:05:00%2B05:00"))["data_version"] == number - 1
    assert (await body(esi, "results?as_of=2022-11-20T01:10:00Z"))["data_version"] == number
    assert (await body(esi, "results?as_of=2000-01-01T00:00:00Z"))["data_version"] == 0


async def test_the_future_is_refused(esi: httpx.AsyncClient) -> None:
    for door in ("results", "answers", "coverage", "codebook", "mission", "stations"):
        for moment in ("100000", "2100-01-01T00:00:00Z"):
            answer = await esi.get(door, params={"as_of": moment})
            assert (door, answer.status_code, answer.json()["code"]) == (door, 400, "as_of_ahead")


async def test_nothing_is_known_before_the_first_entry(esi: httpx.AsyncClient) -> None:
    assert (await body(esi, "results?as_of=0"))["results"] == []
    assert (await body(esi, "results?as_of=0&form=B&question=b30&where=b13:c1&by=item:b01"))["results"] == []
    assert (await body(esi, "answers?as_of=0"))["rows"] == []
    assert (await body(esi, "stations?as_of=0"))["rows"] == []
    assert (await esi.get("mission?as_of=0")).status_code == 404


async def test_what_no_checklist_asks_is_refused(esi: httpx.AsyncClient) -> None:
    for path in (
        "results?form=Z", "results?question=b99", "results?where=b30:maybe", "results?where=b99:yes",
        "results?any=b99", "results?ratio=b30/b17", "results?ratio=b17/a21", "results?by=item:b17",
        "results?by=item:b99", "answers?fields=b99", "answers.csv", "results?form=A&where=b30:yes&question=b99",
    ):  # fmt: skip
        answer = await esi.get(path)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 400, "invalid_parameter")
        assert "b99" not in answer.text


async def test_answers_are_the_reports_behind_the_figures(esi: httpx.AsyncClient) -> None:
    figures = await body(esi, "results?form=B&include=draft")
    rows = (await body(esi, figures["links"]["answers"].removeprefix("/v1/")))["rows"]
    assert row_of(figures, "b30")["visits"] == len(rows) == 3
    first, second, third = rows
    assert (first["b30"], first["b13"], first["b17"], first["blanks"]) == ("yes", ["c1", "c2"], 412, {})
    assert (first["region"], first["team"], first["team_type"], first["hour"]) == ("R1", "t1", "lto", 8)
    assert (second["b30"], second["complete"]) == (None, "refused")
    assert second["blanks"] == {"b30": "no_access", "b17": "no_access", "b44": "missing"}
    assert (third["status"], third["blanks"]["b01"]) == ("draft", "missing")


async def test_pages_hold_every_row_once_while_reports_come_in(esi: httpx.AsyncClient, night: Night) -> None:
    for number in range(5):
        night.report(f"p{number}", "t1-a", "B", "s1", {"b30": "yes"})
    night.send(1)
    whole = [row["report_id"] for row in (await body(esi, "answers?form=B"))["rows"]]
    found, path = [], "answers?form=B&limit=2"
    while path:
        answer = await esi.get(path)
        found += [row["report_id"] for row in answer.json()["rows"]]
        night.report(f"more{len(found)}", "t1-a", "B", "s1", {"b30": "yes"})
        night.send(1)
        link = answer.json()["links"]["next"]
        assert answer.headers.get("Link") == (f'<{link}>; rel="next"' if link else None)
        path = (link or "").removeprefix("/v1/")
    assert found == whole
    assert len(found) == 7


async def test_lines_and_cells_say_what_the_json_says(esi: httpx.AsyncClient) -> None:
    wanted = (await body(esi, "answers?form=B&include=draft"))["rows"]
    lines = (await esi.get("answers.ndjson?form=B&include=draft")).text.splitlines()
    told = [json.loads(line) for line in lines]
    said = [{name: row.pop(name) for name in ("data_version", "as_of", "filter", "n")} for row in told]
    assert told == wanted
    assert {(one["filter"], one["n"]) for one in said} == {("status=draft&status=finished&form=B", 3)}
    assert (await esi.get("answers?form=B&include=draft&format=ndjson")).text.splitlines() == lines
    cells = list(csv.DictReader(io.StringIO((await esi.get("answers.csv?form=B&include=draft")).text)))
    assert [row["report_id"] for row in cells] == [row["report_id"] for row in wanted]
    assert [row["b30"] for row in cells] == ["yes", "no_access", "no"]
    assert [row["b13"] for row in cells] == ["c1 c2", "none", ""]
    assert [row["b17"] for row in cells] == ["412", "no_access", ""]


async def test_what_people_typed_never_runs_as_a_formula(esi: httpx.AsyncClient) -> None:
    (row, *_) = csv.DictReader(io.StringIO((await esi.get("answers.csv?form=B")).text))
    assert (row["b44"], row["comment"]) == ("'=1+1", "'-cmd")
    assert (await body(esi, "answers?form=B"))["rows"][0]["b44"] == "=1+1"


@pytest.mark.parametrize("odd", ["=1+1", ["=1+1"], "\t=1+1"])
async def test_no_field_that_a_phone_fills_in_runs_as_a_formula(esi: httpx.AsyncClient, night: Night, odd: Any) -> None:
    night.report("r9", "t1-c", "B", "s1", {}, arrived_at=odd, departed_at=odd, filled_by=odd, lang=odd, visit_no=odd,
                 other_teams=-1)  # fmt: skip
    night.send()
    rows = list(csv.DictReader(io.StringIO((await esi.get("answers.csv?form=B")).text)))
    cells = [rows[-1][name] for name in ("arrived_at", "departed_at", "filled_by", "lang", "visit_no", "other_teams")]
    assert [cell[:1] for cell in cells] == ["'"] * 5 + ["-"]


async def test_a_file_with_a_limit_is_a_page_too(esi: httpx.AsyncClient) -> None:
    first = await esi.get("answers.csv?form=B&limit=1&fields=report_id,b30")
    assert first.text.splitlines()[0] == "report_id,b30"
    assert len(first.text.splitlines()) == 2
    path = first.headers["Link"].split(">")[0].removeprefix("</v1/")
    rest = await esi.get(path)
    assert len(rest.text.splitlines()) == 2
    assert "Link" not in rest.headers


async def test_labels_stand_in_place_of_codes_or_beside_them(esi: httpx.AsyncClient) -> None:
    row = (await body(esi, "answers?form=B&labels=label&fields=b13"))["rows"][0]
    assert row["b13"] == ["c1", "c2"]
    both = (await esi.get("answers.csv?form=B&labels=both&fields=b13,b13_label")).text.splitlines()
    assert both[:2] == ["b13,b13_label", "c1 c2,c1; c2"]


async def test_coverage_names_what_nobody_saw_and_when_teams_were_heard(
    app: FastAPI, esi: httpx.AsyncClient, night: Night
) -> None:
    await enrolled(app, night)
    answer = await body(esi, "coverage?by=region")
    rows = {row["by"]["region"]: row for row in answer["rows"]}
    assert (rows["R1"]["expected"], rows["R1"]["received"], rows["R1"]["coverage"]) == (2, 1, 0.5)
    assert (rows["R2"]["expected"], rows["R2"]["stations"], rows["R2"]["coverage"]) == (0, 1, None)
    assert {team["team"]: team["devices"] for team in answer["teams"]} == {"t1": 1, "t2": 0}
    stages = (await body(esi, "coverage?by=stage"))["rows"]
    assert [(row["by"]["stage"], row["expected"], row["received"]) for row in stages] == [
        ("opening", 2, 1),
        ("voting", 2, 1),
    ]
    (whole,) = (await body(esi, "coverage?stage=any"))["rows"]
    assert (whole["expected"], whole["received"], whole["visits"]) == (2, 1, 3)
    assert (await body(esi, "coverage?by=hour"))["rows"][0]["expected"] is None


async def test_without_a_sample_the_plan_is_expected(esi: httpx.AsyncClient, night: Night) -> None:
    night.frame({"code": "s1"}, {"code": "s2"}, {"code": "s3"}, commissions=[{"code": "c1"}])
    night.plan(("t1", "s1", "voting"), ("t1", "s2", "voting"), ("t2", "s3", "voting"), ("t2", "c1", "tabulation"))
    answer = await body(esi, "coverage?stage=voting")
    (row,) = answer["rows"]
    assert answer["expected_from"] == ["plan"]
    assert (row["expected"], row["received"]) == (3, 2)


async def test_the_codebook_has_every_variable_and_its_codes(esi: httpx.AsyncClient) -> None:
    book = await body(esi, "codebook")
    names = {(variable["form"], variable["name"]): variable for variable in book["variables"]}
    assert set(names) == {("A", "a21"), ("B", "b01"), ("B", "b30"), ("B", "b13"), ("B", "b17"), ("B", "b44")}
    b30 = names["B", "b30"]
    assert [(option["code"], option["negative"]) for option in b30["options"]] == [("yes", True), ("no", False)]
    assert (b30["relevant"], b30["first_version"], b30["last_version"]) == ("${b01} != 'refused'", 1, 1)
    assert set(book["missing_codes"]) == {"not_observed", "no_access", "not_applicable", "missing", "not_in_version"}


async def test_the_mission_names_its_checklists_by_their_hashes(esi: httpx.AsyncClient) -> None:
    mission = await body(esi, "mission")
    assert (mission["mission"], mission["day"], mission["zone"]) == ("KZ", "2022-11-20", "Asia/Almaty")
    assert [(form["code"], form["version"]) for form in mission["forms"]] == [("A", 1), ("B", 1)]
    assert all(len(form["hash"]) == 64 for form in mission["forms"])
    assert mission["phases"] == ["opening", "voting"]


async def test_stations_come_in_pages_and_on_a_map(esi: httpx.AsyncClient) -> None:
    first = await body(esi, "stations?limit=2")
    assert [row["code"] for row in first["rows"]] == ["s1", "s2"]
    rest = await body(esi, first["links"]["next"].removeprefix("/v1/"))
    assert ([row["code"] for row in rest["rows"]], rest["links"]["next"]) == (["s3"], None)
    assert [row["code"] for row in (await body(esi, "stations?observed=false"))["rows"]] == ["s2"]
    features = (await body(esi, "stations.geojson?region=R1"))["features"]
    assert [feature["geometry"] and feature["geometry"]["coordinates"] for feature in features] == [[76.9, 43.2], None]


async def test_under_embargo_figures_need_their_own_scope(app: FastAPI, night: Night) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    night.settings(embargo_until=until.isoformat())
    async with knocking(app, esi_key(night.engine, "results:read")) as client:
        for door in ("results", "answers", "answers.csv?form=B"):
            answer = await client.get(door)
            assert (answer.status_code, answer.json()["code"]) == (403, "embargoed")
        assert (await client.get("codebook")).status_code == 200
    async with knocking(app, esi_key(night.engine, "results:read", "results:embargoed")) as client:
        assert (await client.get("results")).status_code == 200
        night.settings(embargo_until="2022-11-21T00:00:00+05:00")
    async with knocking(app, esi_key(night.engine, "results:read")) as client:
        assert (await client.get("results")).status_code == 200


async def test_findings_are_304_once_everything_is_judged_and_carry_no_tag_before(
    app: FastAPI, esi: httpx.AsyncClient, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuild_reports(night.engine, night.mission)
    waiting = await esi.get("findings")
    assert (waiting.json()["waiting"], "ETag" in waiting.headers) == (3, False)
    app.state.follower.catch_up()
    done = await esi.get("findings")
    assert (done.json()["waiting"], "ETag" in done.headers) == (0, True)
    monkeypatch.setattr(findings, "findings", lambda *_: 1 / 0)
    again = await esi.get("findings", headers={"If-None-Match": done.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await esi.get("findings")).content == done.content
    night.report("r9", "t1-a", "B", "s1", {"b30": "yes"})
    night.send(1)
    assert (await esi.get("findings")).status_code == 500
