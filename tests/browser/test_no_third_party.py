"""A whole visit in a real browser: nobody else is asked for anything, the page breaks no rule of its own policy, and
the mission finds the report by the four characters that stand on the screen."""

from collections.abc import Callable

import httpx
import pytest

from tests.browser.conftest import Phone
from tests.browser.field import DOOR, Mission, arrive, enrol, finish

pytestmark = pytest.mark.browser
PASSWORD = "a long enough password"
LISTEN = (
    "addEventListener('securitypolicyviolation', event => (window.violations ??= []).push(event.violatedDirective))"
)


def test_a_visit_asks_nobody_else_breaks_no_rule_and_is_found_by_its_receipt(
    mission: Mission, phones: Callable[[str], Phone]
) -> None:
    page, team = phones("watched").page, mission.fresh_team()
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.add_init_script(LISTEN)
    enrol(page, mission.link(team=team), team)
    arrive(page, DOOR, "Voting")
    page.get_by_role("button", name="Arrival and surroundings").click()
    page.get_by_label("Yes, without restriction").check()
    page.get_by_role("button", name=DOOR).click()
    code = finish(page)
    page.get_by_role("heading", name="Received by the mission").wait_for()
    assert page.evaluate("window.violations ?? []") == []
    page.goto(f"{mission.url}/docs")
    assert page.evaluate("getComputedStyle(document.body).maxWidth") != "none", "the page's own style was refused"
    assert page.evaluate("window.violations ?? []") == []
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith((f"{mission.url}/", "blob:", "data:"))] == []

    mission.server.run("staff", "add", "yaw", "--mission", "TEST", "--role", "head", "--password", PASSWORD)
    sent = {"mission": "TEST", "user": "yaw", "password": PASSWORD}
    with httpx.Client(base_url=mission.url) as desk:
        token = desk.post("/v1/staff/session", json=sent).cookies["__Host-urna_staff"]
        found = desk.get(f"/v1/receipts/{code}", headers={"Authorization": f"Bearer {token}"}).json()
    [report] = found["rows"]
    assert (report["short"], report["place_id"], report["status"]) == (code, DOOR, "finished")
    assert report["entries"][-1]["kind"] == "report.finish"
