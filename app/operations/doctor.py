"""urna doctor: what is right with a server, what is not, and the way out. Reads; changes nothing."""

import json
import os
import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.operations.ground import Standing
from app.store.backup import Backup, backups_in, free_bytes, read_manifest
from app.store.database import reading, writing
from app.store.epoch import EpochConflictError, marks_of, read_marks, refuse_older_database
from app.store.schema import fault_of_schema
from app.store.seal import fingerprint
from app.store.secrets import load_secret
from app.store.unbroken import first_break

Verdict = Literal["ok", "warning", "fault"]
DISK_FREE_BYTES_MIN = 500 * 1024 * 1024
DISK_FREE_SHARE_MIN = 0.05
BACKUP_AGE_MAX = timedelta(hours=24)
CLOCK_OFF_MAX = timedelta(seconds=2)
FILES_MIN = 4096
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
"""Settings of PostgreSQL without which a commit is no promise."""


@dataclass(frozen=True)
class Finding:
    what: str
    verdict: Verdict
    said: str


def examine(engine: Engine, standing: Standing, deep: bool = False) -> list[Finding]:
    """Everything that can be asked of this machine. `deep` reads every log from its first entry."""
    return [*_of_machine(standing), *_of_database(engine, standing, deep), *_of_backups(standing)]


def _of_machine(standing: Standing) -> Iterator[Finding]:
    yield _disk(standing.data_dir)
    yield _secret(standing)
    yield _public(standing)
    built = (standing.pages / "index.html").is_file()
    yield Finding("phone app", "ok" if built else "warning", "built" if built else "not built: make run builds it")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    enough = files == resource.RLIM_INFINITY or files >= FILES_MIN
    said = f"{files} files and sockets at once" + ("" if enough else f": raise LimitNOFILE to {FILES_MIN} or more")
    yield Finding("open files", "ok" if enough else "warning", said)
    yield _zones()


def _disk(folder: Path) -> Finding:
    free = free_bytes(folder)
    said = f"{free / 1e9:.1f} GB free in {folder}"
    if free < DISK_FREE_BYTES_MIN:
        return Finding("disk", "fault", f"{said}: make room, phones are answered 507 when it is full")
    return Finding("disk", "ok", said)


def _secret(standing: Standing) -> Finding:
    file = standing.secret
    if not file.exists():
        return Finding("secret", "warning", f"{file} is not there: the first start makes it; back it up apart")
    try:
        load_secret(file, standing.data_dir)
    except (OSError, ValueError) as error:
        return Finding("secret", "fault", str(error))
    if file.stat().st_mode & 0o077:
        return Finding("secret", "warning", f"others may read {file}: chmod 600")
    return Finding("secret", "ok", f"{file}; no backup holds it: keep a copy apart")


def _public(standing: Standing) -> Finding:
    url = standing.public_url
    if not (url or "").startswith("https://"):
        return Finding("address", "warning", "URNA_PUBLIC_URL is no https address: only a browser here can work")
    if standing.trusted_hosts == "*":
        return Finding("address", "warning", f"{url}; name its host in URNA_TRUSTED_HOSTS, which serves any now")
    return Finding("address", "ok", str(url))


def _zones() -> Finding:
    try:
        ZoneInfo("Asia/Almaty")
    except ZoneInfoNotFoundError:
        return Finding("time zones", "fault", "the IANA zones are not here: install tzdata")
    return Finding("time zones", "ok", "here")


def _of_database(engine: Engine, standing: Standing, deep: bool) -> Iterator[Finding]:
    try:
        with reading(engine) as connection:
            yield _schema(connection)
            yield _epoch(connection, standing)
            yield from _KINDS[engine.dialect.name](connection)
            yield from _chains(connection) if deep else ()
        with writing(engine) as connection:
            connection.execute(text("UPDATE log_head SET server_seq = server_seq WHERE mission IS NULL"))
        yield Finding("database", "ok", f"{engine.url.render_as_string(hide_password=True)} takes writes")
    except SQLAlchemyError as error:
        name = engine.url.render_as_string(hide_password=True)
        yield Finding("database", "fault", f"{name}: {type(error).__name__}; does it run, is URNA_DATABASE_URL right?")


