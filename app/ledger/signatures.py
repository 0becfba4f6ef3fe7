"""The devices' own signatures, checked once more over what the log holds now. Pure.

An insider can make the whole chain again, but not what a phone signed: the operation that was changed is named itself.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from app.store import chain
from app.store.seal import verifies
from app.store.walk import Fault

RUN_MAX = 64
"""Operations of a device that wait for the verification of the last: bounds memory, and costs one in 64 more."""
NOT_ATTESTED = frozenset(
    {"malformed", "other_mission", "carrier_upload", "device_lost", "bad_signature", "unknown_kind", "internal_error"}
)
"""Why an operation is held of whose signature the log says nothing."""


class Signed(NamedTuple):
    number: int
    link: str
    prev: str | None
    sig: str
    lines: bytes


class Signatures:
    """Takes a mission's operations in the order of the log. `verified` counts; `unproven` are numbers of operations
    whose signed lines cannot be made again from what is stored: sent in another spelling, or of a device that is gone.
    """

    def __init__(self, mission: str, keys: Mapping[str, ec.EllipticCurvePublicKey]) -> None:
        self._mission, self._keys = mission, keys
        self._runs: dict[str, list[Signed]] = {}
        self.verified = 0
        self.unproven: list[int] = []

    def take(self, number: int, op: Mapping[str, object]) -> Iterator[Fault]:
        """`op`: the fields of the log's entry by name."""
        if op["author_kind"] != "device" or not op["sig"] or op["code"] in NOT_ATTESTED:
            return
        if "unsigned" in str(op["flags"]).split():
            return
        signed = self._signed(number, op)
        if signed is None:
            self.unproven.append(number)
            return
        device = str(op["author"])
        run = self._runs.setdefault(device, [])
        if run and (signed.prev != run[-1].link or len(run) >= RUN_MAX):
            yield from self._judge(device, run)
            run.clear()
        run.append(signed)

    def end(self) -> Iterator[Fault]:
        for device, run in self._runs.items():
            yield from self._judge(device, run)
        self._runs.clear()

    def _signed(self, number: int, op: Mapping[str, object]) -> Signed | None:
        fields = (op["author"], op["number"], op["op_id"], op["kind"], op["report_id"])
        rest = (op["made_at"], op["tz_min"], op["prev"], op["hash"])
        lines = chain.link_text((self._mission, *fields, *rest))
        link = sha256(lines).hexdigest()
        if link != op["link"] or op["author"] not in self._keys:
            return None
        return Signed(number, link, None if op["prev"] is None else str(op["prev"]), str(op["sig"]), lines)

    def _judge(self, device: str, run: list[Signed]) -> Iterator[Fault]:
        """From the last backwards: what a right one names as its `prev` needs no verification of its own."""
        key, covered = self._keys[device], None
        for op in reversed(run):
            if op.link == covered or verifies(key, op.lines, op.sig):
                self.verified += 1
                covered = op.prev
                continue
            covered = None
            yield Fault("log", op.number, "signature", f"Entry {op.number} is not what its device signed.")
