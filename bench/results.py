"""The analysts' door at 100,000 reports: `python -m bench.results` prints medians, and the ratio to a plain JSON pass.

The mirror is filled by SQL with made answers, which is how it would stand after that many reports; a second measure
feeds it from a real log.
"""

import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson

from app.forms.model import Checklist
from app.people.keys import make_key
from app.results.duck import FOREVER
from app.results.keeper import Keeper
from app.results.mirror import VISIT_COLUMNS, Mirror
from app.results.query import Query
from app.results.results import results
from app.results.setup import Fact, PlaceKey
from app.setup.frame import canonical
from app.setup.missions import create_mission
from app.store import chain
from app.store.database import connect, reading, writing
from app.store.log import Draft, append
from app.store.schema import migrate
from bench.figures import Figure
from tests.serving import serving

REPORTS, ITEMS, REGIONS, STATIONS, TEAMS = 100_000, 40, 20, 10_101, 150
MANY = 1_000_000
FED = 5_000
PLAIN = 5_000
"""Reports in the plain pass, which is slow; its time is scaled."""
TIMES = 7


def synthetic_mirror(reports: int = REPORTS, items: int = ITEMS) -> Mirror:
    """A mirror as it stands after that many finished reports: 85 % good answers, 10 % bad, 5 % blank."""
    mirror = Mirror("BENCH", "bench")
    mirror.begin()
    mirror.add_checklist(1, checklist(items), "0" * 64)
    places: dict[PlaceKey, Fact] = {
        ("station", f"{n:05d}"): {"code": f"{n:05d}", "region": f"R{n % REGIONS:02d}"} for n in range(STATIONS)
    }
    mirror.set_places(2, places)
    mirror.set_teams(3, {f"{n:04d}": {"code": f"{n:04d}"} for n in range(TEAMS)})
    first = mirror.place_number(("station", "00000"))
    draw = "hash({0} * 1000 + {1}) % 1000"
    answers = [
        f"CASE WHEN {draw.format('i', n)} < 850 THEN 128 WHEN {draw.format('i', n)} < 950 THEN 256 "
        f"ELSE (1 << ({draw.format('i', n)} % 4 + 1)::INT) END"
        for n in range(items)
    ]
    names = [column.split()[0] for column in VISIT_COLUMNS.split(", ")] + [f"q{n}" for n in range(items)]
    base = (
        f"i + 10, i + 10, {FOREVER}, 1, 1, {first} + hash(i) % {STATIONS}, hash(i + 7) % {TEAMS}, 0, "
        "7 + i % 13, 420 + i % 780, 0, i, 450 + i % 780, 360, 0, false"
    )
    mirror.connection.execute(
        f"INSERT INTO visit_0 ({', '.join(names)}) SELECT {base}, {', '.join(answers)} FROM range({reports}) t(i)"
    )
    mirror.add_entries([(10 + reports, datetime.now(UTC))])
    mirror.commit(10 + reports)
    return mirror


def checklist(items: int) -> Checklist:
    """Closed questions with two options each."""
    options = [{"code": code, "label": {"en": code}} for code in ("yes", "no")]
    closed = {"type": "single", "measure": "yes_no", "options": options, "negative_when": ["no"]}
    asked = [{"code": f"q{n:02d}", "id": f"Q{n:02d}", "label": {"en": f"Question {n}"}, **closed} for n in range(items)]
    section = {"code": "all", "label": {"en": "All"}, "items": asked}
    head = {"code": "B", "stage": "voting", "version": 1, "languages": ["en"], "title": {"en": "B"}, "place": "station"}
    return Checklist.model_validate({**head, "sections": [section]})


def body(number: int, items: int = ITEMS) -> dict[str, Any]:
    """What a phone sends."""
    answers = {f"q{n:02d}": "no" if (number * 7 + n * 13) % 10 == 0 else "yes" for n in range(items)}
    place = {"kind": "station", "id": f"{number % STATIONS:05d}"}
    arrived_at = f"2022-11-20T{7 + number % 13:02d}:00"
    return {"form": "B", "form_version": 1, "place": place, "visit_no": 1, "arrived_at": arrived_at, "answers": answers}


