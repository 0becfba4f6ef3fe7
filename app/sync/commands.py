"""urna rebuild."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import typer
from sqlalchemy import Connection, Engine

from app.errors import UrnaError
from app.store.database import writing
from app.store.log import take_head
from app.sync.rebuild import missions_of, rebuild_findings, rebuild_reports

EXIT_DIFFERENT = 1


def register(
    cli: typer.Typer, engine: Callable[[], Engine], rebuild_set_up: Callable[[Connection, str], Sequence[str]]
) -> None:
    """Hang this room's verb on the command. `rebuild_set_up` is the set-up room's: names of tables that differed."""

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
