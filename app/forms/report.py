"""What a report is made of and what it folds to. Shapes, and their canonical JSON.

Everything that the fold reads of a body is read through this file, and a part of the wrong shape says nothing: the fold
never fails on what a phone sent.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STAFF = "staff"
"""The one author that all acts of staff share."""

REVISION, FINISH, VOID = "report.revision", "report.finish", "report.void"
SNAPSHOTS = frozenset({REVISION, FINISH})
STAFF_AMEND, STAFF_FINISH, STAFF_RELEASE = "staff.amend", "staff.finish", "staff.release"
DECISIONS = {"staff.exclude": "excluded", "staff.include": None, "staff.merge": "merged"}
"""Kind -> the status that it gives; the newest decision stands, and an include takes the others back."""

HEADER = ("form", "place", "visit_no", "arrived_at", "departed_at", "filled_by", "other_teams", "comment", "lang")
PARTS = ("header", "answers", "notes")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the fold sees it. `number`: device_seq of a phone, server_seq of staff."""

    op_id: str
    kind: str
    author: str
    """Device id, or "staff"."""
    number: int
    link: str
    body: Mapping[str, Any]
    held: str | None = None
    """Why a person looks at it; it counts for nothing until a staff.release names its op_id."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One value of a question, with the operation that last changed or settled it."""

    author: str
    number: int
    link: str
    value: Any


@dataclass(frozen=True)
class State:
    """What a report says. It reads like the body of an operation: absent says nothing, null says empty."""

    header: dict[str, Any]
    """Those of `HEADER` that somebody said."""
    form_version: int | None
    """The newest that a standing operation of this form names: codes only grow."""
    answers: dict[str, Any]
    notes: dict[str, Any]
    confirmed: tuple[str, ...]
    disagreement: dict[str, tuple[Voice, ...]]
    """`name(part, code)` -> every value that stands against another, the one that is shown first."""
    heads: dict[str, int]
    """Author -> highest number that went in. A phone that shows this state has seen up to there."""


@dataclass(frozen=True)
class Report:
    """A report folded from the set of its operations."""

    status: str
    """draft, finished, held, void, excluded, merged."""
    latest: State
    """Of all operations."""
    counted: State | None
    """Of what finishes cover, and of staff's; None unless the status is finished."""
    open_edit: bool
    """An operation waits for the next finish."""
    void_disputed: bool
    """A finish counts that a void did not know."""
    finishes: tuple[tuple[str, int], ...] = ()
    """(author, number) of the finishes that count."""
    voids: tuple[dict[str, Any], ...] = ()
    """author, number, reason, into."""
    into: str | None = None
    """The report that staff merged this one into."""
    amended: int | None = None
    """server_seq of the newest amendment."""
    forked: tuple[tuple[str, int], ...] = ()
    """(author, number) that more than one operation bears."""
    held: tuple[tuple[str, str], ...] = field(default=())
    """(op_id, code) of the operations that wait for a person."""


def name(part: str, code: str) -> str:
    """What a disagreement and `settled` call a thing: a question by its code, others with the part before."""
    return code if part == "answers" and "." not in code else f"{part}.{code}"


def said(operation: Operation, part: str) -> Mapping[str, Any]:
    """What an operation says of a part: code -> value."""
    if part == "header":
        return {code: operation.body[code] for code in HEADER if code in operation.body}
    return _mapping(operation.body.get(part))


def seen(operation: Operation, author: str) -> int:
    """The highest number of another author that stood on this author's screen."""
    return _whole(_mapping(operation.body.get("seen")).get(author)) or 0


def names_settled(operation: Operation) -> frozenset[str]:
    return frozenset(_texts(operation.body.get("settled")))


def names_confirmed(operation: Operation) -> frozenset[str]:
    return frozenset(_texts(operation.body.get("confirmed")))


def names_released(operation: Operation) -> frozenset[str]:
    return frozenset(_texts(operation.body.get("op_ids")))


def form_version(operation: Operation) -> int | None:
    return _whole(operation.body.get("form_version"))


def text(operation: Operation, code: str) -> str | None:
    value = operation.body.get(code)
    return value if isinstance(value, str) else None


def canonical(value: Any) -> str:
    """Two values are the same where this is: 412 and 412.0, codes in any order, a null member and none."""
    return json.dumps(_even(value), sort_keys=True, ensure_ascii=False)


def as_plain(report: Report) -> dict[str, Any]:
    """A report as plain JSON values; each state reads like a body."""
    plain = dict(vars(report))
    plain["latest"] = state_as_plain(report.latest)
    plain["counted"] = None if report.counted is None else state_as_plain(report.counted)
    return plain


def state_as_plain(state: State) -> dict[str, Any]:
    disagreement = {code: [voice_as_plain(v) for v in voices] for code, voices in state.disagreement.items()}
    plain = {key: value for key, value in vars(state).items() if key != "header"}
    return {**state.header, **plain, "disagreement": disagreement}


def voice_as_plain(voice: Voice) -> dict[str, Any]:
    return {"author": voice.author, "number": voice.number, "link": voice.link, "value": voice.value}


def to_json(report: Report) -> bytes:
    """Canonical JSON: equal reports give equal bytes."""
    options: dict[str, Any] = {"sort_keys": True, "ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
    return json.dumps(as_plain(report), **options).encode()


def _even(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return sorted(set(value)) if all(isinstance(v, str) for v in value) else [_even(v) for v in value]
    if isinstance(value, dict):
        return {key: _even(v) for key, v in value.items() if v is not None}
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(value: Any) -> Iterator[str]:
    return (v for v in value if isinstance(v, str)) if isinstance(value, list | tuple) else iter(())
