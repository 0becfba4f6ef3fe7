"""Every screen in every state by axe and by eye-like measures; and the way through the app without a pointer."""

import os
from collections.abc import Callable
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests import browser_finder
from tests.browser.field import DOOR, Mission
from tests.browser.gallery import LOOK, SCREENS, Gallery, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES, THEMES, SIZES = ("en", "ru", "kk"), ("light", "dark", "night"), ((360, 740), (320, 568))
EVERYTHING = os.environ.get("URNA_EVERY_SCREEN") == "1"
"""All screens in all languages, themes and sizes: 1,100 of them, for a release; else each screen in one of them."""
TABS_MAX = 80


def _chosen(size: int) -> list[tuple[str, str, str]]:
    """Screen, language and theme: a walk that gives each screen another pair, and all pairs their turn."""
    pairs = list(product(LANGUAGES, THEMES))
    if EVERYTHING:
        return [(name, *pair) for name in SCREENS for pair in pairs]
    return [(name, *pairs[n % len(pairs)]) for n, name in enumerate(SCREENS) if n % len(SIZES) == size]


@pytest.mark.parametrize("size", range(len(SIZES)), ids=["360x740", "320x568"])
def test_no_screen_has_a_violation_runs_over_its_side_or_is_too_small_to_press(
    size: int, gallery_url: str, chromium: Browser
) -> None:
    context = window(chromium, SIZES[size])
    gallery = Gallery(gallery_url, context)
    found = []
    for name, lang, theme in _chosen(size):
        gallery.show(name, lang, theme)
        found += [f"{name} {lang} {theme}: {fault}" for fault in gallery.faults()]
    context.close()
    assert found == []
    assert gallery.errors == []


def test_text_of_twice_the_size_runs_over_no_side(gallery_url: str, driver: Playwright) -> None:
    flags = ["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    found = []
    with driver.chromium.launch(executable_path=browser_finder.find(), args=flags) as browser:
        gallery = Gallery(gallery_url, window(browser))
        for n, name in enumerate(SCREENS if EVERYTHING else list(SCREENS)[::2]):
            page = gallery.show(name, LANGUAGES[n % 3])
            found += [f"{name}: {fault}" for fault in page.evaluate(LOOK)]
    assert found == []


def test_what_is_chosen_and_what_was_found_stands_out_without_our_colours(gallery_url: str, chromium: Browser) -> None:
    context = window(chromium, forced_colors="active")
    page = Gallery(gallery_url, context).show("section-people")
    assert page.evaluate("getComputedStyle(document.querySelector('.find')).borderTopStyle") == "solid"
    page = Gallery(gallery_url, context).show("section")
    chosen = "getComputedStyle(document.querySelector('.opt.on'))"
    assert page.evaluate(f"{chosen}.outlineStyle !== 'none' && parseFloat({chosen}.outlineWidth) >= 2")
    context.close()


def test_nothing_moves_for_who_asked_for_less_motion(gallery_url: str, chromium: Browser) -> None:
    moving = """[...document.querySelectorAll('#app *')].filter(e => {
      const { animationName, animationDuration, transitionDuration } = getComputedStyle(e)
      const longest = text => Math.max(...text.split(',').map(parseFloat))
      return (animationName !== 'none' && longest(animationDuration) > 0.001) || longest(transitionDuration) > 0.001
    }).length"""
    counts = {}
    for motion in ("reduce", "no-preference"):
        context = window(chromium, reduced_motion=motion)
        counts[motion] = Gallery(gallery_url, context).show("receipt").evaluate(moving)
        context.close()
    assert counts["reduce"] == 0 < counts["no-preference"]


def test_a_question_that_an_answer_brings_is_told_politely(gallery_url: str, chromium: Browser) -> None:
    context = window(chromium)
    page = Gallery(gallery_url, context).show("section")
    page.get_by_role("radio", name="Refused entry").check()
    expect(page.locator("[role=status].vh").last).to_have_text("1 question added below")
    expect(page.get_by_role("radio", name="Refused entry")).to_be_focused()
    context.close()


class Keys:
    """Somebody with a keyboard alone: what has no focus cannot be pressed."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, role: str, name: str) -> None:
        """Tab until it has the focus, and the focus can be seen."""
        wanted = self._page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        wanted.wait_for()
        for _ in range(TABS_MAX):
            self._page.keyboard.press("Tab")
            if wanted.evaluate("e => e === document.activeElement"):
                break
        expect(wanted).to_be_focused()
        seen = """e => [e, ...e.querySelectorAll('*'), e.parentElement, e.nextElementSibling].some(some => some
          && getComputedStyle(some).outlineStyle === 'solid' && parseFloat(getComputedStyle(some).outlineWidth) >= 2)"""
        assert wanted.evaluate(seen), f"nobody sees that {name} has the focus"

    def press(self, role: str, name: str, key: str = "Enter") -> None:
        self.to(role, name)
        self._page.keyboard.press(key)

    def titled(self, name: str) -> None:
        """A new screen has its title under the focus, so that it is read out first."""
        expect(self._page.get_by_role("heading", level=1, name=name)).to_be_focused()


def test_keys_alone_lead_from_the_card_to_the_receipt(mission: Mission, windows: Callable[[], Page]) -> None:
    page, team = windows(), mission.fresh_team()
    keys = Keys(page)
    page.goto(mission.url)
    keys.press("button", "I have a card")
    keys.titled("Join the mission")
    keys.to("textbox", "The code on your card")
    page.keyboard.type(mission.card(team))
    page.keyboard.press("Enter")
    keys.titled(f"You are team {team}")
    page.get_by_text("Yes. You can switch the network off.").wait_for()
    keys.press("button", "To today")
    keys.press("button", "New visit")
    keys.titled("Choose the station")
    keys.to("searchbox", "Number, name or street")
    page.keyboard.type(DOOR)
    keys.press("button", "Voting")
    keys.press("button", "I have arrived here")
    keys.press("button", "Arrival and surroundings")
    keys.titled("Arrival and surroundings")
    keys.press("radio", "Yes, without restriction", "Space")
    expect(page.get_by_role("radio", name="Yes, without restriction")).to_be_checked()
    keys.press("button", f"{DOOR}")
    keys.press("button", "Finish and check answers")
    keys.titled("Check your answers")
    keys.press("button", "Send to the mission")
    page.get_by_role("heading", name="Received by the mission").wait_for()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.locator(".paper .code").inner_text()
