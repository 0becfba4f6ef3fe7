"""The 1,143 paper forms of Kosovo 2013 through a real server: pushed by 28 phones, counted, held to the file itself."""

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, select

from app.people.enrolment import make_enrolment
from app.people.keys import make_key
from app.results.tables.catalogue import BUILDERS
from app.setup.imports import Order, import_stations, import_teams
from app.setup.missions import create_mission
from app.store.database import reading, writing
from app.store.log import LOG
from tests.cast import Phone, public_jwk
from tests.real.kosovo import DAY, MISSION, STAGES, ZONE, Kosovo, checklists, operations, stations_csv, teams_csv
from tests.sending import Hand
from tests.serving import serving

BATCH = 75
FORMS, REPORTS, STATIONS, UNPLACED, REPEATED, MUNICIPALITIES = 1143, 3429, 1068, 7, 64, 28

FACTS = {
    "PA07M1P": {"yes": 369, "no": 730, "not_observed": 44, "missing": 0},
    "P09TKZ": {"yes": 1107, "no": 8, "not_observed": 0, "missing": 28},
    "PA02Fot": {"yes": 29, "no": 1057, "not_observed": 57, "missing": 0},
    "PM02PJA": {"yes": 21, "no": 1062, "not_observed": 60, "missing": 0},
    "01gja": {"yes": 1004, "no": 50, "not_observed": 89, "missing": 0},
}
"""Column -> what shared/data/README.md says of it."""


@dataclass
class Counted:
    """The mission with everything sent: the first and the second answers of the pushes, and what analysts may read."""

    engine: Engine
    client: httpx.Client
    kosovo: Kosovo
    sent: list[dict[str, Any]]
    first: list[dict[str, Any]]
    again: list[dict[str, Any]]

    def answer(self, form: str, **query: str) -> dict[str, Any]:
        said = self.client.get("/v1/results", params={"form": form, **query}).raise_for_status()
        found: dict[str, Any] = said.json()
        return found

    @cached_property
    def answers(self) -> dict[str, dict[str, Any]]:
        """Checklist -> its results, all questions."""
        return {form: self.answer(form) for form in STAGES.values()}

    def row(self, column: dict[str, str]) -> dict[str, Any]:
        """What the results say of a column of the codebook."""
        entries = self.answers[STAGES[column["stage"]]]["results"]
        rows = [row for entry in entries if entry["question"]["code"] == column["code"] for row in entry["rows"]]
        assert len(rows) == 1, column["column"]
        found: dict[str, Any] = rows[0]
        return found

    def columns(self, *kinds: str) -> list[dict[str, str]]:
        return [column for column in self.kosovo.columns if column["type"] in kinds]


