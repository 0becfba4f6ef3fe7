"""What single states of screens owe: two answers to one question, something serious, no connection, a night count."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gallery import Gallery, window

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOCKS = """
  window.locks = []
  const wakeLock = { request: kind => {
    locks.push(`on ${kind}`)
    return Promise.resolve({ release: () => locks.push('off') })
  } }
  Object.defineProperty(navigator, 'wakeLock', { value: wakeLock })
"""


@pytest.fixture
def gallery(gallery_url: str, chromium: Browser) -> Iterator[Gallery]:
    context = window(chromium)
    yield Gallery(gallery_url, context)
    context.close()


def heading(page: Page, name: str) -> None:
    page.get_by_role("heading", level=1, name=name).wait_for()


def test_what_two_phones_tell_differently_is_said_on_the_visit_and_settled_with_two_taps(gallery: Gallery) -> None:
    page = gallery.show("visit-two")
    page.get_by_role("button", name="Two phones give different answers").click()
    answer = page.locator(".find", has_text="B04 Overcrowded")
    answer.get_by_role("button", name="Yes the other phone").click()
    expect(answer).to_have_count(0)
    expect(page.locator(".sumrow", has_text="B04 Overcrowded").locator("dd").first).to_have_text("Yes")
    arrival = page.locator(".find", has_text="Arrived")
    expect(arrival.get_by_role("button")).to_have_text(["13:34this phone", "13:31the other phone"])
    arrival.get_by_role("button", name="13:31").click()
    expect(page.get_by_text("Two phones give different answers")).to_have_count(0)


def test_a_critical_answer_offers_the_incident_form_with_its_station(gallery: Gallery) -> None:
    page = gallery.show("check")
    serious = page.locator(".find", has_text="You saw something serious")
    expect(serious).to_contain_text("Tension or unrest inside")
    serious.get_by_role("button", name="Report it").click()
    heading(page, "Incident")
    expect(page.locator(".chips")).to_contain_text("0123")


def test_an_incident_that_is_reported_from_today_happened_where_the_team_is(gallery: Gallery) -> None:
    page = gallery.show("today")
    page.get_by_role("button", name="Incident", exact=True).click()
    heading(page, "Incident")
    expect(page.locator(".chips")).to_contain_text("0123")


def test_nothing_is_called_there_before_it_has_come(gallery: Gallery) -> None:
    stations = gallery.show("ready-waiting").locator(".row", has_text="Stations")
    expect(stations.locator(".disc-done")).to_have_count(0)
    page = gallery.show("today-waiting")
    expect(page.get_by_text("No stations yet")).to_have_count(0)


def test_without_a_connection_the_check_promises_to_keep_and_with_one_to_send(gallery: Gallery) -> None:
    foot = gallery.show("check").locator(".foot .btn-main")
    expect(foot).to_have_text("Keep and send later")
    foot.click()
    heading(gallery.page, "Kept on this phone")
    expect(gallery.show("check-online").locator(".foot .btn-main")).to_have_text("Send again")


def test_a_figure_is_sent_as_the_protocol_has_it_and_its_finding_stays_quietly(gallery: Gallery) -> None:
    page = gallery.show("figures-votes")
    finding = page.locator(".find", has_text="7 more in the boxes than ballots issued")
    expect(finding).to_contain_text("1,172 − 1,165 = 7")
    finding.get_by_role("button", name="It says so").click()
    expect(page.locator(".find.done")).to_contain_text("Kept as seen: 7 more in the boxes than ballots issued")
    expect(page.locator(".num").first).to_have_value("1,134")


def test_an_answer_that_is_no_longer_asked_stays_in_sight(gallery: Gallery) -> None:
    page = gallery.show("section-empty")
    expect(page.get_by_role("heading", name="Not asked any more")).to_be_visible()
    expect(page.locator(".sumrow", has_text="B05 Tension or unrest inside").locator("dd")).to_have_text("Yes")


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("en", ["House of Culture 67", "№ 67 Мәдениет үйі", "Дом культуры 67"]),
        ("ru", ["Дом культуры 67", "№ 67 Мәдениет үйі"]),
        ("kk", ["№ 67 Мәдениет үйі", "Дом культуры 67"]),
    ],
)
def test_a_station_is_named_in_our_language_and_as_it_hangs_on_the_door(
    lang: str, names: list[str], gallery: Gallery
) -> None:
    page = gallery.show("place", lang)
    assert page.locator(".card-name b, .card-name .alt").all_inner_texts() == names


def test_what_was_sought_is_marked_where_it_was_found(gallery: Gallery) -> None:
    card = gallery.show("picker-found").locator(".card")
    assert set(card.locator("mark").all_inner_texts()) == {"127", "Abay"}
    expect(card.get_by_role("button", name="I have arrived here")).to_be_in_viewport(ratio=1)


def test_stations_near_by_come_with_their_distance_once_the_phone_may_tell_its_place(gallery: Gallery) -> None:
    expect(gallery.show("picker-near-found").locator(".row-end").first).to_have_text("80 m")
    expect(gallery.show("picker-near-refused").get_by_text("Search by number, name or street.")).to_be_visible()


def test_over_a_night_count_the_screen_stays_on_until_the_light_changes(gallery: Gallery) -> None:
    gallery.page.add_init_script(LOCKS)
    page = gallery.show("about", theme="night")
    expect(page.locator("html")).to_have_attribute("data-theme", "night")
    page.get_by_role("button", name="Dark").click()
    page.wait_for_function("locks.length === 2")
    assert page.evaluate("locks") == ["on screen", "off"]
    assert gallery.show("about", theme="light").evaluate("locks") == []


def test_what_is_under_way_is_told_in_bytes(gallery: Gallery) -> None:
    page = gallery.show("outbox-troubled")
    expect(page.locator(".state.is-sending")).to_contain_text("0 KB of")
    expect(page.locator(".load")).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "words", "found"),
    [("en", "impart interf", "impartial"), ("ru", "беспристр вмеш", "беспристрастны"), ("kk", "бейтар", "Бейтарап")],
)
def test_help_finds_the_page_whose_words_begin_like_those_of_the_search(
    lang: str, words: str, found: str, gallery: Gallery
) -> None:
    page = gallery.show("help", lang)
    page.get_by_role("searchbox").fill(words)
    expect(page.locator("details.guide")).to_have_count(1)
    expect(page.locator("details.guide p")).to_be_visible()
    assert found in page.locator("details.guide mark").all_inner_texts()


def test_help_shows_the_missions_own_pages_and_finds_them_too(gallery: Gallery) -> None:
    page = gallery.show("help")
    expect(page.get_by_role("heading", name="From the mission")).to_be_visible()
    page.get_by_role("searchbox").fill("written decision")
    expect(page.locator("details.guide")).to_contain_text("Article 39: being sent away")
    expect(page.get_by_text("gives its reasons")).to_be_visible()
    page.get_by_role("searchbox").fill("qqqq")
    expect(page.get_by_text("Help says nothing of “qqqq”")).to_be_visible()


def test_the_outbox_says_how_often_each_report_was_tried_and_when_next(gallery: Gallery) -> None:
    page = gallery.show("outbox-troubled")
    expect(page.locator(".out .row", has_text="again 14:40")).to_contain_text("2 tries")
