"""Which parameters each door of the analysts takes. The parser and the OpenAPI read the same lists."""

from app.results.query import COMPLETE, DIMENSIONS, PLACE_DIMENSIONS, STAGES, STATUSES, Parameter
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
    hours,
    language,
    one_of,
    questions,
    ratio,
    snapshot,
    some_of,
    texts,
    where,
    whole_number,
    whole_texts,
)

LIMIT_MAX = 5000
WEIGHED = ("region", "settlement", "ps_type")
PARTS = (
    "stages", "items", "splits", "crossed", "critical", "problems", "irregularities", "checks", "fails", "figures",
    "differences", "regions", "commissions", "silent", "unreported", "hours", "lags", "present", "women", "turnout",
    "comments", "incidents", "states", "teams",
)  # fmt: skip
"""Parts of tables; each table has some of them."""
CODE = "[a-z][a-z0-9_]{0,31}"
TEXT = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[^,\s][^,]*$"}
NAME = {"type": "string", "minLength": 1, "maxLength": 200}
ITEM = {"type": "string", "pattern": f"^{CODE}$"}
TIME = {"type": "string", "format": "date-time"}
SNAPSHOT = {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,39}$", "example": "statement"}
MOMENT = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": NUMBER_MAX}, TIME, SNAPSHOT]}


def _one_of(*words: str) -> dict[str, object]:
    return {"type": "string", "enum": list(words)}


def _matching(pattern: str, example: str) -> dict[str, object]:
    return {"type": "string", "pattern": f"^{pattern}$", "example": example}


def _whole(low: int, high: int) -> dict[str, object]:
    return {"type": "integer", "minimum": low, "maximum": high}


def _choice(name: str, about: str, *words: str) -> Parameter:
    return Parameter(name, one_of(*words), about, _one_of(*words))


def _choices(name: str, about: str, *words: str) -> Parameter:
    return Parameter(name, some_of(*words), about, _one_of(*words), many=True)


def _by(*dimensions: str, items: bool = False) -> Parameter:
    pattern = "|".join((*dimensions, *([f"item:{CODE}"] if items else [])))
    about = "Up to two dimensions; item:<code> is one too." if items else "Up to two dimensions."
    return Parameter("by", by(*dimensions, items=items), about, _matching(f"({pattern})", "region"), True, 2)


