"""The application: mounts the rooms on the ground. No logic."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.ledger import routes as ledger_routes
from app.ledger.keeper import CheckpointKeeper
from app.people import routes as people_routes
from app.results import change_routes, export_routes, public_routes, stream_routes, table_routes, webhook_routes
from app.results import routes as results_routes
from app.results.keeper import Keepers
from app.results.webhooks_messenger import Messenger
from app.settings import Settings, settings
from app.store.database import connect
from app.store.durable import confirm_commits
from app.store.epoch import Heartbeat
from app.store.seal import Seal
from app.store.secrets import load_secret
from app.store.writer import Writer
from app.sync import replay_routes
from app.sync import routes as sync_routes
from app.sync.follower import Follower
from app.sync.project import project
from app.web import examples, health, pages, problems
from app.web.ground import Ground
from app.web.habits import Habits, describe
from app.web.headers import Envelope
from app.web.metrics import Metered

VERSION = "0.1.0"
COLLECT_AFTER_OBJECTS = 50_000
ROOMS = (
    health,
    people_routes,
    sync_routes,
    replay_routes,
    results_routes,
    public_routes,
    table_routes,
    export_routes,
    change_routes,
    webhook_routes,
    stream_routes,
    ledger_routes,
)


def create_app(given: Settings | None = None) -> FastAPI:
    """The whole service over one database. Raises ValueError for a secret that is none."""
    chosen = given or settings()
    app = FastAPI(
        title="Urna",
        version=VERSION,
        summary="Election observation: phones send, analysts pull.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses=problems.RESPONSES,
    )
    app.state.ground = ground = _ground(chosen)
    writer = ground.writer
    app.state.keepers = Keepers(ground.engine, lambda: writer.is_busy, writer.give_way)
    app.state.follower = Follower(ground.engine, give_way=writer.give_way)
    for room in ROOMS:
        app.include_router(room.router)
    app.state.messenger = Messenger(
        ground.engine, app.state.keepers, ground.secret, chosen.webhook_private_addresses, lambda: writer.is_busy
    )
    app.state.checkpoints = CheckpointKeeper(ground.engine, ground.seal, chosen.data_dir)
    problems.install(app)
    describe(app)
    examples.show(app)
    pages.install(app)
    https = (chosen.public_url or "").startswith("https://")
    app.add_middleware(Habits)
    app.add_middleware(Envelope, hosts=chosen.trusted_hosts, https=https)
    app.add_middleware(Metered, ground=ground)
    return app


def create_server() -> FastAPI:
    """The application for a process that serves it and nothing else.

    Its collector leaves alone what was imported, and looks for rings seldom: a batch of reports makes thousands of
    objects, and none of them is a ring.
    """
    app = create_app()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS)
    return app


def _ground(chosen: Settings) -> Ground:
    engine = connect(chosen.database_url)
    confirm_commits(engine)
    secret = load_secret(chosen.secret_file, chosen.data_dir)
    writer = Writer(engine, project, chosen.writer_queue_max, chosen.writer_group_operations_max)
    return Ground(chosen, engine, writer, secret, Seal(secret))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    ground: Ground = app.state.ground
    heartbeat = Heartbeat(ground.engine, ground.settings.data_dir)
    heartbeat.start()
    ground.writer.start()
    app.state.keepers.start()
    app.state.follower.start()
    app.state.checkpoints.start()
    app.state.messenger.start()
    yield
    app.state.messenger.stop()
    app.state.follower.stop()
    app.state.keepers.stop()
    ground.writer.stop()
    app.state.checkpoints.stop()
    heartbeat.stop()
    ground.engine.dispose()
