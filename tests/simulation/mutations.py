"""Mistakes that others made, each planted on purpose: a world that does not see them proves nothing.

Each of them lost or doubled reports in libraries and programs that many use.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from sqlalchemy import Connection, update

from app.errors import UrnaError
from app.store.log import Head
from app.store.writer import Job
from app.sync.push import Push
from tests.cast import MISSION
from tests.sending import uuid
from tests.simulation.disk import Tables
from tests.simulation.phone import Phone
from tests.simulation.server import REPORTS, Server
from tests.simulation.wire import Json, Reply, Request

EXPIRY_S = 60.0


@dataclass(frozen=True)
class Mistake:
    phone: type[Phone] = Phone
    server: type[Server] = Server


class DequeuesBeforeSending(Phone):
    def sending(self, batch: Sequence[Json]) -> Sequence[Json]:
        gone = {op["op_id"] for op in batch}
        self.disk.write(lambda disk: [disk.ops.pop(op_id) for op_id in gone])
        return batch


class TakesAnyPageForAnAnswer(Phone):
    def genuine(self, came: Reply, attempt: str, batch: Sequence[Json]) -> Json | None:
        said = super().genuine(came, attempt, batch)
        return said if said is not None or came.status != 200 else _all_accepted(self, batch)


class NotesWhatItSendsBeforeTheAnswer(Phone):
    def sending(self, batch: Sequence[Json]) -> Sequence[Json]:
        ids = [op["op_id"] for op in batch]
        epoch = self.epoch or ""
        self.disk.write(lambda disk: disk.receipts.update({(epoch, op_id): "received" for op_id in ids}))
        return batch


class GivesEachTryANewId(Phone):
    def sending(self, batch: Sequence[Json]) -> Sequence[Json]:
        return [{**op, "op_id": self._id()} for op in batch]

    def results(self, said: Json, batch: Sequence[Json]) -> list[tuple[str, str | None]]:
        return [(op["op_id"], "received") for op, _ in zip(batch, said["results"], strict=False)]


class DropsItsStoreAtAnUpdate(Phone):
    def update(self) -> None:
        self.disk.tables.ops.clear()


class WipesWhereItIsUnknown(Phone):
    def unknown_device(self) -> None:
        self.disk.tables = Tables(epoch=self.epoch, number=self.disk.tables.number)


class TakesALateAnswerForThisOne(Phone):
    """By the order of what was sent, as a client without ids does."""

    def genuine(self, came: Reply, attempt: str, batch: Sequence[Json]) -> Json | None:
        said = came.json if came.status == 200 else None
        return said if isinstance(said, dict) and said.get("kind") == "urna.push" else None

    def results(self, said: Json, batch: Sequence[Json]) -> list[tuple[str, str | None]]:
        outcomes = [state for _, state in super().results({**said}, [{"op_id": r["op_id"]} for r in said["results"]])]
        return [(op["op_id"], state) for op, state in zip(batch, outcomes, strict=False)]


class LooksAtNoEpoch(Phone):
    def enter(self, disk: Tables, epoch: str) -> None:
        if disk.epoch != epoch:
            disk.receipts = {(epoch, op_id): state for (_, op_id), state in disk.receipts.items()}
            disk.epoch = epoch


class DropsWhatIsRejected(Phone):
    def lost(self, disk: Tables, op_id: str) -> None:
        del disk.ops[op_id]


class OffersRejectedOnesOnce(Phone):
    def enter(self, disk: Tables, epoch: str) -> None:
        lost = [op_id for (_, op_id), state in disk.receipts.items() if state == "lost"]
        super().enter(disk, epoch)
        disk.receipts.update({(epoch, op_id): "lost" for op_id in lost})


class TrustsAnEpochThatCameBack(Phone):
    """Not in the table: found by these worlds in the phone's own core."""

    def enter(self, disk: Tables, epoch: str) -> None:
        if disk.epoch != epoch:
            disk.epoch, disk.known = epoch, None
            disk.aside.clear()


def _all_accepted(phone: Phone, batch: Sequence[Json]) -> Json:
    results = [{"op_id": op["op_id"], "outcome": "accepted"} for op in batch]
    number = phone.disk.tables.number
    return {"epoch": phone.epoch or "", "results": results, "receipt": None, "device_seq": number}


class KnowsNoDuplicates(Server):
    def __init__(self) -> None:
        self._copies = count()
        super().__init__()

    def store(self, sent: Push) -> None:
        for job in sent.jobs:
            job.drafts = [replace(draft, op_id=self._fresh(draft.op_id)) for draft in job.drafts]
        super().store(sent)

    def _fresh(self, op_id: str) -> str:
        return uuid(f"{op_id} {next(self._copies)}") if self._forgot(op_id) else op_id

    def _forgot(self, op_id: str) -> bool:
        return bool(self.memory.ask("SELECT 1 FROM log WHERE op_id = ?", op_id))


