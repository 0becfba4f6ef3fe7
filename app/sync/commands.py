"""urna rebuild, urna replay."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy import Connection, Engine

from app.errors import UrnaError
from app.store.database import writing
from app.store.log import take_head
from app.store.writer import Writer
from app.sync.project import project
from app.sync.rebuild import missions_of, rebuild_findings, rebuild_reports
from app.sync.replay import Replayed, read_file, replay

EXIT_DIFFERENT, EXIT_REJECTED = 1, 1
FILE_BYTES_MAX, OPERATION_BYTES_MAX = 256 * 1024 * 1024, 65_536


def register(
    cli: typer.Typer, engine: Callable[[], Engine], rebuild_set_up: Callable[[Connection, str], Sequence[str]]
) -> None:
    """Hang this room's verbs on the command. `rebuild_set_up` is the set-up room's: names of tables that differed."""

    @cli.command()
    def rebuild(
        mission: list[str] = typer.Option([], help="By default every mission."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Make every projection again from the log. Exits 1 where one was not the same to the last bit."""
        known = missions_of(engine())
        if not set(mission) <= set(known):
            raise UrnaError("not_found", "No such mission: check the spelling.")
        differing = {code: _rebuild(engine(), code, rebuild_set_up) for code in mission or known}
        typer.echo(json.dumps({"differing": differing}) if as_json else _told(differing))
        if any(differing.values()):
            raise typer.Exit(EXIT_DIFFERENT)

    @cli.command("replay")
    def replay_file(
        file: Path = typer.Argument(exists=True, dir_okay=False, help="A copy saved on a phone: one operation a line."),
        mission: str | None = typer.Option(None, help="Take what is of this mission alone; by default of any here."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Bring in what a phone saved as a file. Each operation counts once, however it comes; exits 1 where any line
        could not be kept."""
        told = _replay(engine(), file.read_bytes(), mission)
        typer.echo(json.dumps(told.as_json()) if as_json else _replayed(told))
        if told.rejected:
            raise typer.Exit(EXIT_REJECTED)


def _replay(engine: Engine, raw: bytes, mission: str | None) -> Replayed:
    if mission is not None and mission not in missions_of(engine):
        raise UrnaError("not_found", "No such mission: check the spelling.")
    writer = Writer(engine, project)
    writer.start()
    try:
        return replay(engine, writer.submit, read_file(raw, FILE_BYTES_MAX), OPERATION_BYTES_MAX, mission)
    finally:
        writer.stop()


def _replayed(told: Replayed) -> str:
    lines = [f"{told.accepted} new, {told.duplicate} were here already"]
    lines += [f"  {count} wait for a person: {code}" for code, count in sorted(told.held.items())]
    lines += [f"  {count} cannot be kept: {code}" for code, count in sorted(told.rejected.items())]
    lines += [f"  {told.not_here} are of missions that are not here"] if told.not_here else []
    return "\n".join(lines)


def _rebuild(
    engine: Engine, mission: str, rebuild_set_up: Callable[[Connection, str], Sequence[str]]
) -> dict[str, list[str]]:
    """What was different, by kind of projection."""
    with writing(engine) as connection:
        take_head(connection, mission, datetime.now(UTC))
        set_up = list(rebuild_set_up(connection, mission))
    found = {"set_up": set_up, "reports": rebuild_reports(engine, mission)}
    found["findings"] = rebuild_findings(engine, mission)
    return {part: names for part, names in found.items() if names}


def _told(differing: dict[str, dict[str, list[str]]]) -> str:
    lines = []
    for mission, parts in differing.items():
        lines.append(f"{mission}: {'rebuilt; these were different' if parts else 'rebuilt; everything was the same'}")
        lines += [f"  {part}: {name}" for part, names in parts.items() for name in names]
    return "\n".join(lines) or "There is no mission."