@pytest.fixture
def counted(database: Engine, database_url: str, shared_data: Path, tmp_path: Path) -> Iterator[Counted]:
    kosovo = Kosovo.read(shared_data)
    key = set_up(database, kosovo)
    with (
        serving(database_url, tmp_path) as server,
        httpx.Client(base_url=server.url, timeout=60, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        hands = {team: Hand(enrolled(database, client, team), MISSION) for team in kosovo.municipalities}
        made = operations(kosovo, hands)
        first = [result for team, ops in made.items() for result in push(client, hands[team].phone, ops)]
        again = [result for team, ops in made.items() for result in push(client, hands[team].phone, ops)]
        yield Counted(database, client, kosovo, [op for ops in made.values() for op in ops], first, again)


def set_up(engine: Engine, kosovo: Kosovo) -> str:
    """The mission with its own checklists, stations and teams; an analyst's key."""
    now = datetime.now(UTC)
    with writing(engine) as connection:
        book = create_mission(connection, MISSION, "Kosovo 2013", DAY, ZONE, ["en"], checklists(kosovo), now)
        stations = import_stations(book, stations_csv(kosovo).encode(), Order({}))
        teams = import_teams(book, teams_csv(kosovo).encode(), Order({}))
        assert (stations.created, stations.rejected) == (STATIONS, [])
        assert (teams.created, teams.rejected) == (MUNICIPALITIES, [])
        return make_key(connection, MISSION, ["results:read"], 1, now)


def enrolled(engine: Engine, client: httpx.Client, team: str) -> Phone:
    key = ec.generate_private_key(ec.SECP256R1())
    with writing(engine) as connection:
        code = make_enrolment(connection, MISSION, team, datetime.now(UTC), timedelta(hours=1))
    jwk = public_jwk(Phone("", "", team, key))
    said = client.post("/v1/enrol", json={"code": code, "label": team, "public_key": jwk}).raise_for_status().json()
    client.cookies.clear()
    return Phone(said["device_id"], said["token"], team, key)


def push(client: httpx.Client, phone: Phone, ops: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The outcome of each operation, sent in batches as phones do."""
    for start in range(0, len(ops), BATCH):
        batch = ops[start : start + BATCH]
        raw = gzip.compress(json.dumps({"protocol": 1, "device_id": phone.device_id, "ops": batch}).encode(), 1)
        headers = {**phone.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}
        said = client.post("/v1/sync/push", content=raw, headers=headers).raise_for_status().json()
        assert [result["op_id"] for result in said["results"]] == [op["op_id"] for op in batch]
        yield from said["results"]


@pytest.mark.slow
@pytest.mark.timeout(300)  # seven thousand operations, also on a machine that is busy
def test_every_form_of_kosovo_counts_as_it_was_typed(counted: Counted, shared_data: Path) -> None:
    everything_came_in_once_and_as_it_was_sent(counted)
    the_facts_are_met(counted)
    every_choice_equals_a_count_made_from_the_file(counted, shared_data)
    every_number_equals_a_sum_made_from_the_file(counted, shared_data)
    stations_and_forms_without_one_are_told_apart(counted)
    stations_with_several_forms_are_visible(counted)
    every_table_is_made_of_the_same_reports(counted, shared_data)


def everything_came_in_once_and_as_it_was_sent(counted: Counted) -> None:
    """The second time changes nothing: the same numbers, no new entry."""
    assert Counter(result["outcome"] for result in counted.first) == {"accepted": REPORTS}
    assert Counter((result["outcome"], result["state"]) for result in counted.again) == {
        ("duplicate", "accepted"): REPORTS
    }
    numbers = [result["server_seq"] for result in counted.first]
    assert [result["server_seq"] for result in counted.again] == numbers
    with reading(counted.engine) as connection:
        stored = connection.execute(select(LOG.c.op_id, LOG.c.body, LOG.c.flags).where(LOG.c.author_kind == "device"))
        rows = {row.op_id: row for row in stored}
    assert {op_id: row.body.decode() for op_id, row in rows.items()} == {op["op_id"]: op["body"] for op in counted.sent}
    flags = Counter(flag for row in rows.values() for flag in row.flags.split())
    assert set(flags) <= {"clock", "place_unlisted"}, "links and signatures are in order"
    assert flags["place_unlisted"] == UNPLACED * 3


def the_facts_are_met(counted: Counted) -> None:
    assert len(counted.kosovo.rows) == FORMS
    named = {column["column"]: column for column in counted.kosovo.columns}
    for column, fact in FACTS.items():
        row = counted.row(named[column])
        found = {**row["counts"], "not_observed": row["not_observed"], "missing": row["missing"]}
        assert found == fact, column
    regions = counted.answer("OPENING", by="region", question="q01gja")["results"][0]["rows"]
    assert len({row["by"]["region"] for row in regions} - {None}) == MUNICIPALITIES


@cache
def file_of(shared_data: Path) -> list[dict[str, str]]:
    """The lines of the file, read without any code of the mission."""
    with (shared_data / "kosovo-2013-round1" / "reports.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def cells(shared_data: Path, column: str) -> Counter[str]:
    """A column of the file, counted."""
    return Counter(line[column] for line in file_of(shared_data))


WORDS = {
    "yes_no": {"yes": "PO", "no": "JO"},
    "missing_material": {"yes": "TRUE", "no": "FALSE"},
    "party_observer": {"yes": "TRUE", "no": "FALSE"},
    "frequency": {"always": "Gjithmonë", "sometimes": "Nganjëherë", "rarely": "Rrallë Herë", "never": "Aspak"},
    "time_band": {
        "before_500": "para orës 5:00", "from_500_to_530": "5:00 - 5:30", "from_530_to_600": "5:30 - 6:00",
        "from_600_to_700": "6:00 - 7:00", "from_700": "7:00 +", "from_700_to_730": "7:00 - 7:30",
        "from_730_to_800": "7:30 - 8:00", "from_800": "8:00 +", "from_1800_to_1830": "18:00 - 18:30",
        "from_1830_to_1900": "18:30 - 19:00", "from_1900_to_1930": "19:00 - 19:30", "from_1930": "19:30 +",
        "from_1900_to_2000": "19:00 -20:00", "from_2000_to_2100": "20:00 - 21:00", "from_2200": "22:00 +",
        "until_1930": "deri 19:30", "from_1930_to_2000": "19:30 - 20:00", "from_2000_to_2300": "20:00 - 23:00",
        "from_2300": "23:00 +",
    },
}  # fmt: skip
"""Kind of column -> option -> how it stands in the file."""


def every_choice_equals_a_count_made_from_the_file(counted: Counted, shared_data: Path) -> None:
    """Yes and no, ticks, frequencies, bands; what was written off the list is no observation."""
    for column in counted.columns(*WORDS):
        row, typed, words = counted.row(column), cells(shared_data, column["column"]), WORDS[column["type"]]
        expected = {option: typed[words[option]] for option in row["counts"]}
        assert row["counts"] == expected, column["column"]
        assert row["not_observed"] == typed["N/A"], column["column"]
        assert row["visits"] == row["asked"] == FORMS
        assert row["missing"] == FORMS - typed["N/A"] - sum(expected.values()), column["column"]
        if column["type"] != "time_band":
            assert row["missing"] == typed[""], column["column"]


def every_number_equals_a_sum_made_from_the_file(counted: Counted, shared_data: Path) -> None:
    for column in counted.columns("integer"):
        if column["stage"] == "key":
            continue
        row, typed = counted.row(column), cells(shared_data, column["column"])
        numbers = Counter({int(text): times for text, times in typed.items() if text})
        assert row["numeric"]["n"] == numbers.total(), column["column"]
        assert row["numeric"]["sum"] == sum(number * times for number, times in numbers.items()), column["column"]
        assert row["numeric"]["zeros"] == numbers[0], "0 often means left blank: it is counted beside, not dropped"
        assert row["missing"] == typed[""]


def stations_and_forms_without_one_are_told_apart(counted: Counted) -> None:
    for answer in counted.answers.values():
        assert answer["suspected_duplicates"] == 0, "one device a municipality: two forms are two visits"
        for entry in answer["results"]:
            [row] = entry["rows"]
            said = (row["visits"], row["stations"], row["place_unknown"], row["teams"])
            assert said == (FORMS, STATIONS, UNPLACED, MUNICIPALITIES)


def stations_with_several_forms_are_visible(counted: Counted) -> None:
    """Two reports of one stage at one station both count, and both stand in the wide rows."""
    query = {"form": "OPENING", "format": "ndjson", "fields": "report_id,place,team"}
    lines = counted.client.get("/v1/answers", params=query).raise_for_status().text.splitlines()
    reports = [json.loads(line) for line in lines]
    places = Counter(report["place"] for report in reports)
    assert len(reports) == FORMS
    assert places.pop(None) == UNPLACED
    assert sum(times > 1 for times in places.values()) == REPEATED
    assert len(places) == STATIONS


def every_table_is_made_of_the_same_reports(counted: Counted, shared_data: Path) -> None:
    """T1 to T15 over HTTP, held to the file where the file says the same."""
    tables = {code: counted.client.get(f"/v1/tables/{code}").raise_for_status().json() for code in BUILDERS}
    for row in tables["T1"]["rows"]:
        said = (row["visits"], row["stations"], row["place_unknown"], row["teams"])
        assert said == (FORMS, STATIONS, UNPLACED, MUNICIPALITIES)
    items = {row["item"]: row for row in tables["T2"]["rows"]}
    for column in counted.columns("yes_no", "missing_material", "party_observer"):
        row, typed, words = items[column["code"]], cells(shared_data, column["column"]), WORDS[column["type"]]
        assert (row["n_yes"], row["n_no"]) == (typed[words["yes"]], typed[words["no"]]), column["column"]
        assert (row["not_observed"], row["missing"]) == (typed["N/A"], typed[""])
    frequencies = {column["code"]: column for column in counted.columns("frequency")}
    for row in (*tables["T5"]["rows"], *tables["T6"]["rows"]):
        typed = cells(shared_data, frequencies[row["item"]]["column"])
        seldom = sum(typed[WORDS["frequency"][word]] for word in ("sometimes", "rarely", "never"))
        assert row.get("negative", row.get("instances")) == seldom
    assert (tables["T3"]["rows"], tables["T4"]["rows"]) == ([], []), "these forms ask for no overall assessment"
    assert (tables["T7"]["rows"], tables["T8"]["rows"]) == ([], []), "and hold no protocol"
    by_region = {row["region"]: row for row in tables["T9"]["rows"]}
    assert len(by_region) == MUNICIPALITIES + 1, "with the forms without a station"
    assert sum(row["stations"] for row in by_region.values()) == STATIONS
    assert sum(row["received"] for row in tables["T10"]["rows"]) == REPORTS
    assert (tables["T11"]["rows"], tables["T12"]["rows"], tables["T14"]["rows"]) == ([], [], [])
    asked_in_words = [column["column"] for column in counted.columns("text") if column["stage"] != "key"]
    typed_in = [cell for column in asked_in_words for cell in cells(shared_data, column).elements()]
    written = sum(cell.strip() not in ("", "N/A") for cell in typed_in)
    assert len(tables["T13"]["rows"]) == written
    quality = {row["team"]: row for row in tables["T15"]["rows"]}
    assert (len(quality), sum(row["visits"] for row in quality.values())) == (MUNICIPALITIES, REPORTS)
    asked = [row for answer in counted.answers.values() for entry in answer["results"] for row in entry["rows"]]
    assert sum(row["missing"] for row in quality.values()) == sum(row["missing"] for row in asked)
    assert sum(row["suspected_duplicates"] + row["edited"] for row in quality.values()) == 0
    for code in BUILDERS:
        for form in ("csv", "xlsx", "html"):
            assert counted.client.get(f"/v1/tables/{code}.{form}").raise_for_status().content
