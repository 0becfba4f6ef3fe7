"""Days that could have been: three phones and staff around one report, as hypothesis strategies.

An honest day is played, not drawn: phones type, clear, settle, finish, void and pull; what they call seen is what a
pull had brought. A forged day is any set of operations at all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from app.forms.fold import Operation
from app.forms.report import STAFF
from tests.operations import A, B, C, finish, operation, revision, staff, void

CODES = ("q1", "q2")
VALUES: tuple[Any, ...] = (None, 1, ["a", "b"], {"blank": "not_observed"})
PHONES = (A, B, C)


@dataclass
class Phone:
    """A phone's hands and screen. `outbox` holds what has not reached the server."""

    device: str
    answers: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    number: int = 0
    outbox: list[Operation] = field(default_factory=list)

    def mint(self, make: Callable[..., Operation], **body: Any) -> None:
        self.number += 1
        seen = {author: number for author, number in self.seen.items() if author != self.device}
        self.outbox.append(make(self.device, self.number, seen=seen, **body))

    def say(self, make: Callable[..., Operation]) -> None:
        self.mint(make, answers=dict(self.answers), settled=sorted(self.settled))
        self.settled.clear()


@dataclass
class Day:
    """The server and its phones. `log` is what arrived, in the order in which it came."""

    phones: dict[str, Phone] = field(default_factory=lambda: {device: Phone(device) for device in PHONES})
    log: list[Operation] = field(default_factory=list)
    staff_number: int = 100

    def every(self) -> list[Operation]:
        return [*self.log, *(op for phone in self.phones.values() for op in phone.outbox)]

    def heads(self) -> dict[str, int]:
        """What a pull brings: of each author the highest number that the log holds."""
        heads: dict[str, int] = {}
        for op in self.log:
            heads[op.author] = max(op.number, heads.get(op.author, 0))
        return heads

    def type(self, device: str, code: str, value: Any) -> None:
        self.phones[device].answers[code] = value

    def settle(self, device: str, code: str) -> None:
        phone = self.phones[device]
        if code in phone.answers:
            phone.settled.add(code)

    def draft(self, device: str) -> None:
        self.phones[device].say(revision)

    def finish(self, device: str) -> None:
        self.phones[device].say(finish)

    def void(self, device: str) -> None:
        self.phones[device].mint(void)

    def round(self, device: str) -> None:
        """One sync round as phones make it: say what changed, push, pull."""
        self.draft(device)
        self.push(device)
        self.pull(device)

    def push(self, device: str) -> None:
        phone = self.phones[device]
        self.log += phone.outbox
        phone.outbox.clear()

    def pull(self, device: str) -> None:
        self.phones[device].seen = self.heads()

    def act(self, act: str, code: str, value: Any) -> None:
        """Staff see what the log holds."""
        seen = {author: number for author, number in self.heads().items() if author != STAFF}
        self.staff_number += 1
        said: dict[str, Any] = (
            {"answers": {code: value}} if act == "amend" and value is not None else {"settled": [code]}
        )
        self.log.append(staff(act, self.staff_number, seen=seen, **said))


def _steps() -> st.SearchStrategy[tuple[Any, ...]]:
    device, code, value = st.sampled_from(PHONES), st.sampled_from(CODES), st.sampled_from(VALUES)
    by_device = st.sampled_from(("round",) * 6 + ("draft", "draft", "finish", "push", "pull", "void"))
    acts = st.sampled_from(("amend", "amend", "amend", "finish", "exclude", "include"))
    typing, doing = st.tuples(st.just("type"), device, code, value), st.tuples(by_device, device)
    settling, acting = st.tuples(st.just("settle"), device, code), st.tuples(st.just("act"), acts, code, value)
    return st.one_of(typing, doing, typing, doing, doing, settling, settling, acting)


def _play(steps: list[tuple[Any, ...]]) -> list[Operation]:
    day = Day()
    for step, *arguments in steps:
        getattr(day, step)(*arguments)
    return day.every()


def honest_days(steps_max: int = 50) -> st.SearchStrategy[list[Operation]]:
    """The operations of a day that could have been, those still in an outbox too."""
    return st.lists(_steps(), min_size=10, max_size=steps_max).map(_play)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=6,
)
_seen = st.dictionaries(st.sampled_from((*PHONES, STAFF)), st.integers(0, 6), max_size=4)
_bodies = st.fixed_dictionaries(
    {},
    optional={
        "answers": st.dictionaries(st.sampled_from(CODES), st.sampled_from(VALUES)) | _json,
        "notes": st.dictionaries(st.sampled_from(CODES), st.text(max_size=3)) | _json,
        "place": _json,
        "form": st.sampled_from(("B", "C")) | _json,
        "form_version": _json | st.integers(1, 4),
        "seen": _seen | _json,
        "settled": st.lists(st.sampled_from(CODES)) | _json,
        "confirmed": _json,
        "op_ids": st.lists(st.sampled_from(("op-1", "op-2"))) | _json,
        "into": _json,
    },
)
_kinds = st.sampled_from(
    (
        *("report.revision", "report.finish", "report.void") * 2,
        *(f"staff.{act}" for act in ("amend", "finish", "exclude", "include", "release", "merge")),
        "attachment.declare",
        "something.new",
    )
)


def _forge(author: str, number: int, kind: str, body: dict[str, Any], held: str | None, op_id: str | None) -> Operation:
    author = STAFF if kind.startswith("staff.") else author
    made = operation(author, number, kind, body)
    return replace(made, held=held, op_id=op_id or made.op_id)


def forged_days() -> st.SearchStrategy[list[Operation]]:
    """Any operations: forked numbers, rings of seeing, held ones, bodies of any shape."""
    one = st.builds(
        _forge,
        st.sampled_from(PHONES),
        st.integers(1, 5),
        _kinds,
        _bodies,
        st.none() | st.sampled_from(("other_team", "unknown_form")),
        st.none() | st.sampled_from(("op-1", "op-2")),
    )
    return st.lists(one, max_size=12).map(_one_per_link)


def _one_per_link(operations: list[Operation]) -> list[Operation]:
    return list({op.link: op for op in operations}.values())
