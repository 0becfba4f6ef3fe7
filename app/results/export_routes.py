"""GET /v1/answers and /v1/codebook in every format."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from app.results import answers, codebook, codebook_page, wire
from app.results.answers_files import file_of
from app.results.export_doors import ANSWER_FILES, ANSWERS, CODEBOOK, CODEBOOK_FILES, CSV_FILES, MEDIA
from app.results.formats.xlsx import workbook
from app.results.query import Parameter
from app.results.routes import NOT_MODIFIED, Regional, ask, described
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["results"])


def file_door(parameters: tuple[Parameter, ...], *formats: str, model: Any = None) -> dict[str, Any]:
    """What a route of files says of itself."""
    shape, geojson = {"type": "string", "format": "binary"}, {"type": "object"}
    content = {MEDIA[name]: {"schema": geojson if name == "geojson" else shape} for name in formats if name != "json"}
    shown: dict[str, Any] = {"model": model} if model is not None else {}
    responses = {200: {"description": "The file.", **shown, "content": content}, **NOT_MODIFIED}
    return {"openapi_extra": described(parameters), "responses": responses, "response_class": Response}


@router.get("/v1/answers", **file_door(ANSWERS, *MEDIA, model=wire.AnswersAnswer))
@router.get("/v1/answers.json", **file_door(ANSWER_FILES, "json", model=wire.AnswersAnswer))
@router.get("/v1/answers.ndjson", **file_door(ANSWER_FILES, "ndjson"))
@router.get("/v1/answers.csv", **file_door(CSV_FILES, "csv"))
@router.get("/v1/answers.xlsx", **file_door(ANSWER_FILES, "xlsx"))
@router.get("/v1/answers.parquet", **file_door(ANSWER_FILES, "parquet"))
@router.get("/v1/answers.sav", **file_door(ANSWER_FILES, "sav"))
@router.get("/v1/answers.dta", **file_door(ANSWER_FILES, "dta"))
@router.get("/v1/answers.geojson", **file_door(ANSWER_FILES, "geojson"))
def get_answers(request: Request, caller: Regional, session: Session, ground: GroundDep) -> Response:
    """One wide row a report, in the order of the log: JSON by pages, every file whole unless limit= is given."""
    suffix = request.url.path.partition(".")[2]
    taken = {"": ANSWERS, "csv": CSV_FILES}.get(suffix, ANSWER_FILES)
    asked = ask(request, session, caller, taken, embargo=True)
    if asked.is_known:
        return asked.unchanged()
    page = answers.page_of(asked.mirror, asked.query, asked.at, suffix or asked.query.format)
    if page.format == "json":
        body, after = answers.answers(session, page)
        return asked.answer({**body, "links": {"next": asked.link_to(after)}}, after)
    session.close()  # a file takes long and reads in transactions of its own
    name = f"{page.stamp.mission}-{'-'.join(form.code for form in page.asked.forms)}-{page.stamp.data_version}"
    headers = {**asked.link_header(answers.next_after(page)), **attached(name, page.format)}
    return StreamingResponse(
        file_of(ground.engine, page), headers={**asked.headers, **headers}, media_type=MEDIA[page.format]
    )


@router.get("/v1/codebook", **file_door(CODEBOOK, "json", "xlsx", "html", model=wire.CodebookAnswer))
@router.get("/v1/codebook.json", **file_door(CODEBOOK_FILES, "json", model=wire.CodebookAnswer))
@router.get("/v1/codebook.xlsx", **file_door(CODEBOOK_FILES, "xlsx"))
@router.get("/v1/codebook.html", **file_door(CODEBOOK_FILES, "html"))
def get_codebook(request: Request, caller: Regional, session: Session) -> Response:
    """Every variable of the published checklists: labels, type, codes, kinds of blank, when it is asked, versions."""
    suffix = request.url.path.partition(".")[2]
    asked = ask(request, session, caller, CODEBOOK_FILES if suffix else CODEBOOK)
    if asked.is_known:
        return asked.unchanged()
    book, format = codebook.codebook(asked.mirror, asked.query, asked.at), suffix or asked.query.format
    if format == "json":
        return asked.answer(book)
    facts = asked.mirror.facts.at(asked.at) or {"name": asked.mirror.mission, "languages": ["en"]}
    if format == "xlsx":
        content = b"".join(workbook(list(codebook.sheets(book, facts["languages"]))))
        headers = {**asked.headers, **attached(f"{asked.mirror.mission}-codebook-{asked.at}", "xlsx")}
        return Response(content, headers=headers, media_type=MEDIA["xlsx"])
    lang = asked.query.lang or next(iter(facts["languages"]), "en")
    is_simulated = bool(asked.mirror.settings(asked.at).get("simulated"))
    content = b"".join(codebook_page.page(book, facts["name"], asked.at, lang, is_simulated))
    return Response(content, headers=asked.headers, media_type=MEDIA["html"])


def attached(name: str, format: str) -> dict[str, str]:
    """The name under which a browser saves a file. Mission codes may hold what a header may not."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in name)
    return {"Content-Disposition": f'attachment; filename="{plain}.{format}"'}
