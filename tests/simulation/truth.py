"""What an onlooker of a world knows, who sees all disks and every word: the laws that no step of it may break."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cast import PHONES
from tests.sending import link_of
from tests.simulation.handset import Handset
from tests.simulation.server import Server, name_of
from tests.simulation.wire import Json

TEAM_OF = {name_of(someone): someone.team for someone in PHONES}
DEVICE_OF = {name_of(someone): someone.device_id for someone in PHONES}


class ViolationError(Exception):
    """A law of the world is broken: `law` is I1 to I9."""

    def __init__(self, law: str, text: str) -> None:
        self.law = law
        super().__init__(f"{law}: {text}")


@dataclass(frozen=True)
class Typed:
    """A value that a person typed. Every value is typed once, so that it tells where it comes from."""

    phone: str
    report_id: str
    code: str
    value: str
    seen: Mapping[str, int]
    kept: bool


@dataclass
class Minted:
    phone: str
    op: Json
    body: str


@dataclass
class Truth:
    minted: dict[str, Minted] = field(default_factory=dict)
    typed: list[Typed] = field(default_factory=list)
    finished: set[tuple[str, str]] = field(default_factory=set)
    """(phone, report) whose finish the screen called kept."""
    rotten: set[str] = field(default_factory=set)
    sent: list[tuple[str, str]] = field(default_factory=list)
    """(phone, body) of every push, in the order sent."""
    _claimed: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    # At every step

    def watch(self, phone: Handset, server: Server) -> None:
        """After anything that a phone did."""
        ops = phone.ops()
        for op_id, op in ops.items():
            if op_id not in self.minted:
                self.minted[op_id] = Minted(phone.name, dict(op), op["body"])
        self._nothing_false(phone, server)

    def _nothing_false(self, phone: Handset, server: Server) -> None:
        """I3: what is shown as received or held in an epoch was committed in that epoch."""
        epoch = phone.epoch
        claims = {(str(epoch), op_id) for op_id, state in phone.shown().items() if state in ("received", "held")}
        for of, op_id in claims - self._claimed[phone.name]:
            if op_id not in server.committed[of]:
                raise ViolationError("I3", f"{phone.name} shows {op_id} as there, and it never was")
        self._claimed[phone.name] |= claims

    def look_at_disk(self, phone: Handset) -> None:
        """I8: after whatever only reads, ends or begins: all operations and answers that were kept are on the disk."""
        ops = phone.ops()
        for op_id, one in self.minted.items():
            if one.phone == phone.name and op_id not in ops:
                raise ViolationError("I8", f"{op_id} is gone from {phone.name}")
        for report_id, code, may_be in self.last_typed(phone.name):
            value = phone.answers(report_id).get(code)
            if value not in may_be:
                raise ViolationError("I8", f"{phone.name} holds {value!r} for {code}, not one of {sorted(may_be)}")

    def last_typed(self, name: str) -> Iterable[tuple[str, str, set[str]]]:
        """(report, code, values of which one must stand there): the last that was kept, or one that was typed after."""
        found: dict[tuple[str, str], set[str]] = {}
        kept: set[tuple[str, str]] = set()
        for one in self.typed:
            key = (one.report_id, one.code)
            if one.phone != name:
                continue
            if one.kept:
                found[key] = {one.value}
                kept.add(key)
            elif key in kept:
                found[key].add(one.value)
        return ((*key, found[key]) for key in kept)

    # At rest

    def is_quiet(self, phones: Sequence[Handset], server: Server) -> bool:
        """Whether every queue is empty, the mission has it all, and every screen shows what the mission has."""
        epoch, reports = server.epoch, server.reports()
        here = {op_id for (op_id,) in server.memory.ask("SELECT op_id FROM log")} | server.rejected[epoch]
        if not set(self.minted) <= here:
            return False
        return all(self._is_done(phone, epoch) and self._is_up_to_date(phone, reports) for phone in phones)

    def _is_done(self, phone: Handset, epoch: str) -> bool:
        ops = phone.ops()
        return (
            not phone.dead
            and not phone.is_dirty()
            and (not ops or phone.epoch == epoch)
            and set(ops) <= set(phone.shown())
        )

    def _is_up_to_date(self, phone: Handset, reports: Mapping[str, Any]) -> bool:
        """I5 as well: a phone that shows another team's report was told what it must not know."""
        team = {one.op["report_id"] for one in self.minted.values() if TEAM_OF[one.phone] == TEAM_OF[phone.name]}
        pulled = phone.pulled()
        if not set(pulled) <= team:
            raise ViolationError("I5", f"{phone.name} shows a report that is not its team's")
        return pulled == {report_id: state for report_id, state in reports.items() if report_id in team}

    def judge(self, phones: Mapping[str, Handset], server: Server) -> None:
        """After the storm, when all is quiet: I1, I2, I4, I5, I7."""
        rows = [row for row in server.log() if row.author_kind == "device"]
        self._nothing_doubled(rows)
        self._nothing_invented(rows)
        self._nothing_lost(phones, server, {row.op_id: row for row in rows})
        released = {
            op_id for row in server.log() if row.kind == "staff.release" for op_id in json.loads(row.body)["op_ids"]
        }
        counting = {row.op_id for row in rows if row.state == "accepted" or row.op_id in released}
        self._newest_shown(phones, server.reports(), counting)

    def _nothing_doubled(self, rows: Sequence[Any]) -> None:
        """I2: no text of a device stands in the log twice."""
        texts = [(row.author, row.number, row.hash) for row in rows]
        if len(texts) != len(set(texts)):
            raise ViolationError("I2", "an operation is in the log twice")

    def _nothing_invented(self, rows: Sequence[Any]) -> None:
        """I5: what the log has of devices is what phones minted, to the byte and the link."""
        for row in rows:
            one = self.minted.get(row.op_id)
            if one is None or one.body != row.body.decode():
                raise ViolationError("I5", f"{row.op_id} is in the log as no phone minted it")
            author = DEVICE_OF[one.phone]
            if (row.author, row.link) != (author, link_of({**one.op, "device_id": author})):
                raise ViolationError("I5", f"{row.op_id} has another author or link than it was minted with")

    def _nothing_lost(self, phones: Mapping[str, Handset], server: Server, rows: Mapping[str, Any]) -> None:
        """I1: every operation is in the log; what the mission refused stays on the phone, which says so."""
        refused = server.rejected[server.epoch]
        out = refused | self.rotten
        for op_id, one in self.minted.items():
            if op_id in rows:
                continue
            shown = phones[one.phone].shown().get(op_id)
            if not (op_id in refused and shown == "lost"):
                raise ViolationError("I1", f"{op_id} of {one.phone} is not in the log, and the phone shows {shown}")
        for name, phone in phones.items():
            self.look_at_disk(phone)
            for report_id, code, may_be in self.last_typed(name):
                newest = self._newest(name, report_id, {*rows, *out})
                if newest is None or newest["answers"].get(code) not in may_be:
                    raise ViolationError("I1", f"{code} of {report_id} as {name} typed it never got there")
        for name, report_id in self.finished:
            ends = [op_id for op_id, one in self.minted.items() if _ends(one, name, report_id)]
            if not set(ends) & {*rows, *out}:
                raise ViolationError("I1", f"{name} finished {report_id}, and the mission never heard")

    def _newest(self, name: str, report_id: str, among: Iterable[str]) -> Json | None:
        """The body of a phone's newest operation on a report among these."""
        wanted = set(among)
        own = [
            one
            for op_id, one in self.minted.items()
            if one.phone == name and one.op["report_id"] == report_id and op_id in wanted
        ]
        newest = max(own, key=lambda one: one.op["device_seq"], default=None)
        return None if newest is None else dict(json.loads(newest.body))

    def _newest_shown(self, phones: Mapping[str, Handset], reports: Mapping[str, Any], counting: set[str]) -> None:
        """I4: of each device its newest word stands. I7: words that did not know each other stand side by side."""
        for report_id in {one.op["report_id"] for op_id, one in self.minted.items() if op_id in counting}:
            if report_id not in reports:
                raise ViolationError("I1", f"{report_id} is no report")
            latest = reports[report_id]["latest"]
            words = {name: self._newest(name, report_id, counting) for name in phones}
            for code in {code for word in words.values() if word for code in word["answers"]}:
                said = {name: word["answers"][code] for name, word in words.items() if word and code in word["answers"]}
                self._one_question(report_id, code, said, latest)

    def _one_question(self, report_id: str, code: str, said: Mapping[str, str], latest: Json) -> None:
        shown = latest["answers"].get(code)
        beside = {voice["value"] for voice in latest["disagreement"].get(code, ())} | {shown}
        if shown not in said.values():
            raise ViolationError("I4", f"{code} shows {shown!r}, and the newest words are {dict(said)}")
        for name, value in said.items():
            for other, theirs in said.items():
                apart = name < other and value != theirs and not {value, theirs} <= beside
                if apart and not self._knew(report_id, code, name, value, other, theirs):
                    raise ViolationError("I7", f"{code}: {value!r} and {theirs!r} did not know each other")

    def _knew(self, report_id: str, code: str, name: str, value: str, other: str, theirs: str) -> bool:
        """Whether, when one of them was typed, the other stood on that screen."""
        return self._saw(value, other, theirs, report_id, code) or self._saw(theirs, name, value, report_id, code)

    def _saw(self, value: str, other: str, theirs: str, report_id: str, code: str) -> bool:
        typed = next(one for one in self.typed if one.value == value)
        carried: list[int] = [
            one.op["device_seq"]
            for one in self.minted.values()
            if one.phone == other
            and one.op["report_id"] == report_id
            and json.loads(one.body)["answers"].get(code) == theirs
        ]
        return typed.seen.get(DEVICE_OF[other], 0) >= min(carried)


def _ends(one: Minted, name: str, report_id: str) -> bool:
    return (one.phone, one.op["report_id"], one.op["kind"]) == (name, report_id, "report.finish")
