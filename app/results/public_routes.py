"""GET /v1/public/results: figures that may be shown to anybody."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.results import doors, results, wire
from app.results.routes import MEDIA, ask, door
from app.results.shelf import Shelf
from app.web.access import Caller, allow
from app.web.ground import Session

router = APIRouter(tags=["results"])
Public = Annotated[Caller, allow("key", "staff", scope="results:public")]


@router.get("/v1/public/results", **door(doors.PUBLIC, wire.PublicAnswer | wire.Cube))
def get_public_results(request: Request, caller: Public, session: Session) -> Response:
    """Aggregated figures without cells of fewer than five observations or three teams; as of now or of a snapshot.

    Nothing narrows or splits further than a place and a stage, and no number of the log is taken for as_of: the
    difference of two answers would show a single report.
    """
    asked = ask(request, session, caller, doors.PUBLIC, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    session.close()
    shelf: Shelf = request.app.state.keepers.shelf
    content = shelf.get(asked.tag)
    if content is None:
        content = asked.written(results.results(asked.mirror, asked.query, asked.at, is_public=True))
        shelf.put(asked.tag, content)
    return Response(content, headers=asked.headers, media_type=MEDIA["json"])
