"""People of staff and what is theirs to decide: signing in, sessions, keys, devices; floods that lock nobody out."""

import asyncio
import json
import re
import threading
from base64 import b32decode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from fastapi import FastAPI
from sqlalchemy import Engine, delete, func, select, update

from app.errors import UrnaError
from app.main import create_app
from app.people import second_factor
from app.people.acting import totp_vault
from app.people.devices import ACTS as DEVICE_ACTS
from app.people.enrolment import accept_grant, enrol, make_enrolment
from app.people.known_browser import COOKIE as KNOWN_BROWSER
from app.people.known_browser import browser_of, remember
from app.people.staff import add_staff, sign_in
from app.settings import Settings
from app.store.audit import AUDIT
from app.store.database import reading, writing
from app.store.seal import Seal
from app.store.tables import Device, Enrolment, Staff, StaffSession, table
from app.web.access import COOKIES
from app.web.lanes import Guards, Lane
from tests.cast import AMA, EFUA, MISSION, PASSWORD, add_yaw, public_jwk, set_stage
from tests.doorstep import CALLERS, SECRET, Doorstep, command, knocking, writer_of
from tests.sending import Hand
from tests.test_role_matrix import MATRIX, knock

NOW = datetime(2022, 11, 19, 12, 0, tzinfo=UTC)
VAULT = totp_vault(SECRET)
KEY = second_factor.new_key()
SESSIONS, DEVICES = table(StaffSession), table(Device)
REASON = {"reason": "left in a taxi"}


@pytest.fixture
def doorstep(database: Engine) -> Doorstep:
    return Doorstep.of(database)


@pytest.fixture
def app(doorstep: Doorstep, database_url: str, tmp_path: Path) -> Iterator[FastAPI]:
    (tmp_path / "key").write_bytes(SECRET)
    made = create_app(Settings(database_url=database_url, data_dir=tmp_path, secret_file=tmp_path / "key"))
    with writer_of(made):
        yield made
    made.state.ground.engine.dispose()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with knocking(app) as made:
        yield made


@pytest.fixture
def stage(database: Engine) -> Engine:
    set_stage(database)
    return database


def acts(engine: Engine, *named: str) -> list[tuple[str, str, str]]:
    """(act, actor, about) of the trail, in its order."""
    query = select(AUDIT.c.act, AUDIT.c.actor, AUDIT.c.about).where(AUDIT.c.act.in_(named)).order_by(AUDIT.c.number)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query)]


def add_esi(engine: Engine, role: str = "analyst") -> None:
    """Esi, who has a second factor."""
    sealed = second_factor.seal(VAULT, MISSION, "esi", KEY)
    with writing(engine) as connection:
        add_staff(connection, MISSION, "esi", role, PASSWORD, NOW, totp=sealed)


def esi_signs_in(engine: Engine, code: str | None, now: datetime = NOW) -> str:
    """The role that she gets, or the code of the fault."""
    try:
        return sign_in(engine, MISSION, "esi", PASSWORD, now, code, VAULT).role
    except UrnaError as error:
        return error.code


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_those_who_could_do_most_harm_sign_in_with_six_digits_as_well(stage: Engine, role: str) -> None:
    add_esi(stage, role)
    assert esi_signs_in(stage, None) == "second_factor"
    assert esi_signs_in(stage, "000000") == "second_factor"
    assert esi_signs_in(stage, second_factor.digits(KEY, NOW)) == role


def test_six_digits_work_once_and_for_a_minute_and_a_half(stage: Engine) -> None:
    add_esi(stage)
    digits = second_factor.digits(KEY, NOW)
    assert esi_signs_in(stage, digits, NOW + timedelta(seconds=45)) == "analyst"
    assert esi_signs_in(stage, digits, NOW + timedelta(seconds=45)) == "second_factor"
    older = second_factor.digits(KEY, NOW - timedelta(seconds=30))
    assert esi_signs_in(stage, older) == "second_factor"
    later = NOW + timedelta(minutes=10)
    assert esi_signs_in(stage, second_factor.digits(KEY, later), later + timedelta(minutes=2)) == "second_factor"