FORM = Parameter("form", texts, "Checklist codes; all when left out.", TEXT, many=True)
LANG = Parameter("lang", language, "Language of the labels; else the mission's first.", _matching("[a-z]{2,3}", "en"))
AS_OF = Parameter(
    "as_of", a_moment, "A number of the log, a time with its offset, or a snapshot; now when left out.", MOMENT
)
AFTER_ROW = Parameter("after", whole_number(0, NUMBER_MAX), "Go on after this server_seq.", _whole(0, NUMBER_MAX))
AFTER_CODE = Parameter("after", after, "Go on after the station of this code.", NAME)
LIMIT = Parameter("limit", whole_number(1, LIMIT_MAX), "Rows of a page.", _whole(1, LIMIT_MAX))
STAGE = Parameter("stage", any_or(*STAGES), "Stages; any does not filter.", _one_of(*STAGES, "any"), many=True)
PLACES = (
    Parameter("region", texts, "Region codes.", TEXT, many=True),
    Parameter("district", whole_texts, "Districts; a name may hold commas, so repeat the parameter.", NAME, many=True),
    Parameter("commission", texts, "Codes of territorial commissions.", TEXT, many=True),
    _choices("settlement", "Kind of settlement.", "urban", "rural"),
    Parameter("ps_type", texts, "Types of station, as ordinary or hospital.", TEXT, many=True),
)
FILTERS = (
    FORM,
    *PLACES,
    STAGE,
    Parameter("hour", hours, "Hours of arrival on the clock of the place.", _whole(0, 23), many=True),
    Parameter("team", texts, "Codes of teams.", TEXT, many=True),
    Parameter("team_type", texts, "Types of team.", TEXT, many=True),
    _choices("visit", "First or repeated visits of a team.", "first", "repeat"),
    _choices("complete", "How much could be seen.", *COMPLETE),
    _choices("status", "States of a report; finished when left out.", *STATUSES),
    _choice("include", "Counts drafts too.", "draft"),
    Parameter("received_from", a_time, "First received at this time or later.", TIME),
    Parameter("received_to", a_time, "First received before this time.", TIME),
    Parameter(
        "where",
        where,
        "<item>:<option>, with commas between options that will do; repeated conditions must all hold.",
        _matching(f"{CODE}:{CODE}(,{CODE})*", "b30_group_voting:yes"),
        many=True,
    ),
    AS_OF,
)
WEIGHTS = Parameter(
    "weights",
    some_of(*WEIGHED),
    "Adds shares that are post-stratified to the frame by these, where the mission declares its sample.",
    _one_of(*WEIGHED),
    many=True,
    many_max=len(WEIGHED),
)
RESULTS = (
    *FILTERS,
    Parameter("question", questions, "Item codes, or * for all.", _matching(rf"(\*|{CODE})", "*"), many=True),
    _by(*DIMENSIONS, items=True),
    _choice("unit", "What is counted.", "visit", "station"),
    _choice("shape", "One row a group, one row a figure, or a cube as JSON-stat 2.0.", "rows", "tidy", "jsonstat"),
    WEIGHTS,
    Parameter("any", codes, "Items; negative where at least one of them is.", ITEM, many=True),
    Parameter(
        "bands",
        bands,
        "Cuts that turn numbers or times into options, each above the one before.",
        _matching(r"([0-4]?[0-9]:[0-5][0-9]|-?[0-9]{1,15}(\.[0-9]{1,6})?)", "08:30"),
        many=True,
    ),
    Parameter(
        "ratio", ratio, "Sum over sum, of visits with both.", _matching(f"{CODE}/{CODE}", "c07_women/c07_members")
    ),
    Parameter("since", a_moment, "Adds the difference to an earlier as_of to each row.", MOMENT),
    LANG,
)
PUBLIC_AS_OF = Parameter("as_of", snapshot, "A snapshot; now when left out.", SNAPSHOT)
PUBLIC = (
    FORM,
    STAGE,
    Parameter("question", questions, "Item codes, or * for all.", _matching(rf"(\*|{CODE})", "*"), many=True),
    _by(*PLACE_DIMENSIONS, "stage"),
    _choice("unit", "What is counted.", "visit", "station"),
    _choice("shape", "One row a group, one row a figure, or a cube as JSON-stat 2.0.", "rows", "tidy", "jsonstat"),
    PUBLIC_AS_OF,
    LANG,
)
COVERAGE = (FORM, *PLACES, STAGE, _by("region", "district", "commission", "hour", "stage"), AS_OF)
FINDINGS = (
    Parameter("check", texts, "Checks, as K01; all when left out.", TEXT, many=True),
    Parameter("region", texts, "Region codes.", TEXT, many=True),
)
SEEN = Parameter(
    "observed", boolean, "Only stations with a counted visit, or only those without.", _one_of("true", "false")
)
STATION_MAP = (*PLACES, SEEN, AS_OF)
STATIONS = (*STATION_MAP, AFTER_CODE, LIMIT)
MISSION = (AS_OF,)
UNIT = next(parameter for parameter in RESULTS if parameter.name == "unit")
TABLE_FILES = (
    *FILTERS,
    Parameter("question", questions, "Item codes, or * for all.", _matching(rf"(\*|{CODE})", "*"), many=True),
    Parameter("check", texts, "Checks, as K01, of T7; K01 to K08 when left out.", TEXT, many=True),
    _by(*DIMENSIONS, items=True),
    UNIT,
    WEIGHTS,
    Parameter("part", one_of(*PARTS), "A part of the table; the first when left out.", _one_of(*PARTS)),
    _choice("shape", "Rows, one row a figure, or a cube as JSON-stat 2.0.", "rows", "tidy", "jsonstat"),
    _choice("as", "The figures, or the sentences that a statement makes of them.", "table", "sentence"),
    LANG,
)
TABLES = (*TABLE_FILES, _choice("format", "Form of the answer.", "json", "csv", "xlsx", "html"))
TABLE_LIST = (LANG, AS_OF)
COMMENTS = (*FILTERS, AFTER_ROW, LIMIT, LANG)
