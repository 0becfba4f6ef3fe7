"""urna demo"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import typer
from sqlalchemy import Engine

from app.demo.kit import Kit
from app.demo.mission import ensure_mission, fresh_codes, fresh_doors
from app.demo.play import play_day, refuse_silence
from app.store.schema import migrate

SHOWN = "b45_q_overall"
"""The question that the printed call asks for: all of them are 180 KB."""


def register(cli: typer.Typer, engine: Callable[[], Engine], public_url: Callable[[], str], kit: Kit) -> None:
    """Hang this room's verb on the command."""

    @cli.command()
    def demo(
        day: bool = typer.Option(False, "--day", help="Also play the whole election day against a running server."),
        url: str = typer.Option("", help="The server for --day; default: the public address."),
        as_json: bool = typer.Option(False, "--json", help="Print one JSON object."),
    ) -> None:
        """Make the demo mission in an empty database, and print a fresh way in for each door."""
        migrate(engine())
        made = ensure_mission(engine(), kit)
        played = _play(engine(), kit, url or public_url()) if day else {}
        if day and not (made or as_json):  # a fresh password would sign out the desk that looks on
            return typer.echo("The doors stay those printed before; urna demo without --day prints fresh ones.")
        doors = fresh_doors(engine(), kit, public_url())
        typer.echo(json.dumps({**doors, **played}) if as_json else _told(doors, made))


def _play(engine: Engine, kit: Kit, url: str) -> dict[str, Any]:
    """What is told of the day as it goes stands on standard error."""
    with httpx.Client(base_url=url) as client:
        refuse_silence(client)
    played = play_day(url, fresh_codes(engine, kit), lambda line: typer.echo(line, err=True))
    counts = f"{played.reports:,} reports, {played.operations:,} operations, {played.rounds:,} rounds"
    typer.echo(f"{counts}, {played.resent:,} of them twice.", err=True)
    return {"day": played.as_json()}


def welcome(engine: Engine, url: str, kit: Kit) -> str:
    """Make the demo mission in an empty database; a fresh way in for each door, as lines to print."""
    made = ensure_mission(engine, kit)
    return _told(fresh_doors(engine, kit, url), made)


def _told(doors: dict[str, Any], made: bool) -> str:
    observer, staff = doors["observer"], doors["staff"]
    lines = [
        f"Mission {doors['mission']} " + ("is made." if made else "was here already."),
        f"Phone     {observer['link']}  (team {observer['team']}, code {observer['code']}, good for one device)",
        f"Desk      {doors['url']}/desk#m={doors['mission']}&u={staff['user']}  "
        f"(user {staff['user']}, password {staff['password']})",
        f'Analysts  curl -H "Authorization: Bearer {doors["api_key"]}" "{doors["url"]}/v1/results?question={SHOWN}"',
    ]
    return "\n".join(lines)
