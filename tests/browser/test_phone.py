"""The phone's screens against a real server: what is called Kept survives everything, what Received, is there."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Phone
from tests.browser.field import DOOR, Mission, arrive, enrol, kept

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def mission(country: Mission) -> Mission:
    """The mission with its server up, whatever the test before did to it."""
    country.start()
    return country


def test_a_report_finished_without_a_server_survives_a_kill_and_is_received_once(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    access, vicinity = mission.told("B", "b01_access"), mission.told("B", "b02_vicinity")
    phone = phones("first")
    enrol(phone.page, mission.link())
    mission.kill()

    arrive(phone.page, "kyzylorda", "Voting")
    page = phone.page
    expect(page.get_by_role("heading", level=1)).to_contain_text(DOOR)
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, without restriction").check()
    page.get_by_role("group", name="What did you see around the station?").get_by_label("Not observed").check()
    page.get_by_role("button", name="Note").first.click()
    page.get_by_label("Note to this answer").fill("Екі полицей есік алдында")
    kept(page)
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
    enrol(phone.page, mission.link())
    mission.kill()
    arrive(phone.page, DOOR, "Closing and count")
    page = phone.page
    page.get_by_role("button", name="Protocol figures: boxes and votes").click()
    page.get_by_label("Ballots in stationary boxes").fill("1134")
    page.get_by_label("Ballots in mobile boxes").fill("38")
    kept(page)
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
    enrol(page, mission.link())
    arrive(page, DOOR, "Voting")
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
    enrol(page, mission.link())
    arrive(page, DOOR, "Voting")
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
    enrol(page, mission.link())
    page.get_by_role("button", name="Incident", exact=True).click()
    page.get_by_role("button", name="Send first in line").click()
    expect(page.get_by_role("alert")).to_have_text("Choose what it is about.")
    page.get_by_role("button", name="Observers' rights").click()
    page.get_by_role("button", name="Send first in line").click()
    page.get_by_role("heading", name="Received by the mission").wait_for()
    assert category() == {"visits": 1, "observed": 1, "=observers": 1}


def test_from_the_card_to_the_first_answer_are_six_taps_and_a_minute_at_most(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    began = time.monotonic()
    page.goto(mission.link())
    taps = 0
    for name in ("Join", "To today", "New visit"):
        page.get_by_role("button", name=name).click()
        taps += 1
    page.get_by_role("searchbox").fill(DOOR)
    # Which checklist is offered first, and so its first section, depends on the hour.
    for name in ("I have arrived here", re.compile("^(Arrival and surroundings|Access)")):
        page.get_by_role("button", name=name).click()
        taps += 1
    page.locator("label.opt").first.click()
    taps += 1
    kept(page)
    assert taps <= 6
    assert time.monotonic() - began < 60


def test_a_protocol_that_does_not_add_up_is_told_with_its_difference_and_kept_as_seen(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("first").page
    enrol(page, mission.link())
    arrive(page, DOOR, "Closing and count")
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
    enrol(page, mission.link())
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


def test_the_first_screen_names_the_mission_before_a_card_is_typed_and_goes_on_without_it(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    page = windows()
    page.goto(mission.url)
    expect(page.get_by_role("listitem").filter(has_text="Test")).to_be_visible()
    page.evaluate("() => navigator.serviceWorker.ready")
    mission.kill()
    page.reload()
    expect(page.get_by_role("button", name="I have a card")).to_be_visible()
    expect(page.get_by_text("no open mission")).to_have_count(0)
