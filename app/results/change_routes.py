"""GET /v1/changes; the doors of snapshots and of the data package."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from app.errors import UrnaError
from app.results import changes, packages, snapshots
from app.results.export_doors import CHANGES, MEDIA, NOTHING, PACKAGE
from app.results.export_routes import attached, file_door
from app.results.routes import Regional, ask, door
from app.web.access import Caller, allow
from app.web.body import JsonRoute
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["results"])
Analyst = Annotated[Caller, allow("key", "staff", scope="results:read")]
Keeper = Annotated[Caller, allow("staff", scope="results:embargoed")]
"""Heads and analysts: who may put a name to what a statement stands on."""
FOR_EVER = "private, max-age=31536000, immutable"


class Change(BaseModel):
    """A report that is new or another (`data`: its row of /v1/answers), or that is there no more (`deleted`)."""

    type: Literal["report"]
    id: str
    number: int = Field(description="The number of the log that changed its row last.")
    deleted: bool
    reason: str | None = Field(description="Of a deleted one: its status, suspected_duplicate, or filtered.")
    data: dict[str, Any] | None


class ChangesAnswer(BaseModel):
    data_version: int
    as_of: str | None
    filters: dict[str, Any]
    changes: list[Change]
    cursor: str = Field(description="Send it as after= the next time.")
    more: bool
    links: dict[str, str | None]


class SnapshotAsked(BaseModel, extra="forbid"):
    name: str = Field(pattern="^[a-z][a-z0-9-]{0,39}$", examples=["statement"])
    as_of: int | None = Field(None, ge=0, le=2**53, description="A number of the log; now when left out.")
    reason: str = Field("", max_length=2000)


class SnapshotShown(BaseModel):
    name: str
    data_version: int
    as_of: str | None
    epoch: str
    made_at: str
    made_by: str
    release: str
    sha256: str | None = Field(description="Of the package; null until it is kept.")
    size_bytes: int | None
    links: dict[str, str]


class SnapshotsAnswer(BaseModel):
    snapshots: list[SnapshotShown]


@router.get("/v1/changes", **door(CHANGES, ChangesAnswer))
def get_changes(request: Request, caller: Regional, session: Session) -> Response:
    """What changed in /v1/answers since a cursor: each report once, exclusions and voids as deleted ones."""
    asked = ask(request, session, caller, CHANGES, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    body, after = changes.changes(session, asked.mirror, asked.query, asked.at)
    link = None if after is None else _link(request, after)
    headers = {} if link is None else {"Link": f'<{link}>; rel="next"'}
    content = asked.written({**body, "links": {"next": link}})
    return Response(content, headers={**asked.headers, **headers}, media_type=MEDIA["json"])


@router.get("/v1/snapshots", **door(NOTHING, SnapshotsAnswer))
def get_snapshots(request: Request, caller: Analyst, session: Session) -> Response:
    """The names that numbers of the log were given; each can be asked as_of."""
    asked = ask(request, session, caller, NOTHING)
    return asked.answer({"snapshots": snapshots.every(session, caller.mission)})


def _link(request: Request, after: str) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    return f"{request.url.path}?{urlencode([*kept, ('after', after)])}"


writes = APIRouter(tags=["results"], route_class=JsonRoute)


@writes.post("/v1/snapshots", status_code=201)
def make_snapshot(wanted: SnapshotAsked, request: Request, caller: Keeper, session: Session, ground: GroundDep) -> SnapshotShown:  # fmt: skip  # noqa: E501
    """Give a number of the log a name, for ever; its data package is kept byte for byte."""
    asked = ask(request, session, caller, NOTHING)
    at = asked.at if wanted.as_of is None else wanted.as_of
    if at > asked.at:
        raise UrnaError("as_of_ahead", f"The log stands at {asked.at}.")
    made = snapshots.make(ground.engine, asked.mirror, wanted.name, at, caller.id, wanted.reason, datetime.now(UTC))
    return SnapshotShown(**made)


@router.get("/v1/package.zip", **file_door(PACKAGE, "zip"))
def get_package(request: Request, caller: Analyst, session: Session, ground: GroundDep) -> Response:
    """The whole mission as a Frictionless data package; of a snapshot, the bytes that it keeps."""
    name = request.query_params.get("as_of", "")
    asked = ask(request, session, caller, PACKAGE, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    headers = {**asked.headers, **attached(f"{caller.mission}-{asked.at}", "zip")}
    known = snapshots.kept_name(session, caller.mission, name)
    session.close()
    if known:
        content = snapshots.kept(ground.engine, caller.mission, name)
        headers["Cache-Control"] = FOR_EVER
    else:
        content = packages.package(ground.engine, asked.mirror, asked.at)
    return StreamingResponse(content, headers=headers, media_type=MEDIA["zip"])


router.include_router(writes)
