"""The `urna` command. Each room brings its own verbs; here they meet."""

import json
import socket
import sys
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import typer
import uvicorn
from sqlalchemy import Engine
from uvicorn.supervisors.multiprocess import Multiprocess

from app.demo import commands as demo
from app.demo.kit import Kit
from app.errors import UrnaError
from app.ledger import commands as ledger
from app.main import VERSION, create_app, create_server
from app.operations import commands as operations
from app.operations.ground import Standing
from app.operations.sbom import bill
from app.people import commands as people
from app.people.enrolment import make_enrolment
from app.people.keys import make_key
from app.people.staff import add_staff
from app.rehearsal import commands as rehearsal
from app.rehearsal.mission import Kit as RehearsalKit
from app.settings import settings
from app.setup import commands as setup
from app.setup.projection import rebuild as rebuild_set_up
from app.setup.whole import set_up
from app.store.database import connect, reading
from app.store.epoch import EpochConflictError, marks_of, read_marks, refuse_older_database
from app.store.schema import ROOT, fault_of_schema, migrate
from app.store.seal import Seal
from app.store.secrets import load_secret
from app.sync import commands as sync
from app.web import metrics
from app.web.logs import LOG_CONFIG, set_up_logs
from app.web.pages import STATIC

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Election observation: phones send, analysts pull.")
EXIT_SCHEMA, EXIT_EPOCH, EXIT_FAULT = 3, 4, 2
GRACEFUL_SHUTDOWN_S = 20
KEEP_ALIVE_S = 75
"""How long an idle line stays open: longer than a proxy keeps it (deploy/nginx.conf) and than pollers rest, for what is
sent on a line just as the server closes it is lost."""
PLACES_MAX = 20
LIMITS = (
    "push_operations_max", "push_body_bytes_max", "operation_bytes_max", "push_burst_per_device",
    "push_per_s_per_device", "writer_queue_max", "writer_group_operations_max", "enrolment_valid_h",
)  # fmt: skip
NO_SCHEMA = "{fault}. It is {where}; is this the folder in which Urna runs?"
NAME_THE_FILE = "Let URNA_SECRET_FILE name a file of 32 random bytes or more, or leave it out: then Urna makes one."
NO_SEAL = "The server's secret is not here. Set URNA_SECRET_FILE, or give the public key: urna verify --key FILE"


@cache
def engine() -> Engine:
    return connect(settings().database_url)


def current_engine() -> Engine:
    """The database of a verb that makes no schema; where this version's is not there, the verb ends in words."""
    with reading(engine()) as connection:
        if fault := fault_of_schema(connection):
            _end(NO_SCHEMA.format(fault=fault, where=engine().url.render_as_string(hide_password=True)), EXIT_SCHEMA)
    return engine()


def secret() -> bytes:
    """The server's secret. Ends in words where the file that was named holds none."""
    try:
        return load_secret(settings().secret_file, settings().data_dir)
    except ValueError as error:
        _end(f"{error}. {NAME_THE_FILE}", EXIT_FAULT)


def seal() -> Seal:
    """The server's own signature. Ends in words where its secret is not here: one made now would verify nothing."""
    if settings().secret_file is None and not (settings().data_dir / "secret").exists():
        _end(NO_SEAL, EXIT_FAULT)
    return Seal(secret())


def public_url() -> str:
    return settings().public_url or "http://127.0.0.1:8000"


def standing() -> Standing:
    """What the verbs of operations need to know."""
    now = settings()
    limits = {f"URNA_{name.upper()}": getattr(now, name) for name in LIMITS}
    paths = (now.data_dir, now.public_url, now.secret_file, now.trusted_hosts, STATIC)
    return Standing(now.database_url, *paths, limits)


