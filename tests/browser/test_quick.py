"""Quick enough for a cheap phone: four times slower than this machine, 10,101 stations, 60 reports, no network.

A busy machine makes everything later and nothing sooner, so each time is the best of a few.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Phone
from tests.browser.field import DOOR, Mission, arrive, enrol, kept
from tests.browser.minting import mint

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
REPORTS, SLOWER = 60, 4
START_MS, TAP_MS, KEY_MS, SCREEN_MS, FRAME_MS = 1000, 100, 100, 300, 50
TRIES = 8

WATCH = """() => {
  const seen = () => [...document.querySelectorAll('button')].some((button) => button.textContent.includes('New visit'))
  new MutationObserver((_, watcher) => {
    if (!seen()) return
    watcher.disconnect()
    requestAnimationFrame(() => setTimeout(() => (globalThis.usable_ms = performance.now())))
  }).observe(document, { childList: true, subtree: true })
}"""

AFTER = """([selector, type, value]) => new Promise((done) => {
  const target = document.querySelector(selector)
  const from = performance.now()
  if (type === 'type') {
    target.value = value
    target.dispatchEvent(new Event('input', { bubbles: true }))
  } else target.click()
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - from)))
})"""
"""Milliseconds from a touch to the picture that answers it."""

FRAMES = """() => new Promise((done) => {
  const gaps = []
  let before = null
  const turn = (now) => {
    if (before !== null) gaps.push(now - before)
    before = now
    scrollBy(0, 200)
    if (gaps.length < 60) requestAnimationFrame(turn)
    else done(gaps.sort((a, b) => a - b)[56])
  }
  requestAnimationFrame(turn)
})"""
"""The 95th percentile of milliseconds from picture to picture, while a list is drawn past at 12,000 pixels a second."""


@pytest.fixture
def mission(country: Mission) -> Mission:
    """A country of 10,101 stations."""
    country.start()
    return country


def best(measure: Callable[[int], float], at_most: float) -> float:
    """The best of a few measurements; the first that is good enough ends them."""
    found: list[float] = []
    for number in range(TRIES):
        found.append(measure(number))
        if found[-1] <= at_most:
            break
    return min(found)


def test_a_cheap_phone_starts_in_a_second_and_answers_every_touch(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page = phones("cheap").page
    team = mission.fresh_team()
    page.add_init_script(f"({WATCH})()")
    enrol(page, mission.link(team=team), team)
    mint(page, REPORTS, DOOR)
    page.goto("about:blank")
    page.goto(mission.url)
    arrive(page, "4100", "Voting")
    page.get_by_role("button", name="Today").click()
    page.locator(".tapbox").first.click()
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("Everything received", exact=True).wait_for()
    mission.kill()
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    told = {
        "start": best(lambda _: _start(page, mission.url), START_MS),
        "outbox": best(lambda _: _outbox(page), SCREEN_MS),
        "search": best(lambda number: _search(page, number), KEY_MS),
        "tap": best(lambda number: _tap(page, number), TAP_MS),
        "outbox scrolled": best(lambda _: _scrolled_outbox(page), FRAME_MS),
        "stations scrolled": best(lambda _: _scrolled_stations(page), FRAME_MS),
    }
    print({name: round(value) for name, value in told.items()})
    assert told["start"] <= START_MS
    assert told["tap"] <= TAP_MS
    assert told["search"] <= KEY_MS
    assert told["outbox"] <= SCREEN_MS
    assert told["outbox scrolled"] <= FRAME_MS
    assert told["stations scrolled"] <= FRAME_MS


def _start(page: Page, url: str) -> float:
    page.goto("about:blank")
    page.goto(url, wait_until="commit")
    page.get_by_role("button", name="New visit").wait_for()
    page.get_by_text("60 stations").or_(page.get_by_role("button", name="New visit")).first.wait_for()
    usable: float = page.evaluate("() => globalThis.usable_ms")
    return usable


def _outbox(page: Page) -> float:
    """All sixty reports in one list."""
    page.get_by_role("button", name="New visit").wait_for()
    took: float = page.evaluate(AFTER, [".tapbox", "click", None])
    expect(page.locator(".row .code")).to_have_count(REPORTS)
    page.get_by_role("button", name="Today").click()
    return took


def _scrolled_outbox(page: Page) -> float:
    page.locator(".tapbox").first.click()
    expect(page.locator(".row .code")).to_have_count(REPORTS)
    gap: float = page.evaluate(FRAMES)
    page.get_by_role("button", name="Today").click()
    return gap


def _scrolled_stations(page: Page) -> float:
    """All that a search finds in the country, of which only the rows near the window exist."""
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("searchbox").fill("abay")
    page.locator(".tall li").first.wait_for()
    gap: float = page.evaluate(FRAMES)
    assert page.evaluate("scrollY") > 60 * 100, "the list did not move"
    page.get_by_role("button", name="Today").click()
    return gap


def _search(page: Page, number: int) -> float:
    """The slowest of the keys of one word, over the whole country."""
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("searchbox").wait_for()
    word = ("schoo", "abay a", "kyzyl")[number % 3]
    took = max(
        float(page.evaluate(AFTER, ["input[type=search]", "type", word[: length + 1]])) for length in range(len(word))
    )
    page.get_by_role("button", name="Today").click()
    return took


def _tap(page: Page, number: int) -> float:
    page.get_by_role("button", name="Continue").first.click()
    to_section = page.get_by_role("button", name="Arrival and surroundings")
    to_section.or_(page.locator(".opt input").first).first.wait_for()
    if to_section.is_visible():
        to_section.click()
    page.locator(".opt input").first.wait_for()
    took = min(float(page.evaluate(AFTER, [f".opt:nth-of-type({1 + n}) input", "click", None])) for n in (0, 1, 0, 1))
    kept(page)
    page.get_by_role("button", name="4100", exact=True).click()
    page.get_by_role("button", name="Today").click()
    return took
