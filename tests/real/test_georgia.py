"""The 3,095 precincts of Georgia's parliamentary election of 26 October 2024, as collected from the results pages."""

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

import app.__main__ as command
from app.settings import settings
from app.setup.projection import LOG, STATIONS
from app.store.database import reading

MAPPED = [
    "number=division_id", "name=address_1", "address=address_3", "region=district_id", "district=district_alt_id",
    "voters=total_registered_voters", "lon=lng",
]  # fmt: skip


@pytest.fixture
def georgia(database_url: str, shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file, with the command at a mission GE in an empty database."""
    monkeypatch.setenv("URNA_DATABASE_URL", database_url)
    monkeypatch.setenv("URNA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    command.engine.cache_clear()
    run("mission", "create", "--code", "GE", "--name", "Georgia", "--day", "2024-10-26", "--zone", "Asia/Tbilisi",
        "--languages", "en,ru", "--no-forms", "--json")  # fmt: skip
    yield shared_data / "georgia-2024" / "precincts.csv"
    command.engine().dispose()
    command.engine.cache_clear()
    settings.cache_clear()


def run(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(command.cli, arguments, catch_exceptions=False)
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def import_stations(file: Path, *more: str) -> dict[str, object]:
    mapped = [part for pair in MAPPED for part in ("--map", pair)]
    return run("import", "stations", str(file), "--mission", "GE", *mapped, *more, "--json")


def test_all_precincts_of_georgia_come_in_by_one_command_and_the_second_time_nothing_changes(georgia: Path) -> None:
    started = time.perf_counter()
    assert import_stations(georgia) == {"created": 3095, "updated": 0, "unchanged": 0, "rejected": []}
    assert time.perf_counter() - started < 10
    assert import_stations(georgia) == {"created": 0, "updated": 0, "unchanged": 3095, "rejected": []}
    with reading(command.engine()) as connection:
        kinds = connection.execute(select(LOG.c.kind).order_by(LOG.c.server_seq)).scalars().all()
        found = {row.code: row for row in connection.execute(select(STATIONS))}
    assert kinds == ["setup.mission", "setup.stations"]
    with georgia.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            station = found[line["division_id"]]
            assert (station.name, station.address) == (
                " ".join(line["address_1"].split()), " ".join(line["address_3"].split()),
            )  # fmt: skip
            assert (station.region, station.voters) == (line["district_id"], int(line["total_registered_voters"]))
            assert station.lat == (float(line["lat"]) if line["lat"].strip() else None)
            assert station.lon == (float(line["lng"]) if line["lng"].strip() else None)
    assert sum(station.lat is None for station in found.values()) == 65


def test_a_dry_run_over_georgia_writes_nothing(georgia: Path) -> None:
    assert import_stations(georgia, "--dry-run") == {"created": 3095, "updated": 0, "unchanged": 0, "rejected": []}
    with reading(command.engine()) as connection:
        assert connection.execute(select(STATIONS.c.code)).first() is None
