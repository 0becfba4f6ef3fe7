"""The phone's screens against a real server: what is called Kept survives everything, what Received, is there."""

import csv
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

import app.__main__ as command
from app.settings import settings
from tests.browser.conftest import Phone
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STATIONS = 10_000
CARDS = 14
DOOR = "4123"


def _stations(path: Path) -> Path:
    """A country of stations; the one that the test looks for has a Kazakh name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "name", "address", "region", "district", "voters"])
        for number in range(1, STATIONS + 1):
            name = "Қызылорда мектебі" if f"{number:04}" == DOOR else f"School {number}"
            rows.writerow([f"{number:04}", name, f"{number % 90 + 1} Abay Avenue", "KZ-75", "Auezov", 1500])
    return path


class Mission:
    """A mission of one team, its server, and an analyst's eyes on it."""

    def __init__(self, server: Server, cards: list[str], key: str) -> None:
        self._server, self._cards, self._key = server, cards, key
        self._up = False

    def start(self) -> None:
        """Brings the server up at the address it had, if it is down."""
        if not self._up:
            self._server.start()
        self._up = True

    def kill(self) -> None:
        self._server.kill()
        self._up = False

    @property
    def url(self) -> str:
        return self._server.url

    def link(self) -> str:
        """The link of a fresh card."""
        return f"{self.url}/#c={self._cards.pop()}"

    def read(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self._key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def row(self, form: str, question: str) -> dict[str, Any]:
        """The only row of one question; without a report there is none, and everything in it is 0."""
        results = self.read(f"/v1/results?form={form}&question={question}")["results"]
        rows = results[0]["rows"] if results else []
        return rows[0] if rows else {"visits": 0, "observed": 0, "not_observed": 0, "missing": 0, "counts": {}}

    def told(self, form: str, question: str) -> Callable[[], dict[str, int]]:
        """What is new in one question's row since now: its numbers that grew, and by how much."""
        before = _numbers(self.row(form, question))

        def since() -> dict[str, int]:
            after = _numbers(self.row(form, question))
            return {name: count - before.get(name, 0) for name, count in after.items() if count != before.get(name, 0)}

        return since


def _numbers(row: dict[str, Any]) -> dict[str, int]:
    names = ("visits", "observed", "not_observed", "missing")
    return {name: row[name] for name in names} | {f"={code}": count for code, count in row["counts"].items()}


def _urna(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(command.cli, [*arguments, "--json"], catch_exceptions=False)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _set_up(folder: Path) -> tuple[list[str], str]:
    """Mission, stations and team by the operator's commands; the codes of cards, and a key to results."""
    CliRunner().invoke(command.cli, ["migrate"], catch_exceptions=False)
    day = ("--day", "2022-11-20", "--zone", "Asia/Almaty", "--languages", "en,ru,kk")
    _urna("mission", "create", "--code", "TEST", "--name", "Test", *day)
    _urna("import", "stations", str(_stations(folder / "stations.csv")), "--mission", "TEST")
    teams = folder / "teams.csv"
    teams.write_text("team,region,members\n0412,KZ-75,2\n", "utf-8")
    _urna("import", "teams", str(teams), "--mission", "TEST")
    commissions = folder / "commissions.csv"
    commissions.write_text("code,name,region\nTEC-1,Auezov district commission,KZ-75\n", "utf-8")
    _urna("import", "commissions", str(commissions), "--mission", "TEST")
    cards = [_urna("enrol", "--mission", "TEST", "--team", "0412")["code"] for _ in range(CARDS)]
    return cards, _urna("key", "--mission", "TEST", "--scope", "results:read")["key"]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mission]:
    """Set up once: the tests count finished reports of different forms, and drafts do not count."""
    folder = tmp_path_factory.mktemp("mission")
    database, data = f"sqlite:///{folder}/urna.db", folder / "data"
    data.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("URNA_DATABASE_URL", database)
        environment.setenv("URNA_DATA_DIR", str(data))
        _forget()
        cards, key = _set_up(folder)
        command.engine().dispose()
    _forget()
    mission = Mission(Server(database, data, {}), cards, key)
    yield mission
    mission.kill()


def _forget() -> None:
    settings.cache_clear()
    command.engine.cache_clear()


@pytest.fixture
def mission(standing: Mission) -> Mission:
    """The mission with its server up, whatever the test before did to it."""
    standing.start()
    return standing


def _enrol(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name="You are team 0412").wait_for()
    assert "#" not in page.url
    page.get_by_text("Yes. You can switch the network off.").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="To today").click()


