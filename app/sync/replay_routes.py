"""POST /v1/sync/replay: the desk's way in for a file that a phone saved."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from app.sync.brought import by_staff
from app.sync.replay import read_file, replay
from app.sync.shapes import ReplayAnswer
from app.web.access import Caller, allow
from app.web.body import read_bytes
from app.web.ground import GroundDep

router = APIRouter(tags=["sync"])
FILE_BYTES_MAX = 16 * 1024 * 1024


@router.post(
    "/v1/sync/replay",
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}
    },
)
async def replay_file(
    request: Request, caller: Annotated[Caller, allow("staff", roles=("admin", "head"))], ground: GroundDep
) -> ReplayAnswer:
    """Take a copy that a phone saved: one operation a line, of this mission. What is here already changes nothing."""
    raw = await read_bytes(request, FILE_BYTES_MAX, "application/x-ndjson")
    ops = read_file(raw, FILE_BYTES_MAX)
    bytes_max = ground.settings.operation_bytes_max
    told = await run_in_threadpool(
        replay, ground.engine, ground.writer.submit, ops, bytes_max, caller.mission, by_staff(caller.id)
    )
    return ReplayAnswer(**told.as_json())
