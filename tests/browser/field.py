"""A mission in the field: its server, an analyst's eyes on it, and the first taps that every phone makes."""

import csv
import json
import re
import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

import app.__main__ as command
from app.people.enrolment import make_enrolment
from app.settings import settings
from app.store.database import connect, writing
from tests.serving import Server

DOOR = "4123"
"""The station that tests visit; its name is Kazakh."""
TEAMS = [f"{number:04}" for number in range(412, 472)]
TEAM = TEAMS[0]
SEND = re.compile("^(Send to the mission|Keep and send later|Send again)$")
"""The filled button of the check: what it can do without a connection, it says."""
CATCH_UP_S = 30
DAY = ("--day", "2022-11-20", "--zone", "Asia/Almaty", "--languages", "en,ru,kk")


class Mission:
    """A mission, its server, and an analyst's eyes on it."""

    def __init__(self, server: Server, key: str) -> None:
        self.server, self._key = server, key
        self._up = False
        self._teams = iter(TEAMS[1:])

    def start(self) -> None:
        """Brings the server up at the address it had, if it is down."""
        if not self._up:
            self.server.start()
        self._up = True

    def kill(self) -> None:
        self.server.kill()
        self._up = False

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.server.database_url.removeprefix("sqlite:///"))

    def fresh_team(self) -> str:
        """A team of which nobody has seen anything yet."""
        return next(self._teams)

    def card(self, team: str = TEAM) -> str:
        engine = connect(self.server.database_url)
        with writing(engine) as connection:
            code = make_enrolment(connection, "TEST", team, datetime.now(UTC), timedelta(hours=1))
        engine.dispose()
        return code

    def link(self, at: str | None = None, team: str = TEAM) -> str:
        """The link of a fresh card, at the server's address or another that leads to it."""
        return f"{at or self.url}/#c={self.card(team)}"

    def read(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self._key}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def row(self, form: str, question: str) -> dict[str, Any]:
        """The only row of one question; without a report there is none, and everything in it is 0."""
        answer = self._caught_up(f"/v1/results?form={form}&question={question}")
        rows = answer["results"][0]["rows"] if answer["results"] else []
        return rows[0] if rows else {"visits": 0, "observed": 0, "not_observed": 0, "missing": 0, "counts": {}}

    def _caught_up(self, path: str) -> Any:
        """The answer once it speaks of the whole log: on a busy machine it may stand a moment behind."""
        with closing(sqlite3.connect(self.file)) as connection:
            (head,) = connection.execute("SELECT MAX(server_seq) FROM log").fetchone()
        until = time.monotonic() + CATCH_UP_S
        while (answer := self.read(path))["data_version"] < head and time.monotonic() < until:
            time.sleep(0.1)
        return answer

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


def migrate() -> None:
    CliRunner().invoke(command.cli, ["migrate"], catch_exceptions=False)


def urna(*arguments: str) -> dict[str, Any]:
    """What an `urna` command says."""
    done = CliRunner().invoke(command.cli, [*arguments, "--json"], catch_exceptions=False)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _stations(path: Path, count: int) -> Path:
    """A country of stations; the one that tests look for has a Kazakh name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["number", "name", "address", "region", "district", "voters"])
        first = max(1, int(DOOR) - count // 2)
        for number in range(first, first + count):
            name = "Қызылорда мектебі" if f"{number:04}" == DOOR else f"School {number}"
            rows.writerow([f"{number:04}", name, f"{number % 90 + 1} Abay Avenue", "KZ-75", "Auezov", 1500])
    return path


def _set_up(folder: Path, stations: int) -> str:
    """Mission, stations and teams by the operator's commands; gives a key to results."""
    migrate()
    urna("mission", "create", "--code", "TEST", "--name", "Test", *DAY)
    urna("import", "stations", str(_stations(folder / "stations.csv", stations)), "--mission", "TEST")
    teams = folder / "teams.csv"
    teams.write_text("team,region,members\n" + "".join(f"{team},KZ-75,2\n" for team in TEAMS), "utf-8")
    urna("import", "teams", str(teams), "--mission", "TEST")
    commissions = folder / "commissions.csv"
    commissions.write_text("code,name,region\nTEC-1,Auezov district commission,KZ-75\n", "utf-8")
    urna("import", "commissions", str(commissions), "--mission", "TEST")
    candidates = folder / "candidates.csv"
    candidates.write_text("code,name\nc1,First\nc2,Second\n", "utf-8")
    urna("import", "candidates", str(candidates), "--mission", "TEST")
    key: str = urna("key", "--mission", "TEST", "--scope", "results:read")["key"]
    return key


@contextmanager
def standing_mission(folder: Path, stations: int = 200) -> Iterator[Mission]:
    """A mission that is set up; nobody has started its server."""
    database, data = f"sqlite:///{folder}/urna.db", folder / "data"
    data.mkdir()
    with commanding(database, data):
        key = _set_up(folder, stations)
    mission = Mission(Server(database, data, {}), key)
    yield mission
    mission.kill()


@contextmanager
def commanding(database: str, data: Path) -> Iterator[None]:
    """Where `urna` commands speak of this database; in this process, for a start of the command costs a second."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("URNA_DATABASE_URL", database)
        environment.setenv("URNA_DATA_DIR", str(data))
        _forget()
        yield
        command.engine().dispose()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    command.engine.cache_clear()


def enrol(page: Page, link: str, team: str = TEAM) -> None:
    """From the card to Today, with everything fetched."""
    page.goto(link)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name=f"You are team {team}").wait_for()
    assert "#" not in page.url
    page.get_by_text("Yes. You can switch the network off.").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="To today").click()


def arrive(page: Page, search: str, form: str) -> None:
    """From Today to the task list of a new visit."""
    page.get_by_role("button", name="New visit").click()
    page.get_by_role("searchbox").fill(search)
    page.get_by_role("button", name=form, exact=True).click()
    page.get_by_role("button", name="I have arrived here").click()
    page.get_by_text(re.compile(r"^0 of \d+ answered$")).wait_for()


def kept(page: Page) -> None:
    """Waits until the last change is on the disk: the screen says when it was saved."""
    expect(page.locator(".saved[aria-busy=false]")).to_contain_text(re.compile(r"Saved\s*\d\d:\d\d"))


def finish(page: Page) -> str:
    """From the task list to the receipt; its code."""
    page.get_by_role("button", name="Finish and check answers").click()
    page.get_by_role("button", name=SEND).click()
    page.get_by_role("heading", name=re.compile("^(Kept on this phone|Received by the mission)$")).wait_for()
    return page.locator(".paper .code").inner_text()
