"""A phone written down a second time, from docs/sync.md: what it keeps, what it mints, when and how it sends.

A round is a generator: it gives a request and is given what came. So it can be left at any of its steps, as a page is
that the system ends. Mistakes are planted by subclasses that override one of the methods under "What can go wrong".
"""

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from tests.cast import MISSION
from tests.cast import Phone as Owner
from tests.sending import sign
from tests.simulation.disk import Disk, Draft, FullError, KilledError, Stage, Tables
from tests.simulation.server import name_of
from tests.simulation.wire import MORNING, Came, Json, Reply, Request

HELLO_S, IDLE_S, DEBOUNCE_S, TIMEOUT_S = 600.0, 300.0, 2.0, 20.0
BATCH_FIRST, BATCH_MAX = 4, 100
PATH = "/v1/sync/"
Round = Generator[Request, Came, "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What came of a round; `problem` None: it went well."""

    problem: str | None = None
    after_s: float | None = None


@dataclass
class Tab:
    """A round under way, and the request that it waits for."""

    steps: Round
    request: Request
    until_s: float


@dataclass
class Session:
    """What is lost when the phone dies."""

    batch: int = BATCH_FIRST
    pushed_s: float | None = None
    failures: int = 0
    hold_until_s: float = 0.0
    next_s: float | None = None
    tabs: list[Tab] = field(default_factory=list)


class Phone:
    """`clock` gives seconds that only grow; the clock that people see is `off_s` beside it."""

    version = "1"

    def __init__(self, owner: Owner, clock: Callable[[], float], seed: int) -> None:
        self.owner, self.name, self.device_id = owner, name_of(owner), owner.device_id
        self.clock, self.dice, self.off_s = clock, Random(f"{seed} {self.name}"), 0.0
        self.disk, self.session, self.dead = Disk(), Session(pushed_s=clock(), next_s=clock() + IDLE_S), False
        self.outgoing: list[Request] = []
        self.tabs_max = 1
        self._keys = 0

    # What people do. False: the screen said that it is not kept.

    def begin(self, place: Json) -> str | None:
        """The id of a new report, or None."""
        report_id = self._id()
        draft = Draft(report_id, place=place, seen={}, rev=1)
        return report_id if self._kept(lambda disk: disk.drafts.__setitem__(report_id, draft)) else None

    def say(self, report_id: str, code: str, value: Any) -> bool:
        """Types an answer; a report of the team's other phone is taken up by it."""
        seen = self.seen(report_id)

        def change(disk: Tables) -> None:
            draft = disk.drafts.setdefault(report_id, Draft(report_id))
            draft.seen = draft.seen if draft.is_dirty else seen
            draft.answers[code] = value
            draft.rev += 1

        return self._kept(change)

    def finish(self, report_id: str) -> bool:
        """Older changes whose author had seen less become an operation of their own first."""
        seen = self.seen(report_id)
        if not self._kept(lambda disk: void(disk.drafts.setdefault(report_id, Draft(report_id)))):
            return False
        draft = self.disk.tables.drafts[report_id]
        done = not draft.is_dirty or draft.seen == {**draft.seen, **seen} or self._mint(draft, "report.revision")
        return bool(done) and self._mint(draft, "report.finish", {**draft.seen, **seen})

    def tap(self) -> None:
        """The button: a round now, whatever back-off says."""
        self.session.failures, self.session.hold_until_s = 0, 0.0
        self._start()

    def seen(self, report_id: str) -> dict[str, int]:
        """What of others stands on the screen."""
        heads: dict[str, int] = self.disk.tables.reports.get(report_id, {}).get("latest", {}).get("heads", {})
        return {author: number for author, number in heads.items() if author != self.device_id}

    # What the world does to it

    @property
    def next_wake_s(self) -> float | None:
        times = [tab.until_s for tab in self.session.tabs]
        times += [self.session.next_s] if self.session.next_s is not None else []
        return None if self.dead else min(times, default=None)

    def wake(self) -> None:
        """Timers that are due."""
        now = self.clock()
        for tab in [*self.session.tabs]:
            if tab.until_s <= now and tab in self.session.tabs:
                self._go_on(tab, "timeout")
        if self.session.next_s is not None and self.session.next_s <= now:
            self.session.next_s = None
            self._start()

    def receive(self, key: int, came: Came) -> None:
        """An answer for a request; nothing happens where nobody waits for it any more."""
        for tab in [*self.session.tabs]:
            if tab.request.key == key:
                self._go_on(tab, came)

    def kill_at(self, nth: int, stage: Stage) -> None:
        """Die at the nth transaction from now."""
        self.disk.kill_at(nth, stage)

    def kill(self) -> None:
        self.dead, self.session = True, Session()

    def fill(self, full: bool) -> None:
        """Whether the disk takes nothing from now on."""
        self.disk.full = full

    def start(self, version: str | None = None) -> None:
        """Opens the app, in a new version where one is named."""
        self.dead, self.session = False, Session(next_s=self.clock())
        if version is not None:
            self.version = version
            self.update()

    def rot(self, op_id: str) -> None:
        """A byte of a text falls over on the disk."""
        op = self.disk.tables.ops[op_id]
        op["body"] = op["body"].replace('"form":"B"', '"form":"b"')

    def open_tab(self) -> None:
        """A second tab over the same disk, which sends without asking the first."""
        self.tabs_max = 2
        self._start()

    def spoil_cursor(self) -> None:
        if self.disk.tables.cursor is not None:
            self.disk.tables.cursor = self.disk.tables.cursor[:-4]

    # What it says of itself

    def shown(self) -> dict[str, str]:
        """op_id -> what the screen says of it: received, held, lost; absent: it waits."""
        epoch = self.disk.tables.epoch
        return {op_id: state for (of, op_id), state in self.disk.tables.receipts.items() if of == epoch}

    @property
    def epoch(self) -> str | None:
        return self.disk.tables.epoch

    def ops(self) -> dict[str, Json]:
        return self.disk.tables.ops

    def visible(self) -> list[str]:
        """Reports on the screen: those begun here, and the team's."""
        return [*dict.fromkeys([*self.disk.tables.drafts, *self.disk.tables.reports])]

    def pulled(self) -> dict[str, Any]:
        """Report -> its state as pulled."""
        return self.disk.tables.reports

    def is_dirty(self) -> bool:
        """Whether something typed is no operation yet."""
        return any(draft.is_dirty for draft in self.disk.tables.drafts.values())

    def answers(self, report_id: str) -> Json:
        """What was typed here, as it lies on the disk."""
        draft = self.disk.tables.drafts.get(report_id)
        return draft.answers if draft else {}

    # What can go wrong

    def update(self) -> None:
        """The first start of a new version: the disk is what it was."""

    def sending(self, batch: Sequence[Json]) -> Sequence[Json]:
        """The operations as they go out, for ever the same; nothing is noted of it."""
        return batch

    def genuine(self, came: Reply, attempt: str, batch: Sequence[Json]) -> Json | None:
        """The mission's own answer to this attempt."""
        said: Any = came.json if came.status == 200 else None
        return said if _is(said, "urna.push") and said["attempt_id"] == attempt else None

    def results(self, said: Json, batch: Sequence[Json]) -> list[tuple[str, str | None]]:
        """(op_id, state) of what the answer speaks of."""
        sent = {op["op_id"] for op in batch}
        return [(one["op_id"], _state(one)) for one in said["results"] if one["op_id"] in sent]

    def lost(self, disk: Tables, op_id: str) -> None:
        """The mission cannot keep this one: it stays here, to be offered as a file."""

    def unknown_device(self) -> None:
        """The mission does not know this phone now: everything is kept."""

    def enter(self, disk: Tables, epoch: str) -> None:
        """Receipts of another epoch say nothing of this one; nor do those of this one, if it was left before: whoever
        comes back to it was put back from a copy."""
        if disk.epoch != epoch:
            disk.receipts = {key: state for key, state in disk.receipts.items() if key[0] != epoch}
            disk.epoch, disk.known = epoch, None
            disk.aside.clear()

    # Rounds

    def kick(self, delay_s: float) -> None:
        at = max(self.clock() + delay_s, self.session.hold_until_s)
        if self.session.next_s is None or at < self.session.next_s:
            self.session.next_s = at

    def waiting(self) -> list[Json]:
        """Oldest first."""
        disk, now = self.disk.tables, self.clock()
        later = {op_id for op_id, (_, next_s) in disk.aside.items() if next_s > now}
        open_ = (op for op_id, op in disk.ops.items() if (disk.epoch or "", op_id) not in disk.receipts)
        return [op for op in open_ if op["op_id"] not in later]

    def _start(self) -> None:
        if not self.dead and len(self.session.tabs) < self.tabs_max:
            steps = self._round()
            self._advance(steps, None)

    def _go_on(self, tab: Tab, came: Came) -> None:
        self.session.tabs.remove(tab)
        self._advance(tab.steps, came)

    def _advance(self, steps: Round, came: Came | None) -> None:
        try:
            request = next(steps) if came is None else steps.send(came)
        except StopIteration as over:
            self._end(over.value)
        except KilledError:
            self.kill()
        except FullError:
            self._end(Outcome("storage"))
        else:
            self.session.tabs.append(Tab(steps, request, self.clock() + TIMEOUT_S))
            self.outgoing.append(request)

    def _end(self, outcome: Outcome) -> None:
        session, now = self.session, self.clock()
        if outcome.problem is None:
            session.failures, session.hold_until_s = 0, 0.0
            self.kick(60 if self.waiting() else IDLE_S)
            return
        session.failures += 1
        wait_s = self.dice.random() * min(300, 5 * 2**session.failures) if outcome.after_s is None else outcome.after_s
        if outcome.after_s is not None:
            session.hold_until_s = now + wait_s
        session.next_s = now + wait_s

    def _round(self) -> Round:
        for draft in [*self.disk.tables.drafts.values()]:
            if draft.is_dirty:
                self._mint_now(draft, "report.revision", draft.seen)
        silent = self.session.pushed_s is None or self.clock() - self.session.pushed_s >= HELLO_S
        if self.waiting() or silent:
            outcome = yield from self._push()
            if outcome.problem not in (None, "server_error"):
                return outcome
        return (yield from self._pull())

    def _push(self) -> Round:
        for _ in range(20):
            batch = self.waiting()[: self.session.batch]
            outcome, moved = yield from self._attempt(batch)
            if outcome is not None and outcome.problem is not None:
                return outcome
            if outcome is not None and (moved == 0 or not self.waiting()):
                return outcome
        return Outcome("no_answer")

    def _attempt(self, batch: Sequence[Json]) -> Generator[Request, Came, tuple[Outcome | None, int]]:
        """None: once more, with fewer."""
        attempt, came = yield from self._send(batch)
        if came == "nothing":
            return Outcome("no_answer"), 0
        if came == "timeout":
            self._slower(batch)
            return Outcome("no_answer"), 0
        assert isinstance(came, Reply)
        said = self.genuine(came, attempt, batch)
        if said is not None:
            return Outcome(), self._take_in(said, batch)
        code = (came.json or {}).get("code") if isinstance(came.json, dict) else None
        if came.status == 413 or (code is not None and came.status in (400, 422)):
            return (yield from self._narrow(batch, code or "too_large"))
        if code == "invalid_credentials":
            self.unknown_device()
        after = None if came.retry_after is None else float(came.retry_after)
        return Outcome(code or f"http {came.status}", after), 0

    def _narrow(self, batch: Sequence[Json], code: str) -> Generator[Request, Came, tuple[Outcome | None, int]]:
        """Fewer at once; the one that cannot go alone is set aside, if the server takes a push without it."""
        self._slower(batch)
        if len(batch) > 1:
            return None, 0
        if not batch:
            return Outcome("server_error"), 0
        attempt, came = yield from self._send([])
        said = self.genuine(came, attempt, []) if isinstance(came, Reply) else None
        if said is None:
            return Outcome("server_error"), 0
        self._take_in(said, [])
        self.disk.write(lambda disk: self._set_aside(disk, batch[0]["op_id"]))
        return None, 0

    def _set_aside(self, disk: Tables, op_id: str) -> None:
        tries = disk.aside.get(op_id, (0, 0.0))[0] + 1
        disk.aside[op_id] = (tries, self.clock() + min(3600.0, 60.0 * 2**tries))

    def _send(self, batch: Sequence[Json]) -> Generator[Request, Came, tuple[str, Came]]:
        attempt = self._id()
        envelope = {
            "protocol": 1,
            "attempt_id": attempt,
            "device_id": self.device_id,
            "app": {"version": self.version},
            "sent_at": self._now(),
            "known": self.disk.tables.known,
            "ops": list(self.sending(batch)),
        }
        came = yield self._request("POST", f"{PATH}push", json.dumps(envelope))
        return attempt, came

    def _take_in(self, said: Json, batch: Sequence[Json]) -> int:
        """All that an answer says, in one transaction; how many receipts it brought."""
        self.session.batch, self.session.pushed_s = min(BATCH_MAX, self.session.batch * 2), self.clock()
        results = [(op_id, state) for op_id, state in self.results(said, batch) if state is not None]

        def settle(disk: Tables) -> None:
            self.enter(disk, said["epoch"])
            for op_id, state in results:
                if disk.receipts.get((said["epoch"], op_id)) != "received":
                    disk.receipts[said["epoch"], op_id] = state
                disk.aside.pop(op_id, None)
                if state == "lost":
                    self.lost(disk, op_id)
            receipt = said["receipt"]
            if receipt and (disk.known is None or disk.known["server_seq"] < receipt["server_seq"]):
                disk.known = receipt
            if (said["device_seq"] or 0) > disk.number:
                disk.number, disk.link = said["device_seq"], None

        self.disk.write(settle)
        return len(results)

    def _pull(self) -> Round:
        for _ in range(20):
            cursor = self.disk.tables.cursor
            path = f"{PATH}pull?limit=500" + (f"&cursor={cursor}" if cursor else "")
            came = yield self._request("GET", path, etag=cursor)
            if not isinstance(came, Reply):
                return Outcome("no_answer")
            if came.status == 304 and cursor:
                return Outcome()
            if came.status == 410 and _is(came.json, "urna.reset"):
                self.disk.write(_forget_pulled)
                continue
            if came.status != 200 or not _is(came.json, "urna.pull"):
                return Outcome("no answer", None if came.retry_after is None else float(came.retry_after))
            said = came.json
            self.disk.write(lambda disk, said=said: self._turn(disk, said))  # type: ignore[misc]
            if not said["more"]:
                return Outcome()
        return Outcome("server_error")

    def _turn(self, disk: Tables, said: Json) -> None:
        """A page and its cursor together."""
        self.enter(disk, said["epoch"])
        for change in said["changes"]:
            if change["type"] == "report":
                disk.reports[change["id"]] = change["data"]
            held = change["type"] == "op" and disk.receipts.get((said["epoch"], change["id"])) == "held"
            if held and change["data"]["state"] == "accepted":
                disk.receipts[said["epoch"], change["id"]] = "received"
        disk.cursor = said["cursor"]

    def _slower(self, batch: Sequence[Json]) -> None:
        self.session.batch = max(1, min(self.session.batch, len(batch)) // 2)

    # Minting

    def _kept(self, change: Callable[[Tables], None]) -> bool:
        """Whether it lies on the disk. A phone that dies of it has promised nothing."""
        if self.dead:
            return False
        try:
            self.disk.write(change)
        except KilledError:
            self.kill()
            return False
        except FullError:
            return False
        self.kick(DEBOUNCE_S)
        return True

    def _mint(self, draft: Draft, kind: str, seen: dict[str, int] | None = None) -> bool:
        try:
            self._mint_now(draft, kind, draft.seen if seen is None else seen)
        except KilledError:
            self.kill()
            return False
        except FullError:
            return False
        self.kick(DEBOUNCE_S)
        return True

    def _mint_now(self, draft: Draft, kind: str, seen: dict[str, int]) -> None:
        header = {"place": draft.place, "visit_no": 1} if draft.place else {}
        body = {"form": "B", "form_version": 1, **header, "answers": draft.answers, "seen": seen}
        text = json.dumps(body, separators=(",", ":"))
        tables = self.disk.tables
        op: Json = {
            "device_seq": tables.number + 1,
            "op_id": self._id(),
            "kind": kind,
            "report_id": draft.report_id,
            "made_at": self._now(),
            "tz_min": 300,
            "prev": tables.link,
            "hash": sha256(text.encode()).hexdigest(),
        }
        lines = "\n".join(
            ["urna-op-v1", MISSION, self.device_id, *("" if one is None else str(one) for one in op.values())]
        )
        whole = {**op, "body": text, "sig": sign(self.owner.key, lines.encode())}

        def keep(disk: Tables) -> None:
            disk.ops[op["op_id"]] = whole
            disk.number, disk.link = op["device_seq"], sha256(lines.encode()).hexdigest()
            draft.minted_rev = draft.rev

        self.disk.write(keep)

    def _request(self, method: str, path: str, body: str | None = None, etag: str | None = None) -> Request:
        self._keys += 1
        return Request(self.name, self._keys, method, path, body, etag)

    def _id(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128), version=4))

    def _now(self) -> str:
        """The clock that people see."""
        return (MORNING + timedelta(seconds=self.clock() + self.off_s)).isoformat()


def void(_: object) -> None:
    """What came of it is of no use."""


def _forget_pulled(disk: Tables) -> None:
    disk.cursor = None
    disk.reports.clear()


def _is(said: Any, kind: str) -> bool:
    return isinstance(said, dict) and said.get("kind") == kind


def _state(result: Json) -> str | None:
    match result["outcome"]:
        case "accepted":
            return "received"
        case "duplicate":
            return "held" if result["state"] == "held" else "received"
        case "held":
            return "held"
        case "rejected":
            return "lost"
    return None
