"""GET /v1/stream: server-sent events for boards."""

import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse

from app.errors import UrnaError
from app.results.export_doors import STREAM
from app.results.keeper import Keepers
from app.results.routes import Analyst, ask, described
from app.results.stream import TOPICS, Seats, Teller, hello
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["results"])
SEATS = Seats()
EVERY_S, BEAT_S = 1.0, 15.0
"""How often it looks for news, and says that it lives."""
EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}


@router.get(
    "/v1/stream",
    openapi_extra=described(STREAM),
    responses={200: {"description": "Server-sent events, for a quarter of an hour.", "content": EVENTS}},
    response_class=Response,
)
def get_stream(
    request: Request,
    caller: Analyst,
    session: Session,
    ground: GroundDep,
    last_event_id: Annotated[str | None, Header(max_length=60)] = None,
) -> Response:
    """Coverage when the log moves, incidents as they become known. Last-Event-ID goes on where a stream broke off."""
    asked = ask(request, session, caller, STREAM, embargo=True)
    topics = asked.query.topics or TOPICS
    keepers: Keepers = request.app.state.keepers
    open_s = ground.settings.stream_open_s
    seat = SEATS.take(f"{caller.kind} {caller.id}", open_s)
    teller = Teller.of(topics, last_event_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    news = partial(teller.look, ground.engine, keepers.of(caller.mission))
    return StreamingResponse(_events(news, seat, open_s), headers=headers, media_type="text/event-stream")


async def _events(news: Callable[[], list[bytes]], seat: tuple[str, float], open_s: float) -> AsyncIterator[bytes]:
    try:
        yield hello()
        ends, beat = time.monotonic() + open_s, time.monotonic() + BEAT_S
        while time.monotonic() < ends:
            try:
                told = await to_thread.run_sync(news)
            except UrnaError:
                told = []
            if told or time.monotonic() >= beat:
                beat = time.monotonic() + BEAT_S
                yield b"".join(told) or b":\n\n"
            await anyio.sleep(EVERY_S)
    finally:
        SEATS.leave(seat)
