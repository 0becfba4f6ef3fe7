"""A report's entries of the log -> its row. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from app.forms.fold import Operation, fold
from app.forms.report import Report, State, state_as_plain
from app.store.bodies import operation_of
from app.store.log import Appended

TEXT_MAX = 200
VERSION_MAX = 2**31 - 1


class Entry(NamedTuple):
    """What of an entry of the log a report is made of. Rows of the log have the same names."""

    report_id: str
    server_seq: int
    op_id: str
    kind: str
    author_kind: str
    author: str
    team: str | None
    number: int | None
    link: str
    body: bytes
    state: str
    code: str | None

    @classmethod
    def of(cls, placed: Appended) -> "Entry":
        """From an entry that has just been appended."""
        d = placed.draft
        told = (d.op_id, d.kind, d.author_kind, d.author, d.team, d.number, d.link, d.body, placed.state, placed.code)
        return cls(str(d.report_id), placed.server_seq, *told)


def report_row(mission: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """The row of a report from all of its entries, in the order of the log.

    Its columns show what counts, of an unfinished report the latest; where everything is held, what it would say.
    """
    operations = [operation_of(entry) for entry in entries]
    report = fold(operations)
    shown = report.counted or (_if_released(operations) if report.status == "held" else report.latest)
    return {
        "mission": mission,
        "report_id": entries[0].report_id,
        "team": _owner(entries),
        "form": _text(shown.header.get("form")),
        "form_version": _version(shown.form_version),
        **_place(shown.header.get("place")),
        "status": report.status,
        "first_seq": entries[0].server_seq,
        "last_seq": entries[-1].server_seq,
        "state": to_bytes(report),
    }


def to_bytes(report: Report) -> bytes:
    """Canonical JSON like `fold.to_json`, four times as fast: each report is written at each of its changes.

    Only numbers that need an exponent are spelled otherwise (1e-7, not 1e-07).
    """
    latest = orjson.Fragment(_packed(state_as_plain(report.latest)))
    is_same = report.counted is report.latest
    plain = {**vars(report), "latest": latest}
    if report.counted is not None:
        plain["counted"] = latest if is_same else state_as_plain(report.counted)
    return _packed(plain)


def _packed(plain: dict[str, Any]) -> bytes:
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _if_released(operations: Sequence[Operation]) -> State:
    return fold([replace(operation, held=None) for operation in operations]).latest


def _owner(entries: Sequence[Entry]) -> str | None:
    """The team of the first operation that was accepted; where none was, of the first."""
    teams = [(entry.state != "accepted", place, entry.team) for place, entry in enumerate(entries) if entry.team]
    return min(teams)[2] if teams else None


def _place(place: Any) -> dict[str, str | None]:
    known = place if isinstance(place, dict) else {}
    return {"place_kind": _text(known.get("kind")), "place_id": _text(known.get("id"))}


def _text(value: Any) -> str | None:
    """What a column can hold on every database."""
    return value if isinstance(value, str) and len(value) <= TEXT_MAX and "\0" not in value else None


def _version(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= VERSION_MAX else None
