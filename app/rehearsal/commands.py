"""urna rehearse"""

import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import typer
from sqlalchemy import Engine

from app.errors import UrnaError
from app.rehearsal.mission import Kit, Tickets, make_mission
from app.rehearsal.page import page_of
from app.rehearsal.play import Crowd, Plan, client_of, enrol_all, play
from app.rehearsal.proof import prove
from app.rehearsal.report import report_of
from app.rehearsal.server import Cost, cost_of, own_server, pid_listening
from app.store.database import connect
from app.store.schema import migrate

OUTAGE = (0.4, 0.6)
EXIT_FAILED = 1
Said = Callable[[str], None]


def register(cli: typer.Typer, engine: Callable[[], Engine], kit: Kit) -> None:
    """Hang this room's verb on the command."""

    @cli.command()
    def rehearse(
        phones: int = typer.Option(100, min=1, max=20_000),
        minutes: float = typer.Option(2.0, min=0.05, help="The day from 07:00 to the last tabulation takes this long."),
        outage: bool = typer.Option(False, "--outage", help="No phone has a network in the middle fifth of the time."),
        seed: int = typer.Option(1),
        reports: int = typer.Option(12, min=3, max=60, help="Reports of each phone."),
        report: Path | None = typer.Option(
            None, help="Write a page with charts here, and the figures beside as .json."
        ),
        url: str = typer.Option(
            "", help="A server that runs, over the database of these settings. Default: one of its own."
        ),
        mission: str = typer.Option("", help="Code of the mission that is made. Default: one with the time in it."),
        codes: Path | None = typer.Option(
            None, help="Enrolment codes, one a line, for a server whose database is not here."
        ),
        key: str = typer.Option("", help="With --codes: an API key that counts the reports afterwards."),
        i_own_this_server: bool = typer.Option(False, "--i-own-this-server", help="Needed beyond this machine."),
        as_json: bool = typer.Option(False, "--json"),
    ) -> None:
        """Play an election day of many phones against a server, then ask it whether everything arrived, and once.

        Exits 1 where something was lost, doubled, or did not get through.
        """
        _refuse_foreign(url, i_own_this_server)
        plan = Plan(phones, minutes, seed, reports, OUTAGE if outage else None)
        with ExitStack() as stack:
            say: Said = lambda line: typer.echo(line, err=True)  # noqa: E731
            address, pid, over = _server(stack, url, engine)
            say(f"{phones} phones against {address}; making their mission and codes.")
            tickets = _tickets(over, kit, mission, plan, codes, key)
            found = asyncio.run(_rehearse(address, pid, plan, tickets, say))
        _write(found, report)
        typer.echo(json.dumps(found) if as_json else _told(found, report))
        if not found["holds"]:
            raise typer.Exit(EXIT_FAILED)


def _refuse_foreign(url: str, owned: bool) -> None:
    """A rehearsal is load: nobody's server but one's own gets it."""
    host = urlsplit(url).hostname or "localhost"
    if not (owned or host == "localhost" or _is_loopback(host)):
        raise UrnaError("invalid_parameter", "That server is not this machine. If it is yours: --i-own-this-server.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _server(stack: ExitStack, url: str, engine: Callable[[], Engine]) -> tuple[str, int | None, Callable[[], Engine]]:
    """Address, process id where it is known, and the database in which codes are made."""
    if url:
        port = urlsplit(url).port
        return url.rstrip("/"), pid_listening(port) if port else None, engine
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="urna-rehearsal-")))
    address = f"sqlite:///{folder / 'urna.db'}"
    own = connect(address)
    stack.callback(own.dispose)
    migrate(own)
    environment = {"URNA_DATABASE_URL": address, "URNA_DATA_DIR": str(folder), "URNA_TRUSTED_HOSTS": "*"}
    running, pid = stack.enter_context(own_server(environment))
    return running, pid, lambda: own


def _tickets(engine: Callable[[], Engine], kit: Kit, mission: str, plan: Plan, codes: Path | None, key: str) -> Tickets:
    if codes is None:
        return make_mission(engine(), kit, mission or f"REHEARSAL-{datetime.now(UTC):%m%d-%H%M%S}", plan.phones)
    lines = [line.strip() for line in codes.read_text().splitlines() if line.strip()]
    if len(lines) < plan.phones:
        raise UrnaError("invalid_parameter", f"{len(lines)} codes for {plan.phones} phones: make more with urna enrol.")
    return Tickets(lines[: plan.phones], key or None)


async def _rehearse(address: str, pid: int | None, plan: Plan, tickets: Tickets, say: Said) -> dict[str, Any]:
    async with client_of(address) as client:
        crowd = Crowd(client, plan)
        try:
            await enrol_all(crowd, tickets)
        except httpx.HTTPError as error:
            raise UrnaError("not_ready", f"No server answers at {address}: {type(error).__name__}.") from None
        say(f"{len(crowd.phones)} phones are enrolled; the day begins.")
        before = cost_of(pid) if pid else None
        begun = time.monotonic()
        await play(crowd, _Progress(say))
        took_s = time.monotonic() - begun
        cost = _spent(before, cost_of(pid) if pid else None)
        say("The day is over; asking for everything once more.")
        proof = await prove(crowd, tickets.key)
        return report_of(crowd, proof, cost, took_s, _circumstances(address))


class _Progress:
    """A line every twentieth of the time."""

    def __init__(self, say: Said) -> None:
        self._say, self._next = say, 0.05

    def __call__(self, crowd: Crowd) -> None:
        if crowd.now >= self._next * crowd.whole_s:
            made, settled = len(crowd.tally.made), len(crowd.tally.settled)
            away = "  (no network)" if crowd.is_away() else ""
            share = min(crowd.now / crowd.whole_s, 1)
            self._say(f"{share:4.0%}  {made:,} operations made, {settled:,} with a receipt{away}")
            self._next = crowd.now / crowd.whole_s + 0.05


def _spent(before: Cost | None, after: Cost | None) -> Cost | None:
    return Cost(after.cpu_s - before.cpu_s, after.memory_mb) if before and after else None


def _circumstances(address: str) -> dict[str, Any]:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {"Address": address, "Phones' machine": machine, "Ended": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}


def _write(found: dict[str, Any], report: Path | None) -> None:
    if report is not None:
        report.write_text(page_of(found))
        report.with_suffix(".json").write_text(json.dumps(found, indent=1))


def _told(found: dict[str, Any], report: Path | None) -> str:
    operations = found["operations"]
    lines = [
        f"{found['verdict']}: {operations['made']:,} operations, {operations['with_receipt']:,} with a receipt, "
        f"{operations['unsent']} unsent, {found['lost']} lost, {found['doubled']} doubled",
        f"push {found['push_ms']} ms, tried again {found['retries'] or 'never'}, server {found['server']}",
    ]
    return "\n".join([*lines, *([f"The page is {report}."] if report else [])])
