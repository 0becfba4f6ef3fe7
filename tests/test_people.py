"""Enrolment, keys, staff: a code becomes one device, once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from app.errors import UrnaError
from app.people.codes import ALPHABET, new_code, split_code
from app.people.enrolment import Enrolled, accept_grant, enrol, make_enrolment
from app.people.keys import make_key
from app.people.staff import add_staff, sign_in
from app.people.welcome import open_missions
from app.setup.book import Book
from app.setup.change import change_settings, close_mission
from app.store.database import reading, writing
from app.store.seal import Seal
from app.store.tables import Device, Enrolment, table
from tests.cast import AMA, EFUA, MISSION, PASSWORD, Phone, add_yaw, public_jwk, set_stage

NOW = datetime(2022, 11, 19, 12, 0, tzinfo=UTC)
SEAL = Seal(b"s" * 32)
DEVICES = table(Device)


@pytest.fixture
def stage(database: Engine) -> Engine:
    set_stage(database)
    return database


def fresh_code(engine: Engine, team: str = "0001") -> str:
    with writing(engine) as connection:
        return make_enrolment(connection, MISSION, team, NOW, timedelta(hours=72))


def enrolled(engine: Engine, code: str, someone: Phone = AMA, after: timedelta = timedelta()) -> Enrolled:
    return enrol(engine, SEAL, code, public_jwk(someone), "phone", "0.1.0", NOW + after)


def fault(engine: Engine, code: str, someone: Phone = AMA, after: timedelta = timedelta()) -> str:
    with pytest.raises(UrnaError) as caught:
        enrolled(engine, code, someone, after)
    return caught.value.code


def test_the_first_screen_names_missions_and_who_runs_them_until_they_close(stage: Engine) -> None:
    with writing(stage) as connection:
        named = open_missions(connection)
        assert [one["organisation"] for one in named] == [""] * len(named)
        book = Book.open(connection, MISSION, NOW)
        change_settings(book, {"organisation": "Citizens for elections"})
        assert "Citizens for elections" in {one["organisation"] for one in open_missions(connection)}
        close_mission(book)
        assert len(open_missions(connection)) == len(named) - 1


@given(st.text(ALPHABET, min_size=12, max_size=12))
def test_a_code_is_read_however_it_is_typed(letters: str) -> None:
    parts = letters[:4], letters[4:]
    dashed = "-".join((letters[:4], letters[4:8], letters[8:]))
    for typed in (letters, dashed, dashed.lower(), f" {dashed} ", letters.replace("0", "O").replace("1", "l")):
        assert split_code(typed) == parts


def test_a_fresh_code_can_be_read_back() -> None:
    assert len({split_code(new_code()) for _ in range(50)} - {None}) == 50


@given(st.text(max_size=80))
def test_any_other_text_is_no_code_or_has_the_right_letters(typed: str) -> None:
    parts = split_code(typed)
    assert parts is None or (len(parts[0]), len(parts[1])) == (4, 8)


def test_a_code_makes_one_device_of_its_team(stage: Engine) -> None:
    answer = enrolled(stage, fresh_code(stage))
    with reading(stage) as connection:
        row = connection.execute(select(DEVICES).where(DEVICES.c.id == answer.device_id)).one()
    assert (row.team, row.mission, row.state, answer.team) == ("0001", MISSION, "active", "0001")


def test_no_token_is_stored_as_it_is(stage: Engine) -> None:
    answer = enrolled(stage, fresh_code(stage))
    with reading(stage) as connection:
        rows = [str(row) for row in connection.execute(select(DEVICES))]
    assert not any(answer.token in row for row in rows)


def test_the_same_code_and_key_within_ten_minutes_answer_the_same_device(stage: Engine) -> None:
    code = fresh_code(stage)
    first = enrolled(stage, code)
    assert enrolled(stage, code, after=timedelta(minutes=9)).device_id == first.device_id
    assert fault(stage, code, after=timedelta(minutes=11)) == "code_used"


def test_the_same_code_with_another_key_is_used_up(stage: Engine) -> None:
    code = fresh_code(stage)
    enrolled(stage, code)
    assert fault(stage, code, EFUA) == "code_used"


def test_a_repeated_code_whose_device_is_gone_gives_no_token(stage: Engine) -> None:
    code = fresh_code(stage)
    enrolled(stage, code)
    with writing(stage) as connection:
        connection.execute(DEVICES.delete())
    assert fault(stage, code) == "code_used"


def test_a_code_expires(stage: Engine) -> None:
    assert fault(stage, fresh_code(stage), after=timedelta(hours=73)) == "code_expired"


def test_ten_wrong_secrets_close_a_code(stage: Engine) -> None:
    code = fresh_code(stage)
    wrong = code[:5] + ("0000-0000" if not code.endswith("0000-0000") else "1111-1111")
    assert {fault(stage, wrong) for _ in range(10)} == {"code_unknown"}
    assert fault(stage, code) == "code_unknown"


def test_of_many_parallel_tries_exactly_one_makes_a_device(stage: Engine) -> None:
    code = fresh_code(stage)
    with writing(stage) as connection:
        connection.execute(update(table(Enrolment)).values(tries=-100))
    answers: list[str] = []

    def attempt(number: int) -> None:
        try:
            answers.append(enrol(stage, SEAL, code, None, f"phone {number}", None, NOW).device_id)
        except UrnaError as error:
            answers.append(error.code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("code_used") == 23
    with reading(stage) as connection:
        made = connection.execute(select(DEVICES.c.id).where(DEVICES.c.label.like("phone %"))).all()
    assert len(made) == 1


def test_a_team_that_is_not_there_gets_no_code(stage: Engine) -> None:
    with pytest.raises(UrnaError, match="import teams"):
        fresh_code(stage, "9999")


def test_a_restored_database_takes_a_device_back_by_its_grant(stage: Engine) -> None:
    answer = enrolled(stage, fresh_code(stage))
    with writing(stage) as connection:
        connection.execute(DEVICES.delete())
    assert accept_grant(stage, SEAL, answer.grant, answer.token, NOW) == answer.device_id
    with reading(stage) as connection:
        row = connection.execute(select(DEVICES)).one()
    assert (row.id, row.team, row.public_key) == (answer.device_id, "0001", public_jwk(AMA))


def test_a_grant_of_another_server_or_without_its_token_puts_nothing_back(stage: Engine) -> None:
    answer = enrolled(stage, fresh_code(stage))
    for seal, token in ((Seal(b"x" * 32), answer.token), (SEAL, "urnad_other")):
        with pytest.raises(UrnaError, match="invalid_credentials"):
            accept_grant(stage, seal, answer.grant, token, NOW)


def test_a_grant_does_not_undo_that_a_device_was_lost(stage: Engine) -> None:
    answer = enrolled(stage, fresh_code(stage))
    with writing(stage) as connection:
        connection.execute(update(DEVICES).values(state="lost"))
    accept_grant(stage, SEAL, answer.grant, answer.token, NOW)
    with reading(stage) as connection:
        assert set(connection.execute(select(DEVICES.c.state)).scalars()) == {"lost"}


@pytest.mark.parametrize(("scopes", "days"), [(["everything"], 30), (["results:read"], 91), (["results:read"], 0)])
def test_a_key_asks_for_known_scopes_and_a_short_life(stage: Engine, scopes: list[str], days: int) -> None:
    with writing(stage) as connection, pytest.raises(UrnaError):
        make_key(connection, MISSION, scopes, days, NOW)


def test_staff_sign_in_with_their_own_password_alone(stage: Engine) -> None:
    add_yaw(stage)
    assert sign_in(stage, MISSION, "yaw", PASSWORD, NOW).role == "head"
    for name, password in (("yaw", "another password"), ("nobody", PASSWORD)):
        with pytest.raises(UrnaError, match="invalid_credentials"):
            sign_in(stage, MISSION, name, password, NOW)


def test_a_short_password_or_an_unknown_role_is_refused(stage: Engine) -> None:
    for role, password in (("head", "short"), ("king", PASSWORD)):
        with writing(stage) as connection, pytest.raises(UrnaError):
            add_staff(connection, MISSION, "kwame", role, password, NOW)
