"""The report of a rehearsal as plain values. Pure."""

from collections.abc import Mapping
from typing import Any

from app.rehearsal.play import Crowd
from app.rehearsal.proof import Proof
from app.rehearsal.server import Cost
from app.rehearsal.tally import milliseconds

LISTED_MAX = 20


def report_of(
    crowd: Crowd, proof: Proof, cost: Cost | None, took_s: float, circumstances: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that was measured, as plain values. `took_s`: from the first step to the last receipt."""
    plan, tally = crowd.plan, crowd.tally
    made = len(tally.made)
    carried = tally.bytes_up + tally.bytes_down
    return {
        "kind": "urna.rehearsal",
        "circumstances": dict(circumstances),
        "plan": {**vars(plan), "outage": list(plan.outage) if plan.outage else None},
        "holds": proof.holds,
        "verdict": verdict_of(proof),
        "took_s": round(took_s, 1),
        "operations": {"made": made, "with_receipt": len(tally.settled), "unsent": len(proof.unsent)},
        "lost": len(proof.lost),
        "doubled": len(proof.doubled),
        "reports_missing": None if proof.reports_missing is None else len(proof.reports_missing),
        "reports_doubled": None if proof.reports_doubled is None else len(proof.reports_doubled),
        "held": proof.held,
        "rejected": proof.rejected,
        "examples": {name: ids[:LISTED_MAX] for name, ids in _named(proof).items() if ids},
        "push_ms": milliseconds([latency for _, latency, _ in tally.pushes]),
        "pull_ms": milliseconds([latency for _, latency in tally.pulls]),
        "until_receipt_ms": milliseconds(tally.lags),
        "pushes": len(tally.pushes),
        "pulls": len(tally.pulls),
        "retries": tally.retries(),
        "bytes": {"up": tally.bytes_up, "down": tally.bytes_down, "per_operation": round(carried / max(made, 1))},
        "server": _cost(cost, took_s),
        "timeline": tally.timeline(took_s),
    }


def verdict_of(proof: Proof) -> str:
    """What a person needs to know, in one line."""
    if proof.holds:
        return "nothing lost, nothing doubled"
    wrong = {name.replace("_", " "): len(ids) for name, ids in _named(proof).items() if ids}
    wrong |= {"rejected": sum(proof.rejected.values())} if proof.rejected else {}
    told = ", ".join(f"{count:,} {name}" for name, count in wrong.items())
    if wrong.keys() == {"unsent"}:
        return f"not everything got through: {told}; they wait on the phones, and nothing is lost"
    return f"NOT everything arrived once: {told}"


def _named(proof: Proof) -> dict[str, list[str] | None]:
    names = ("unsent", "lost", "doubled", "reports_missing", "reports_doubled")
    return {name: getattr(proof, name) for name in names}


def _cost(cost: Cost | None, took_s: float) -> dict[str, float] | None:
    if cost is None:
        return None
    return {
        "cpu_s": round(cost.cpu_s, 1),
        "cpu_share_of_a_core": round(cost.cpu_s / max(took_s, 0.001), 3),
        "memory_mb": round(cost.memory_mb),
    }
