"""The phone's own core, in Node over fake-indexeddb, as handsets of a world (frontend/tests/simulation/driver.ts)."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cast import MISSION, PHONES
from tests.cast import Phone as Owner
from tests.remote_phone import FRONTEND, node
from tests.simulation.core_mistakes import plant
from tests.simulation.disk import Stage
from tests.simulation.handset import Handset
from tests.simulation.server import Server, name_of
from tests.simulation.wire import MORNING, Came, Json, Reply, Request
from tests.simulation.world import World

SOURCE = FRONTEND / "tests" / "simulation" / "driver.ts"
MORNING_MS = round(MORNING.timestamp() * 1000)


def build_driver(folder: Path, mistake: str | None = None) -> Path:
    """The driver as one file for Node."""
    target = folder / "driver.mjs"
    options = ["--bundle", "--platform=node", "--format=esm", "--log-level=error", f"--outfile={target}"]
    command = [node(), str(FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild"), str(SOURCE), *options]
    subprocess.run(command, cwd=FRONTEND, check=True, timeout=60)
    if mistake is not None:
        target.write_text(plant(target.read_text(), mistake))
    return target


class Cores:
    """One process of Node with the phones of one world after another."""

    def __init__(self, program: Path) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen([node(), str(program)], text=True, **pipes)  # type: ignore[call-overload]
        self._has_templates = False

    def ask(self, *line: Any) -> Json:
        stdin: IO[str] = self._process.stdin
        stdin.write(json.dumps(line) + "\n")
        stdin.flush()
        said = self._process.stdout.readline()
        assert said, "the phones' process died"
        return dict(json.loads(said))

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()

    def phones(self, world: World) -> list[Handset]:
        """The phones of a world, enrolled and with everything pulled before it begins."""
        if not self._has_templates:
            self._has_templates = True
            for phone in self._boot(PHONES, lambda: 0.0, 0):
                _until_ready(phone, world.server)
                phone.do("keep")
        return [*self._boot(world.owners, lambda: world.now_s, world.seed)]

    def _boot(self, owners: Sequence[Owner], clock: Callable[[], float], seed: int) -> list["CorePhone"]:
        self.ask("world", "", 0, 0, seed, [_as_plain(owner) for owner in owners])
        phones = [CorePhone(self, owner, clock) for owner in owners]
        for phone in phones:
            phone.do("boot")
        return phones


class CorePhone:
    """A handset. What it says of itself is what the last command left behind."""

    def __init__(self, cores: Cores, owner: Owner, clock: Callable[[], float]) -> None:
        self._cores, self._clock = cores, clock
        self.name, self.off_s, self.dead = name_of(owner), 0.0, False
        self.outgoing: list[Request] = []
        self._ops: dict[str, Json] = {}
        self._stands: Json = {}

    def do(self, command: str, *given: Any) -> Any:
        now_ms = MORNING_MS + round(self._clock() * 1000)
        stands = self._cores.ask(command, self.name, now_ms, round(self.off_s * 1000), *given)
        self.outgoing += [Request(self.name, **asked) for asked in stands.pop("asked")]
        known = {**self._ops, **{op["op_id"]: op for op in stands.pop("ops")}}
        self._ops = {op_id: known[op_id] for op_id in stands.pop("op_ids")}
        self.dead = stands.pop("dead")
        value = stands.pop("value")
        self._stands = stands
        return value

    @property
    def next_wake_s(self) -> float | None:
        at_ms = self._stands["next_wake_ms"]
        return None if at_ms is None or self.dead else max((at_ms - MORNING_MS) / 1000, 0.0)

    @property
    def epoch(self) -> str | None:
        return next((epoch for _, epoch in self._shown().values() if epoch is not None), None)

    def begin(self, place: Json) -> str | None:
        report_id: str | None = self.do("begin", place)
        return report_id

    def say(self, report_id: str, code: str, value: Any) -> bool:
        return bool(self.do("say", report_id, code, value))

    def finish(self, report_id: str) -> bool:
        return bool(self.do("finish", report_id))

    def tap(self) -> None:
        self.do("tap")

    def seen(self, report_id: str) -> dict[str, int]:
        return dict(self._stands.get("seen", {}).get(report_id, {}))

    def visible(self) -> list[str]:
        return list(self._stands.get("visible", ()))

    def wake(self) -> None:
        self.do("wake")

    def receive(self, key: int, came: Came) -> None:
        self.do("receive", key, vars(came) if isinstance(came, Reply) else came)

    def kill_at(self, nth: int, stage: Stage) -> None:
        self.do("kill_at", nth, stage)

    def kill(self) -> None:
        self.do("kill")

    def start(self, version: str | None = None) -> None:
        self.do("start", version)

    def fill(self, full: bool) -> None:
        self.do("fill", full)

    def rot(self, op_id: str) -> None:
        self.do("rot", op_id)

    def open_tab(self) -> None:
        self.do("open_tab")

    def spoil_cursor(self) -> None:
        self.do("spoil_cursor")

    def shown(self) -> Mapping[str, str]:
        return {op_id: state for op_id, (state, epoch) in self._shown().items() if epoch is not None}

    def ops(self) -> Mapping[str, Json]:
        return self._ops

    def answers(self, report_id: str) -> Json:
        return dict(self._stands["answers"].get(report_id, {}))

    def pulled(self) -> Mapping[str, Any]:
        return dict(self._stands.get("pulled", {}))

    def is_dirty(self) -> bool:
        return bool(self._stands["dirty"])

    def _shown(self) -> Mapping[str, tuple[str, str | None]]:
        return self._stands.get("shown") or {}


@contextmanager
def cores(folder: Path, mistake: str | None = None) -> Iterator[Cores]:
    running = Cores(build_driver(folder, mistake))
    try:
        yield running
    finally:
        running.end()


def _until_ready(phone: CorePhone, server: Server) -> None:
    phone.wake()
    while phone.outgoing:
        request = phone.outgoing.pop(0)
        phone.receive(request.key, server.handle(request) or "nothing")


def _as_plain(owner: Owner) -> dict[str, str]:
    pem = owner.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    who = {"name": name_of(owner), "device_id": owner.device_id, "mission": MISSION, "team": owner.team}
    return {**who, "pem": pem}
