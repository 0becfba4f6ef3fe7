"""urna backup, urna restore, urna doctor."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy import Engine

from app.operations import doctor
from app.operations.ground import Standing
from app.store.backup import Backup, BackupError, back_up, keep_newest, read_manifest
from app.store.epoch import adopt
from app.store.restore import Restored, put_back
from app.store.seal import fingerprint
from app.store.secrets import load_secret

EXIT_FAULT, EXIT_UNWELL = 2, 1
OTHER_SEAL = "This backup was made under another secret: put that one back too, or no receipt of then verifies."


def register(
    cli: typer.Typer, current: Callable[[], Engine], engine: Callable[[], Engine], standing: Callable[[], Standing]
) -> None:
    """Hang this room's verbs on the command. `current` ends in words where the schema is not this version's."""

    @cli.command()
    def backup(
        to: Path | None = typer.Option(None, help="A folder; default: backups in the data folder."),
        keep: int = typer.Option(0, min=0, help="Remove all but that many of the newest; 0 keeps all."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Write one file with everything, while phones go on sending, and read it again before it gets its name."""
        where = standing()
        folder = to or where.backups
        try:
            made = back_up(current(), folder, _seal(where), datetime.now(UTC))
        except BackupError as error:
            _end(str(error))
        gone = keep_newest(folder, keep)
        typer.echo(json.dumps(asdict(made)) if as_json else _told_backup(made, len(gone)))

    @cli.command()
    def restore(
        file: Path | None = typer.Argument(None, help="A backup of urna backup."),
        adopt_database: bool = typer.Option(False, "--adopt", help="Take the database as it stands instead."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Put a backup in the place of the database, which is moved aside, or adopt one that other tools put back.

        Missions that may lack entries get a new epoch, so that phones offer all again. Stop the server first.
        """
        if (file is None) == (not adopt_database):
            _end("Give a backup's file, or --adopt for a database that you have put back with its own tools.")
        restored = _restored(engine(), file, standing())
        typer.echo(json.dumps(asdict(restored)) if as_json else _told_restore(restored))

    @cli.command("doctor")
    def doctor_command(
        deep: bool = typer.Option(False, help="Also read every log from its first entry."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Say what is right with this server, what is not, and the way out. Exits 1 where something is at fault."""
        where = standing()
        found = doctor.examine(engine(), where, deep)
        typer.echo(doctor.as_json(found, where.limits) if as_json else doctor.told(found, where.limits))
        if any(one.verdict == "fault" for one in found):
            raise typer.Exit(EXIT_UNWELL)


def _restored(engine: Engine, file: Path | None, where: Standing) -> Restored:
    if file is None:
        return Restored(None, adopt(engine, where.data_dir), [])
    manifest = read_manifest(file)
    if manifest is not None and manifest.seal != _seal(where):
        typer.echo(
            "This backup was made under another secret: put that one back too, or phones must enrol anew.", err=True
        )
    try:
        return put_back(engine, file, where.data_dir, datetime.now(UTC))
    except BackupError as error:
        _end(str(error))


def _seal(where: Standing) -> str:
    return fingerprint(load_secret(where.secret_file, where.data_dir))


def _told_backup(made: Backup, gone: int) -> str:
    lines = [f"{made.file}: {made.bytes:,} bytes, whole", *(["Older ones removed: " + str(gone)] if gone else [])]
    lines += [f"  {code}: up to number {head['server_seq']}" for code, head in made.missions.items()]
    return "\n".join([*lines, "Not in it: the secret. Keep a copy of that file apart."])


def _told_restore(restored: Restored) -> str:
    lines = [f"{code}: epoch {mark.epoch}, next number {mark.server_seq + 1}" for code, mark in restored.marks.items()]
    if restored.aside:
        lines.append(f"What was there before lies in {restored.aside}.")
    if restored.missing:
        lines.append(f"Not in this backup: {', '.join(restored.missing)}. Look for a newer one.")
    return "\n".join(lines)


def _end(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(EXIT_FAULT)
