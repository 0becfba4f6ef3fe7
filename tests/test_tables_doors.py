"""Tables and comments over HTTP: who may, every form, tags, the past, what is refused."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.main import create_app
from app.results import table_routes
from app.results.tables.catalogue import BUILDERS
from app.settings import Settings
from tests.cast import esi_key
from tests.golden.night import Night, checklist, choice, four_point, item, yes_no

B = checklist(
    "B",
    choice("b01", "nominal", "full", "refused"),
    yes_no("b30", relevant="${b01} != 'refused'"),
    item("b17", "integer", "count"),
    four_point("b45"),
    access="b01",
    overall="b45",
)
FORMS = ("json", "csv", "xlsx", "html")


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, B)
    built.frame({"code": "s1", "region": "R1", "sampled": True}, {"code": "s2", "region": "R2", "sampled": True})
    built.teams({"code": "t1", "region": "R1"}, {"code": "t2", "region": "R2"})
    visits = (("r1", "t1-a", "s1", "yes"), ("r2", "t2-a", "s2", "no"), ("r3", "t1-a", "s1", "no"))
    for name, device, place, answer in visits:
        said = {"b01": "full", "b30": answer, "b45": "bad" if answer == "yes" else "good"}
        built.report(name, device, "B", place, said, comment=f"-{name}")
    built.send()
    return built


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def esi(app: FastAPI, night: Night) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {esi_key(night.engine, 'results:read')}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://urna.test/v1/", headers=headers) as client:
        yield client


async def body(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_every_table_is_there_in_every_form_and_is_304_the_second_time(esi: httpx.AsyncClient) -> None:
    listed = (await body(esi, "tables"))["tables"]
    assert [one["table"] for one in listed] == list(BUILDERS)
    for code in BUILDERS:
        for form in FORMS:
            by_suffix, by_format = await esi.get(f"tables/{code}.{form}"), await esi.get(f"tables/{code}?format={form}")
            assert (code, form, by_suffix.status_code, by_format.status_code) == (code, form, 200, 200)
            assert by_suffix.headers["Content-Type"] == table_routes.MEDIA[form]
            assert form == "xlsx" or by_suffix.content == by_format.content
            again = await esi.get(f"tables/{code}.{form}", headers={"If-None-Match": by_suffix.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")


async def test_a_table_asked_for_again_is_not_counted_again(
    esi: httpx.AsyncClient, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await esi.get("tables/T2")
    monkeypatch.setattr(table_routes, "table", lambda *_: 1 / 0)
    assert (await esi.get("tables/T2")).content == first.content
    night.report("r9", "t1-a", "B", "s2", {"b30": "yes"})
    night.send(1)
    assert (await esi.get("tables/T2")).status_code == 500


async def test_shapes_parts_and_sentences(esi: httpx.AsyncClient) -> None:
    found = await body(esi, "tables/T2?question=b30")
    [row] = found["rows"]
    assert (row["negative"], row["observed"], row["share_negative"]) == (1, 3, 1 / 3)
    assert (found["title"], found["form_versions"]) == ("Every question", "B 1")
    assert found["filters"] == {"status": ["finished"]}
    tidy = (await body(esi, "tables/T2?question=b30&shape=tidy"))["rows"]
    assert {"form": "B", "item": "b30", "name": "negative", "value": 1} in tidy
    cube = await body(esi, "tables/T2?question=b30&shape=jsonstat&by=region")
    assert cube["id"] == ["form", "item", "region", "figure"]
    assert (await body(esi, "tables/T9?part=unreported&stage=voting"))["part"] == "unreported"
    told = await body(esi, "tables/T1?as=sentence&lang=ru")
    assert told["sentences"] == ["Процесс оценен отрицательно в 1 случае наблюдения голосования из 3."]
    assert "из 3" in (await esi.get("tables/T1.html?as=sentence&lang=ru")).text


async def test_results_are_a_cube_too(esi: httpx.AsyncClient) -> None:
    found = await body(esi, "results?question=b30&by=region&shape=jsonstat")
    assert found["id"] == ["question", "region", "figure"]
    places = found["dimension"]["region"]["category"]["index"], found["dimension"]["figure"]["category"]["index"]
    at = places[0].index("R1") * len(places[1]) + places[1].index("count.yes")
    values = found["value"]
    assert (values[at] if isinstance(values, list) else values[str(at)]) == 1


async def test_csv_of_sentences_and_of_comments_runs_no_formula(esi: httpx.AsyncClient) -> None:
    lines = list(csv.DictReader(io.StringIO((await esi.get("tables/T13.csv")).text, newline="")))
    assert [line["text"] for line in lines] == ["'-r1", "'-r2", "'-r3"]
    [told] = csv.DictReader(io.StringIO((await esi.get("tables/T1.csv?as=sentence")).text, newline=""))
    assert told["sentence"].startswith("In 1 of 3 observations of voting")


async def test_comments_come_in_pages_with_the_filters_of_the_results(esi: httpx.AsyncClient) -> None:
    first = await esi.get("comments?limit=2")
    assert [row["text"] for row in first.json()["rows"]] == ["-r1", "-r2"]
    assert 'rel="next"' in first.headers["Link"]
    rest = await body(esi, first.json()["links"]["next"].removeprefix("/v1/"))
    assert ([row["text"] for row in rest["rows"]], rest["links"]["next"]) == (["-r3"], None)
    assert [row["text"] for row in (await body(esi, "comments?region=R2"))["rows"]] == ["-r2"]
    assert [row["text"] for row in (await body(esi, "comments?where=b30:yes"))["rows"]] == ["-r1"]


async def test_what_cannot_be_is_refused(esi: httpx.AsyncClient) -> None:
    asked = {
        "tables/T16": (404, "not_found"),
        "tables/T1?part=fails": (400, "invalid_parameter"),
        "tables/T13?shape=jsonstat": (400, "invalid_parameter"),
        "tables/T1?format=pdf": (400, "invalid_parameter"),
        "tables/T1.csv?format=csv": (400, "unknown_parameter"),
        "tables/T2?question=nothing": (400, "invalid_parameter"),
        "comments?by=region": (400, "unknown_parameter"),
        "results?weights=team": (400, "invalid_parameter"),
    }
    found = {path: (answer := await esi.get(path), answer.status_code, answer.json()["code"])[1:] for path in asked}
    assert found == asked


async def test_the_past_of_a_table_keeps_its_bytes(esi: httpx.AsyncClient, night: Night) -> None:
    at = json.loads((await esi.get("tables/T1")).content)["data_version"]
    before = {code: (await esi.get(f"tables/{code}?as_of={at}")).content for code in BUILDERS}
    night.report("r9", "t1-a", "B", "s2", {"b01": "full", "b30": "yes", "b45": "bad"}, comment="late")
    night.report("r1", "t1-a", "B", "s1", {"b01": "full", "b30": "no"})
    night.send(90)
    assert {code: (await esi.get(f"tables/{code}?as_of={at}")).content for code in BUILDERS} == before


async def test_shares_are_weighted_beside_the_observed_ones_where_a_sample_is_declared(
    esi: httpx.AsyncClient, night: Night
) -> None:
    asked = "results?question=b30&unit=station&weights=region"
    [row] = (await body(esi, asked))["results"][0]["rows"]
    assert (row["share_weighted"], row["weights_reason"]) == (None, "non_probability_sample")
    night.settings(sampling={"design": "srs"})
    stations = [{"code": f"s{n}", "region": "R1" if n == 1 else "R2", "sampled": n < 3} for n in range(1, 5)]
    night.frame(*stations)
    [row] = (await body(esi, asked))["results"][0]["rows"]
    assert row["share"] == {"yes": 0.5, "no": 0.5}
    assert row["share_weighted"] == {"yes": 0.25, "no": 0.75, "negative": 0.25}
    [table] = (await body(esi, "tables/T2?question=b30&unit=station&weights=region"))["rows"]
    assert (table["share_negative"], table["share_weighted"]) == (0.5, 0.25)
    night.frame(*stations, {"code": "s9", "region": "R3", "sampled": True})
    [row] = (await body(esi, asked))["results"][0]["rows"]
    assert (row["share_weighted"], row["weights_reason"]) == (None, "cell_not_observed")
