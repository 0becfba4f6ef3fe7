"""GET /v1/tables and /v1/comments: what a statement prints, in every form it is read in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from app.results import doors, wire
from app.results.query import Parameter
from app.results.results import filters, first_language
from app.results.routes import NOT_MODIFIED, Asked, Regional, ask, ask_for_count, counted, described, door, this_minute
from app.results.stamp import utc
from app.results.tables import page, written
from app.results.tables.catalogue import BUILDERS, ON_THE_CLOCK, table
from app.results.tables.listed import comments
from app.results.tables.texts import LANGUAGES, STAGES, TITLES, said
from app.results.tables.work import Work, working
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["tables"])
MEDIA = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html; charset=utf-8",
}
Code = Annotated[str, Path(description="T1 to T15.", json_schema_extra={"enum": list(BUILDERS)})]


def _door(parameters: tuple[Parameter, ...], *media: str) -> dict[str, Any]:
    """What a route of tables says of itself."""
    content = {MEDIA[name]: {"schema": {"type": "string"}} for name in media if name != "json"}
    found: dict[str, Any] = {"content": content} if content else {}
    if "json" in media:
        found["model"] = wire.TableAnswer | wire.Cube
    return {
        "openapi_extra": described(parameters),
        "responses": {200: found, **NOT_MODIFIED},
        "response_class": Response,
    }


@router.get("/v1/tables", **door(doors.TABLE_LIST, wire.TablesAnswer))
def get_tables(request: Request, caller: Regional, session: Session) -> Response:
    """The tables that there are, with their titles."""
    asked = ask(request, session, caller, doors.TABLE_LIST)
    if asked.is_known:
        return asked.unchanged()
    lang = _language(_work(session, asked))
    listed = [{"table": t, "title": said(TITLES, t, lang), "href": f"/v1/tables/{t}"} for t in BUILDERS]
    return asked.answer({"tables": listed})


@router.get("/v1/tables/page.css", response_class=Response, responses={200: {"content": {"text/css": {}}}})
def get_page_style(caller: Regional) -> Response:
    """The style of the pages of tables."""
    return Response(page.style(), headers={"Cache-Control": "private, max-age=3600"}, media_type="text/css")


@router.get("/v1/tables/{table}", **_door(doors.TABLES, *MEDIA))  # the last that is asked: it takes T1.csv for a name
@router.get("/v1/tables/{table}.json", **_door(doors.TABLE_FILES, "json"))
@router.get("/v1/tables/{table}.csv", **_door(doors.TABLE_FILES, "csv"))
@router.get("/v1/tables/{table}.xlsx", **_door(doors.TABLE_FILES, "xlsx"))
@router.get("/v1/tables/{table}.html", **_door(doors.TABLE_FILES, "html"))
async def get_table(table: Code, request: Request, caller: Regional, session: Session, ground: GroundDep) -> Response:
    """One of T1 to T15: rows, one row a figure, a cube in JSON-stat 2.0, CSV, XLSX, a page, or its sentences."""
    suffix = request.url.path.rsplit("/", 1)[-1].partition(".")[2]
    minute = this_minute(request) if table in ON_THE_CLOCK else ""
    door = doors.TABLE_FILES if suffix else doors.TABLES
    asked = await ask_for_count(request, session, caller, door, minute)
    if asked.is_known:
        return asked.unchanged()
    form = suffix or asked.query.format

    def make() -> bytes:
        with working(ground.engine, asked.mirror, asked.query, asked.at, _moment(asked)) as work:
            return _written(work, table, form, asked)

    return await counted(asked, make, MEDIA[form], _named(table, form, asked))


@router.get("/v1/comments", **door(doors.COMMENTS, wire.CommentsAnswer))
def get_comments(request: Request, caller: Regional, session: Session) -> Response:
    """What people wrote in their own words, as written, with the place, the hour and the questions it belongs to."""
    asked = ask(request, session, caller, doors.COMMENTS, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    rows, after = comments(_work(session, asked))
    body = {"filters": filters(asked.query), "rows": rows, "links": {"next": asked.link_to(after)}}
    return asked.answer(body, after)


def _work(session: Connection, asked: Asked) -> Work:
    return Work(session, asked.mirror, asked.query, asked.at, _moment(asked))


def _moment(asked: Asked) -> datetime:
    """Of the answer: of the past, when its newest entry came in; else this minute."""
    is_past = "as_of" in asked.request.query_params
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return (asked.mirror.received_at(asked.at) if is_past else None) or now


def _language(work: Work) -> str:
    chosen = work.query.lang or first_language(work.asked) or ""
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def _written(work: Work, code: str, form: str, asked: Asked) -> bytes:
    made, stamp = table(code, work), _stamp(work)
    match form:
        case "csv":
            return written.as_csv(made, stamp, work.query)
        case "xlsx":
            return b"".join(written.as_workbook(made, stamp))
        case "html":
            return page.page(made, stamp, _names(work), work.query.written == "sentence")
    if work.query.shape == "jsonstat" and work.query.written == "table":
        return orjson.dumps(written.as_cube(made, stamp))
    return asked.written(written.body(made, stamp, work.query))


def _stamp(work: Work) -> written.Stamp:
    facts = work.mirror.facts.at(work.at) or {}
    versions = (f"{form.code} {', '.join(map(str, _versions(work, form)))}" for form, _ in work.forms())
    return written.Stamp(
        mission=str(facts.get("code", "")),
        name=str(facts.get("name", "")),
        number=work.at,
        as_of=utc(work.mirror.received_at(work.at)),
        filters=filters(work.query),
        versions="; ".join(versions),
        unit=work.query.unit,
        is_simulated=bool(work.mirror.settings(work.at).get("simulated")),
        lang=_language(work),
    )


def _versions(work: Work, form: Any) -> list[int]:
    return sorted(checklist.version for from_seq, checklist in form.versions if from_seq <= work.at)


def _names(work: Work) -> Mapping[tuple[str, str], str]:
    """Codes of places in words, for readers of a page."""
    regions = {("region", code): work.text(fact["name"]) for code, fact in work.mirror.regions.at(work.at, {}).items()}
    frame = work.mirror.frames.at(work.at, {})
    boards = {(kind, code): work.text(f.get("name") or {}) for (kind, code), f in frame.items() if kind == "commission"}
    forms = {("form", form.code): work.text(newest.title) for form, newest in work.forms()}
    stages = {("stage", stage): said(STAGES, stage, _language(work)) for stage in STAGES}
    return {key: name for key, name in {**regions, **boards, **forms, **stages}.items() if name and name != key[1]}


def _named(code: str, form: str, asked: Asked) -> dict[str, str]:
    """A file says in its name what it is."""
    if form not in ("csv", "xlsx"):
        return {}
    return {"Content-Disposition": f'attachment; filename="{code}-{asked.at}.{form}"'}