def test_of_many_who_send_the_same_six_digits_at_once_one_gets_in(stage: Engine) -> None:
    add_esi(stage)
    found: list[str] = []
    digits = second_factor.digits(KEY, NOW)
    threads = [threading.Thread(target=lambda: found.append(esi_signs_in(stage, digits))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["analyst"] + ["second_factor"] * 7


def test_an_analyst_without_a_second_factor_and_one_of_another_secret_stay_outside(stage: Engine) -> None:
    with writing(stage) as connection:
        add_staff(connection, MISSION, "esi", "analyst", PASSWORD, NOW)
    assert esi_signs_in(stage, "123456") == "second_factor"
    add_esi(stage)
    digits = second_factor.digits(KEY, NOW)
    with pytest.raises(UrnaError, match="second_factor"):
        sign_in(stage, MISSION, "esi", PASSWORD, NOW, digits, totp_vault(b"x" * 32))


def test_a_coordinator_has_regions_of_the_mission_and_others_have_none(stage: Engine) -> None:
    for role, regions in (("coordinator", []), ("head", ["KZ-75"]), ("coordinator", ["KZ-99"])):
        with writing(stage) as connection, pytest.raises(UrnaError):
            add_staff(connection, MISSION, "cora", role, PASSWORD, NOW, regions)
    with writing(stage) as connection:
        add_staff(connection, MISSION, "cora", "coordinator", PASSWORD, NOW, ["KZ-75"])


def test_the_command_adds_lists_and_removes_people_and_shows_the_second_factor_once(stage: Engine) -> None:
    told = json.loads(command(stage, "staff", "add", "esi", "--mission", MISSION, "--role", "analyst", "--json"))
    assert re.fullmatch(r"otpauth://totp/Urna%20KZ:esi\?.*secret=[A-Z2-7]{32}.*", told["totp"])
    key = b32decode(told["totp"].split("secret=")[1][:32])
    assert (
        sign_in(stage, MISSION, "esi", told["password"], NOW, second_factor.digits(key, NOW), VAULT).role == "analyst"
    )
    with reading(stage) as connection:
        assert key not in connection.execute(select(table(Staff).c.totp)).scalar_one()
    rows = json.loads(command(stage, "staff", "list", "--mission", MISSION, "--json"))
    assert [(row["user"], row["role"], row["second_factor"]) for row in rows] == [("esi", "analyst", True)]
    command(stage, "staff", "remove", "esi", "--mission", MISSION)
    assert command(stage, "staff", "list", "--mission", MISSION) == ""


def test_the_command_makes_lists_and_revokes_keys(stage: Engine) -> None:
    key = json.loads(command(stage, "key", "--mission", MISSION, "--label", "BI", "--json"))["key"]
    [row] = json.loads(command(stage, "key", "--mission", MISSION, "--list", "--json"))
    assert (row["id"], row["label"], row["made_by"]) == (key.split("_")[1], "BI", "urna")
    command(stage, "key", "--mission", MISSION, "--revoke", row["id"])
    [row] = json.loads(command(stage, "key", "--mission", MISSION, "--list", "--json"))
    assert row["revoked_at"] is not None


def test_the_command_seals_names_and_shows_them_for_a_reason(stage: Engine, tmp_path: Path) -> None:
    file = tmp_path / "observers.csv"
    file.write_text("team,name,phone\n0001,Айгерім,+7\n0002,Kofi,\n", "utf-8-sig")
    told = command(stage, "observers", "import", str(file), "--mission", MISSION, "--json")
    assert json.loads(told) == {"created": 2}
    shown = json.loads(command(stage, "observers", "list", "--mission", MISSION, "--reason", "test", "--json"))
    assert {(row["team"], row["name"], row["phone"]) for row in shown} == {
        ("0001", "Айгерім", "+7"),
        ("0002", "Kofi", ""),
    }
    assert [act for act, *_ in acts(stage, "names.imported", "names.read")] == ["names.imported", "names.read"]
    file.write_text("name\nKofi\n")
    with pytest.raises(UrnaError, match="a team and a name"):
        command(stage, "observers", "import", str(file), "--mission", MISSION)


def test_the_digits_are_those_of_rfc_6238() -> None:
    seed = b"12345678901234567890"
    assert TOTP(seed, 8, SHA1(), 30).generate(59) == b"94287082"
    assert second_factor.digits(seed, datetime.fromtimestamp(59, UTC)) == "287082"


async def test_a_session_ends_when_it_idles_and_at_its_absolute_limit(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    def shift(**back: timedelta) -> None:
        with writing(doorstep.engine) as connection:
            moved = {name: datetime.now(UTC) - delta for name, delta in back.items()}
            connection.execute(update(SESSIONS).values(**moved))

    async def status(role: str) -> int:
        return (await client.get("/v1/staff/session", headers=doorstep.headers(role))).status_code

    shift(seen_at=timedelta(minutes=29))
    assert [await status(role) for role in ("admin", "head")] == [200, 200]
    shift(seen_at=timedelta(minutes=31))
    assert [await status(role) for role in ("admin", "head", "analyst")] == [401, 200, 200]
    shift(seen_at=timedelta(minutes=121))
    assert [await status(role) for role in ("head", "analyst")] == [401, 401]
    doorstep.reset()
    assert await status("head") == 200
    shift(expires_at=timedelta(seconds=1))
    assert await status("head") == 401


async def test_sessions_are_listed_without_what_opens_them_and_ended_at_once(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    mine = (await client.get("/v1/staff/sessions", headers=doorstep.headers("analyst"))).json()["rows"]
    assert [(row["user"], row["current"]) for row in mine] == [("analyst", True)]
    answer = await client.get("/v1/staff/sessions", headers=doorstep.headers("head"))
    assert len(answer.json()["rows"]) == 6
    assert not [token for token in doorstep.tokens.values() if token in answer.text]
    [target] = [row["id"] for row in answer.json()["rows"] if row["user"] == "analyst"]
    assert (await client.delete(f"/v1/staff/sessions/{target}", headers=doorstep.headers("head"))).status_code == 204
    assert (await client.get("/v1/staff/session", headers=doorstep.headers("analyst"))).status_code == 401
    assert acts(doorstep.engine, "session.ended") == [("session.ended", "head", target)]


async def test_a_key_is_shown_once_listed_and_revoked(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    head = doorstep.headers("head")
    asked = {"scopes": ["results:read"], "days": 90, "label": "BI"}
    key = (await client.post("/v1/keys", json=asked, headers=head)).json()["key"]
    assert (await client.post("/v1/keys", json={**asked, "days": 91}, headers=head)).status_code == 422
    answer = await client.get("/v1/keys", headers=head)
    [row] = [row for row in answer.json()["rows"] if row["label"] == "BI"]
    assert (row["made_by"], row["scopes"], key in answer.text) == ("head", ["results:read"], False)
    reader = {"Authorization": f"Bearer {key}"}
    assert (await client.get("/v1/results", headers=reader)).status_code == 200
    assert (await client.delete(f"/v1/keys/{row['id']}", headers=head)).status_code == 204
    assert (await client.get("/v1/results", headers=reader)).status_code == 401
    assert (await client.delete(f"/v1/keys/{row['id']}", headers=head)).status_code == 404


async def test_no_credential_counts_in_an_address(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    for name in ("token", "key", "access_token", "api_key"):
        answer = await client.get("/v1/mission", params={name: doorstep.tokens["results key"]})
        assert answer.status_code == 401


async def push(client: httpx.AsyncClient, headers: dict[str, str], *ops: Any) -> Any:
    answer = await client.post("/v1/sync/push", json={"protocol": 1, "ops": ops}, headers=headers)
    assert answer.status_code == 200
    return answer.json()


async def test_what_a_lost_phone_sends_is_held_with_a_receipt_until_it_is_found(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    hand, where = Hand(AMA, mission=doorstep.night.mission), f"/v1/devices/{AMA.device_id}/state"
    body = {"form": "B", "form_version": 1, "place": {"kind": "station", "id": "s1"}}

    async def send() -> Any:
        return await push(client, AMA.headers, hand.mint("report.revision", {**body, "answers": {"b30": "yes"}}))

    async def mark(state: str) -> None:
        answer = await client.post(where, json={"state": state, **REASON}, headers=doorstep.headers("coordinator"))
        assert answer.json()["state"] == state

    await mark("lost")
    held = await send()
    assert [(one["outcome"], one["code"]) for one in held["results"]] == [("held", "device_lost")]
    assert held["receipt"]["server_seq"] == held["results"][0]["server_seq"]
    assert (await client.get("/v1/sync/pull", headers=AMA.headers)).json()["code"] == "device_lost"
    await mark("active")
    assert [one["outcome"] for one in (await send())["results"]] == ["accepted"]
    assert (await client.get("/v1/sync/pull", headers=AMA.headers)).status_code == 200
    await mark("closed")
    assert (await client.get("/v1/sync/pull", headers=AMA.headers)).status_code == 401
    told = acts(doorstep.engine, *DEVICE_ACTS.values())
    wanted = ["device.lost", "device.found", "device.closed"]
    assert told == [(act, "coordinator", AMA.device_id) for act in wanted]


async def test_a_person_can_tell_a_phone_to_send_and_then_forget_and_take_it_back(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    where, head = f"/v1/devices/{AMA.device_id}/directive", doorstep.headers("head")
    assert (await push(client, AMA.headers))["directive"] is None
    await client.post(where, json={"directive": "flush_then_forget", **REASON}, headers=head)
    assert (await push(client, AMA.headers))["directive"] == "flush_then_forget"
    assert (await push(client, EFUA.headers))["directive"] is None
    await client.post(where, json={"directive": None, **REASON}, headers=head)
    assert (await push(client, AMA.headers))["directive"] is None
    assert len(acts(doorstep.engine, "device.forgets")) == 2
    for odd in ({"directive": "forget_now", **REASON}, {"directive": None}):
        assert (await client.post(where, json=odd, headers=head)).status_code == 422


async def test_a_phone_that_enrols_again_brings_the_outbox_of_its_old_self(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    """A closed phone's token is unknown; with a new card its waiting work comes in, under the device that made it."""
    old = Hand(AMA, mission=doorstep.night.mission)
    body = {"form": "B", "form_version": 1, "place": {"kind": "station", "id": "s1"}, "answers": {"b30": "yes"}}
    waiting = old.mint("report.revision", body)
    head = doorstep.headers("head")
    await client.post(f"/v1/devices/{AMA.device_id}/state", json={"state": "closed", **REASON}, headers=head)
    refused = await client.post("/v1/sync/push", json={"protocol": 1, "ops": [waiting]}, headers=AMA.headers)
    assert refused.json()["code"] == "invalid_credentials"
    card = (await client.post("/v1/enrolments", json={"team": "t1"}, headers=head)).json()
    enrolled = (await client.post("/v1/enrol", json={"code": card["code"], "public_key": public_jwk(EFUA)})).json()
    said = await push(client, {"Authorization": f"Bearer {enrolled['token']}"}, waiting)
    assert [one["outcome"] for one in said["results"]] == ["accepted"]


async def test_of_a_thousand_tries_at_once_exactly_one_becomes_a_device(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    code, tries = doorstep.code(), 1000
    with reading(doorstep.engine) as connection:
        before = connection.execute(select(func.count()).select_from(DEVICES)).scalar_one()
    answers = await asyncio.gather(*(client.post("/v1/enrol", json={"code": code}) for _ in range(tries)))
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 410, 429}
    with reading(doorstep.engine) as connection:
        assert connection.execute(select(func.count()).select_from(DEVICES)).scalar_one() == before + 1
    assert len(acts(doorstep.engine, "device.enrolled")) == 1


def test_a_card_of_the_command_is_good_for_three_days(stage: Engine) -> None:
    command(stage, "enrol", "--mission", MISSION, "--team", "0001")
    codes = table(Enrolment)
    with reading(stage) as connection:
        [(made, ends)] = connection.execute(select(codes.c.created_at, codes.c.expires_at)).all()
    assert ends - made == timedelta(hours=72)


def test_a_phone_that_asks_again_for_a_lost_answer_uses_no_tries_up(stage: Engine) -> None:
    with writing(stage) as connection:
        code = make_enrolment(connection, MISSION, "0001", NOW, timedelta(hours=1))
    seal = Seal(b"s" * 32)
    devices = {enrol(stage, seal, code, public_jwk(AMA), "", None, NOW).device_id for _ in range(15)}
    assert len(devices) == 1


def test_a_phone_that_comes_too_late_takes_no_try_from_the_one_that_waits_for_its_answer(stage: Engine) -> None:
    with writing(stage) as connection:
        code = make_enrolment(connection, MISSION, "0001", NOW, timedelta(hours=1))
    seal = Seal(b"s" * 32)
    made = enrol(stage, seal, code, public_jwk(AMA), "", None, NOW)
    for _ in range(15):
        with pytest.raises(UrnaError, match="code_used"):
            enrol(stage, seal, code, public_jwk(EFUA), "", None, NOW)
    assert enrol(stage, seal, code, public_jwk(AMA), "", None, NOW).device_id == made.device_id


def test_a_grant_that_comes_many_times_at_once_puts_one_device_back(stage: Engine) -> None:
    with writing(stage) as connection:
        code = make_enrolment(connection, MISSION, "0001", NOW, timedelta(hours=1))
    seal = Seal(b"s" * 32)
    made = enrol(stage, seal, code, public_jwk(AMA), "", None, NOW)
    with writing(stage) as connection:
        connection.execute(delete(DEVICES))
    found: list[object] = []

    def show() -> None:
        try:
            found.append(accept_grant(stage, seal, made.grant, made.token, NOW))
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=show) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [made.device_id] * 8
    assert len(acts(stage, "device.put_back")) == 1


async def test_a_flood_of_wrong_passwords_is_slowed_and_locks_nobody_out(
    app: FastAPI, client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    add_yaw(doorstep.engine)
    wrong = {"mission": "KZ", "user": "yaw", "password": "a wrong password"}
    flood = await asyncio.gather(*(client.post("/v1/staff/session", json=wrong) for _ in range(80)))
    refused = [answer for answer in flood if answer.status_code == 429]
    assert {answer.status_code for answer in flood} == {401, 429}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    right = await client.post("/v1/staff/session", json={**wrong, "password": PASSWORD})
    assert right.status_code == 200
    assert not app.state.guards.staff.of_name.has("127.0.0.0/24 KZ yaw")


async def test_a_flood_from_ones_own_network_lets_the_own_browser_another_account_and_open_sessions_through(
    app: FastAPI, client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    add_yaw(doorstep.engine)
    right = {"mission": "KZ", "user": "yaw", "password": PASSWORD}
    browser = (await client.post("/v1/staff/session", json=right)).cookies[KNOWN_BROWSER]
    own = {"Cookie": f"{KNOWN_BROWSER}={browser}"}
    client.cookies.clear()
    guards = app.state.guards.staff
    while guards.of_network.has("127.0.0.0/24"):
        guards.of_network.spend("127.0.0.0/24")
    wrong = {**right, "password": "a wrong password"}
    flood = [asyncio.create_task(client.post("/v1/staff/session", json=wrong)) for _ in range(20)]
    await asyncio.sleep(0.1)
    stranger = await client.post("/v1/staff/session", json=right)
    again = await client.post("/v1/staff/session", json=right, headers=own)
    other = await client.post("/v1/staff/session", json={**right, "user": "auditor"})
    session = await client.get("/v1/staff/session", headers=doorstep.headers("head"))
    floods = {answer.status_code for answer in await asyncio.gather(*flood)}
    assert (stranger.status_code, floods) == (429, {401, 429})
    assert (again.status_code, other.status_code, session.status_code) == (200, 200, 200)
    assert KNOWN_BROWSER not in again.cookies


async def test_a_known_browser_is_known_for_its_own_name_alone_and_has_a_count_of_its_own(
    app: FastAPI, client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    cookie = remember(SECRET, "KZ yaw")
    browser = browser_of(SECRET, "KZ yaw", cookie)
    assert browser
    for odd in (cookie[:-1], "", ".", "\xff", cookie.replace(browser, "x")):
        assert browser_of(SECRET, "KZ yaw", odd) == ""
    assert browser_of(SECRET, "KZ head", cookie) == browser_of(b"x" * 32, "KZ yaw", cookie) == ""
    wrong = {"mission": "KZ", "user": "yaw", "password": "a wrong password"}
    own = {"Cookie": f"{KNOWN_BROWSER}={cookie}"}
    for _ in range(10):
        assert (await client.post("/v1/staff/session", json=wrong, headers=own)).status_code == 401
    assert not app.state.guards.staff.of_name.has(browser)
    assert app.state.guards.staff.of_name.has("127.0.0.0/24 KZ yaw")


async def test_a_flood_of_guesses_leaves_the_phones_their_threads(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    wrong = {"mission": "KZ", "user": "nobody", "password": "a wrong password"}
    flood = [asyncio.create_task(client.post("/v1/staff/session", json=wrong)) for _ in range(62)]
    await asyncio.sleep(0.05)
    said = await push(client, AMA.headers)
    waiting = sum(not one.done() for one in flood)
    await asyncio.gather(*flood)
    assert said["kind"] == "urna.push"
    assert waiting > 30


async def test_six_digits_cannot_be_guessed_with_a_stolen_password(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    add_esi(doorstep.engine)
    asked = {"mission": "KZ", "user": "esi", "password": PASSWORD}
    codes = [
        (await client.post("/v1/staff/session", json={**asked, "totp": f"{n:06d}"})).json()["code"] for n in range(7)
    ]
    assert codes == ["second_factor"] * 5 + ["rate_limited"] * 2


async def test_who_does_not_know_the_password_uses_up_no_tries_of_the_second_factor(
    app: FastAPI, client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    add_esi(doorstep.engine)
    asked = {"mission": "KZ", "user": "esi", "password": "a wrong password"}
    for n in range(7):
        await client.post("/v1/staff/session", json={**asked, "totp": f"{n:06d}"})
    assert app.state.guards.second_factor.left("KZ esi") == (5, 0)


async def test_a_lane_bounds_who_waits() -> None:
    lane, gate = Lane(at_once=1, waiting_max=2), threading.Event()
    running = [asyncio.create_task(lane.run(gate.wait)) for _ in range(3)]
    await asyncio.sleep(0.05)
    with pytest.raises(UrnaError, match="rate_limited"):
        await lane.run(gate.wait)
    gate.set()
    assert await asyncio.gather(*running) == [True] * 3
    assert Guards().phones is not Guards().phones


async def test_a_stale_cookie_does_not_hide_a_good_one_and_the_desks_mission_comes_first(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    def cookies(device: str, staff: str) -> dict[str, str]:
        return {"Cookie": f"{COOKIES['device']}={device}; {COOKIES['staff']}={staff}"}

    head, stranger = doorstep.tokens["head"], "urnad_stranger"
    for sent in (cookies("urnad_stale", head), cookies(stranger, head), cookies(AMA.token, "urnas_stale")):
        answer = await client.get("/v1/mission", headers=sent)
        assert (answer.status_code, answer.json()["mission"]) == (200, doorstep.night.mission)
    stale = await client.get("/v1/mission", headers=cookies("urnad_stale", "urnas_stale"))
    assert stale.status_code == 401


async def test_a_refused_and_a_begun_session_stand_in_the_trail(client: httpx.AsyncClient, doorstep: Doorstep) -> None:
    add_yaw(doorstep.engine)
    asked = {"mission": "KZ", "user": "yaw"}
    for password in ("a wrong password", PASSWORD):
        await client.post("/v1/staff/session", json={**asked, "password": password})
    told = acts(doorstep.engine, "session.refused", "session.begun")
    assert [(act, actor) for act, actor, _ in told] == [("session.refused", ""), ("session.begun", "yaw")]


ACTING = sorted(
    door for door, row in MATRIX.items() if door[0] != "GET" and row[0] == 401 and row[CALLERS.index("head")] < 300
)
"""Every door at which the head of a mission does something."""


async def test_every_act_of_staff_writes_one_line_and_a_refused_one_none(
    client: httpx.AsyncClient, doorstep: Doorstep
) -> None:
    def count() -> int:
        with reading(doorstep.engine) as connection:
            return connection.execute(select(func.count()).select_from(AUDIT)).scalar_one()

    head, foreign = doorstep.headers("head"), doorstep.ids["foreign device"]
    refused = [
        ("POST", f"/v1/devices/{foreign}/state", {"state": "lost", **REASON}),
        ("POST", "/v1/enrolments", {"team": "t9"}),
        ("DELETE", f"/v1/keys/{doorstep.ids['foreign key']}", None),
    ]
    for method, path, body in refused:
        before = count()
        answer = await client.request(method, path, headers=head, json=body)
        assert (path, answer.is_success, count() - before) == (path, False, 0)
    assert len(ACTING) > 12
    for door in ACTING:
        doorstep.reset()
        before = count()
        answer = await knock(client, doorstep, door, "head")
        assert (door, answer.is_success, count() - before) == (door, True, 1)
