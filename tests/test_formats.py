"""Answers as files, each opened again by the reader that analysts use, and equal to what the JSON says."""

import csv
import io
import json
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import frictionless
import httpx
import polars
import pyreadstat
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from app.main import create_app
from app.results import answers, answers_coded, answers_files, answers_rows
from app.results.answers import page_of
from app.results.answers_files import file_of
from app.results.export_doors import FORMATS
from app.results.formats import statistical
from app.results.formats.flat import csv_file, harmless
from app.results.formats.geojson import features
from app.results.formats.xlsx import Sheet, workbook
from app.results.formats.zipped import zipped
from app.results.query import Query
from app.results.snapshots import make
from app.results.tables.catalogue import BUILDERS
from app.settings import Settings
from app.store.database import connect
from tests.cast import esi_key
from tests.conftest import new_database
from tests.golden.night import Night, checklist, choice, item, yes_no
from tests.golden.tables import small_night
from tests.test_results_doors import knocking

LONG = "Ж" * 3990
FORM = checklist(
    "B",
    choice("b01", "nominal", "full", "refused"),
    yes_no("b30", relevant="${b01} != 'refused'"),
    choice("b13", "multiple", "none*", "c1", "c2", type="multiple"),
    item("b17", "integer", "count"),
    item("b18", "decimal", "number"),
    item("b19", "time", "time"),
    item("b44", "text", "text"),
    item("n", "text", "text"),
    item("b" * 32, "integer", "count"),
    access="b01",
)
FORMULA = '=HYPERLINK("http://evil";"x")'
PLAIN = ("parquet", "sav", "dta")


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLite alone: that both databases give the same rows is tried where rows are."""
    with new_database(request, "sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, FORM, checklist("A", yes_no("a21", bad="no"), stage="opening"))
    built.frame({"code": "s1", "region": "R1", "lat": 43.2, "lon": 76.9}, {"code": "s2", "region": "=R2"})
    built.teams({"code": "t1", "type": "lto"}, {"code": "t2"})
    first = {"b01": "full", "b30": "yes", "b13": ["c1", "c2"], "b17": 412, "b18": 1.5, "b19": "08:15", "b44": FORMULA}
    built.report("r1", "t1-a", "B", "s1", first, arrived_at="2022-11-20T08:10", comment='-a\nb;"c"\t,', lang="ru")
    built.report("r2", "t2-a", "B", "s2", {"b01": "refused", "b13": ["none"], "b17": {"blank": "not_observed"}})
    built.report("r3", "t1-b", "B", "s2", {"b01": "full", "b30": {"blank": "not_applicable"}, "b17": 0, "n": LONG})
    built.report("r4", "t1-a", "A", "s1", {"a21": "yes"})
    built.send()
    return built


@pytest.fixture
def app(night: Night, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path))
    yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def esi(app: FastAPI, night: Night) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app, esi_key(night.engine, "results:read")) as client:
        yield client


async def file(esi: httpx.AsyncClient, path: str) -> bytes:
    answer = await esi.get(path)
    assert answer.status_code == 200, answer.text
    return answer.content


async def told(esi: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await esi.get("answers?form=B")).json()["rows"]
    return found


def sheet(content: bytes, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name).to_python()


def as_dicts(rows: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


async def test_csv_for_excel_opens_by_a_double_click_where_lists_have_semicolons(esi: httpx.AsyncClient) -> None:
    content = await file(esi, "answers.csv?form=B&dialect=excel")
    assert content.startswith(b"\xef\xbb\xbf")
    first = next(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert (first["b18"], first["b17"], first["b44"]) == ("1,5", "412", "'" + FORMULA)
    plain = next(csv.DictReader(io.StringIO((await file(esi, "answers.csv?form=B")).decode(), newline="")))
    assert (plain["b18"], plain["comment"]) == ("1.5", '\'-a\nb;"c"\t,')
    assert (await file(esi, "answers?form=B&format=csv&dialect=excel")) == content


async def test_a_workbook_has_the_answers_what_it_is_and_the_codebook(esi: httpx.AsyncClient) -> None:
    content = await file(esi, "answers.xlsx?form=B")
    first, second, third = as_dicts(sheet(content, "answers"))
    assert (first["b30"], first["b13"], first["b17"], first["b18"]) == ("yes", "c1 c2", 412, 1.5)
    assert (first["b44"], first["comment"], second["region"]) == (FORMULA, '-a\nb;"c"\t,', "=R2")
    assert (second["b30"], second["b17"], second["b44"], third["n"]) == ("no_access", "not_observed", "", LONG)
    says = dict(sheet(content, "about"))
    assert (says["filter"], says["n"], says["form_versions"]) == ("status=finished&form=B", "3", "B 1")
    assert [row["name"] for row in as_dicts(sheet(content, "codebook"))] == [i.code for i in FORM.items()]
    labels = {(row["variable"], row["code"]): row["label_en"] for row in as_dicts(sheet(content, "values"))}
    assert labels["b13", "none"] == "none*"


async def test_no_text_of_a_workbook_is_a_formula(esi: httpx.AsyncClient) -> None:
    with zipfile.ZipFile(io.BytesIO(await file(esi, "answers.xlsx?form=B"))) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in xml
    assert '<c t="inlineStr" s="1"><is><t>=HYPERLINK(' in xml


async def test_parquet_has_types_and_says_what_it_is(esi: httpx.AsyncClient, tmp_path: Path) -> None:
    target = tmp_path / "answers.parquet"
    target.write_bytes(await file(esi, "answers.parquet?form=B"))
    frame = polars.read_parquet(target)
    first, second, _ = frame.to_dicts()
    assert (first["b17"], first["b18"], first["b13"], first["b44"]) == (412, 1.5, ["c1", "c2"], FORMULA)
    assert (second["b17"], json.loads(second["blanks"])["b17"]) == (None, "not_observed")
    assert (first["filter"], first["report_n"], first["form_version"]) == ("status=finished&form=B", 3, 1)
    says = dict(duckdb.connect().execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(target)]).fetchall())
    assert says[b"urna.n"] == b"3"
    wanted = await told(esi)
    assert [row["report_id"] for row in frame.to_dicts()] == [row["report_id"] for row in wanted]


@pytest.mark.parametrize("format", ["sav", "dta"])
async def test_statistical_files_have_labels_and_user_missing_codes(
    esi: httpx.AsyncClient, tmp_path: Path, format: str
) -> None:
    target = tmp_path / f"answers.{format}"
    target.write_bytes(await file(esi, f"answers.{format}?form=B"))
    read = pyreadstat.read_sav if format == "sav" else pyreadstat.read_dta
    frame, meta = read(str(target), user_missing=True, output_format="dict")
    blank = (
        (lambda kind: {"missing": -99, "not_observed": -98, "no_access": -97, "not_applicable": -96}[kind])
        if (format == "sav")
        else (lambda kind: {"missing": "a", "not_observed": "b", "no_access": "c", "not_applicable": "d"}[kind])
    )
    assert list(frame["b30"]) == [1, blank("no_access"), blank("not_applicable")]
    assert list(frame["b17"]) == [412, blank("not_observed"), 0]
    assert list(frame["b13_c1"]) == [1, 0, blank("missing")]
    texts = [list(frame[name]) for name in ("b44", "b19", "b18")]
    assert [cells[0] for cells in texts] == [FORMULA, "08:15", 1.5]
    assert "".join(list(frame[name])[2] for name in frame if name == "n" or name.startswith("n_p")) == LONG
    assert {meta.variable_value_labels["b30"][code] for code in (1, 2)} == {"yes", "no"}
    assert meta.column_names_to_labels["b17"] == "b17"
    assert list(frame["filter"]) == ["status=finished&form=B"] * 3
    assert list(frame["report_n"]) == [3, 3, 3]
    honest, _ = read(str(target), output_format="dict")
    assert [value is None or value != value for value in honest["b17"]] == [False, True, False]
    if format == "sav":
        assert "n=3" in "".join(meta.notes)
        assert meta.missing_ranges["b17"] == [{"lo": -99.0, "hi": -95.0}]


def test_checklists_with_long_names_leave_for_stata(database: Engine, tmp_path: Path) -> None:
    mirror, target = small_night(database).mirror(), tmp_path / "answers.dta"
    for form in "AC":
        page = page_of(mirror, Query(form=(form,)), mirror.applied, "dta")
        target.write_bytes(b"".join(file_of(database, page)))
        frame, meta = pyreadstat.read_dta(str(target), user_missing=True, output_format="dict")
        assert len(frame["report_id"]) == page.stamp.n > 0
        assert len(meta.variable_value_labels) > 20


async def test_a_value_that_is_a_code_of_a_blank_moves_the_codes_away(
    esi: httpx.AsyncClient, night: Night, tmp_path: Path
) -> None:
    night.report("r9", "t2-c", "B", "s1", {"b01": "full", "b17": -98})
    night.send()
    target = tmp_path / "answers.sav"
    target.write_bytes(await file(esi, "answers.sav?form=B"))
    frame, _ = pyreadstat.read_sav(str(target), output_format="dict")
    values = list(frame["b17"])
    assert values[3] == -98
    assert values[1] is None or values[1] != values[1]


def test_names_of_variables_are_short_their_own_and_not_reserved() -> None:
    taken: set[str] = set()
    names = ["in", "a" * 40, "a" * 40, "a" * 40]
    found = [answers_coded._named(statistical.Variable(name, "text"), taken).name for name in names]
    assert found == ["in_", "a" * 31, "a" * 29 + "_2", "a" * 29 + "_3"]


async def test_geojson_puts_reports_on_their_stations(esi: httpx.AsyncClient) -> None:
    found = json.loads(await file(esi, "answers.geojson?form=B"))
    assert (found["type"], found["n"], found["filter"]) == ("FeatureCollection", 3, "status=finished&form=B")
    assert [f["geometry"] and f["geometry"]["coordinates"] for f in found["features"]] == [[76.9, 43.2], None, None]
    assert [f["properties"] for f in found["features"]] == await told(esi)
    before = json.loads(await file(esi, "answers.geojson?as_of=0"))
    assert (before["as_of"], before["features"]) == (None, []), "before the first entry there is no time"


@pytest.mark.parametrize("format", [f for f in FORMATS if f != "json"])
async def test_a_file_as_of_a_number_is_the_same_bytes_for_ever(
    esi: httpx.AsyncClient, night: Night, format: str
) -> None:
    path = f"answers.{format}?form=B&as_of={night.mirror().applied}"
    before = await esi.get(path)
    night.report("r1", "t1-a", "B", "s1", {"b01": "refused"})
    night.staff("exclude", "r3")
    night.frame({"code": "s1", "region": "R9"}, {"code": "s2", "region": "R9"})
    night.send(30)
    after = await esi.get(path)
    assert before.content == after.content
    assert before.headers["ETag"] == after.headers["ETag"]
    assert before.headers["Content-Disposition"].endswith(f'.{format}"')


TABLES = tuple(f"tables/{code}.{form}" for code in BUILDERS for form in ("json", "csv", "xlsx", "html"))
FIGURES = ("results", "results?by=region&unit=station", "results?shape=tidy", "results?shape=jsonstat")
OTHERS = ("coverage?by=region", "comments", "answers", "codebook", "codebook.xlsx", "codebook.html", "stations",
          "stations.geojson", "mission", "package.zip")  # fmt: skip


async def test_every_door_in_every_form_gives_the_same_bytes_of_a_number_a_time_and_a_name_for_ever(
    esi: httpx.AsyncClient, night: Night
) -> None:
    number = night.mirror().applied
    make(night.engine, night.mirror(), "statement", number, "yaw", "", night.now)
    moment = (night.now + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    asked = [f"{door}{'&' if '?' in door else '?'}as_of=statement" for door in (*FIGURES, *OTHERS, *TABLES)]
    asked += [f"{door}as_of={as_of}" for as_of in (number, moment) for door in ("results?", "tables/T9?", "coverage?")]
    before = {path: await esi.get(path) for path in asked}
    assert {path: one.status_code for path, one in before.items() if one.status_code != 200} == {}
    night.report("r1", "t1-a", "B", "s1", {"b01": "refused"}, comment="late")
    night.report("r5", "t1-a", "B", "s1", {"b01": "full", "b30": "yes"}, comment="late")
    night.staff("exclude", "r3")
    night.send(300)
    night.frame({"code": "s1", "region": "R9", "name": "another"})
    night.teams({"code": "t1", "region": "R9"}, {"code": "t2"})
    assert [path for path, one in before.items() if (await esi.get(path)).content != one.content] == []


async def test_where_the_extra_is_not_installed_the_format_says_so(
    esi: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statistical, "is_there", lambda: False)
    answer = await esi.get("answers.sav?form=B")
    assert (answer.status_code, answer.json()["code"]) == (501, "format_missing")


async def test_a_flat_file_has_the_columns_of_one_checklist(esi: httpx.AsyncClient) -> None:
    for format in ("csv", "xlsx", *PLAIN):
        assert (await esi.get(f"answers.{format}")).json()["code"] == "invalid_parameter"
    assert len((await file(esi, "answers.ndjson")).splitlines()) == 4


async def test_the_whole_mission_is_a_data_package_that_frictionless_finds_valid(
    esi: httpx.AsyncClient, tmp_path: Path
) -> None:
    target = tmp_path / "package"
    with zipfile.ZipFile(io.BytesIO(await file(esi, "package.zip"))) as package:
        assert package.testzip() is None
        package.extractall(target)
    described = json.loads((target / "datapackage.json").read_text())
    assert {r["name"] for r in described["resources"]} == {
        "answers_a", "answers_b", "stations", "results", "codebook", "values", "missing",
    }  # fmt: skip
    report = frictionless.Package(str(target / "datapackage.json")).validate()
    assert report.flatten(["rowNumber", "fieldName", "type", "note"]) == []
    assert "| finished | 4 |" in (target / "methodology.md").read_text()
    assert described["urna"]["mission"] == "KZ"


def test_memory_stays_bounded_while_a_file_leaves() -> None:
    """What is in memory at once does not grow with the rows."""
    peaks = [_peak(rows) for rows in (1_000, 6_000)]
    assert peaks[1] < 1.5 * peaks[0] + 200_000


def _peak(rows: int) -> int:
    def every() -> Iterator[list[Any]]:
        return ([f"text {n} {column}" for column in range(10)] for n in range(rows))

    header = [f"c{column}" for column in range(10)]
    tracemalloc.start()
    book, plain = workbook([Sheet("a", header, every())]), csv_file(header, every())
    for file in (book, plain, zipped([("a", csv_file(header, every()))])):
        for _ in file:
            pass
    for _ in features({}, ((str(n), None, {"a": 1}) for n in range(rows))):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


STREAMED = ("ndjson", "csv", "xlsx", "parquet", "geojson", "sav", "dta")
FEW, MANY = 300, 1500


@pytest.fixture(scope="module")
def long_night(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[Night, list[int]]]:
    """A night of many reports, and the numbers of the log at which there were few and many."""
    file = tmp_path_factory.mktemp("long") / "urna.db"
    shutil.copy(sqlite_template, file)
    engine = connect(f"sqlite:///{file}")
    built, numbers = Night.of(engine, FORM), []
    for start, end in ((0, FEW), (FEW, MANY)):
        for n in range(start, end):
            built.report(f"r{n}", f"t1-{n}", "B", None, {"b01": "full", "b30": "yes", "b44": f"{n} " + "w" * 500})
        numbers.append(built.send())
    yield built, numbers
    engine.dispose()


@pytest.mark.parametrize("format", STREAMED)
def test_what_a_server_holds_while_a_file_leaves_does_not_grow_with_its_reports(
    long_night: tuple[Night, list[int]], monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    """Of this process; SPSS and Stata files are made in one of their own, in which the whole table is."""
    monkeypatch.setattr(answers_rows, "CHUNK", 100)
    monkeypatch.setattr(answers_rows, "BLOCK", 200)
    night, numbers = long_night
    mirror, peaks = night.mirror(), []
    for number in numbers:
        page = answers.page_of(mirror, Query(form=("B",)), number, format)
        tracemalloc.start()
        assert sum(len(part) for part in answers_files.file_of(night.engine, page)) > 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 200_000


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CELLS = st.one_of(st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(-1e12, 1e12), TEXTS)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_every_cell_of_a_workbook_is_read_as_it_was(rows: list[list[Any]]) -> None:
    content = b"".join(workbook([Sheet("a", ["x", "y", "z"], rows), Sheet("b", ["x"], [])]))
    found = sheet(content, "a")
    assert found[0] == ["x", "y", "z"]
    wanted = [["" if cell is None else cell for cell in row] for row in rows]
    got = [row + [""] * (3 - len(row)) for row in found[1:]]
    shown = [[_unlined(cell) for cell in row] for row in wanted]
    assert [[_unlined(cell) for cell in row] for row in got] == shown[: len(got)]
    assert all(cell == "" for row in shown[len(got) :] for cell in row)


def _unlined(cell: Any) -> Any:
    """XML reads every line's end as one."""
    return cell.replace("\r\n", "\n").replace("\r", "\n") if isinstance(cell, str) else cell


@given(st.text(max_size=20))
def test_a_cell_of_csv_never_begins_like_a_formula(text: str) -> None:
    assert harmless(text)[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n")
    assert harmless(text).removeprefix("'") in (text, text.removeprefix("'"))


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=4), st.sampled_from(["rfc4180", "excel"]))
def test_csv_is_read_by_a_strict_reader_as_it_was_written(rows: list[list[Any]], dialect: str) -> None:
    content = b"".join(csv_file(["x", "y"], rows, dialect)).decode("utf-8-sig")
    found = list(
        csv.reader(io.StringIO(content, newline=""), delimiter=";" if dialect == "excel" else ",", strict=True)
    )
    texts = [[cell for cell in row if isinstance(cell, str)] for row in rows]
    assert [len(row) for row in found] == [2] * (len(rows) + 1)
    for row, wanted in zip(found[1:], texts, strict=True):
        assert {harmless(text) for text in wanted} <= set(row)


def test_the_server_starts_without_the_extra() -> None:
    """No module of the app imports what only the extra brings."""
    code = "import sys; sys.modules.update(polars=None, pyreadstat=None, matplotlib=None); import app.main"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
