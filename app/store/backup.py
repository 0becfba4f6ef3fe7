"""A backup is one SQLite file with every table, whichever database it was made of, and a manifest beside it.

It is made of one snapshot while phones go on sending, under a name of its own until it has been read again: integrity,
every link of every log, every blob. A file under the final name is a backup that was whole when it was written.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, select
from sqlalchemy.exc import DatabaseError

from app.store import chain
from app.store.database import connect, reading, writing
from app.store.epoch import HEADS
from app.store.log import BLOB
from app.store.schema import is_known, migrate, revision_of
from app.store.unbroken import first_break

ROWS_AT_ONCE = 1000
VERSIONS = "alembic_version"
PREFIX, SUFFIX = "urna-", ".db"


class BackupError(Exception):
    """A backup that cannot be made, or is not whole. The text says what to do."""


@dataclass(frozen=True)
class Backup:
    """What a manifest says. `missions`: code -> epoch, number and entry of the head at the moment of the snapshot."""

    file: str
    made_at: str
    bytes: int
    sha256: str
    revision: str
    seal: str
    """Fingerprint of the secret under which phones' receipts verify; the secret itself is in no backup."""
    missions: dict[str, dict[str, str | int]]


def back_up(engine: Engine, folder: Path, seal: str, now: datetime) -> Backup:
    """Write a backup into `folder`, read it again, and give it its name. Raises BackupError for one that is not whole,
    or for a schema that this version does not know.
    """
    with reading(engine) as connection:
        if not is_known(revision := revision_of(connection)):
            raise BackupError("The schema is not one of this version's: back it up with the version that serves it.")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{PREFIX}{now:%Y%m%dT%H%M%S%fZ}{SUFFIX}"
    part = file.with_suffix(".part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _fill(engine, part, revision)
        made = Backup(str(file.absolute()), now.isoformat(), *_weigh(part), revision, seal, examine(part))
        _sync(part)
        manifest_of(file).write_text(json.dumps(asdict(made), indent=1))
        part.rename(file)
    finally:
        for left in (part, *_beside(part)):
            left.unlink(missing_ok=True)
    return made


def examine(file: Path) -> dict[str, dict[str, str | int]]:
    """The heads of the missions in a backup that is whole. Raises BackupError for any other file."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    _compare_to_manifest(file)
    try:
        with opened(file) as connection:
            return _examined(connection)
    except DatabaseError as error:
        raise BackupError(f"{file} is no database that can be read: take the backup before it.") from error


@contextmanager
def opened(file: Path) -> Iterator[Connection]:
    """A backup to read from, without a byte of it changing: our own pragmas would write into its head."""
    engine = create_engine(f"sqlite:///file:{quote(str(file.absolute()))}?mode=ro&immutable=1&uri=true")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def read_manifest(file: Path) -> Backup | None:
    """What stands beside a backup; None where nothing does."""
    try:
        return Backup(**json.loads(manifest_of(file).read_text()))
    except FileNotFoundError:
        return None


def manifest_of(file: Path) -> Path:
    return file.with_suffix(".json")


def backups_in(folder: Path) -> list[Path]:
    """Newest last."""
    return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))


def keep_newest(folder: Path, count: int) -> list[Path]:
    """Remove all but the newest; those that went."""
    old = backups_in(folder)[:-count] if count else []
    for file in old:
        manifest_of(file).unlink(missing_ok=True)
        file.unlink()
    return old


def copy_rows(source: Connection, target: Connection) -> None:
    """Every row of every table of Urna's, between databases of one revision and either kind. What somebody else keeps
    there is left where it is."""
    from_tables, to_tables = MetaData(), MetaData()
    from_tables.reflect(source)
    to_tables.reflect(target)
    for name in sorted(from_tables.tables.keys() & to_tables.tables.keys() - {VERSIONS}):
        _copy_table(source, target, from_tables, to_tables, name)


def _copy_table(source: Connection, target: Connection, here: MetaData, there: MetaData, name: str) -> None:
    for one in (here, there):
        for column in one.tables[name].columns:
            if hasattr(column.type, "none_as_null"):
                column.type.none_as_null = True
    rows = source.execution_options(yield_per=ROWS_AT_ONCE).execute(select(here.tables[name]))
    for some in rows.mappings().partitions():
        target.execute(insert(there.tables[name]), [dict(row) for row in some])


def _fill(engine: Engine, part: Path, revision: str) -> None:
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        return
    target = connect(f"sqlite:///{part}")
    migrate(target, revision)
    with reading(engine) as source, writing(target) as copied:
        if revision_of(source) != revision:
            raise BackupError("The schema changed meanwhile: back up again when the migration is over.")
        copy_rows(source, copied)
    target.dispose()
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _examined(connection: Connection) -> dict[str, dict[str, str | int]]:
    if connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() != "ok":
        raise BackupError("The file is damaged: take the backup before it.")
    if not is_known(revision_of(connection)):
        raise BackupError("The file is of another version of Urna: use that version, then migrate.")
    heads = {row.mission: row for row in connection.execute(select(HEADS))}
    for mission in heads:
        if (number := first_break(connection, mission)) is not None:
            raise BackupError(f"The log of mission {mission} breaks at entry {number}: take the backup before it.")
    _examine_blobs(connection)
    facts = ("epoch", "server_seq", "entry")
    return {mission: {name: getattr(row, name) for name in facts} for mission, row in heads.items()}


def _examine_blobs(connection: Connection) -> None:
    for row in connection.execution_options(yield_per=50).execute(select(BLOB.c.hash, BLOB.c.content)):
        if chain.body_hash(bytes(row.content)) != row.hash:
            raise BackupError(f"The bytes of blob {row.hash[:12]} are others: take the backup before it.")


def _compare_to_manifest(file: Path) -> None:
    manifest = read_manifest(file)
    if manifest is not None and (manifest.bytes, manifest.sha256) != _weigh(file):
        raise BackupError(f"{file} is not what its manifest says: it was cut or changed. Take the backup before it.")


def _weigh(file: Path) -> tuple[int, str]:
    """Bytes and SHA-256."""
    with file.open("rb") as stream:
        return file.stat().st_size, file_digest(stream, "sha256").hexdigest()


def _beside(file: Path) -> list[Path]:
    """What SQLite lays beside a file that is open in WAL mode."""
    return [file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal")]


def _sync(file: Path) -> None:
    """To the disk, so that a power cut after the name is given finds the bytes."""
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def free_bytes(folder: Path) -> int:
    """On the disk of a folder, which need not be there yet."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free