people.register(cli, current_engine, public_url, secret)
setup.register(
    cli, current_engine, lambda mission: ledger.signed_now(current_engine(), seal(), settings().data_dir, mission)
)
sync.register(cli, current_engine, rebuild_set_up)
ledger.register(cli, current_engine, seal, lambda: settings().data_dir)
operations.register(cli, current_engine, engine, standing)
DEMO = Kit(set_up, make_enrolment, people.link, make_key, add_staff)
demo.register(cli, engine, public_url, DEMO)
rehearsal.register(cli, current_engine, RehearsalKit(set_up, make_enrolment, make_key))


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to the newest schema."""
    migrate(engine())


@cli.command()
def serve(
    host: str = typer.Option("127.0.0.1"),
    port: int = typer.Option(8000, help="0 takes a free one; the address is printed."),
    workers: int = typer.Option(1, help="More than one needs PostgreSQL."),
) -> None:
    """Serve the API, the phone app and the desk. Exits 3 for a schema that is not ours, 4 for an older database."""
    if workers > 1 and settings().is_sqlite:
        _end("SQLite has one writer: use one worker, or set URNA_DATABASE_URL to a PostgreSQL.", EXIT_FAULT)
    current_engine()
    secret()
    serve_on(_bind(host, port), workers)


def serve_on(bound: socket.socket, workers: int) -> None:
    """Asked here once more, because a start that fails inside the server ends with its code and without a word."""
    set_up_logs()
    try:
        with reading(engine()) as connection:
            refuse_older_database(read_marks(settings().data_dir), marks_of(connection))
    except EpochConflictError as error:
        _end(str(error), EXIT_EPOCH)
    _offer_metrics(workers)
    _run(bound, workers)


def _offer_metrics(workers: int) -> None:
    now = settings()
    if now.metrics_port is None:
        return
    if workers > 1:
        metrics.share_between_workers()
    try:
        metrics.serve_metrics(now.metrics_host, now.metrics_port, [metrics.Standing(engine(), now.data_dir)])
    except OSError as error:
        _end(f"Metrics cannot listen at {now.metrics_host}, port {now.metrics_port}: {error.strerror}.", EXIT_FAULT)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        _end(
            f"Nothing can listen at {host}, port {port}: {error.strerror}. Stop what is there, or give --port.",
            EXIT_FAULT,
        )
    bound.set_inheritable(True)
    return bound


def _run(bound: socket.socket, workers: int) -> None:
    if workers > 1:
        config = _config("app.main:create_server", factory=True, workers=workers)
        _announce(bound)
        Multiprocess(config, [bound]).run()
    else:
        AnnouncingServer(_config(create_server())).run([bound])


def _config(app: Any, **more: Any) -> uvicorn.Config:
    """No access log of uvicorn's: it writes paths and addresses. No timeout at shutdown would wait for ever."""
    return uvicorn.Config(
        app,
        log_config=LOG_CONFIG,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        **more,
    )


def _announce(bound: socket.socket) -> None:
    host, port = bound.getsockname()[:2]
    typer.echo(f"Urna serves at http://{host}:{port}")
    sys.stdout.flush()


class AnnouncingServer(uvicorn.Server):
    """Prints its address when it answers, not before."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            _announce(sockets[0])


@cli.command()
def up(host: str = typer.Option("127.0.0.1"), port: int = typer.Option(8000)) -> None:
    """Migrate, make the demo mission where there is none, print a way in for each door, serve."""
    migrate(engine())
    bound = _bind(host, port)
    url = settings().public_url or "http://{}:{}".format(*bound.getsockname()[:2])
    typer.echo(demo.welcome(engine(), url, DEMO))
    if not url.startswith("https://"):
        typer.echo("A phone other than this machine needs https: set URNA_PUBLIC_URL to an https address.")
    serve_on(bound, workers=1)


@cli.command()
def openapi(to: Path | None = typer.Option(None, help="A file; default: standard output.")) -> None:
    """Print the OpenAPI description of the API."""
    text = json.dumps(create_app().openapi(), indent=1, ensure_ascii=False) + "\n"
    to.write_text(text) if to else typer.echo(text, nl=False)


@cli.command()
def sbom(to: Path | None = typer.Option(None, help="A file; default: standard output.")) -> None:
    """Print the bill of materials (CycloneDX) of everything that is locked. Needs the checkout, where the locks lie."""
    locks = ("requirements/run.txt", "requirements/dev.txt", "frontend/package-lock.json")
    try:
        shipped, building, lock = ((ROOT / name).read_text() for name in locks)
    except FileNotFoundError:
        _end("The locks are not here: run it in a checkout.", EXIT_FAULT)
    text = json.dumps(bill(VERSION, shipped, building, lock), indent=1) + "\n"
    to.write_text(text) if to else typer.echo(text, nl=False)


def _end(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command; a fault of the catalogue is one sentence and exit code 2."""
    try:
        cli()
    except UrnaError as error:
        typer.echo(f"{error.code}: {error.detail}", err=True)
        for place in error.errors[:PLACES_MAX]:
            typer.echo(f"  {place.pointer}: {place.message or place.code}", err=True)
        if len(error.errors) > PLACES_MAX:
            typer.echo(f"  and {len(error.errors) - PLACES_MAX} more", err=True)
        sys.exit(EXIT_FAULT)


if __name__ == "__main__":
    main()
