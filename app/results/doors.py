"""Which parameters each door of the analysts takes. The parser and the OpenAPI read the same lists."""

from app.results.query import COMPLETE, DIMENSIONS, STAGES, STATUSES, Parameter, Reader
from app.results.readers import (
    NUMBER_MAX,
    a_moment,
    a_time,
    after,
    any_or,
    bands,
    boolean,
    by,
    codes,
    fields,
    hours,
    language,
    one_of,
    questions,
    ratio,
    some_of,
    texts,
    where,
    whole_number,
    whole_texts,
)

LIMIT_MAX = 5000


def _p(name: str, read: Reader, about: str, *allowed: str, many: bool = False, example: str | None = None) -> Parameter:
    return Parameter(name, read, about, allowed, many, example)


FORM = _p("form", texts, "Checklist codes; all when left out.", many=True, example="B")
LANG = _p("lang", language, "Language of the labels; the checklist's first where it lacks this one.", example="en")
AS_OF = _p("as_of", a_moment, "A number of the log, or a time with its offset; now when left out.")
AFTER_ROW = _p("after", whole_number(0, NUMBER_MAX), "Go on after this server_seq; the next link carries it.")
AFTER_CODE = _p("after", after, "Go on after this station; the next link carries it.")
LIMIT = _p("limit", whole_number(1, LIMIT_MAX), f"Rows of a page, up to {LIMIT_MAX}.", example="1000")
PLACES = (
    _p("region", texts, "Region codes.", many=True),
    _p("district", whole_texts, "Districts; names may hold commas, so repeat the parameter for several.", many=True),
    _p("commission", texts, "Codes of territorial commissions.", many=True),
    _p("settlement", some_of("urban", "rural"), "Kind of settlement.", "urban", "rural", many=True),
    _p("ps_type", texts, "Types of station, as ordinary or hospital.", many=True),
)
FILTERS = (
    FORM,
    *PLACES,
    _p("stage", any_or(*STAGES), "Stages; any does not filter.", *STAGES, "any", many=True),
    _p("hour", hours, "Hours of arrival on the clock of the place, 0 to 23.", many=True, example="7"),
    _p("team_type", texts, "Types of team.", many=True),
    _p("visit", some_of("first", "repeat"), "First or repeated visits of a team.", "first", "repeat", many=True),
    _p("complete", some_of(*COMPLETE), "How much could be seen.", *COMPLETE, many=True),
    _p("status", some_of(*STATUSES), "States of a report; finished when left out.", *STATUSES, many=True),
    _p("include", some_of("draft"), "Counts drafts too.", "draft"),
    _p("received_from", a_time, "First received at this time or later."),
    _p("received_to", a_time, "First received before this time."),
    _p("where", where, "<item>:<option>; repeat it for several conditions, all of which must hold.", many=True),
    AS_OF,
)
RESULTS = (
    *FILTERS,
    _p("question", questions, "Item codes, or * for all.", many=True, example="b30_group_voting"),
    _p("by", by(*DIMENSIONS, items=True), "Up to two dimensions; item:<code> is one too.", *DIMENSIONS, many=True),
    _p("unit", one_of("visit", "station"), "What is counted.", "visit", "station"),
    _p("shape", one_of("rows", "tidy"), "One row a group, or one row a figure.", "rows", "tidy"),
    _p("any", codes, "Items; negative where at least one of them is.", many=True),
    _p("bands", bands, "Cuts that turn numbers or times into options, as 08:00,08:30.", many=True),
    _p("ratio", ratio, "<item>/<item>: sum over sum, of visits with both."),
    _p("since", a_moment, "Adds the difference to an earlier as_of to each row."),
    LANG,
)
ANSWER_FILES = (
    *FILTERS,
    _p("fields", fields, "Columns, in this order; all when left out.", many=True),
    _p("labels", one_of("code", "label", "both"), "Codes, labels, or a column each.", "code", "label", "both"),
    AFTER_ROW,
    LIMIT,
    LANG,
)
ANSWERS = (
    *ANSWER_FILES,
    _p("format", one_of("json", "ndjson", "csv"), "Form of the answer.", "json", "ndjson", "csv"),
)
COVERAGE_DIMENSIONS = ("region", "district", "commission", "hour", "stage")
COVERAGE = (
    FORM,
    *PLACES,
    _p("stage", any_or(*STAGES), "Stages; any takes all of them together.", *STAGES, "any", many=True),
    _p("by", by(*COVERAGE_DIMENSIONS), "Up to two dimensions.", *COVERAGE_DIMENSIONS, many=True),
    AS_OF,
)
CODEBOOK = (FORM, AS_OF)
STATION_MAP = (
    *PLACES,
    _p("observed", boolean, "Only stations with a counted visit, or only those without.", "true", "false"),
    AS_OF,
)
STATIONS = (*STATION_MAP, AFTER_CODE, LIMIT)
MISSION = (AS_OF,)