def _arrive(page: Page, search: str, form: str) -> None:
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("searchbox").fill(search)
    page.get_by_role("button", name=form, exact=True).click()
    page.get_by_role("button", name="I have arrived here").click()
    page.get_by_text(re.compile(r"^0 of \d+ answered$")).wait_for()


def _kept(page: Page) -> None:
    """Waits until the last change is on the disk: the screen says when it was saved."""
    expect(page.locator(".saved[aria-busy=false]")).to_contain_text(re.compile(r"Saved\s*\d\d:\d\d"))


def test_a_report_finished_without_a_server_survives_a_kill_and_is_received_once(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    access, vicinity = mission.told("B", "b01_access"), mission.told("B", "b02_vicinity")
    phone = phones("first")
    _enrol(phone.page, mission.link())
    mission.kill()

    _arrive(phone.page, "kyzylorda", "Voting")
    page = phone.page
    expect(page.get_by_role("heading", level=1)).to_contain_text(DOOR)
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, without restriction").check()
    page.get_by_role("group", name="What did you see around the station?").get_by_label("Not observed").check()
    page.get_by_role("button", name="Note").first.click()
    page.get_by_label("Note to this answer").fill("Екі полицей есік алдында")
    _kept(page)
    page.get_by_role("button", name=DOOR).click()
    page.get_by_role("button", name="Finish and check answers").click()
    page.get_by_role("button", name="Send to the mission").click()
    page.get_by_role("heading", name="Kept on this phone").wait_for()
    code = page.locator(".paper .code").inner_text()
    assert re.fullmatch(r"[0-9A-Z]{4}", code)

    phone.kill()
    page = phone.start().page
    page.goto(mission.url)
    expect(page.get_by_text("1 report kept on this phone").first).to_be_visible()
    page.locator(".row", has_text=code).click()
    expect(page.locator(".paper .code")).to_have_text(code)
    page.get_by_role("button", name="Change the answers").click()
    page.get_by_role("button", name="Arrival and surroundings").click()
    expect(page.get_by_label("Yes, without restriction")).to_be_checked()
    expect(page.get_by_label("Note to this answer")).to_have_value("Екі полицей есік алдында")

    mission.start()
    page.get_by_role("button", name="kept on this phone").click()
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("Everything received", exact=True).wait_for()
    page.get_by_role("button", name="Try now").click()
    page.locator(".row", has_text=code).click()
    page.get_by_role("heading", name="Received by the mission").wait_for()
    expect(page.locator(".paper .code")).to_have_text(code)

    assert access() == {"visits": 1, "observed": 1, "=full": 1}
    assert vicinity() == {"visits": 1, "not_observed": 1}
    assert mission.row("B", "b01_access")["stations"] == 1


def test_what_was_typed_without_finishing_is_there_after_a_kill(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    phone = phones("first")
    _enrol(phone.page, mission.link())
    mission.kill()
    _arrive(phone.page, DOOR, "Closing and count")
    page = phone.page
    page.get_by_role("button", name="Protocol figures: boxes and votes").click()
    page.get_by_label("Ballots in stationary boxes").fill("1134")
    page.get_by_label("Ballots in mobile boxes").fill("38")
    _kept(page)
    phone.kill()
    page = phone.start().page
    page.goto(mission.url)
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.get_by_role("button", name=DOOR).click()
    page.get_by_role("button", name="Protocol figures: boxes and votes").click()
    expect(page.get_by_label("Ballots in stationary boxes")).to_have_value("1,134")
    expect(page.get_by_label("Ballots in mobile boxes")).to_have_value("38")


def test_the_back_button_and_a_reload_keep_the_place(mission: Mission, phones: Callable[[str], Phone]) -> None:
    page = phones("first").page
    _enrol(page, mission.link())
    _arrive(page, DOOR, "Voting")
    page.get_by_role("button", name="Arrival and surroundings").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Arrival and surroundings")
    page.reload()
    expect(heading).to_have_text("Arrival and surroundings")
    page.go_back()
    expect(heading).to_contain_text("Voting")
    page.go_forward()
    expect(heading).to_have_text("Arrival and surroundings")
    expect(heading).to_be_focused()


def test_a_language_is_changed_in_mid_form_and_nothing_moves(mission: Mission, phones: Callable[[str], Phone]) -> None:
    page = phones("first").page
    _enrol(page, mission.link())
    _arrive(page, DOOR, "Voting")
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, but with restrictions").check()
    page.evaluate("window.scrollTo(0, 400)")
    for chip, language, heading in (
        ("ENG", "Русский", "Прибытие и окрестности"),
        ("РУС", "Қазақша", "Келу және учаске айналасы"),
    ):
        page.get_by_role("button", name=chip).click()
        page.get_by_role("button", name=language).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert page.evaluate("window.scrollY") == 400
    assert page.evaluate("document.documentElement.lang") == "kk"
    expect(page.locator("input:checked")).to_have_count(1)


def test_an_incident_is_sent_with_its_category_alone(mission: Mission, phones: Callable[[str], Phone]) -> None:
    category = mission.told("E", "e04_category")
    page = phones("first").page
    _enrol(page, mission.link())
    page.get_by_role("button", name="Incident", exact=True).click()
    page.get_by_role("button", name="Send first in line").click()
    expect(page.get_by_role("alert")).to_have_text("Choose what it is about.")
    page.get_by_role("button", name="Observers' rights").click()
    page.get_by_role("button", name="Send first in line").click()
    page.get_by_role("heading", name="Received by the mission").wait_for()
    assert category() == {"visits": 1, "observed": 1, "=observers": 1}


def test_from_the_card_to_the_first_answer_are_six_taps_at_most(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    page.goto(mission.link())
    taps = 0
    for name in ("Join", "To today", "New visit"):
        page.get_by_role("button", name=name).click()
        taps += 1
    page.get_by_role("searchbox").fill(DOOR)
    for name in ("I have arrived here", "Arrival and surroundings"):
        page.get_by_role("button", name=name).click()
        taps += 1
    page.get_by_label("Yes, without restriction").check()
    taps += 1
    _kept(page)
    assert taps <= 6


def test_a_protocol_that_does_not_add_up_is_told_with_its_difference_and_kept_as_seen(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    _enrol(page, mission.link())
    _arrive(page, DOOR, "Closing and count")
    page.get_by_role("button", name="Protocol figures: voters and ballots").click()
    page.get_by_label("Voters who received a ballot, in all").fill("1165")
    expect(page.locator(".fig", has_text="R04").get_by_role("button", name="0", exact=True)).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Ballots in stationary boxes").fill("1 134")
    page.get_by_label("Ballots in mobile boxes").fill("38")
    finding = page.locator(".find")
    expect(finding).to_contain_text("7 more in the boxes than ballots issued")
    expect(finding).to_contain_text("1,172 − 1,165 = 7")
    page.get_by_role("button", name="It says so").click()
    expect(finding).to_contain_text("Kept as seen")
    page.locator(".fig", has_text="R10").get_by_role("button", name="Not announced").click()
    page.get_by_role("button", name=DOOR).click()
    expect(page.get_by_text("does not add up")).to_have_count(0)
    page.get_by_role("button", name="Finish and check answers").click()
    expect(page.get_by_text("Not announced", exact=True)).to_be_visible()


AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
RULES = """(theme) => {
  document.documentElement.dataset.theme = theme
  for (const bar of document.querySelectorAll('.foot, .bar-row')) bar.style.position = 'static'
  const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
  return axe.run({ runOnly: rules }).then((found) => found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`))
}"""


def test_no_screen_breaks_a_rule_of_accessibility_in_any_light(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    page.emulate_media(reduced_motion="reduce")
    axe = AXE.read_text("utf-8")
    seen: dict[str, list[str]] = {}

    def look(name: str) -> None:
        page.get_by_role("heading", level=1).wait_for()
        page.evaluate(axe)
        seen[name] = [fault for theme in ("light", "dark", "night") for fault in page.evaluate(RULES, theme)]

    def press(*names: str) -> None:
        for name in names:
            page.get_by_role("button", name=name, exact=True).first.click()

    page.goto(mission.url)
    look("welcome")
    press("I have a card")
    look("enrol")
    _enrol(page, mission.link())
    look("today")
    press("New visit")
    page.get_by_role("searchbox").fill("4")
    look("picker")
    press("Voting", "I have arrived here")
    look("visit")
    for section, name in (("Arrival and surroundings", "section"), ("Official figures", "figures")):
        page.get_by_role("button", name=section).click()
        page.locator(".block").first.wait_for()
        look(name)
        page.go_back()
    press("Finish and check answers")
    look("check")
    press("Send to the mission")
    page.get_by_text("By these four characters the mission finds it").wait_for()
    look("receipt")
    press("Back to today")
    press("Incident")
    look("incident")
    page.go_back()
    for name in ("Help", "This phone"):
        press(name)
        look(name)
        page.go_back()
    page.locator(".tapbox").first.click()
    look("outbox")
    assert len(seen) == 13
    assert {name: faults for name, faults in seen.items() if faults} == {}


FILL = """() => {
  const press = (found) => found && !found.disabled && (found.click(), true)
  const type = (input, text) => {
    input.focus()
    input.value = text
    input.dispatchEvent(new Event('input', { bubbles: true }))
    input.blur()
    return true
  }
  const empty = (selector) => [...document.querySelectorAll(selector)].find((input) => input.value === '')
  const choices = [...document.querySelectorAll('.q fieldset')].filter((group) => !group.querySelector('.clock, .area'))
  const open = choices.find((group) => group.querySelector('.opt') && !group.querySelector('.opt input:checked'))
  if (open) return press(open.querySelector('.opt input'))
  const time = empty('.q .clock')
  if (time) return type(time, '1205')
  const number = empty('.fig input.num')
  if (number) return type(number, '7')
  const text = empty('.q fieldset > .area')
  return text ? type(text, 'As seen.') : false
}"""


def _fill(page: Page) -> int:
    """Answers whatever the screen asks, page by page, up to the check. Gives the number of pages."""
    for number in range(60):
        page.get_by_role("button", name="Continue").wait_for()
        for _ in range(80):
            if not page.evaluate(FILL):
                break
        page.get_by_role("button", name="Continue").click()
        page.wait_for_function("document.activeElement.tagName === 'H1'")
        if page.get_by_role("heading", name="Check your answers").is_visible():
            return number + 1
    raise AssertionError("the form never ended")


@pytest.mark.parametrize(
    ("form", "title", "question"),
    [
        ("A", "Opening", "a41_q_overall"),
        ("B", "Voting", "b45_q_overall"),
        ("C", "Closing and count", "r01_voters"),
        ("D", "Tabulation", "d34_q_overall"),
        ("E", "Critical incident", "e07_how_known"),
    ],
)
def test_a_whole_form_can_be_filled_in_and_is_counted(
    mission: Mission, phones: Callable[[str], Phone], form: str, title: str, question: str
) -> None:
    told = mission.told(form, question)
    page = phones("first").page
    _enrol(page, mission.link())
    if form == "E":
        page.get_by_role("button", name="Incident", exact=True).click()
        page.get_by_role("button", name="More questions").click()
    elif form == "D":
        page.get_by_role("button", name="New visit").click()
        page.get_by_role("button", name="Commissions, for tabulation").click()
        page.get_by_role("button", name="Auezov district commission").click()
        page.get_by_role("button", name="I have arrived here").click()
    else:
        _arrive(page, DOOR, title)
    page.locator(".rows .row").first.click()
    assert _fill(page) > 3
    expect(page.get_by_text("Every question has an answer")).to_be_visible()
    page.get_by_role("button", name="Send to the mission").click()
    page.get_by_role("heading", name="Received by the mission").wait_for()
    counted = told()
    assert (counted.get("visits"), counted.get("observed"), counted.get("missing", 0)) == (1, 1, 0)
