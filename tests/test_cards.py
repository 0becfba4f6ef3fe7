"""Cards to print: eight on an A4 sheet, three languages, a square that leads to the code."""

import json
import re
import stat
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright
from sqlalchemy import Engine, update

from app.errors import UrnaError
from app.people.cards import WORDS, Card, Heading, cards_page, languages_of, square
from app.people.codes import link, new_code, split_code
from app.store.database import writing
from app.store.tables import Mission, table
from tests.browser_finder import find
from tests.doorstep import command
from tests.golden.night import Night

URL = "https://urna.example.org"
HEADING = Heading("Kazakhstan 2022", "urna.example.org", "2022-11-20 12:00 UTC", "+7 700 555 0101", ("en", "ru", "kk"))


def some_cards(number: int) -> list[Card]:
    codes = [new_code() for _ in range(number)]
    return [Card(f"{n:04d}", code, link(URL, code)) for n, code in enumerate(codes, start=1)]


def test_a_card_says_team_code_three_steps_in_three_languages_and_whom_to_call() -> None:
    [card] = some_cards(1)
    page = unescape(cards_page(HEADING, [card]))
    assert all(word in page for word in (card.team, card.code, HEADING.hotline, HEADING.address, HEADING.mission))
    for language in ("en", "ru", "kk"):
        block = page[page.index(f'<ol lang="{language}">') :].split("</ol>")[0]
        assert block.count("<li>") == 3
        assert WORDS[language]["join"] in block
    assert page.count("<svg") == 2


@settings(max_examples=12)
@given(st.integers(0, 40))
def test_eight_cards_share_a_sheet(number: int) -> None:
    page = cards_page(HEADING, some_cards(number))
    sheets = page.split('<section class="sheet">')[1:]
    assert len(sheets) == -(-number // 8)
    assert sum(sheet.count('<article class="card">') for sheet in sheets) == number
    assert all(sheet.count("<article") == 8 for sheet in sheets[:-1])


@given(st.lists(st.sampled_from(["en", "ru", "kk", "fr", "ka"]), max_size=5, unique=True))
def test_cards_speak_up_to_three_of_the_missions_languages(languages: list[str]) -> None:
    heading = Heading("M", "a", "b", "", tuple(languages))
    assert languages_of(heading) == (tuple(one for one in languages if one in WORDS)[:3] or ("en",))


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60))
def test_what_a_mission_is_called_is_text_and_never_markup(name: str) -> None:
    page = cards_page(Heading(name, name, name, name, ("en",)), [Card(name, "AAAA-BBBB-CCCC", "https://x/#c=1")])
    assert ("<script" in page) == ("<script" in STYLELESS)
    assert len(re.findall(r"<article", page)) == 1


STYLELESS = cards_page(Heading("M", "a", "b", "c", ("en",)), [])


def test_a_page_of_cards_loads_nothing_from_anywhere() -> None:
    page = cards_page(HEADING, some_cards(9))
    assert not re.findall(r"""(?:src|href)=|url\(|@import|<script|<link""", page)


def test_the_square_is_drawn_with_a_white_border_and_sharp() -> None:
    drawn = ElementTree.fromstring(square(f"{URL}/#c=7K3Q-ABCD-EFGH"))
    _, _, width, height = map(int, drawn.attrib["viewBox"].split())
    assert width == height == 29 + 2 * 2  # version 3 at level M, as measured with 41 characters


@pytest.fixture
def mission(database: Engine) -> Engine:
    """A mission of twelve teams, with a long name and a hotline."""
    night = Night.of(database, mission="M")
    night.teams(*({"code": f"{n:04d}"} for n in range(1, 13)))
    name = "International observation mission <b>, Republic of Kazakhstan 2022"
    with writing(database) as connection:
        connection.execute(update(table(Mission)).values(name=name, languages=["en", "ru", "kk"]))
    return database


def test_the_command_prints_cards_of_every_team_on_sheets_of_paper(mission: Engine, tmp_path: Path) -> None:
    file = tmp_path / "cards.html"
    hotline = ("--hotline", "+7 700 555 0101")
    told = json.loads(command(mission, "enrol", "--mission", "M", "--print", str(file), "--json", *hotline))
    assert [card["team"] for card in told["cards"]] == [f"{n:04d}" for n in range(1, 13)]
    assert all(split_code(card["code"]) and card["link"] == f"{URL}/#c={card['code']}" for card in told["cards"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    printed, spilled = in_chromium(file)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2
    box = [float(side) for side in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", printed)[0].split()]
    assert [round(side / 5) for side in box[2:]] == [119, 168]  # A4 in points
    assert spilled == []


def in_chromium(file: Path) -> tuple[bytes, list[str]]:
    """The file as Chromium prints it, and the cards whose words do not find room."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.emulate_media(media="print")
        page.goto(file.as_uri())
        printed = page.pdf(prefer_css_page_size=True)
        spilled: list[str] = page.evaluate(SPILLED)
        browser.close()
    return printed, spilled


SPILLED = """[...document.querySelectorAll('.card')]
  .filter(card => card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1
    || [...card.querySelectorAll('.steps, .foot')].some(part => part.scrollHeight > part.clientHeight + 1))
  .map(card => card.innerText)"""


def test_a_mission_or_a_team_that_is_not_there_is_named_as_such(mission: Engine, tmp_path: Path) -> None:
    def refused(because: str, *arguments: str) -> None:
        with pytest.raises(UrnaError, match=because):
            command(mission, "enrol", *arguments)

    refused("No such mission", "--mission", "X", "--team", "0001")
    refused("No such team", "--mission", "M", "--team", "9999")
    refused("No such mission", "--mission", "X", "--print", str(tmp_path / "x.html"))
    refused("give --team once", "--mission", "M")
    assert not (tmp_path / "x.html").exists()
