"""A new version of the app comes by a tap on Today, and never over an open form."""

import hashlib
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from app.web.pages import STATIC
from tests.browser.field import DOOR, Mission, arrive, enrol, kept
from tests.browser.road import Answer, Request, Road, road_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MARK = "document.querySelector('meta[name=mark]')?.content ?? null"


@pytest.fixture
def road(mission: Mission) -> Iterator[Road]:
    with road_to(mission.url) as road:
        yield road


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def deploy(road: Road, mark: str) -> None:
    """From now on the server has another version: a page with a mark, and the worker that lists it."""
    page, worker = (STATIC / "index.html").read_bytes(), (STATIC / "sw.js").read_text()
    marked = page.replace(b"<head>", f'<head><meta name="mark" content="{mark}">'.encode())
    listed = worker.replace(_sha256(page), _sha256(marked))
    listed = re.sub(r"(urna-shell-.{0,40}?)([0-9a-f]{16})", rf"\g<1>{_sha256(marked)[:16]}", listed)
    assert _sha256(marked) in listed

    def answer(request: Request) -> "Answer | str":
        if request.path in ("/", "/index.html"):
            return 200, {"Content-Type": "text/html"}, marked
        return (200, {"Content-Type": "text/javascript"}, listed.encode()) if request.path == "/sw.js" else "ok"

    road.fate = answer


def look_for_update(page: Page) -> None:
    """What the page does by itself when it is looked at again after an hour."""
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    waits = "navigator.serviceWorker.getRegistration().then((registration) => !!registration.waiting)"
    for _ in range(300):
        if page.evaluate(waits):
            return
        page.wait_for_timeout(50)
    pytest.fail("the new version never came")


def test_a_new_version_waits_for_a_tap_on_today_and_takes_nothing_from_an_open_form_or_from_another_tab(
    mission: Mission, road: Road, windows: Callable[[], Page]
) -> None:
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(road.url, team), team)
    page.reload()
    arrive(page, DOOR, "Voting")
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, without restriction", exact=True).check()
    other = page.context.new_page()
    other.goto(road.url)
    other.get_by_role("button", name=re.compile("^Continue")).click()
    other.get_by_role("button", name="Change").or_(other.locator(".opt").first).first.wait_for()
    for tab in (page, other):
        tab.evaluate("window.open_form = 'as it was'")
    deploy(road, "second")
    look_for_update(page)
    page.get_by_label("Yes, but with restrictions", exact=True).check()
    kept(page)
    expect(page.get_by_text("A new version is ready")).to_have_count(0)
    page.get_by_role("button", name=DOOR, exact=True).click()
    page.get_by_role("button", name="Today").click()
    page.get_by_text("A new version is ready").wait_for()
    assert page.evaluate(MARK) is None
    assert [tab.evaluate("window.open_form") for tab in (page, other)] == ["as it was"] * 2
    page.get_by_role("button", name="Start it now").click()
    page.wait_for_function("() => !!document.querySelector('meta[name=mark]')")
    page.get_by_role("button", name=re.compile("^Continue")).click()
    to_section = page.get_by_role("button", name="Arrival and surroundings")
    to_section.or_(page.locator(".opt").first).first.wait_for()
    if to_section.is_visible():
        to_section.click()
    elif page.get_by_label("Yes, but with restrictions", exact=True).count() == 0:
        page.get_by_role("button", name=DOOR, exact=True).click()
        to_section.click()
    expect(page.get_by_label("Yes, but with restrictions", exact=True)).to_be_checked()
    assert other.evaluate("window.open_form") == "as it was"
