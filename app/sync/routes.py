"""POST /v1/sync/push, GET /v1/sync/pull, GET /v1/blobs/{sha256}."""

import asyncio
import gzip
import re
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from app.errors import UrnaError
from app.sync import pull as pulling
from app.sync import push as pushing
from app.sync.directive import with_directive
from app.sync.outcomes import outcomes_of
from app.sync.shapes import PUSH_BODY, PullAnswer, PushAnswer
from app.web.access import Caller, allow
from app.web.body import read_json_bytes
from app.web.ground import Ground, GroundDep, Session
from app.web.limits import Bucket
from app.web.metrics import count_operations
from app.web.problems import problem

router = APIRouter(tags=["sync"])
GZIP_FROM_BYTES = 1024
CHECKPOINT = "Urna-Checkpoint"
FOR_EVER = "private, max-age=31536000, immutable"
SHA256 = re.compile(r"[0-9a-f]{64}")


@router.post(
    "/v1/sync/push",
    response_model=PushAnswer,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": PUSH_BODY}}}},
)
async def push(
    request: Request, caller: Annotated[Caller, allow("device", lost_device=True)], ground: GroundDep
) -> Response:
    """Take operations of a phone. One outcome for each, in the order sent; the answer leaves after the commit."""
    _bucket(request, ground).take(caller.id)
    raw = await read_json_bytes(request, ground.settings.push_body_bytes_max)
    limits = pushing.Limits(ground.settings.push_operations_max, ground.settings.operation_bytes_max)
    with ground.writer.expecting():
        told = ground.engine, ground.seal, caller.mission, caller.id, raw, limits
        sent = await run_in_threadpool(pushing.prepare, *told)
        done = [ground.writer.submit(job) for job in sent.jobs]
        await asyncio.gather(*map(asyncio.wrap_future, done))
    count_operations(outcomes_of(sent))
    # Half a millisecond at most; to hand it to a thread and back costs the loop more.
    return _json(request, with_directive(pushing.answer(sent, ground.seal), caller.directive))


@router.get("/v1/sync/pull", response_model=PullAnswer)
def pull(
    request: Request,
    caller: Annotated[Caller, allow("device")],
    ground: GroundDep,
    session: Session,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Response:
    """What changed for this phone's team since a cursor. 304 where nothing did, 410 for a cursor of another epoch.

    Either brings a checkpoint: an idle phone holds the log to account as well.
    """
    page = pulling.pull(session, caller.mission, caller.team or "", cursor, limit)
    if page is None:
        return _reset()
    checkpoint = pulling.checkpoint(session, ground.seal, caller.mission)
    headers = {"ETag": f'"{page.cursor}"', "Cache-Control": "private, no-cache", CHECKPOINT: checkpoint.line}
    if not page.changes and page.cursor in _tags(request):
        return Response(status_code=304, headers=headers)
    return _json(request, page.as_json(checkpoint), headers)


@router.get("/v1/blobs/{sha256}")
def blob(
    sha256: str,
    request: Request,
    caller: Annotated[Caller, allow("device", "key", "staff", regional=True)],
    session: Session,
) -> Response:
    """A checklist or a list of stations by the SHA-256 of its exact bytes, for this mission alone."""
    found = pulling.read_blob(session, caller.mission, sha256) if SHA256.fullmatch(sha256) else None
    if found is None:
        raise UrnaError("not_found")
    content, media_type = found
    headers = {"ETag": f'"{sha256}"', "Cache-Control": FOR_EVER}
    if sha256 in _tags(request):
        return Response(status_code=304, headers=headers)
    return _packed(request, content, media_type, headers)


def _bucket(request: Request, ground: Ground) -> Bucket:
    """One bucket for each application: its limits are settings."""
    state = request.app.state
    if not hasattr(state, "pushes"):
        state.pushes = Bucket(ground.settings.push_burst_per_device, ground.settings.push_per_s_per_device)
    assert isinstance(state.pushes, Bucket)
    return state.pushes


def _tags(request: Request) -> set[str]:
    sent = request.headers.get("if-none-match", "").split(",")
    return {tag.strip().removeprefix("W/").strip('"') for tag in sent}


def _reset() -> Response:
    """The answer to an old cursor is a problem like others, and bears the word that phones look for."""
    answer = problem(UrnaError("cursor_reset"))
    answer.body = bytes(answer.body)[:-1] + b',"kind":"urna.reset"}'
    answer.headers["content-length"] = str(len(answer.body))
    return answer


def _json(request: Request, content: bytes, headers: dict[str, str] | None = None) -> Response:
    return _packed(request, content, "application/json", headers or {})


def _packed(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """Packed where the caller takes gzip and it is worth the while."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if len(content) >= GZIP_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 6, mtime=0)
    return Response(content, headers=headers, media_type=media_type)