def _schema(connection: Connection) -> Finding:
    fault = fault_of_schema(connection)
    return Finding("schema", "fault" if fault else "ok", fault or "this version's")


def _epoch(connection: Connection, standing: Standing) -> Finding:
    try:
        refuse_older_database(read_marks(standing.data_dir), marks_of(connection))
    except EpochConflictError as error:
        return Finding("epoch", "fault", str(error))
    return Finding("epoch", "ok", "the database is as far as the data folder remembers")


def _sqlite(connection: Connection) -> Iterator[Finding]:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    said = "WAL, synchronous=FULL" if mode == "wal" else f"journal mode {mode}: keep the file on a local disk"
    yield Finding("durability", "ok" if mode == "wal" else "fault", said)


def _postgresql(connection: Connection) -> Iterator[Finding]:
    off = [name for name in ("fsync", "synchronous_commit", "full_page_writes") if _shown(connection, name) == "off"]
    said = (
        f"{', '.join(off)} off: what was confirmed can be lost"
        if off
        else "fsync, synchronous_commit, full_page_writes"
    )
    yield Finding("durability", "fault" if off else "ok", said)
    yield _standby(connection)
    now = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    away = abs(now - datetime.now(UTC))
    verdict: Verdict = "ok" if away <= CLOCK_OFF_MAX else "warning"
    yield Finding("clock", verdict, f"{away.total_seconds():.1f} s from the database's" + _ntp(verdict))


def _ntp(verdict: Verdict) -> str:
    return "" if verdict == "ok" else ": set both by NTP"


def _standby(connection: Connection) -> Finding:
    named = _shown(connection, "synchronous_standby_names")
    if not named:
        return Finding("standby", "warning", "no synchronous standby: what this machine confirmed goes with it")
    query = text("SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')")
    here = connection.execute(query).scalar_one()
    if not here:
        return Finding("standby", "fault", f"{named} is named and none is connected: commits wait")
    return Finding("standby", "ok", f"{here} in step")


def _shown(connection: Connection, setting: str) -> str:
    return str(connection.execute(text("SELECT current_setting(:name)"), {"name": setting}).scalar_one())


_KINDS: dict[str, Callable[[Connection], Iterator[Finding]]] = {"sqlite": _sqlite, "postgresql": _postgresql}


def _chains(connection: Connection) -> Iterator[Finding]:
    for mission in marks_of(connection):
        number = first_break(connection, mission)
        said = "unbroken from its first entry" if number is None else f"breaks at entry {number}: restore a backup"
        yield Finding(f"log of {mission}", "ok" if number is None else "fault", said)


def _of_backups(standing: Standing) -> Iterator[Finding]:
    newest = backups_in(standing.backups)[-1:]
    manifest = read_manifest(newest[0]) if newest else None
    if manifest is None:
        yield Finding("backup", "warning", f"none in {standing.backups}: urna backup, every quarter of an hour")
        return
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.made_at)
    said = f"{manifest.file}, {age.total_seconds() / 3600:.1f} h old"
    yield Finding("backup", "ok" if age <= BACKUP_AGE_MAX else "warning", said)
    if _sealed_by_another(manifest, standing):
        yield Finding("backup", "warning", "made under another secret: phones' receipts of then do not verify here")


def _sealed_by_another(manifest: Backup, standing: Standing) -> bool:
    try:
        return standing.secret.exists() and manifest.seal != fingerprint(
            load_secret(standing.secret, standing.data_dir)
        )
    except (OSError, ValueError):  # told of under `secret`
        return False


def as_json(findings: list[Finding], limits: Any) -> str:
    return json.dumps({"findings": [vars(one) for one in findings], "limits": dict(limits)})


def told(findings: list[Finding], limits: Any) -> str:
    """As lines: the findings, then the limits that phones meet."""
    lines = [f"{one.verdict:8} {one.what}: {one.said}" for one in findings]
    return os.linesep.join([*lines, "", "Limits", *(f"  {name}: {value}" for name, value in limits.items())])
