"""What a running server stands on; every route gets it from the application."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from app.settings import Settings
from app.store.database import reading
from app.store.seal import Seal
from app.store.writer import Writer
from app.web.embargo import note_early_read


@dataclass(frozen=True)
class Ground:
    settings: Settings
    engine: Engine
    writer: Writer
    secret: bytes
    seal: Seal


def ground_of(request: Request) -> Ground:
    ground = request.app.state.ground
    assert isinstance(ground, Ground)
    return ground


GroundDep = Annotated[Ground, Depends(ground_of)]


def _session(request: Request, ground: GroundDep) -> Iterator[Connection]:
    with reading(ground.engine) as connection:
        yield connection
    note_early_read(request, ground.engine)


Session = Annotated[Connection, Depends(_session, scope="function")]
"""A transaction that only reads. Routes that write hand drafts to the writer, or open `writing` themselves."""
