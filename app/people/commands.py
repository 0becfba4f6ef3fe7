"""urna enrol, urna key, urna staff ..., urna observers ..."""

import csv
import io
import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer
from sqlalchemy import Connection, Engine, select

from app.errors import UrnaError
from app.people import persons, second_factor
from app.people.acting import names_vault, totp_vault
from app.people.cards import Card, Heading, cards_page
from app.people.codes import link as link
from app.people.enrolment import make_enrolment
from app.people.keys import list_keys, make_key, revoke_key
from app.people.staff import add_staff, list_staff, refuse_unknown_mission, remove_staff
from app.store.audit import COMMAND
from app.store.database import reading, writing
from app.store.tables import Mission, Team, table

Secret = Callable[[], bytes]
GetEngine = Callable[[], Engine]
MISSIONS, TEAMS = table(Mission), table(Team)


def register(cli: typer.Typer, engine: GetEngine, public_url: Callable[[], str], secret: Secret) -> None:
    """Hang this room's verbs on the command."""
    _register_enrol(cli, engine, public_url)
    _register_key(cli, engine)
    _register_staff(cli, engine, secret)
    _register_observers(cli, engine, secret)


def _register_enrol(cli: typer.Typer, engine: GetEngine, public_url: Callable[[], str]) -> None:
    @cli.command()
    def enrol(
        mission: str = typer.Option(...),
        team: list[str] = typer.Option([], help="May be repeated with --print; left out there: every team."),
        hours: int = typer.Option(72, min=1, help="How long a code is good for."),
        print_to: Path | None = typer.Option(None, "--print", help="Write cards as HTML to print: A4, eight a sheet."),
        phones: int = typer.Option(1, min=1, max=20, help="Cards for each team."),
        hotline: str = typer.Option("", help="On the cards; default: the mission's setting hotline."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Print a one-time code for one device of a team, or cards with codes for many."""
        now, valid = datetime.now(UTC), timedelta(hours=hours)
        if print_to is not None:
            with writing(engine()) as connection:
                made = _cards(connection, mission, team, phones, public_url(), now, valid)
                heading = _heading(connection, mission, public_url(), now + valid, hotline)
                _write_private(print_to, cards_page(heading, made))
            return _tell_cards(made, print_to, public_url(), as_json)
        if len(team) != 1:
            raise UrnaError("invalid_parameter", "One code is for one team: give --team once, or --print FILE.")
        with writing(engine()) as connection:
            code = make_enrolment(connection, mission, team[0], now, valid)
        answer = {"code": code, "link": link(public_url(), code)}
        typer.echo(json.dumps(answer) if as_json else f"{answer['code']}\n{answer['link']}")


def _cards(
    connection: Connection, mission: str, teams: list[str], phones: int, url: str, now: datetime, valid: timedelta
) -> list[Card]:
    refuse_unknown_mission(connection, mission)
    every = select(TEAMS.c.code).where(TEAMS.c.mission == mission).order_by(TEAMS.c.code)
    wanted = teams or list(connection.execute(every).scalars())
    codes = [(team, make_enrolment(connection, mission, team, now, valid)) for team in wanted for _ in range(phones)]
    return [Card(team, code, link(url, code)) for team, code in codes]


def _heading(connection: Connection, mission: str, url: str, until: datetime, hotline: str) -> Heading:
    row = connection.execute(select(MISSIONS).where(MISSIONS.c.code == mission)).one_or_none()
    name, languages, settings = (row.name, row.languages, row.settings) if row else (mission, ["en"], {})
    parts = urlsplit(url)
    address = parts.netloc + parts.path.rstrip("/")
    until_utc = until.strftime("%Y-%m-%d %H:%M UTC")
    return Heading(name, address, until_utc, hotline or str(settings.get("hotline") or ""), tuple(languages))


def _write_private(file: Path, text: str) -> None:
    """Whoever reads the file can join as any of its teams: nobody but its owner may."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(handle, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


def _tell_cards(made: list[Card], file: Path, url: str, as_json: bool) -> None:
    if not url.startswith("https://"):
        typer.echo("Phones cannot join by an address without https: set URNA_PUBLIC_URL, and print again.", err=True)
    told: dict[str, Any] = {"file": str(file), "cards": [vars(card) for card in made]}
    typer.echo(json.dumps(told) if as_json else f"{len(made)} cards stand in {file}. Delete it when they are printed.")


def _register_key(cli: typer.Typer, engine: GetEngine) -> None:
    @cli.command()
    def key(
        mission: str = typer.Option(...),
        scope: list[str] = typer.Option(["results:read"], help="May be given more than once."),
        days: int = typer.Option(30),
        label: str = typer.Option("", help="For whom or what."),
        list_: bool = typer.Option(False, "--list", help="List the mission's keys instead; none is shown."),
        revoke: str = typer.Option("", help="Revoke the key of this id instead."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Print a fresh API key; it is not shown again."""
        now = datetime.now(UTC)
        if list_:
            with reading(engine()) as connection:
                refuse_unknown_mission(connection, mission)
                return _tell(list_keys(connection, mission), as_json)
        if revoke:
            with writing(engine()) as connection:
                revoke_key(connection, mission, revoke, now)
            return typer.echo(json.dumps({"revoked": revoke}) if as_json else f"{revoke} is revoked.")
        with writing(engine()) as connection:
            fresh = make_key(connection, mission, scope, days, now, label)
        typer.echo(json.dumps({"key": fresh}) if as_json else fresh)


def _register_staff(cli: typer.Typer, engine: GetEngine, secret: Secret) -> None:
    staff = typer.Typer(help="People of staff.", no_args_is_help=True)
    cli.add_typer(staff, name="staff")

    @staff.command()
    def add(
        name: str = typer.Argument(...),
        mission: str = typer.Option(...),
        role: str = typer.Option(..., help="admin, head, analyst, coordinator or auditor"),
        region: list[str] = typer.Option([], help="A coordinator's own; may be given more than once."),
        password: str = typer.Option("", help="Made up and printed where it is left out."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Add a person of staff, or give one a new role and password. Admins and analysts get a second factor."""
        password = password or secrets.token_urlsafe(12)
        needs_key = role in second_factor.SECOND_FACTOR_ROLES
        key = second_factor.new_key() if needs_key else None
        sealed = second_factor.seal(totp_vault(secret()), mission, name, key) if key else None
        with writing(engine()) as connection:
            add_staff(connection, mission, name, role, password, datetime.now(UTC), region, sealed)
        totp = second_factor.address(key, mission, name) if key else None
        answer = {"user": name, "password": password, "role": role, **({"totp": totp} if totp else {})}
        shown = f"{name} ({role}): {password}" + (f"\nSecond factor, for an authenticator app: {totp}" if totp else "")
        typer.echo(json.dumps(answer) if as_json else shown)

    @staff.command("list")
    def list_command(mission: str = typer.Option(...), as_json: bool = typer.Option(False, "--json")) -> None:
        """List the people of staff."""
        with reading(engine()) as connection:
            refuse_unknown_mission(connection, mission)
            _tell(list_staff(connection, mission), as_json)

    @staff.command()
    def remove(
        name: str = typer.Argument(...),
        mission: str = typer.Option(...),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Take a person out and end the sessions of hers or his."""
        with writing(engine()) as connection:
            remove_staff(connection, mission, name, datetime.now(UTC))
        typer.echo(json.dumps({"removed": name}) if as_json else f"{name} is removed.")


def _register_observers(cli: typer.Typer, engine: GetEngine, secret: Secret) -> None:
    observers = typer.Typer(help="Names of observers, kept apart from all that they saw.", no_args_is_help=True)
    cli.add_typer(observers, name="observers")

    @observers.command("import")
    def import_command(
        file: Path = typer.Argument(..., exists=True, dir_okay=False, help="CSV in UTF-8: team, name, phone, email."),
        mission: str = typer.Option(...),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Seal names into the table of names. They enter no log, no report and no export."""
        rows = _read_persons(file.read_bytes())
        vault = names_vault(secret())
        with writing(engine()) as connection:
            refuse_unknown_mission(connection, mission)
            ids = persons.add_persons(connection, vault, mission, rows, datetime.now(UTC))
        typer.echo(json.dumps({"created": len(ids)}) if as_json else f"{len(ids)} created.")

    @observers.command("list")
    def list_command(
        mission: str = typer.Option(...),
        reason: str = typer.Option(..., help="Stands in the audit trail."),
        team: str | None = typer.Option(None),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Show names; the audit trail says that they were shown, and why."""
        vault = names_vault(secret())
        with writing(engine()) as connection:
            refuse_unknown_mission(connection, mission)
            rows = persons.read_persons(connection, vault, mission, team, COMMAND, reason, datetime.now(UTC))
        _tell(rows, as_json)


def _read_persons(raw: bytes) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise UrnaError("invalid_parameter", "The file is not CSV in UTF-8.") from None
    for row in rows:
        if not (row.get("team") and row.get("name")):
            raise UrnaError("invalid_parameter", "Each line has a team and a name; the first line names the columns.")
    return [{name: row.get(name) or "" for name in ("team", *persons.FIELDS)} for row in rows]


def _tell(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        return typer.echo(json.dumps(rows, ensure_ascii=False))
    for row in rows:
        typer.echo("  ".join(f"{name}={value}" for name, value in row.items() if value not in (None, "", [])))
