"""urna doctor: what is right, what is not, and the way out of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.operations import doctor
from app.operations.ground import Standing
from app.store import backup
from app.store.database import connect, writing
from app.store.epoch import Mark, write_marks
from app.store.seal import fingerprint
from tests.cast import AMA, EPOCH, MISSION
from tests.sending import Door, Hand, door_of, set_out
from tests.test_backup import Desk

SECRET = b"a secret of more than thirty-two bytes"


@pytest.fixture
def door(database: Engine) -> Iterator[Door]:
    set_out(database)
    with door_of(database) as opened:
        opened.send(AMA, Hand(AMA).finish())
        yield opened


@pytest.fixture
def well(door: Door, tmp_path: Path) -> Standing:
    """A server with which nothing is wrong but, on PostgreSQL, what the tests' own server leaves out for speed."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "index.html").write_text("")
    backup.back_up(door.engine, tmp_path / "backups", fingerprint(SECRET), datetime.now(UTC))
    url = door.engine.url.render_as_string(hide_password=False)
    return Standing(url, tmp_path, "https://urna.example.org", None, "urna.example.org", tmp_path, {"LIMIT": 7})


def verdicts(engine: Engine, standing: Standing, deep: bool = False) -> dict[str, tuple[str, str]]:
    return {one.what: (one.verdict, one.said) for one in doctor.examine(engine, standing, deep)}


def test_a_server_that_is_well_is_told_so(door: Door, well: Standing) -> None:
    found = verdicts(door.engine, well, deep=True)
    by_speed = {"durability", "standby"} if door.engine.dialect.name == "postgresql" else set()
    assert {what: said for what, (verdict, said) in found.items() if verdict != "ok" and what not in by_speed} == {}
    assert {"schema", "epoch", "database", "disk", "secret", "backup", f"log of {MISSION}", "address"} <= found.keys()


@pytest.mark.parametrize(
    ("change", "what", "verdict"),
    [
        ({"public_url": "http://urna.example.org"}, "address", "warning"),
        ({"trusted_hosts": "*"}, "address", "warning"),
        ({"secret_file": Path("/nowhere/secret")}, "secret", "warning"),
        ({"pages": Path("/nowhere")}, "phone app", "warning"),
    ],
)
def test_what_was_set_oddly_is_named(
    door: Door, well: Standing, change: dict[str, str], what: str, verdict: str
) -> None:
    assert verdicts(door.engine, replace(well, **change))[what][0] == verdict  # type: ignore[arg-type]


def test_a_secret_that_is_short_or_open_to_others_is_named(door: Door, well: Standing) -> None:
    well.secret.chmod(0o644)
    assert verdicts(door.engine, well)["secret"][0] == "warning"
    well.secret.write_text("short")
    assert verdicts(door.engine, well)["secret"][0] == "fault"


def test_a_full_disk_is_a_fault(door: Door, well: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "free_bytes", lambda _: 1000)
    assert verdicts(door.engine, well)["disk"][0] == "fault"


def test_an_older_database_a_broken_log_and_another_schema_are_faults(door: Door, well: Standing) -> None:
    write_marks(well.data_dir, {MISSION: Mark(EPOCH, 99)})
    assert verdicts(door.engine, well)["epoch"][0] == "fault"
    with writing(door.engine) as connection:
        connection.execute(text("UPDATE log_head SET entry = 'x'"))
    assert verdicts(door.engine, well, deep=True)[f"log of {MISSION}"] == (
        "fault",
        "breaks at entry 1: restore a backup",
    )
    with writing(door.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    assert verdicts(door.engine, well)["schema"][0] == "fault"


def test_an_old_backup_one_of_another_secret_and_none_are_told(door: Door, well: Standing) -> None:
    [file] = backup.backups_in(well.backups)
    manifest = json.loads(backup.manifest_of(file).read_text())
    old = {**manifest, "made_at": (datetime.now(UTC) - timedelta(days=2)).isoformat()}
    for odd in (old, {**manifest, "seal": "other"}):
        backup.manifest_of(file).write_text(json.dumps(odd))
        assert [one.verdict for one in doctor.examine(door.engine, well) if one.what == "backup"][-1] == "warning"
    file.unlink()
    assert verdicts(door.engine, well)["backup"][0] == "warning"


def test_a_database_that_does_not_answer_is_a_fault_and_nothing_else_stops(well: Standing) -> None:
    away = connect("postgresql+psycopg://nobody@/none?host=/nowhere")
    found = verdicts(away, well)
    assert (found["database"][0], found["disk"][0], found["backup"][0]) == ("fault", "ok", "ok")
    away.dispose()


def test_an_unwell_server_exits_1_and_prints_its_limits(door: Door, well: Standing) -> None:
    desk = Desk(door.engine, well.data_dir)
    write_marks(well.data_dir, {MISSION: Mark(EPOCH, 99)})
    unwell = desk.run("doctor")
    assert (unwell.exit_code, "URNA_PUSH_OPERATIONS_MAX: 100" in unwell.stdout) == (1, True)
    write_marks(well.data_dir, {})
    if door.engine.dialect.name == "sqlite":
        told = desk.run("doctor", "--json", "--deep")
        assert told.exit_code == 0
        assert json.loads(told.stdout)["limits"] == {"URNA_PUSH_OPERATIONS_MAX": 100}
