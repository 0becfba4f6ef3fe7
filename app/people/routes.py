"""POST /v1/enrol, POST /v1/grant, and the staff's sign-in."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.people import enrolment, staff
from app.people.wire import EnrolAnswer, EnrolAsked, GrantAnswer, GrantAsked, SignInAnswer, SignInAsked
from app.web.access import COOKIES, Caller, allow, open_to_all
from app.web.body import JsonRoute
from app.web.ground import GroundDep
from app.web.limits import Bucket

router = APIRouter(tags=["people"], route_class=JsonRoute)
COOKIE_AGE_S = 400 * 86_400  # the most that browsers keep
GUESSES = Bucket(burst=1000, per_s=1000 / 300)
SIGN_INS = Bucket(burst=10, per_s=10 / 300)


@router.post("/v1/enrol", dependencies=[open_to_all()])
def enrol(asked: EnrolAsked, ground: GroundDep, response: Response) -> EnrolAnswer:
    """Turn a one-time code into a device. The same code with the same key answers the same device for ten minutes."""
    GUESSES.take("all")
    jwk = asked.public_key.model_dump() if asked.public_key else None
    version = asked.app.version if asked.app else None
    enrolled = enrolment.enrol(ground.engine, ground.seal, asked.code, jwk, asked.label, version, datetime.now(UTC))
    _set_cookie(response, COOKIES["device"], enrolled.token, COOKIE_AGE_S)
    return EnrolAnswer(**vars(enrolled))


@router.post("/v1/grant", dependencies=[open_to_all()])
def grant(asked: GrantAsked, request: Request, ground: GroundDep) -> GrantAnswer:
    """Put back a device that a restored database does not know: its token and the grant of its enrolment."""
    GUESSES.take("all")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIES["device"], "")
    device_id = enrolment.accept_grant(ground.engine, ground.seal, asked.grant, token, datetime.now(UTC))
    return GrantAnswer(device_id=device_id)


@router.post("/v1/staff/session", dependencies=[open_to_all()])
def sign_in(asked: SignInAsked, ground: GroundDep, response: Response) -> SignInAnswer:
    """Sign a person of staff in; the session travels in a cookie that no script reads."""
    SIGN_INS.take(f"{asked.mission} {asked.user}")
    signed_in = staff.sign_in(ground.engine, asked.mission, asked.user, asked.password, datetime.now(UTC))
    _set_cookie(response, COOKIES["staff"], signed_in.token, staff.SESSION_HOURS * 3600)
    expires_at = signed_in.expires_at.isoformat()
    return SignInAnswer(mission=asked.mission, user=asked.user, role=signed_in.role, expires_at=expires_at)


@router.get("/v1/staff/session")
def who_am_i(caller: Annotated[Caller, allow("staff")]) -> dict[str, str]:
    """Who is signed in."""
    return {"mission": caller.mission, "user": caller.id, "role": caller.role or ""}


@router.delete("/v1/staff/session", status_code=204)
def sign_out(
    caller: Annotated[Caller, allow("staff")], request: Request, ground: GroundDep, response: Response
) -> None:
    """End this session."""
    token = request.cookies.get(COOKIES["staff"]) or request.headers.get("authorization", "").partition(" ")[2]
    staff.sign_out(ground.engine, token)
    response.delete_cookie(COOKIES["staff"], path="/", secure=True, httponly=True, samesite="strict")


def _set_cookie(response: Response, name: str, token: str, age_s: int) -> None:
    response.set_cookie(name, token, max_age=age_s, path="/", secure=True, httponly=True, samesite="strict")
