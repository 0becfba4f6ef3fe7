"""Afterwards: is everything there that the phones hold receipts for, and is it there once?

Asked from outside. Every operation is sent once more: the server must answer each as a duplicate, with the number that
the phone's receipt names. An operation that is new to the server was lost; two under one number, or a report that the
analysts' door has twice, is doubled.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.rehearsal.phone import Phone
from app.rehearsal.play import BATCH_MAX, Crowd, bearer, packed

REPEAT_MAX = 20


@dataclass
class Proof:
    """op_ids, and report ids in `reports_*`; the last two are None where no key was given."""

    unsent: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    reports_missing: list[str] | None = None
    reports_doubled: list[str] | None = None

    @property
    def holds(self) -> bool:
        wrong = (self.unsent, self.lost, self.doubled, self.rejected, self.reports_missing, self.reports_doubled)
        return not any(wrong)


async def prove(crowd: Crowd, key: str | None) -> Proof:
    """Ask the server once more for everything."""
    proof = Proof()
    for phone in crowd.phones:
        proof.unsent += [op["op_id"] for op in phone.waiting]
        proof.lost += [*phone.changed, *await _lost_of(crowd.client, phone)]
    noted = [(op_id, one) for phone in crowd.phones for op_id, one in phone.noted.items()]
    proof.doubled = _under_one_number(noted)
    for outcome, codes in (("held", proof.held), ("rejected", proof.rejected)):
        codes.update(Counter(str(one.code) for _, one in noted if one.outcome == outcome))
    if key is not None:
        await _count_reports(crowd, key, proof)
    return proof


async def _lost_of(client: httpx.AsyncClient, phone: Phone) -> list[str]:
    lost = []
    known = [op for op_id, op in phone.outbox.items() if op_id in phone.noted]
    for start in range(0, len(known), BATCH_MAX):
        some = known[start : start + BATCH_MAX]
        results = await _again(client, phone, some)
        for operation, result in zip(some, results, strict=True):
            before = phone.noted[operation["op_id"]]
            same = result["outcome"] in ("duplicate", "rejected") and result.get("server_seq") == before.server_seq
            lost += [] if same else [operation["op_id"]]
    return lost


async def _again(client: httpx.AsyncClient, phone: Phone, operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body, headers = packed(phone.envelope(operations))
    answer = None
    for _ in range(REPEAT_MAX):
        try:
            answer = await client.post("/v1/sync/push", content=body, headers={**headers, **bearer(phone)})
        except httpx.HTTPError:
            continue
        if answer.status_code == 200:
            results: list[dict[str, Any]] = answer.json()["results"]
            return results
    raise httpx.HTTPError(f"the server does not answer the proof: {answer.status_code if answer else 'nothing'}")


def _under_one_number(noted: list[tuple[str, Any]]) -> list[str]:
    numbers = Counter((one.epoch, one.server_seq) for _, one in noted if one.server_seq is not None)
    return [op_id for op_id, one in noted if numbers[one.epoch, one.server_seq] > 1]


async def _count_reports(crowd: Crowd, key: str, proof: Proof) -> None:
    """Every report that was finished and not taken back stands once in the analysts' rows, and none that no phone made;
    one whose answer was lost may stand there before its phone holds the receipt."""
    counted: Counter[str] = Counter()
    for form in crowd.forms:
        parameters = {"form": form, "fields": "report_id", "status": "finished"}
        headers = {"Authorization": f"Bearer {key}"}
        answer = await crowd.client.get("/v1/answers.ndjson", params=parameters, headers=headers)
        answer.raise_for_status()
        counted.update(json.loads(line)["report_id"] for line in answer.text.splitlines() if line.strip())
    finished = {report_id for phone in crowd.phones for report_id in _finished(phone)}
    known = {op["report_id"] for phone in crowd.phones for op in phone.outbox.values()}
    proof.reports_missing = sorted(finished - counted.keys())
    proof.reports_doubled = sorted(report for report, times in counted.items() if times > 1 or report not in known)


def _finished(phone: Phone) -> set[str]:
    accepted = [
        op for op_id, op in phone.outbox.items() if op_id in phone.noted and phone.noted[op_id].outcome == "accepted"
    ]
    void = {op["report_id"] for op in accepted if op["kind"] == "report.void"}
    return {op["report_id"] for op in accepted if op["kind"] == "report.finish"} - void
