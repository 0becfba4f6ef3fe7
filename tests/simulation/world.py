"""One world: six minutes of storm, then calm, from one seed. Every step is an event of one queue.

What people do and what goes wrong is drawn before anything happens, and the fortune of each request by its own dice, so
that the model and the phone's own core live through the same worlds.
"""

import heapq
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import time_machine

from tests.cast import PHONES
from tests.simulation.handset import Handset
from tests.simulation.network import FAILING, REFUSED, Passage, arriving, passage, returning
from tests.simulation.phone import Phone, void
from tests.simulation.server import (
    BODY_BYTES_MAX,
    BODY_BYTES_NARROW,
    CODES,
    FAILS,
    STATION,
    Backup,
    Crash,
    Server,
    name_of,
)
from tests.simulation.truth import DEVICE_OF, TEAM_OF, Truth, Typed, ViolationError
from tests.simulation.wire import MORNING, Reply, Request

STORM_S, PATIENCE_S, EVENTS_MAX = 360.0, 2.5 * 3600, 3000
YEAR_S = 365 * 86400.0
CRASHES: tuple[Crash, ...] = ("before", "between", "after")
ACTS = ("say",) * 7 + ("begin",) * 2 + ("finish",) * 3 + ("tap",)
TROUBLES = (
    "kill", "kill", "kill", "start", "update", "clock", "dead zone", "dead zone", "crash", "crash", "crash", "backup",
    "backup", "restore", "restore", "restore", "revoke", "full", "cursor", "rot", "narrow", "narrow", "tabs",
)  # fmt: skip
"""What goes wrong, as often as it stands here."""
Step = tuple[float, str, int, float]
"""When, what, and two throws of the dice to fill in the rest."""


def script(seed: int) -> list[Step]:
    """What people do and what goes wrong."""
    dice = Random(seed)
    acts = [(dice.uniform(0, STORM_S), dice.choice(ACTS)) for _ in range(dice.randint(3, 8))]
    acts += [(dice.uniform(0, 60), "begin")]
    troubles = [(dice.uniform(20, STORM_S), dice.choice(TROUBLES)) for _ in range(dice.randint(1, 5))]
    return sorted((at, what, dice.randrange(2**16), dice.random()) for at, what in acts + troubles)


