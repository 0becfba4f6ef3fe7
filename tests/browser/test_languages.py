"""Languages: nothing hard-wired, nothing cut when words are long, right to left, and a switch that loses no place."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.gallery import LOOK, SCREENS, Gallery, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DATA = re.compile(
    r"Kazakhstan 2022|Almaty|Auezov|(House|Culture|Lyceum|School|Gymnasium|Kindergarten)|Abay|Avenue|Lenin|Territorial"
    r"|KZ-|XXXX|English|Növëmbër|chairperson|quarrel|qqqq|0412|\d+(\.\d+)? [KMG]B|^[A-Z0-9-]{1,12}$|^Urna$|gallery|dev"
    r"|^A 1, B 1|Abai|Bolat|Gulnar|Dana|Yerlan|Zhanar|Дом|Лицей|Article 39|gives its reasons|OSCE/ODIHR"
)
"""What comes from the mission's lists, from people or from the calendar, and so from no catalogue."""
TEXTS = """() => {
  const walker = document.createTreeWalker(document.getElementById('app'), NodeFilter.SHOW_TEXT)
  const out = []
  while (walker.nextNode()) {
    const block = walker.currentNode.parentElement.closest('button, p, li, h1, h2, dt, dd, legend, label, div')
    const nodes = [...walker.currentNode.parentElement.closest(':not(mark)').childNodes]
    const whole = nodes.filter(node => node.nodeType === 3 || node.nodeName === 'MARK').map(node => node.textContent)
    if (!/[⟦⟧]/.test(block?.textContent ?? '')) out.push(whole.join('').trim())
  }
  return out.filter(text => /[a-z]{3}/i.test(text))
}"""


CHANGES = ("grown", "rtl")


def turn(of: int) -> list[str]:
    """Each screen has its turn in one of the three walks; for a release (`URNA_EVERY_SCREEN=1`) in all of them."""
    return list(SCREENS) if os.environ.get("URNA_EVERY_SCREEN") == "1" else list(SCREENS)[of::3]


@pytest.fixture
def gallery(gallery_url: str, chromium: Browser) -> Iterator[Gallery]:
    context = window(chromium, (320, 568))
    yield Gallery(gallery_url, context)
    context.close()


@pytest.mark.parametrize("change", ["grown", "rtl"])
def test_no_screen_breaks_at_320_pixels(change: str, gallery: Gallery) -> None:
    """`grown`: words two fifths longer than those of Russian. `rtl`: laid from right to left."""
    found = []
    for name in turn(CHANGES.index(change)):
        page = gallery.show(name, "ru", "light", change)
        found += [f"{name}: {fault}" for fault in page.evaluate(LOOK)]
    assert found == []


def test_every_word_comes_from_a_catalogue_or_from_the_mission(gallery: Gallery) -> None:
    stray = set()
    for name in turn(2):
        stray |= {text for text in gallery.show(name, change="pseudo").evaluate(TEXTS) if not DATA.search(text)}
    assert stray == set()


def test_right_to_left_the_way_back_is_on_the_right_and_codes_stay_as_they_are(gallery: Gallery) -> None:
    page = gallery.show("visit", change="rtl")
    box = page.locator(".bar-back").bounding_box()
    assert box is not None
    assert box["x"] > 160
    arrow = page.locator(".i-back").first.evaluate("e => new DOMMatrix(getComputedStyle(e).transform).a")
    assert arrow == -1
    assert page.locator(".plate").first.evaluate("e => getComputedStyle(e).direction") == "ltr"


def test_a_text_that_the_mission_has_not_translated_stands_in_its_own_language_and_says_so(gallery: Gallery) -> None:
    page = gallery.show("section", "kk", change="missing")
    expect(page.locator("html")).to_have_attribute("lang", "kk")
    expect(page.locator("legend [lang=en]").first).to_have_text("Could you enter and stay?")
    expect(page.get_by_role("button", name="Жалғастыру")).to_be_visible()
    expect(gallery.show("section", "kk").locator("legend [lang]")).to_have_count(0)


def test_a_switch_in_the_middle_of_a_section_loses_no_place_and_no_word(gallery: Gallery) -> None:
    page = gallery.show("section-note")
    page.get_by_label("Note to this answer").first.fill("Ажиотаж at the door")
    question = page.locator("#q-b05_tension")
    question.scroll_into_view_if_needed()
    at = page.evaluate("scrollY")
    assert at > 0
    page.get_by_role("button", name="Language: English").click()
    page.get_by_role("button", name="Қазақша").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Учаске ішінде")
    expect(question).to_be_in_viewport()
    expect(page.locator("#note-b04_crowded")).to_have_value("Ажиотаж at the door")
    page.get_by_role("button", name="Тіл: Қазақша").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Inside the station")
    assert page.evaluate("scrollY") == at
