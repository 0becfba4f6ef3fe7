"""A file of operations, as a phone saves it, goes the way of a push: the same reading, judging, log and de-duplication.

Nobody's credential comes with a file, so what counts is the device's own signature. What is unsigned waits for a
person, as from a stranger's phone; the phone itself may still send it, and then it is a duplicate.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Engine

from app.errors import UrnaError
from app.store.database import reading
from app.store.log import Appended, Draft
from app.store.writer import Job
from app.sync.brought import BY_COMMAND, Bringer
from app.sync.judge import judge, read_bodies
from app.sync.known import missions_named, read_known
from app.sync.wire import Refused, Sender, Sent, read_operations

OPERATIONS_AT_ONCE = 500
BY_FILE = "by_file"
PAPERS = "urna.papers"
"""Kind of the line in which a phone keeps its receipts and its checkpoint beside the operations, for `urna verify`."""
GZIP_MAGIC = b"\x1f\x8b"

Submit = Callable[[Job], "Future[Job]"]


@dataclass
class Replayed:
    """What became of the lines of a file. `held` and `rejected` count by code; `not_here` is of other missions."""

    accepted: int = 0
    duplicate: int = 0
    held: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    not_here: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "held": dict(self.held),
            "rejected": dict(self.rejected),
            "not_here": self.not_here,
        }


def read_file(raw: bytes, bytes_max: int) -> list[Any]:
    """One value a line, without those of papers; a line that is no JSON is None, and is rejected as any other that
    cannot be kept.

    Raises UrnaError: body_too_large (inflated), invalid_json (broken gzip, or no line that is an object).
    """
    lines = [line for line in _plain(raw, bytes_max).splitlines() if line.strip()]
    ops = [_line(line) for line in lines]
    if not any(isinstance(op, dict) for op in ops):
        raise UrnaError("invalid_json", "Not a file of operations: each line is one JSON object with an op_id.")
    return [op for op in ops if not (isinstance(op, dict) and op.get("kind") == PAPERS)]


def replay(
    engine: Engine,
    submit: Submit,
    ops: Sequence[Any],
    bytes_max: int,
    mission: str | None = None,
    bringer: Bringer = BY_COMMAND,
) -> Replayed:
    """Append what the file brings. `mission`: take its operations alone; by default those of every mission here."""
    told = Replayed()
    sender = Sender(mission or "", "", bytes_max, datetime.now(UTC))
    for start in range(0, len(ops), OPERATIONS_AT_ONCE):
        sent = read_operations(ops[start : start + OPERATIONS_AT_ONCE], sender)
        told.rejected.update(one.code for one in sent if isinstance(one, Refused))
        kept = [one for one in sent if isinstance(one, Sent)]
        for job in _jobs(engine, kept, mission, bringer, told):
            _count(told, submit(job).result().results)
    return told


def _jobs(engine: Engine, sent: Sequence[Sent], mission: str | None, bringer: Bringer, told: Replayed) -> Iterator[Job]:
    """One job for each mission and device: each device brings its own."""
    with reading(engine) as connection:
        here = {mission} if mission else missions_named(connection, "", sent) - {""}
    told.not_here += sum(one.mission not in here for one in sent)
    mine = sorted((one for one in sent if one.mission in here), key=_whose)
    for (named, device_id), group in groupby(mine, key=_whose):
        operations = list(group)
        contents = read_bodies(operations)
        with reading(engine) as connection:
            known = read_known(connection, named, device_id, operations, contents)
        yield Job(named, [_marked(draft) for draft in judge(operations, contents, known)], bringer)


def _whose(sent: Sent) -> tuple[str, str]:
    return sent.mission, sent.device_id


def _marked(draft: Draft) -> Draft:
    flags = {*draft.flags.split(), BY_FILE}
    marked = replace(draft, flags=" ".join(sorted(flags)))
    unproven = "unsigned" in flags and draft.state == "accepted"
    return replace(marked, state="held", code="carrier_upload") if unproven else marked


def _count(told: Replayed, results: Sequence[Appended]) -> None:
    for result in results:
        if result.conflict:
            told.rejected["id_conflict"] += 1
        elif not result.new:
            told.duplicate += 1
        elif result.state == "held":
            told.held[result.code or "held"] += 1
        else:
            told.accepted += 1


def _plain(raw: bytes, bytes_max: int) -> bytes:
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        inflater = zlib.decompressobj(wbits=31)
        plain = inflater.decompress(raw, bytes_max + 1)
    except zlib.error:
        raise UrnaError("invalid_json", "The file is not gzip.") from None
    if len(plain) > bytes_max:
        raise UrnaError("body_too_large")
    return plain


def _line(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
