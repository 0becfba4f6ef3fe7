"""GET /v1/public/results: figures that may be shown to anybody."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.results import doors, results, wire
from app.results.routes import MEDIA, ask_for_count, counted, door
from app.web.access import Caller, allow
from app.web.ground import Session

router = APIRouter(tags=["results"])
Public = Annotated[Caller, allow("key", "staff", scope="results:public")]


@router.get("/v1/public/results", **door(doors.PUBLIC, wire.PublicAnswer | wire.Cube))
async def get_public_results(request: Request, caller: Public, session: Session) -> Response:
    """Aggregated figures without cells of fewer than five observations or three teams; as of now or of a snapshot.

    Nothing narrows or splits further than a place and a stage, and no number of the log is taken for as_of: the
    difference of two answers would show a single report.
    """
    asked = await ask_for_count(request, session, caller, doors.PUBLIC)
    if asked.is_known:
        return asked.unchanged()

    def make() -> bytes:
        return asked.written(results.results(asked.mirror, asked.query, asked.at, is_public=True))

    return await counted(asked, make, MEDIA["json"], {})
