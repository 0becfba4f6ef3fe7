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


class AnswersAnswer(Stamped):
    filters: dict[str, Any]
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
