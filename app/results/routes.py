"""GET /v1/results, answers, coverage, codebook, stations, mission: each a function of a number of the log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from app.errors import UrnaError
from app.results import coverage, doors, findings, results, stations, wire
from app.results.feed import head_of
from app.results.keeper import Keepers
from app.results.mirror import Mirror
from app.results.query import Parameter, Query, parse
from app.results.regional import within
from app.results.shelf import Shelf
from app.results.snapshots import pinned
from app.results.stamp import behind, etag, matches, resolve, utc
from app.web.access import Caller, allow
from app.web.embargo import enter_embargoed, shows_nothing
from app.web.ground import Session
from app.web.habits import packed, takes_packed
from app.web.lanes import counting_of

router = APIRouter(tags=["results"])
Analyst = Annotated[Caller, allow("key", "staff", scope="results:read")]
Regional = Annotated[Caller, allow("key", "staff", scope="results:read", regional=True)]
"""Keeps a coordinator to the own regions. The others show the whole mission, and are shut to coordinators."""
Anybody = Annotated[Caller, allow("staff", "key", "device", scope="results:read", regional=True)]
MEDIA = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class Asked:
    """A request that was let in: what it asks, of which mirror, as of which number, under which tag."""

    request: Request
    query: Query
    mirror: Mirror
    at: int
    since: int | None
    tag: str
    as_of: str | None
    """When the entry of that number came in."""

    @property
    def is_known(self) -> bool:
        """Whether the client has these bytes already."""
        return matches(self.tag, self.request.headers.get("if-none-match"))

    @property
    def headers(self) -> dict[str, str]:
        stamp = {"Urna-Data-Version": str(self.at), "Urna-As-Of": self.as_of or ""}
        return {"ETag": self.tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie", **stamp}

    def unchanged(self) -> Response:
        shows_nothing(self.request)
        return Response(status_code=304, headers=self.headers)

    def answer(self, body: dict[str, Any], after: object = None) -> Response:
        """The body with its stamp; the next page goes on after `after`."""
        headers = {**self.headers, **self.link_header(after)}
        return Response(self.written(body), headers=headers, media_type=MEDIA["json"])

    def written(self, body: dict[str, Any]) -> bytes:
        stamp = {"data_version": self.at, "as_of": self.as_of}
        return orjson.dumps({**stamp, **body})

    def link_header(self, after: object) -> dict[str, str]:
        return {} if after is None else {"Link": f'<{self.link_to(after)}>; rel="next"'}

    def link_to(self, after: object) -> str | None:
        """The next page, as of the same number."""
        if after is None:
            return None
        kept = [(n, v) for n, v in self.request.query_params.multi_items() if n not in ("after", "as_of")]
        return f"{self.request.url.path}?{urlencode([*kept, ('as_of', self.at), ('after', after)])}"


def ask(
    request: Request,
    session: Connection,
    caller: Caller,
    door: tuple[Parameter, ...],
    embargo: bool = False,
    minute: str = "",
) -> Asked:
    """Read the query, catch up with the log, choose the number. Access comes before: it is a dependency of the route.

    Raises UrnaError: unknown_parameter, invalid_parameter, forbidden (other region), embargoed, as_of_ahead, not_ready.
    """
    asked = within(parse(door, request.query_params.multi_items()), caller.regions)
    query = pinned(session, caller.mission, asked)
    now = datetime.now(UTC)
    if embargo:
        enter_embargoed(request, session, caller, now)
    keepers: Keepers = request.app.state.keepers
    keeper = keepers.of(caller.mission)
    caught = keeper.stand(session) if query.as_of is None is query.since else keeper.catch_up(session)
    if not caught.filled:
        raise behind()
    mirror = caught.mirror
    at = resolve(mirror, caught.head, query.as_of, now)
    since = None if query.since is None else resolve(mirror, caught.head, query.since, now)
    reader = (caller.mission, caller.kind, *sorted(caller.scopes), *sorted(caller.regions or ()))
    tag = etag(mirror.epoch, at, query, f"{request.url.path} {since}", reader, minute)
    return Asked(request, query, mirror, at, since, tag, utc(mirror.received_at(at)))


async def ask_for_count(
    request: Request, session: Connection, caller: Caller, door: tuple[Parameter, ...], minute: str = ""
) -> Asked:
    """`ask` under embargo, for what `counted` answers. The transaction ends here: phones need the connection more than
    somebody who waits for a count.

    Raises what `ask` raises.
    """

    def enter() -> Asked:
        asked = ask(request, session, caller, door, embargo=True, minute=minute)
        session.close()
        return asked

    return await run_in_threadpool(enter)


async def counted(asked: Asked, make: Callable[[], bytes], media_type: str, headers: Mapping[str, str]) -> Response:
    """What `make` gives, counted and packed once for all who ask for the same thing.

    Whoever asks was let in before, with access and embargo of the own; the tag that names the answer on the shelf has
    the reader's scope in it. Raises UrnaError `rate_limited` where too many wait for counts.
    """
    keepers: Keepers = asked.request.app.state.keepers
    is_packed = takes_packed(asked.request, media_type)
    name = f"{asked.tag} gzip" if is_packed else asked.tag

    def find() -> bytes:
        found = keepers.shelf.get(name)
        if found is None:
            content = keepers.shelf.keep(asked.tag, make)
            found = keepers.shelf.keep(name, lambda: packed(content)) if is_packed else content
        return found

    content = keepers.shelf.get(name) or await counting_of(asked.request).run(find)
    headers = {**asked.headers, **headers, "Vary": f"{asked.headers['Vary']}, Accept-Encoding"}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=media_type)


def this_minute(request: Request) -> str:
    """What depends on the clock changes by the minute; the past does not."""
    return "" if "as_of" in request.query_params else datetime.now(UTC).strftime("%Y-%m-%dT%H:%M")


def described(door: tuple[Parameter, ...]) -> dict[str, Any]:
    """The parameters of a door for the OpenAPI."""
    return {"parameters": [_described(parameter) for parameter in door]}


def _described(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = dict(parameter.schema)
    if parameter.many:
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": parameter.many_max, "uniqueItems": True}
    return {"name": parameter.name, "in": "query", "required": False, "description": parameter.about, "schema": schema}


NOT_MODIFIED: dict[int | str, Any] = {304: {"description": "Nothing is new since the ETag that was sent."}}


def door(parameters: tuple[Parameter, ...], model: Any, *media: str) -> dict[str, Any]:
    """What a route says of itself: its parameters, the shape or shapes of its answer, other media it answers in."""
    found: dict[str, Any] = (
        {"content": {MEDIA[name]: {"schema": {"type": "string"}} for name in media}} if media else {}
    )
    responses = {200: {**found, **({"model": model} if model else {})}, **NOT_MODIFIED}
    return {"openapi_extra": described(parameters), "responses": responses, "response_class": Response}


@router.get("/v1/results", **door(doors.RESULTS, wire.ResultsAnswer | wire.Cube))
async def get_results(request: Request, caller: Regional, session: Session) -> Response:
    """Aggregated figures: one entry a question, one row a group, every share with its denominator and its blanks."""
    asked = await ask_for_count(request, session, caller, doors.RESULTS)
    if asked.is_known:
        return asked.unchanged()

    def make() -> bytes:
        return asked.written(results.results(asked.mirror, asked.query, asked.at, asked.since))

    return await counted(asked, make, MEDIA["json"], {})


@router.get("/v1/coverage", **door(doors.COVERAGE, wire.CoverageAnswer))
def get_coverage(request: Request, caller: Regional, session: Session) -> Response:
    """What was to be seen and what was seen, by place, stage or hour; each team with its last contact."""
    asked = ask(request, session, caller, doors.COVERAGE, minute=this_minute(request))
    if asked.is_known:
        return asked.unchanged()
    return asked.answer(coverage.coverage(session, asked.mirror, asked.query, asked.at, caller.regions))


@router.get("/v1/findings", **door(doors.FINDINGS, wire.FindingsAnswer))
def get_findings(request: Request, caller: Regional, session: Session) -> Response:
    """What the checks find in and across the counted reports: how often each passed and failed, and every fail."""
    asked = ask(request, session, caller, doors.FINDINGS, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    shelf: Shelf = request.app.state.keepers.shelf
    content = shelf.get(asked.tag)
    if content is None:
        body = findings.findings(session, caller.mission, asked.query.check, asked.query.region)
        content = asked.written(body)
        if body["waiting"] or head_of(session, caller.mission).server_seq != asked.at:
            headers = {name: value for name, value in asked.headers.items() if name != "ETag"}
            return Response(content, headers=headers, media_type=MEDIA["json"])  # it changes while the log does not
        shelf.put(asked.tag, content)
    return Response(content, headers=asked.headers, media_type=MEDIA["json"])


@router.get("/v1/mission", **door(doors.MISSION, wire.MissionAnswer))
def get_mission(request: Request, caller: Anybody, session: Session) -> Response:
    """The mission: checklists with their hashes, languages, phases, zones, candidates, epoch, data_version."""
    asked = ask(request, session, caller, doors.MISSION)
    if asked.is_known:
        return asked.unchanged()
    found = stations.mission(asked.mirror, asked.at)
    if found is None:
        raise UrnaError("not_found", "The mission was not set up yet at this number.")
    return asked.answer(found)


@router.get("/v1/stations", **door(doors.STATIONS, wire.StationsAnswer))
def get_stations(request: Request, caller: Anybody, session: Session) -> Response:
    """The frame's stations, by code, in pages."""
    asked = ask(request, session, caller, doors.STATIONS)
    if asked.is_known:
        return asked.unchanged()
    body, after = stations.stations(asked.mirror, asked.query, asked.at)
    return asked.answer({**body, "links": {"next": asked.link_to(after)}}, after)


@router.get("/v1/stations.geojson", **door(doors.STATION_MAP, wire.Features))
def get_stations_map(request: Request, caller: Anybody, session: Session) -> Response:
    """The frame's stations as GeoJSON; one whose coordinates are not known has no geometry."""
    asked = ask(request, session, caller, doors.STATION_MAP)
    return asked.unchanged() if asked.is_known else asked.answer(stations.geojson(asked.mirror, asked.query, asked.at))
