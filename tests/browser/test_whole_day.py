"""A whole day on one phone: an opening, three voting visits, the count, the tabulation, an incident.

A script fills them in that only reads the screen. In the middle of each form it goes over to another language.
"""

import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.forms.catalogue import built_in
from tests.browser.field import Mission, enrol

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
TEXTS = Path(__file__).parents[2] / "frontend/src/text"
NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}
DAY = [("A", "4123"), ("B", "4123"), ("B", "4124"), ("B", "4125"), ("C", "4125"), ("D", ""), ("E", "")]
ASKED = {"A": "a41_q_overall", "B": "b45_q_overall", "C": "r12_c2", "D": "d34_q_overall", "E": "e07_how_known"}
PAGES_MAX = 60


def words(language: str, key: str) -> str:
    """A sentence of the phone's own catalogue."""
    text = (TEXTS / f"{language}.ts").read_text("utf-8")
    found = re.search(rf"^  {key}: '((?:[^'\\]|\\.)*)',", text, re.MULTILINE)
    assert found, key
    return found[1].replace("\\'", "'")


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


def press(page: Page, language: str, key: str) -> None:
    page.get_by_role("button", name=words(language, key), exact=True).click()


def begin(page: Page, language: str, form: str, station: str) -> None:
    """From Today to the first page of a form."""
    if form == "E":
        press(page, language, "incident")
        press(page, language, "moreQuestions")
    else:
        press(page, language, "newVisit")
        if form == "D":
            page.get_by_role("searchbox").fill("")
            page.get_by_role("button", name=words(language, "commissionsRow")).click()
            page.get_by_role("button", name="Auezov district commission").click()
        else:
            page.get_by_role("searchbox").fill(station)
            page.get_by_role("button", name=built_in()[form].title[language], exact=True).click()
        press(page, language, "arrivedHere")
    page.locator(".rows .row").first.click()
    page.locator(".q, .fig").first.wait_for()


def switch(page: Page, language: str) -> None:
    """To another language: the same questions stand there with the same answers."""
    look = """() => [...document.querySelectorAll('.q[id], .fig [id]')].map((one) => one.id)
      .concat([...document.querySelectorAll('input:checked')].map((one) => one.closest('.q')?.id ?? ''))"""
    before = page.evaluate(look)
    page.locator(".chip-lang").click()
    page.get_by_role("dialog").get_by_role("button", name=NAMES[language]).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.get_by_role("button", name=words(language, "goOn"), exact=True).wait_for()
    assert page.evaluate(look) == before


def answer_all(page: Page) -> None:
    for _ in range(80):
        if not page.evaluate(FILL):
            return
    raise AssertionError("a page that is never done")


def fill(page: Page, language: str, then: str) -> int:
    """Answers whatever the screen asks up to the check; from the second page on in another language."""
    heading = page.get_by_role("heading", level=1)
    for number in range(PAGES_MAX):
        answer_all(page)
        if number == 1:
            switch(page, then)
            language = then
        before = page.evaluate("document.querySelector('.main').textContent")
        press(page, language, "goOn")
        expect(page.locator(".main")).not_to_have_text(before)
        if heading.text_content() == words(language, "checkTitle"):
            return number + 1
    raise AssertionError("the form never ended")


def test_a_day_of_seven_forms_is_filled_in_from_the_screen_alone_and_counted(
    mission: Mission, windows: Callable[[], Page]
) -> None:
    told = {form: mission.told(form, question) for form, question in ASKED.items()}
    page, team = windows(), mission.fresh_team()
    enrol(page, mission.link(team=team), team)
    languages = cycle(("ru", "kk", "en"))
    language = "en"
    for form, station in DAY:
        then = next(languages)
        begin(page, language, form, station)
        assert fill(page, language, then) > 2
        language = then
        expect(page.get_by_text(words(language, "allDone"))).to_be_visible()
        press(page, language, "send")
        page.get_by_role("heading", name=words(language, "receivedThere")).wait_for()
        press(page, language, "backToday")
    for form, since in told.items():
        visits, counted = sum(one == form for one, _ in DAY), since()
        assert (counted.get("visits"), counted.get("observed"), counted.get("missing", 0)) == (visits, visits, 0), form