def median_ms(act: Callable[[], object], times: int = TIMES) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def plain_pass_ms(reports: int) -> float:
    """The same table by reading every body as JSON, scaled from a part of them."""
    texts = [json.dumps(body(number)) for number in range(PLAIN)]

    def count() -> None:
        counts: Counter[tuple[int, str, str]] = Counter()
        stations: dict[tuple[int, str, str], set[str]] = {}
        for text in texts:
            report = json.loads(text)
            station = report["place"]["id"]
            region = int(station) % REGIONS
            for code, answer in report["answers"].items():
                counts[region, code, answer] += 1
                stations.setdefault((region, code, answer), set()).add(station)

    return median_ms(count, 3) * reports / PLAIN


def measure_table(reports: int = REPORTS) -> list[Figure]:
    mirror = synthetic_mirror(reports)
    query = Query(by=("region",))
    full = median_ms(lambda: results(mirror, query, mirror.applied))
    by_station = median_ms(lambda: results(mirror, Query(by=("region",), unit="station"), mirror.applied))
    written = median_ms(lambda: orjson.dumps(results(mirror, query, mirror.applied)))
    plain = plain_pass_ms(reports)
    return [
        Figure(f"full table, {ITEMS} items by {REGIONS} regions, {reports:,} reports", full, "ms", "<= 150"),
        Figure("the same as JSON text", written, "ms", ""),
        Figure("the same with unit=station", by_station, "ms", ""),
        Figure("a plain JSON pass over the same reports", plain, "ms", ""),
        Figure("plain pass / full table", plain / full, "x", ""),
    ]


def measure_million() -> list[Figure]:
    """The same table over ten times the reports."""
    mirror = synthetic_mirror(MANY)
    full = median_ms(lambda: results(mirror, Query(by=("region",)), mirror.applied), 3)
    return [
        Figure(f"full table, {ITEMS} items by {REGIONS} regions, {MANY:,} reports", full, "ms", "<= 1200"),
        Figure("plain pass over as many / full table", plain_pass_ms(MANY) / full, "x", ""),
    ]


def measure_feed(reports: int = FED) -> list[Figure]:
    """From the log of a SQLite file into the mirror."""
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'urna.db'}")
        migrate(engine)
        now = datetime.now(UTC)
        with writing(engine) as connection:
            create_mission(connection, "BENCH", "Bench", "2022-11-20", "Asia/Almaty", ["en"], [checklist(ITEMS)], now)
            for start in range(0, reports, 1000):
                append(connection, "BENCH", [draft(n) for n in range(start, start + 1000)], now)
        with reading(engine) as connection:
            start_s = time.perf_counter()
            caught = Keeper("BENCH").catch_up(connection, 120)
            taken = time.perf_counter() - start_s
            assert caught.mirror.applied == caught.head
        engine.dispose()
    return [Figure(f"reports into the mirror, {reports:,} from SQLite", reports / taken, "reports/s", ">= 500")]


def draft(number: int, mission: str = "BENCH") -> Draft:
    raw = canonical(body(number))
    report_id, digest = str(UUID(int=number)), chain.body_hash(raw)
    link = chain.link(mission, "phone", number, report_id, "report.finish", report_id, "", None, None, digest)
    more: dict[str, Any] = {"team": f"{number % TEAMS:04d}", "number": number + 1, "report_id": report_id}
    return Draft(report_id, "report.finish", "device", "phone", "", raw, link, digest, **more)


def measure_poll(times: int = 200) -> list[Figure]:
    """GET /v1/results with the tag that still holds, over loopback to a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'urna.db'}"
        engine = connect(url)
        migrate(engine)
        now = datetime.now(UTC)
        with writing(engine) as connection:
            create_mission(connection, "BENCH", "Bench", "2022-11-20", "Asia/Almaty", ["en"], [checklist(ITEMS)], now)
            append(connection, "BENCH", [draft(n) for n in range(1000)], now)
            key = make_key(connection, "BENCH", ["results:read"], 1, now)
        engine.dispose()
        with serving(url, Path(folder)) as server, httpx.Client(headers={"Authorization": f"Bearer {key}"}) as client:
            address = f"{server.url}/v1/results?by=region"
            first = client.get(address)
            known = {"If-None-Match": first.raise_for_status().headers["ETag"]}
            assert client.get(address, headers=known).status_code == 304
            poll = median_ms(lambda: client.get(address, headers=known), times)
    return [Figure("unchanged poll over loopback", poll, "ms", "<= 5")]


def measure() -> list[Figure]:
    """Everything that this file measures."""
    return [*measure_table(), *measure_million(), *measure_feed(), *measure_poll()]


if __name__ == "__main__":
    for figure in measure():
        print(f"{figure.name:60} {figure.value:12,.1f} {figure.unit:10} {figure.goal}")
