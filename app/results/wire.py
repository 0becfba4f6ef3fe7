"""Shapes of the answers, for the OpenAPI: an answer itself is written as it was computed."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Stamped(BaseModel):
    """On every answer: the number of the log it stands on, and when that entry came in."""

    data_version: int
    as_of: str | None


class Question(BaseModel):
    code: str
    form: str | None
    label: str
    type: str
    negative: list[str]


class ResultRow(BaseModel):
    """visits = not_in_version + not_applicable + asked; asked = observed + not_observed + no_access + missing.

    With unit=station the same holds of stations.
    """

    by: dict[str, str | int | None]
    visits: int
    stations: int
    teams: int
    place_unknown: int
    asked: int
    observed: int
    not_observed: int
    no_access: int
    missing: int
    not_applicable: int
    not_in_version: int
    counts: dict[str, int]
    stations_with: dict[str, int]
    share: dict[str, float | None]
    numeric: dict[str, float | None] | None
    negative_visits: int | None
    negative_stations: int | None
    disagreements: int
    ci: dict[str, tuple[float, float]] | None
    ci_reason: str | None
    small_n: bool
    share_weighted: dict[str, float] | None = Field(None, description="With weights= only: post-stratified shares.")
    weights_reason: str | None = Field(None, description="With weights= only: why there are none.")
    change: dict[str, Any] | None = Field(None, description="With since= only: the difference of each count.")


class Entry(BaseModel):
    question: Question
    rows: list[ResultRow]


class TidyRow(BaseModel, extra="allow"):
    """One figure; the dimensions of `by` are members of their own."""

    form: str | None
    question: str
    kind: str
    name: str
    value: float | None
    share: float | None
    stations_with: int | None
    visits: int
    stations: int
    asked: int
    observed: int
    small_n: bool


class ResultsAnswer(Stamped):
    unit: str
    filters: dict[str, Any]
    results: list[Entry] | list[TidyRow]
    suspected_duplicates: int
    notes: list[str]
    links: dict[str, str]


class PublicRow(BaseModel, extra="allow"):
    """A row of results; where `suppressed`, all of its figures are null."""

    by: dict[str, str | int | None]
    suppressed: bool
    observed: int | None
    counts: dict[str, int | None]
    share: dict[str, float | None]


class PublicEntry(BaseModel):
    question: Question
    rows: list[PublicRow]


class PublicAnswer(Stamped):
    unit: str
    filters: dict[str, Any]
    results: list[PublicEntry] | list[dict[str, Any]]
    suspected_duplicates: int
    notes: list[str]


class TableColumn(BaseModel):
    """`count` and `observed` name the columns that a share is made of: paper rounds from these."""

    name: str
    label: str
    type: str
    dimension: bool
    count: str | None = None
    observed: str | None = None


class TablePart(BaseModel):
    columns: list[TableColumn]
    rows: list[dict[str, Any]]


class TableAnswer(Stamped):
    """A table; with shape=tidy one row a figure, with as=sentence its sentences. A cube is JSON-stat 2.0 instead."""

    table: str
    title: str
    unit: str
    filters: dict[str, Any]
    form_versions: str
    part: str
    columns: list[TableColumn] | None = None
    rows: list[dict[str, Any]] | None = None
    sentences: list[str] | None = None
    parts: dict[str, TablePart] | None = None
    notes: list[str]


class Cube(BaseModel, extra="allow"):
    """A dataset in JSON-stat 2.0."""

    version: str
    label: str
    id: list[str]
    size: list[int]
    role: dict[str, list[str]]
    dimension: dict[str, Any]
    value: list[float | None] | dict[str, float]
    extension: dict[str, Any]


class TableName(BaseModel):
    table: str
    title: str
    href: str


class TablesAnswer(Stamped):
    tables: list[TableName]


class Comment(BaseModel):
    """Words as they were written. `linked`: questions of the report answered in a way that is key or critical."""

    report_id: str
    stage: str
    form: str
    region: str | None
    commission: str | None
    place: str | None
    team: str | None
    arrived_at: str | None
    item: str | None
    label: str
    text: str
    lang: str | None
    linked: list[str]


class CommentsAnswer(Stamped):
    filters: dict[str, Any]
    rows: list[Comment]
    links: dict[str, str | None]


class AnswersAnswer(Stamped):
    form_versions: str = Field(description="Of the reports that the filters leave: B 1, B 2.")
    filters: dict[str, Any]
    n: int = Field(description="Reports that the filters leave, of all pages.")
    fields: list[str]
    rows: list[dict[str, Any]]
    suspected_duplicates: int
    links: dict[str, str | None]


class CoverageRow(BaseModel):
    by: dict[str, str | int | None]
    expected: int | None
    received: int | None
    coverage: float | None
    visits: int
    stations: int
    teams: int
    place_unknown: int
    stations_in_frame: int | None


class TeamContact(BaseModel):
    team: str
    region: str | None
    devices: int
    last_contact_at: str | None


class CoverageAnswer(Stamped):
    filters: dict[str, Any]
    expected_from: list[str]
    rows: list[CoverageRow]
    teams: list[TeamContact]


class CodebookAnswer(Stamped):
    forms: list[dict[str, Any]]
    variables: list[dict[str, Any]]
    missing_codes: dict[str, str]


class CheckCounts(BaseModel):
    """How a check came out; `not_computable` where a figure that it names is blank."""

    model_config = ConfigDict(populate_by_name=True)
    check: str
    passed: int = Field(alias="pass")
    fail: int
    not_computable: int


class FindingsAnswer(Stamped):
    checks: list[CheckCounts]
    findings: list[dict[str, Any]]
    waiting: int
    """Reports whose own checks are still being worked out."""


class StationsAnswer(Stamped):
    stations: int
    rows: list[dict[str, Any]]
    links: dict[str, str | None]


class Features(Stamped):
    type: str
    features: list[dict[str, Any]]


class MissionAnswer(Stamped):
    mission: str
    name: str
    day: str
    zone: str
    zones: dict[str, str]
    languages: list[str]
    phases: list[str]
    forms: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    regions: list[dict[str, Any]]
    sampling: Any
    simulated: bool = Field(description="Nothing in this mission was observed: a demo or a rehearsal.")
    epoch: str
