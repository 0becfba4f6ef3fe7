"""Read the query parameters of the analysts' door, pure. Every door has a list of what it allows.

A list may be written with commas or by repeating the parameter; the normal form is sorted, so that two ways of asking
for the same thing share one tag. An unknown parameter is refused with the list of the allowed ones.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise

from app.errors import Place, UrnaError

STATUSES = ("draft", "finished", "held", "void", "excluded", "merged")
COMPLETE = ("full", "partial", "refused")
STAGES = ("opening", "voting", "counting", "tabulation", "incident", "other")
PLACE_DIMENSIONS = ("region", "district", "commission", "settlement", "ps_type")
TIMES_AND_TEAMS = ("hour", "hour_band", "team", "team_type")
DIMENSIONS = (*PLACE_DIMENSIONS, "form", "stage", *TIMES_AND_TEAMS, "visit", "complete", "status")
HOUR_CUTS = (7, 10, 13, 16, 20)
"""Hours that part the day of a statement: before the opening, four stretches of voting, after it."""
ITEM = "item:"
"""Before an item's code in `by`."""
VALUES_MAX = 500
"""Values of one parameter; more are not a question."""
TEXT_MAX = 200

Moment = int | datetime | str
"""A server_seq, or a time with its zone: the highest number received by then, or the name of a snapshot."""


@dataclass(frozen=True)
class Bands:
    """Cuts that turn a number into options: `below the first`, [cut, next cut), ..., `from the last on`.

    `clock`: the cuts are minutes since 00:00 of election day and speak of times, else of numbers.
    """

    cuts: tuple[float, ...]
    clock: bool

    def names(self) -> tuple[str, ...]:
        words = [_clock(cut) if self.clock else _plain(cut) for cut in self.cuts]
        between = (f"{low}..{high}" for low, high in pairwise(words))
        return (f"<{words[0]}", *between, f">={words[-1]}")


@dataclass(frozen=True)
class Query:
    """What is asked, in normal form. An empty tuple does not filter."""

    form: tuple[str, ...] = ()
    question: tuple[str, ...] = ("*",)
    by: tuple[str, ...] = ()
    unit: str = "visit"
    shape: str = "rows"
    format: str = "json"
    lang: str | None = None
    as_of: Moment | None = None
    since: Moment | None = None
    status: tuple[str, ...] = ("finished",)
    region: tuple[str, ...] = ()
    district: tuple[str, ...] = ()
    commission: tuple[str, ...] = ()
    settlement: tuple[str, ...] = ()
    ps_type: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    hour: tuple[int, ...] = ()
    team: tuple[str, ...] = ()
    team_type: tuple[str, ...] = ()
    visit: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    received_from: datetime | None = None
    received_to: datetime | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    any: tuple[str, ...] = ()
    bands: Bands | None = None
    ratio: tuple[str, str] | None = None
    fields: tuple[str, ...] = ()
    labels: str = "code"
    weights: tuple[str, ...] = ()
    part: str | None = None
    written: str = "table"
    """The parameter `as`."""
    dialect: str = "rfc4180"
    topics: tuple[str, ...] = ()
    observed: bool | None = None
    check: tuple[str, ...] = ()
    after: int | str | None = None
    limit: int | None = None

    def normal(self) -> dict[str, object]:
        """The parameters that differ from the default, by name, as plain JSON values."""
        pairs = ((f.name, getattr(self, f.name), f.default) for f in fields(self))
        return {name: _as_json(value) for name, value, default in pairs if value != default}


Reader = Callable[[str, list[str]], object]


@dataclass(frozen=True)
class Parameter:
    """One parameter: how its raw values are read, and the JSON schema of one value for the OpenAPI."""

    name: str
    read: Reader
    about: str
    schema: Mapping[str, object]
    many: bool = False
    many_max: int = VALUES_MAX


def parse(door: tuple[Parameter, ...], pairs: Iterable[tuple[str, str]]) -> Query:
    """The query behind raw pairs. Raises UrnaError `unknown_parameter` or `invalid_parameter`."""
    raw = _gather(door, pairs)
    values: dict[str, object] = {p.name: p.read(p.name, raw[p.name]) for p in door if p.name in raw}
    if values.pop("include", ()):
        values["status"] = _statuses_with_drafts(values.get("status", Query.status))
    if "as" in values:
        values["written"] = values.pop("as")
    if ("any" in values or "ratio" in values) and "question" not in values:
        values["question"] = ()
    if values.get("bands") is not None and values.get("question") == ():
        raise wrong("bands", "bands cut the questions of question=")
    return Query(**values)  # type: ignore[arg-type]


def _gather(door: tuple[Parameter, ...], pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    known = {parameter.name: parameter for parameter in door}
    raw: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            raise UrnaError("unknown_parameter", f"Allowed here: {', '.join(sorted(known))}.")
        raw.setdefault(name, []).append(value)
    for name, values in raw.items():
        if len(values) > 1 and not known[name].many:
            raise wrong(name, f"{name} can be given once")
        if len(values) > VALUES_MAX or any(len(value) > TEXT_MAX * VALUES_MAX for value in values):
            raise wrong(name, f"{name} has too many values")
    return raw


def _statuses_with_drafts(statuses: object) -> tuple[str, ...]:
    assert isinstance(statuses, tuple)
    return tuple(sorted({*statuses, "draft"}))


def wrong(name: str, detail: str) -> UrnaError:
    """A refusal that names the parameter and says what it takes."""
    return UrnaError("invalid_parameter", f"{detail}.", [Place(f"/query/{name}", "invalid_parameter")])


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _as_json(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Bands):
        return [_clock(cut) if value.clock else _plain(cut) for cut in value.cuts]
    if isinstance(value, tuple):
        return [_as_json(part) for part in value]
    return value
