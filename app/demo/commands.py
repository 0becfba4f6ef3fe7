"""urna demo"""

import json
from collections.abc import Callable
from typing import Any

import typer
from sqlalchemy import Engine

from app.demo.kit import Kit
from app.demo.mission import ensure_mission, fresh_doors
from app.store.schema import migrate


def register(cli: typer.Typer, engine: Callable[[], Engine], public_url: Callable[[], str], kit: Kit) -> None:
    """Hang this room's verb on the command."""

    @cli.command()
    def demo(
        as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
    ) -> None:
        """Make the demo mission in an empty database, and print a fresh way in for each door."""
        migrate(engine())
        made = ensure_mission(engine(), kit)
        doors = fresh_doors(engine(), kit, public_url())
        typer.echo(json.dumps(doors) if as_json else _told(doors, made))


def welcome(engine: Engine, url: str, kit: Kit) -> str:
    """Make the demo mission in an empty database; a fresh way in for each door, as lines to print."""
    made = ensure_mission(engine, kit)
    return _told(fresh_doors(engine, kit, url), made)


def _told(doors: dict[str, Any], made: bool) -> str:
    observer, staff = doors["observer"], doors["staff"]
    lines = [
        f"Mission {doors['mission']} " + ("is made." if made else "was here already."),
        f"Phone     {observer['link']}  (team {observer['team']}, code {observer['code']}, good for one device)",
        f"Desk      {doors['url']}/desk  (user {staff['user']}, password {staff['password']})",
        f'Analysts  curl -H "Authorization: Bearer {doors["api_key"]}" {doors["url"]}/v1/results',
    ]
    return "\n".join(lines)
