"""The application: mounts the rooms on the ground. No logic."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.people import routes as people_routes
from app.results import routes as results_routes
from app.results.keeper import Keepers
from app.settings import Settings, settings
from app.store.database import connect
from app.store.epoch import Heartbeat
from app.store.seal import Seal
from app.store.secrets import load_secret
from app.store.writer import Writer
from app.sync import routes as sync_routes
from app.sync.follower import Follower
from app.sync.project import project
from app.web import health, pages, problems
from app.web.ground import Ground
from app.web.headers import Envelope

VERSION = "0.1.0"


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
        responses=problems.RESPONSES,
    )
    app.state.ground = _ground(chosen)
    app.state.keepers = Keepers(app.state.ground.engine)
    app.state.follower = Follower(app.state.ground.engine)
    for router in (health.router, people_routes.router, sync_routes.router, results_routes.router):
        app.include_router(router)
    problems.install(app)
    pages.install(app)
    https = (chosen.public_url or "").startswith("https://")
    app.add_middleware(Envelope, hosts=chosen.trusted_hosts, https=https)
    return app


def _ground(chosen: Settings) -> Ground:
    engine = connect(chosen.database_url)
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
    yield
    app.state.follower.stop()
    app.state.keepers.stop()
    ground.writer.stop()
    heartbeat.stop()
    ground.engine.dispose()
