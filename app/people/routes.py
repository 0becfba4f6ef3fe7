"""Enrolling, signing in, and what staff does with sessions, keys, devices and names."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.people import devices, enrolment, keys, persons, sessions, staff, welcome
from app.people.acting import acting, names_vault, totp_vault
from app.people.codes import link
from app.people.known_browser import COOKIE as KNOWN_BROWSER
from app.people.known_browser import browser_of, remember
from app.people.wire import (
    DeviceRow,
    DevicesAnswer,
    DirectiveAsked,
    EnrolAnswer,
    EnrolAsked,
    EnrolmentAsked,
    EnrolmentMade,
    GrantAnswer,
    GrantAsked,
    KeyAsked,
    KeyMade,
    KeyRow,
    KeysAnswer,
    OpenMission,
    PersonAsked,
    PersonMade,
    PersonRow,
    PersonsAnswer,
    PersonsAsked,
    SessionRow,
    SessionsAnswer,
    SignInAnswer,
    SignInAsked,
    StaffAnswer,
    StaffRow,
    StateAsked,
    WelcomeAnswer,
    WhoAnswer,
)
from app.web.access import COOKIES, Caller, allow, open_to_all
from app.web.body import JsonRoute
from app.web.ground import Ground, GroundDep, Session
from app.web.lanes import guards_of

router = APIRouter(tags=["people"], route_class=JsonRoute)
COOKIE_AGE_S = 400 * 86_400  # the most that browsers keep
LEAD = ("admin", "head")
Anyone = Annotated[Caller, allow("staff", regional=True)]
Leading = Annotated[Caller, allow("staff", roles=LEAD)]
Looking = Annotated[Caller, allow("staff", roles=(*LEAD, "auditor"))]
InField = Annotated[Caller, allow("staff", roles=(*LEAD, "coordinator"), regional=True)]
"""Who looks after phones: a coordinator after those of the own regions."""


@router.get("/v1/welcome", dependencies=[open_to_all()])
def get_welcome(session: Session) -> WelcomeAnswer:
    """Whose observers this address awaits: what the first screen says before a card is typed."""
    return WelcomeAnswer(missions=[OpenMission(**one) for one in welcome.open_missions(session)])


@router.post("/v1/enrol", dependencies=[open_to_all()])
async def enrol(asked: EnrolAsked, request: Request, ground: GroundDep, response: Response) -> EnrolAnswer:
    """Turn a one-time code into a device. The same code with the same key answers the same device for ten minutes."""
    jwk = asked.public_key.model_dump() if asked.public_key else None
    version = asked.app.version if asked.app else None
    work = partial(
        enrolment.enrol, ground.engine, ground.seal, asked.code, jwk, asked.label, version, datetime.now(UTC)
    )
    enrolled = await guards_of(request).phones.run(request, "", work)
    _set_cookie(response, COOKIES["device"], enrolled.token, COOKIE_AGE_S)
    return EnrolAnswer(**vars(enrolled))


@router.post("/v1/grant", dependencies=[open_to_all()])
async def grant(asked: GrantAsked, request: Request, ground: GroundDep) -> GrantAnswer:
    """Put back a device that a restored database does not know: its token and the grant of its enrolment."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIES["device"], "")
    work = partial(enrolment.accept_grant, ground.engine, ground.seal, asked.grant, token, datetime.now(UTC))
    return GrantAnswer(device_id=await guards_of(request).phones.run(request, "", work))


@router.post("/v1/staff/session", dependencies=[open_to_all()])
async def sign_in(asked: SignInAsked, request: Request, ground: GroundDep, response: Response) -> SignInAnswer:
    """Sign a person of staff in; the session travels in a cookie that no script reads."""
    name, guards = f"{asked.mission} {asked.user}", guards_of(request)
    browser = browser_of(ground.secret, name, request.cookies.get(KNOWN_BROWSER, ""))
    work = partial(
        staff.sign_in,
        ground.engine,
        asked.mission,
        asked.user,
        asked.password,
        datetime.now(UTC),
        asked.totp,
        totp_vault(ground.secret),
        partial(guards.second_factor.take, name),
    )
    signed_in = await guards.staff.run(request, name, work, browser)
    _set_cookie(response, COOKIES["staff"], signed_in.token, staff.SESSION_HOURS * 3600)
    if not browser:
        _set_cookie(response, KNOWN_BROWSER, remember(ground.secret, name), COOKIE_AGE_S)
    expires_at = signed_in.expires_at.isoformat()
    return SignInAnswer(mission=asked.mission, user=asked.user, role=signed_in.role, expires_at=expires_at)


@router.get("/v1/staff/session", response_model_exclude_none=True)
def who_am_i(caller: Anyone) -> WhoAnswer:
    """Who is signed in."""
    own = None if caller.regions is None else sorted(caller.regions)
    return WhoAnswer(mission=caller.mission, user=caller.id, role=caller.role or "", regions=own)


@router.delete("/v1/staff/session", status_code=204)
def sign_out(caller: Anyone, ground: GroundDep, response: Response) -> None:
    """Sign out: the cookie opens nothing any more."""
    _end(ground, caller, str(caller.session))
    response.delete_cookie(COOKIES["staff"], path="/", secure=True, httponly=True, samesite="strict")


@router.get("/v1/staff/sessions")
def get_sessions(caller: Anyone, session: Session) -> SessionsAnswer:
    """Sessions that are open: one's own; of everybody for those who lead."""
    found = sessions.list_sessions(session, caller.mission, _own_alone(caller), datetime.now(UTC))
    return SessionsAnswer(rows=[SessionRow(**row, current=row["id"] == caller.session) for row in found])