class ForgetsDuplicates(KnowsNoDuplicates):
    """Keys in a cache that expires."""

    def __init__(self) -> None:
        self._keys: dict[str, float] = {}
        super().__init__()

    def _forgot(self, op_id: str) -> bool:
        forgot = super()._forgot(op_id) and self.now_s - self._keys.get(op_id, -EXPIRY_S) >= EXPIRY_S
        self._keys.setdefault(op_id, self.now_s)
        return forgot


class KeepsKeysApart(Server):
    """The key in one transaction, what it stands for in the next."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        super().__init__()

    def _push(self, request: Request) -> Reply | None:
        try:
            ops = json.loads(request.body or "")["ops"]
        except ValueError:
            return super()._push(request)
        known = [op for op in ops if op["op_id"] in self._keys]
        self._keys.update(op["op_id"] for op in ops)
        if self._dies("between"):
            return None
        fresh = {**json.loads(request.body or ""), "ops": [op for op in ops if op not in known]}
        reply = super()._push(replace(request, body=json.dumps(fresh)))
        if reply is None or reply.status != 200:
            return reply
        said = reply.json
        results = {result["op_id"]: result for result in said["results"]}
        again = {op["op_id"]: {"op_id": op["op_id"], "outcome": "duplicate", "state": "accepted"} for op in known}
        said["results"] = [{**again, **results}[op["op_id"]] for op in ops]
        return replace(reply, body=json.dumps(said))


class LetsOneFailTheOthers(Server):
    """422 for the whole, as a framework does that validates a list."""

    def store(self, sent: Push) -> None:
        bad = any(draft.state == "held" for job in sent.jobs for draft in job.drafts)
        if bad or len(sent.sent) > sum(len(job.drafts) for job in sent.jobs):
            raise UrnaError("invalid_request")
        super().store(sent)


class ShowsTheLastToArrive(Server):
    """Whole reports, the last to arrive replaces the one before."""

    def project(self, connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
        super().project(connection, head, jobs)
        for report_id in {r.draft.report_id for job in jobs for r in job.results if r.new and r.draft.report_id}:
            rows = self._rows(connection, report_id)
            if rows:
                self._show(connection, report_id, max(rows, key=self.newest))

    @staticmethod
    def newest(row: Any) -> Any:
        return row.server_seq

    def _rows(self, connection: Connection, report_id: str) -> list[Any]:
        columns = (
            "server_seq, made_at, body FROM log WHERE report_id = ? AND state = 'accepted' AND kind LIKE 'report.%'"
        )
        return list(connection.exec_driver_sql(f"SELECT {columns}", (report_id,)))

    def _show(self, connection: Connection, report_id: str, row: Any) -> None:
        own = (REPORTS.c.mission == MISSION) & (REPORTS.c.report_id == report_id)
        state = json.loads(connection.execute(REPORTS.select().where(own)).one().state)
        state["latest"] |= {"answers": json.loads(row.body)["answers"], "disagreement": {}}
        connection.execute(update(REPORTS).where(own).values(state=json.dumps(state).encode()))


class ShowsTheLatestClock(ShowsTheLastToArrive):
    @staticmethod
    def newest(row: Any) -> Any:
        return row.made_at


MISTAKES: dict[str, Mistake] = {
    "dequeue before send": Mistake(phone=DequeuesBeforeSending),
    "any HTTP 200 is delivered": Mistake(phone=TakesAnyPageForAnAnswer),
    "no server dedupe": Mistake(server=KnowsNoDuplicates),
    "one bad item fails the batch": Mistake(server=LetsOneFailTheOthers),
    "checkpoint before the answer": Mistake(phone=NotesWhatItSendsBeforeTheAnswer),
    "dedupe key and data in two transactions": Mistake(server=KeepsKeysApart),
    "no epoch check after restore": Mistake(phone=LooksAtNoEpoch),
    "rejected items dropped locally": Mistake(phone=DropsWhatIsRejected),
    "new id on each retry": Mistake(phone=GivesEachTryANewId),
    "local migration drops unsent": Mistake(phone=DropsItsStoreAtAnUpdate),
    "401 wipes the phone": Mistake(phone=WipesWhereItIsUnknown),
    "last write wins by device clock": Mistake(server=ShowsTheLatestClock),
    "last write wins by arrival": Mistake(server=ShowsTheLastToArrive),
    "dedupe keys expire": Mistake(server=ForgetsDuplicates),
    "late answer applied to another attempt": Mistake(phone=TakesALateAnswerForThisOne),
    "rejected items not offered again after restore": Mistake(phone=OffersRejectedOnesOnce),
    "an epoch that came back is trusted": Mistake(phone=TrustsAnEpochThatCameBack),
}
