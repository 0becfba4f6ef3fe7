"""urna enrol, urna key, urna staff add."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import typer
from sqlalchemy import Engine

from app.people.enrolment import make_enrolment
from app.people.keys import make_key
from app.people.staff import add_staff
from app.store.database import writing


def register(cli: typer.Typer, engine: Callable[[], Engine], public_url: Callable[[], str]) -> None:
    """Hang this room's verbs on the command."""
    staff = typer.Typer(help="People of staff.", no_args_is_help=True)
    cli.add_typer(staff, name="staff")

    @cli.command()
    def enrol(
        mission: str = typer.Option(...),
        team: str = typer.Option(...),
        hours: int = typer.Option(72, help="How long the code is good for."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Print a one-time code for one device of a team."""
        with writing(engine()) as connection:
            code = make_enrolment(connection, mission, team, datetime.now(UTC), timedelta(hours=hours))
        answer = {"code": code, "link": link(public_url(), code)}
        typer.echo(json.dumps(answer) if as_json else f"{answer['code']}\n{answer['link']}")

    @cli.command()
    def key(
        mission: str = typer.Option(...),
        scope: list[str] = typer.Option(["results:read"], help="May be given more than once."),
        days: int = typer.Option(30),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Print a fresh API key; it is not shown again."""
        with writing(engine()) as connection:
            fresh = make_key(connection, mission, scope, days, datetime.now(UTC))
        typer.echo(json.dumps({"key": fresh}) if as_json else fresh)

    @staff.command("add")
    def staff_add(
        name: str = typer.Argument(...),
        mission: str = typer.Option(...),
        role: str = typer.Option(..., help="admin, head, analyst, coordinator or auditor"),
        password: str = typer.Option("", help="Made up and printed where it is left out."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Add a person of staff, or give one a new role and password."""
        password = password or secrets.token_urlsafe(12)
        with writing(engine()) as connection:
            add_staff(connection, mission, name, role, password, datetime.now(UTC))
        answer = {"user": name, "password": password, "role": role}
        typer.echo(json.dumps(answer) if as_json else f"{name} ({role}): {password}")


def link(public_url: str, code: str) -> str:
    """The address that enrols: the code stands in the fragment, which no server and no log ever sees."""
    return f"{public_url.rstrip('/')}/#c={code}"