@router.delete("/v1/staff/sessions/{session_id}", status_code=204)
def end_session(session_id: str, caller: Anyone, ground: GroundDep) -> None:
    """End a session: one's own, or any of the mission for those who lead."""
    _end(ground, caller, session_id)


@router.get("/v1/staff")
def get_staff(caller: Looking, session: Session) -> StaffAnswer:
    """The people of staff and their roles. They are added by `urna staff add`."""
    return StaffAnswer(rows=[StaffRow(**row) for row in staff.list_staff(session, caller.mission)])


@router.get("/v1/keys")
def get_keys(caller: Looking, session: Session) -> KeysAnswer:
    """API keys of the mission, never what opens doors."""
    return KeysAnswer(rows=[KeyRow(**row) for row in keys.list_keys(session, caller.mission)])


@router.post("/v1/keys", status_code=201)
def make_key(asked: KeyAsked, caller: Leading, ground: GroundDep) -> KeyMade:
    """A fresh API key, shown this once."""
    scopes: list[str] = sorted(set(asked.scopes))
    with acting(ground.engine, caller.id) as act:
        fresh = keys.make_key(act.connection, caller.mission, scopes, asked.days, act.now, asked.label, act.actor)
    return KeyMade(key=fresh)


@router.delete("/v1/keys/{key_id}", status_code=204)
def revoke_key(key_id: str, caller: Leading, ground: GroundDep) -> None:
    """Revoke a key at once."""
    with acting(ground.engine, caller.id) as act:
        keys.revoke_key(act.connection, caller.mission, key_id, act.now, act.actor)


@router.get("/v1/devices")
def get_devices(
    caller: Annotated[Caller, allow("staff", roles=(*LEAD, "coordinator", "auditor"), regional=True)], session: Session
) -> DevicesAnswer:
    """Phones, by team, with their state and when they were last heard of."""
    rows = devices.list_devices(session, caller.mission, caller.regions)
    return DevicesAnswer(rows=[DeviceRow(**row) for row in rows])


@router.get("/v1/devices/{device_id}")
def get_device(
    device_id: str,
    caller: Annotated[Caller, allow("staff", roles=(*LEAD, "coordinator", "auditor"), regional=True)],
    session: Session,
) -> DeviceRow:
    """One phone."""
    return DeviceRow(**devices.read_device(session, caller.mission, device_id, caller.regions))


@router.post("/v1/devices/{device_id}/state")
def set_device_state(device_id: str, asked: StateAsked, caller: InField, ground: GroundDep) -> DeviceRow:
    """Mark a phone lost (it may only push, and that is held), closed (unknown from now on), or active again."""
    with acting(ground.engine, caller.id) as act:
        mine = (act.connection, caller.mission, device_id, asked.state, caller.regions)
        return DeviceRow(**devices.set_state(*mine, act.actor, asked.reason, act.now))


@router.post("/v1/devices/{device_id}/directive")
def set_device_directive(device_id: str, asked: DirectiveAsked, caller: InField, ground: GroundDep) -> DeviceRow:
    """Tell a phone at its next push to send what it holds and then to forget it; null takes that back."""
    with acting(ground.engine, caller.id) as act:
        mine = (act.connection, caller.mission, device_id, asked.directive, caller.regions)
        return DeviceRow(**devices.set_directive(*mine, act.actor, asked.reason, act.now))


@router.post("/v1/enrolments", status_code=201)
def make_enrolment(asked: EnrolmentAsked, request: Request, caller: InField, ground: GroundDep) -> EnrolmentMade:
    """A one-time code for one more phone of a team, shown this once."""
    valid = timedelta(hours=ground.settings.enrolment_valid_h)
    with acting(ground.engine, caller.id) as act:
        enrolment.refuse_foreign_team(act.connection, caller.mission, asked.team, caller.regions)
        code = enrolment.make_enrolment(act.connection, caller.mission, asked.team, act.now, valid, act.actor)
    address = ground.settings.public_url or str(request.base_url)
    return EnrolmentMade(code=code, link=link(address, code), expires_at=(act.now + valid).isoformat())


@router.post("/v1/persons", status_code=201)
def add_person(asked: PersonAsked, caller: Leading, ground: GroundDep) -> PersonMade:
    """Seal the name of an observer into the table of names."""
    with acting(ground.engine, caller.id) as act:
        one = [asked.model_dump()]
        [made] = persons.add_persons(
            act.connection, names_vault(ground.secret), caller.mission, one, act.now, act.actor
        )
    return PersonMade(id=made)


@router.post("/v1/persons/read")
def read_persons(asked: PersonsAsked, caller: Leading, ground: GroundDep) -> PersonsAnswer:
    """Names of observers, for a reason that stands in the audit trail."""
    with acting(ground.engine, caller.id) as act:
        vault, mission = names_vault(ground.secret), caller.mission
        rows = persons.read_persons(act.connection, vault, mission, asked.team, act.actor, asked.reason, act.now)
    return PersonsAnswer(rows=[PersonRow(**row) for row in rows])


@router.delete("/v1/persons/{person_id}", status_code=204)
def forget_person(person_id: str, caller: Leading, ground: GroundDep) -> None:
    """Erase an observer from the table of names."""
    with acting(ground.engine, caller.id) as act:
        persons.forget_person(act.connection, caller.mission, person_id, act.now, act.actor)


def _own_alone(caller: Caller) -> str | None:
    return None if caller.role in LEAD else caller.id


def _end(ground: Ground, caller: Caller, session_id: str) -> None:
    with acting(ground.engine, caller.id) as act:
        sessions.end_session(act.connection, caller.mission, session_id, _own_alone(caller), act.actor, act.now)


def _set_cookie(response: Response, name: str, token: str, age_s: int) -> None:
    response.set_cookie(name, token, max_age=age_s, path="/", secure=True, httponly=True, samesite="strict")
