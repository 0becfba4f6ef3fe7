"""The codebook: every variable, its labels in each language, when it is asked in words; as JSON, workbook and page."""

import io
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

from app.forms.expressions import parse
from app.main import create_app
from app.results.codebook_words import both, in_words
from app.settings import Settings
from app.setup.missions import create_mission
from app.store.database import writing
from tests.cast import esi_key
from tests.checklists import published
from tests.golden.night import START
from tests.test_results_doors import knocking

LABELS = {"b01": "Access", "b13": "Proxies", "n": "How many"}
OPTIONS = {("b01", "refused"): "refused us", ("b13", "c1"): "Candidate 1"}


def words(text: str, lang: str = "en") -> str:
    return in_words(parse(text), lang, LABELS.get, lambda code, value: OPTIONS.get((code, value)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${b01} != 'refused'", "asked where “Access” is not “refused us”"),
        ("${n} >= 3 and ${b01} = 'refused'", "asked where “How many” is at least 3 and “Access” is “refused us”"),
        ("selected(${b13}, 'c1') or ${n} > ${b01}",
         "asked where “Proxies” includes “Candidate 1” or “How many” is more than “Access”"),
        ("(${n} = 1 or ${n} = 2) and ${n} < 9",
         "asked where (“How many” is 1 or “How many” is 2) and “How many” is less than 9"),
        ("not(count-selected(${b13}) > 1)", "asked where not (the number of answers to “Proxies” is more than 1)"),
        ("round(${n} * 2) <= 3", "asked where (round(${n} * 2) <= 3)"),
    ],
)  # fmt: skip
def test_a_condition_in_words(text: str, said: str) -> None:
    assert words(text) == said


def test_other_languages_have_their_own_words() -> None:
    assert words("${b01} = 'refused'", "ru") == "задаётся, если «Access»: «refused us»"
    assert words("${n} > 3", "kk") == "егер «How many» 3 мәнінен көп болса, сұралады"
    assert in_words(None, "ru", LABELS.get, lambda *_: None) == "всегда"
    assert both(None, None) is None
    assert both(["."], None) == ["."]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[FastAPI]:
    """The built-in checklists of a mission."""
    folder = tmp_path_factory.mktemp("codebook")
    (folder / "urna.db").write_bytes(sqlite_template.read_bytes())
    app = create_app(Settings(database_url=f"sqlite:///{folder / 'urna.db'}", data_dir=folder))
    engine: Engine = app.state.ground.engine
    with writing(engine) as connection:
        languages, forms = ["en", "ru", "kk"], published().values()
        create_mission(connection, "KZ", "Kazakhstan", "2022-11-20", "Asia/Almaty", languages, forms, START)
    yield app
    engine.dispose()


@pytest.fixture
async def esi(book: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(book, esi_key(book.state.ground.engine, "results:read")) as client:
        yield client


async def test_every_variable_of_the_built_in_checklists_says_when_it_is_asked(esi: httpx.AsyncClient) -> None:
    variables = (await esi.get("codebook")).json()["variables"]
    items = [item for form in published().values() for item in form.items() if item.type != "note"]
    assert {(one["form"], one["name"]) for one in variables} >= {("B", "b30_group_voting"), ("C", "c18_stuffing")}
    assert len(variables) == len(items)
    for one in variables:
        assert one["label"]["en"]
        assert set(one["asked_when"]) == {"en", "ru", "kk"}
        assert (one["asked_when"]["en"] == "always") == (one["relevant"] is one["section_relevant"] is None)
    said = next(one["asked_when"]["en"] for one in variables if one["name"] == "b30_group_voting")
    assert re.fullmatch(r"asked where “.+” is not “.+”", said)
    assert "${" not in said


async def test_the_workbook_has_the_same_variables_and_all_value_labels(esi: httpx.AsyncClient) -> None:
    body = (await esi.get("codebook?form=B")).json()
    content = await esi.get("codebook.xlsx?form=B")
    found = CalamineWorkbook.from_filelike(io.BytesIO(content.content))
    rows = found.get_sheet_by_name("codebook").to_python()
    assert [row[1] for row in rows[1:]] == [one["name"] for one in body["variables"]]
    values = found.get_sheet_by_name("values").to_python()
    assert len(values) - 1 == sum(len(one["options"]) for one in body["variables"])
    assert content.headers["Content-Disposition"].endswith('.xlsx"')


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.codes = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert "style" not in dict(attributes), "the policy lets no style in"
        self.links += [value for name, value in attributes if name in ("href", "src") and value]
        self.codes += (tag, dict(attributes).get("scope")) == ("th", "row")
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
async def test_the_page_is_whole_in_each_language_and_loads_from_nowhere_else(
    esi: httpx.AsyncClient, lang: str
) -> None:
    answer = await esi.get(f"codebook.html?form=B&lang={lang}")
    tags = Tags()
    tags.feed(answer.text)
    assert tags.open == []
    assert tags.links == ["/v1/tables/page.css"]
    assert tags.codes == len((await esi.get("codebook?form=B")).json()["variables"])
    assert f'<html lang="{lang}">' in answer.text
    assert (await esi.get(f"codebook?form=B&lang={lang}&format=html")).content == answer.content