class World:
    def __init__(
        self,
        seed: int,
        phones: Callable[["World"], Sequence[Handset]] | None = None,
        server: Callable[[], Server] = Server,
        phone: type[Phone] = Phone,
    ) -> None:
        self.seed, self.now_s, self.calm = seed, 0.0, False
        self.server, self.truth = server(), Truth()
        self.owners = PHONES if seed % 3 == 0 else PHONES[:2]
        made = phones(self) if phones else [phone(one, lambda: self.now_s, seed) for one in self.owners]
        self.phones: dict[str, Handset] = {one.name: one for one in made}
        self.story: list[str] = []
        self.ends_with = ""
        """The last link of the log's chain: two worlds that end with the same are the same to the bit."""
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order, self._values = count(), count(1)
        self._waking: dict[str, float] = {}
        self._before: dict[tuple[str, str], Reply] = {}
        self._dead_zone: dict[str, float] = {}
        self._backups: list[Backup] = [self.server.backup()]

    # Time

    def run(self) -> None:
        """Raises ViolationError."""
        epochs = Random(f"{self.seed} epochs")
        made = patch("app.store.epoch.uuid4", lambda: UUID(int=epochs.getrandbits(128), version=4))
        with made, time_machine.travel(MORNING, tick=False) as self._clock:
            try:
                self._run()
            finally:
                self.server.stop()

    def _run(self) -> None:
        for at, what, number, share in script(self.seed):
            self.at(at, lambda what=what, number=number, share=share: self._step(what, number, share))  # type: ignore[misc]
        for phone in self.phones.values():
            self._after(phone)
        self._pass(lambda: self.now_s >= STORM_S, STORM_S)
        self._clear_up()
        self._pass(lambda: self.truth.is_quiet([*self.phones.values()], self.server), self.now_s + PATIENCE_S)
        self.truth.judge(self.phones, self.server)
        if not self.truth.is_quiet([*self.phones.values()], self.server):
            raise ViolationError("I6", "hours after the storm something still waits")
        self._send_again()
        self.ends_with = self.server.head().entry

    def at(self, at_s: float, run: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at_s, next(self._order), run))

    def _pass(self, is_over: Callable[[], bool], until_s: float) -> None:
        for _ in range(EVENTS_MAX):
            if not self._events or self._events[0][0] > until_s:
                return
            self.now_s, _, run = heapq.heappop(self._events)
            self.server.now_s = self.now_s
            self._clock.move_to(MORNING + timedelta(seconds=self.now_s))
            run()
            if self.calm and is_over():
                return
        raise ViolationError("I6", "the world does not come to rest")

    def _clear_up(self) -> None:
        """The storm is over: the network is good, disks have room, every phone is on, nobody is revoked."""
        self.now_s, self.calm = max(self.now_s, STORM_S), True
        self.server.crash, self.server.body_bytes_max = None, BODY_BYTES_MAX
        for someone in PHONES:
            self.server.mark_device(someone, "active")
        self.server.release_held(["device_lost"], str(self.now_s))
        for phone in self.phones.values():
            phone.fill(False)
            phone.kill_at(10**9, "before")
            if phone.dead:
                phone.start()
            self._after(phone)

    # Phones and the network

    def _after(self, phone: Handset) -> None:
        """Whatever a phone did: its requests go out, its timers are noted, an onlooker looks."""
        self.truth.watch(phone, self.server)
        for request in phone.outgoing:
            self._send(request)
        phone.outgoing.clear()
        wake_s = phone.next_wake_s
        if wake_s is not None and wake_s != self._waking.get(phone.name):
            self._waking[phone.name] = wake_s
            self.at(max(wake_s, self.now_s), lambda: self._wake(phone, wake_s))

    def _wake(self, phone: Handset, at_s: float) -> None:
        if phone.next_wake_s != at_s or self._waking.get(phone.name) != at_s:
            return
        del self._waking[phone.name]
        phone.wake()
        self._after(phone)

    def _send(self, request: Request) -> None:
        self.note(f"{request.phone} asks {request.method} {request.path[:20]} #{request.key}")
        if request.path.endswith("push"):
            self.truth.sent.append((request.phone, request.body or ""))
        how = passage(self.seed, request, self.calm)
        if self._dead_zone.get(request.phone, 0) > self.now_s:
            self.at(self.now_s + how.back_s, lambda: self._give(request, "nothing"))
            return
        self.at(self.now_s + how.there_s, lambda: self._arrive(request, how))
        if how.fate == "double":
            self.at(self.now_s + how.there_s + how.again_s, lambda: void(self.server.handle(request)))

    def _arrive(self, request: Request, how: Passage) -> None:
        arrived = arriving(request, how)
        reply = None
        if arrived is not None:
            refused = not self.calm and REFUSED in (arrived.body or "")
            reply = FAILING if refused else self.server.handle(arrived)
        came = returning(reply, self._before.get((request.phone, request.method)), how)
        if reply is not None:
            self._before[request.phone, request.method] = reply
        self.note(f"#{request.key} of {request.phone}: {how.fate} {came if isinstance(came, str) else came.status}")
        self.at(self.now_s + how.back_s, lambda: self._give(request, came))

    def _give(self, request: Request, came: Any) -> None:
        phone = self.phones[request.phone]
        if phone.dead:
            return
        phone.receive(request.key, came)
        self._after(phone)
        if request.method == "GET":
            self.truth.look_at_disk(phone)

    # What people do, and what goes wrong

    def _step(self, what: str, number: int, share: float) -> None:
        phone = [*self.phones.values()][number % len(self.phones)]
        self.note(f"{phone.name}: {what}")
        getattr(self, f"_do_{what.replace(' ', '_')}")(phone, number // 3, share)
        self._after(phone)

    def _do_begin(self, phone: Handset, _: int, share: float) -> None:
        if not phone.dead:
            phone.begin({"kind": "station", "id": STATION if share < 0.9 else "9999"})

    def _do_say(self, phone: Handset, number: int, share: float) -> None:
        reports = [] if phone.dead else phone.visible()
        if not reports:
            self._do_begin(phone, number, share)
            return
        report_id, code = reports[number % len(reports)], CODES[number % len(CODES)]
        value = f"v{next(self._values)}" + (f" {FAILS}" if share < 0.04 else f" {REFUSED}" if share < 0.08 else "")
        seen = dict(phone.seen(report_id))
        kept = phone.say(report_id, code, value)
        self.truth.typed.append(Typed(phone.name, report_id, code, value, seen, kept))

    def _do_finish(self, phone: Handset, number: int, share: float) -> None:
        reports = [] if phone.dead else phone.visible()
        if reports and phone.finish(report_id := reports[number % len(reports)]):
            self.truth.finished.add((phone.name, report_id))

    def _do_tap(self, phone: Handset, *_: object) -> None:
        if not phone.dead:
            phone.tap()

    def _do_kill(self, phone: Handset, number: int, share: float) -> None:
        """At one of its next transactions; it is found dead and started again."""
        phone.kill_at(number % 4, "before" if share < 0.5 else "after")
        self.at(self.now_s + 30 + 200 * share, lambda: self._revive(phone, None))

    def _do_start(self, phone: Handset, *_: object) -> None:
        """The system ends the app, a person opens it."""
        phone.kill()
        self._revive(phone, None)

    def _do_update(self, phone: Handset, *_: object) -> None:
        phone.kill()
        self._revive(phone, "2")

    def _revive(self, phone: Handset, version: str | None) -> None:
        if phone.dead:
            phone.start(version)
            self._after(phone)
            self.truth.look_at_disk(phone)

    def _do_clock(self, phone: Handset, number: int, _: float) -> None:
        phone.off_s = (-YEAR_S, 0.0, YEAR_S)[number % 3]

    def _do_dead_zone(self, phone: Handset, _: int, share: float) -> None:
        self._dead_zone[phone.name] = self.now_s + 300 * share

    def _do_crash(self, _: Handset, number: int, share: float) -> None:
        self.server.crash = CRASHES[number % 3]

    def _do_backup(self, *_: object) -> None:
        self._backups.append(self.server.backup())

    def _do_restore(self, _: Handset, number: int, share: float) -> None:
        self.server.restore(self._backups[number % len(self._backups)], adopted=share < 0.4)

    def _do_revoke(self, phone: Handset, number: int, share: float) -> None:
        """And re-granted; what was held meanwhile staff let pass."""
        someone = next(one for one in PHONES if name_of(one) == phone.name)
        self.server.mark_device(someone, "lost")

        def grant() -> None:
            self.server.mark_device(someone, "active")
            self.server.release_held(["device_lost"], str(self.now_s))

        self.at(self.now_s + 300 * share, grant)

    def _do_full(self, phone: Handset, _: int, share: float) -> None:
        phone.fill(True)
        self.at(self.now_s + 200 * share, lambda: phone.fill(False))
        self.truth.look_at_disk(phone)

    def _do_cursor(self, phone: Handset, *_: object) -> None:
        phone.spoil_cursor()

    def _do_rot(self, phone: Handset, number: int, _: float) -> None:
        ops = [*phone.ops()]
        if ops:
            self.truth.rotten.add(ops[number % len(ops)])
            phone.rot(ops[number % len(ops)])

    def _do_narrow(self, _: Handset, __: int, share: float) -> None:
        """A server that is set up wrongly takes small operations only. Who puts that right begins a new epoch."""
        self.server.body_bytes_max = BODY_BYTES_NARROW

        def mend() -> None:
            self.server.body_bytes_max = BODY_BYTES_MAX
            self.server.begin_epoch()

        self.at(min(self.now_s + 300 * share, STORM_S), mend)

    def _do_tabs(self, phone: Handset, *_: object) -> None:
        """Two tabs that do not know of each other."""
        phone.open_tab()

    # Sending everything again

    def _send_again(self) -> None:
        """I9: the whole history once more, in any order and in other batches, changes no table."""
        before = self._tables()
        dice = Random(self.seed)
        out = self.truth.rotten | self.server.rejected[self.server.epoch]
        for carrier, team in (("ama", "0001"), ("efua", "0002")):
            ops = [
                {"device_id": DEVICE_OF[phone], **op}
                for phone, body in self.truth.sent
                if TEAM_OF[phone] == team
                for op in json.loads(body)["ops"]
            ]
            ops = [op for op in ops if op["op_id"] not in out]
            dice.shuffle(ops)
            self.server.operations_max = 100
            for start in range(0, len(ops), 100):
                body = {"protocol": 1, "attempt_id": "again", "ops": ops[start : start + 100]}
                self.server.handle(Request(carrier, 0, "POST", "/v1/sync/push", json.dumps(body)))
        if self._tables() != before:
            raise ViolationError("I9", "sending everything again changed the mission")

    def _tables(self) -> list[Any]:
        head = self.server.head()
        asked = [
            self.server.memory.ask(f"SELECT * FROM {name} ORDER BY 1, 2, 3") for name in ("log", "conflict", "report")
        ]
        return [head.epoch, head.server_seq, head.entry, *asked]

    def note(self, text: str) -> None:
        self.story.append(f"{self.now_s:9.2f}  {text}")
