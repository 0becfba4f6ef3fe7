"""Screens that a person meets on the way, in a real browser before a real server."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.field import DOOR, Mission, arrive, enrol, finish, kept

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _answer_first(page: Page) -> None:
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_role("radio", name="Yes, without restriction").check()
    kept(page)
    page.locator(".bar-back").click()


def test_practice_is_striped_gives_receipts_and_reaches_nobody(mission: Mission, windows: Callable[[], Page]) -> None:
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    told = mission.told("B", "b01_access")
    page.get_by_role("button", name="Help").click()
    page.get_by_role("button", name="Practise once").click()
    stripes = page.locator("header .sim")
    expect(stripes).to_contain_text("PRACTICE")
    page.get_by_role("button", name="Open this station").click()
    expect(page.locator(".card")).to_contain_text("0000")
    page.get_by_role("button", name="Voting", exact=True).click()
    page.get_by_role("button", name="I have arrived here").click()
    _answer_first(page)
    finish(page)
    expect(page.locator(".paper")).to_contain_text("PRACTICE")
    page.get_by_role("heading", name="Received by the mission").wait_for()
    expect(stripes).to_be_visible()
    page.get_by_role("button", name="Back to today").click()
    page.get_by_role("button", name="Finish practice").click()
    expect(stripes).to_have_count(0)
    expect(page.get_by_text("0000")).to_have_count(0)
    page.get_by_role("button", name="Help").click()
    expect(page.get_by_text("Done. You can do it again.")).to_be_visible()
    assert told() == {}


def test_practice_leaves_what_was_begun_for_real(mission: Mission, windows: Callable[[], Page]) -> None:
    page = windows()
    team = mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    arrive(page, DOOR, "Voting")
    _answer_first(page)
    page.locator(".bar-back").click()
    page.get_by_role("button", name="Help").click()
    page.get_by_role("button", name="Practise once").click()
    expect(page.locator("header .sim")).to_be_visible()
    expect(page.get_by_text(DOOR)).to_have_count(0)
    page.reload()
    expect(page.locator("header .sim")).to_have_count(0)
    expect(page.locator(".card")).to_contain_text(DOOR)
    expect(page.get_by_role("button", name=re.compile("question"))).to_be_visible()


def test_help_opens_and_is_searched_without_a_network_though_nobody_opened_it_before(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    page.context.set_offline(True)
    page.get_by_role("button", name="Help").click()
    for _ in range(2):
        page.get_by_role("searchbox", name="Search in Help").fill("impartial")
        expect(page.locator("details.guide p")).to_contain_text("Be impartial and do not interfere.")
        page.reload()


def test_the_outbox_counts_the_tries_of_a_report_until_it_is_received(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    arrive(page, DOOR, "Voting")
    _answer_first(page)
    page.context.set_offline(True)
    finish(page)
    page.get_by_role("button", name="Back to today").click()
    page.locator(".tapbox").first.click()
    row = page.locator(".out .row")
    for tries in ("1 try", "2 tries"):
        page.get_by_role("button", name="Try now").click()
        expect(row).to_contain_text(tries)
    page.context.set_offline(False)
    page.get_by_role("button", name="Try now").click()
    expect(row).to_contain_text("Received")
    expect(row).not_to_contain_text("tries")
