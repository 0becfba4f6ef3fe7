"""Which parameters the doors of files, changes and snapshots take."""

from app.results.doors import AFTER_ROW, AS_OF, FILTERS, FORM, ITEM, LANG, LIMIT, PLACES
from app.results.query import STATUSES, Parameter
from app.results.readers import cursor, fields, one_of, some_of

MEDIA = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "sav": "application/x-spss-sav",
    "dta": "application/x-stata-dta",
    "geojson": "application/geo+json",
    "html": "text/html; charset=utf-8",
    "zip": "application/zip",
}
FORMATS = ("json", "ndjson", "csv", "xlsx", "parquet", "sav", "dta", "geojson")


def _choice(name: str, about: str, *words: str) -> Parameter:
    return Parameter(name, one_of(*words), about, {"type": "string", "enum": list(words)})


def _choices(name: str, about: str, *words: str) -> Parameter:
    return Parameter(name, some_of(*words), about, {"type": "string", "enum": list(words)}, many=True)


DIALECT = _choice("dialect", "RFC 4180; or what Excel opens where lists have semicolons.", "rfc4180", "excel")
ANSWER_FILES = (
    *FILTERS,
    Parameter("fields", fields, "Columns, in this order; all when left out.", ITEM, many=True),
    _choice("labels", "Codes, labels, or a column each.", "code", "label", "both"),
    AFTER_ROW,
    LIMIT,
    LANG,
)
CSV_FILES = (*ANSWER_FILES, DIALECT)
ANSWERS = (*CSV_FILES, _choice("format", "Form of the answer.", *FORMATS))
CODEBOOK_FILES = (FORM, LANG, AS_OF)
CODEBOOK = (*CODEBOOK_FILES, _choice("format", "Form of the answer.", "json", "xlsx", "html"))
CURSOR = {"type": "string", "pattern": r"^[0-9]{1,19}(\.[0-9]{1,19}\.[0-9a-z]{1,8})?$", "example": "18234"}
CHANGES = (
    FORM,
    *PLACES,
    _choices("status", "States of a report; finished when left out.", *STATUSES),
    _choice("include", "Counts drafts too.", "draft"),
    Parameter("after", cursor, "Go on after this cursor, or after this number of the log; 0 is the start.", CURSOR),
    LIMIT,
)
PACKAGE = (AS_OF,)
STREAM = (_choices("topics", "What is told; everything when left out.", "coverage", "incidents"),)
NOTHING: tuple[Parameter, ...] = ()
