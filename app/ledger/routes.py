"""GET /v1/checkpoints, GET /v1/audit, GET /v1/receipts/{short}."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from app.errors import UrnaError
from app.ledger import trail
from app.ledger.wire import AuditAnswer, CheckpointsAnswer, ReceiptsAnswer
from app.web.access import Caller, allow
from app.web.ground import GroundDep, Session

router = APIRouter(tags=["ledger"])


@router.get("/v1/checkpoints")
def checkpoints(
    caller: Annotated[Caller, allow("device", "key", "staff", regional=True)],
    ground: GroundDep,
    session: Session,
    limit: Annotated[int, Query(ge=1, le=1000)] = 48,
) -> CheckpointsAnswer:
    """Where the mission's log and audit trail stand, signed now, and the checkpoints that were kept, newest first."""
    now = trail.now_signed(session, ground.seal, caller.mission, datetime.now(UTC))
    kept = trail.checkpoints(session, caller.mission, limit)
    return CheckpointsAnswer.model_validate({"key": ground.seal.public_jwk(), "now": now, "kept": kept})


@router.get("/v1/audit")
def audit(
    caller: Annotated[Caller, allow("staff", roles=("admin", "head", "auditor"))],
    session: Session,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> AuditAnswer:
    """The audit trail of the mission after a number, oldest first: who did what, about what, why."""
    rows = trail.acts(session, caller.mission, after, limit)
    following = rows[-1]["number"] if len(rows) == limit else None
    return AuditAnswer.model_validate({"rows": rows, "acts": trail.ACTS, "next": following})


@router.get("/v1/receipts/{short}")
def receipts(short: str, caller: Annotated[Caller, allow("staff", regional=True)], session: Session) -> ReceiptsAnswer:
    """Reports by the four characters that a phone shows, and which entries of the log they are made of."""
    rows = trail.reports_of(session, caller.mission, short, caller.regions)
    if not rows:
        raise UrnaError("not_found", "No report of this mission shows these four characters.")
    return ReceiptsAnswer.model_validate({"rows": rows})
