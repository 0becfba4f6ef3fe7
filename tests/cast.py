"""The standing cast. Ama and Kofi share team 0001 and its two phones; Efua is of team 0002 and must see nothing of
theirs; Esi is the analyst, with a key; Yaw heads the mission."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Engine, insert

from app.people.keys import make_key
from app.people.staff import add_staff
from app.store.database import writing
from app.store.log import open_log
from app.store.seal import to_base64url
from app.store.tables import Device, Mission, Team, table

MISSION = "KZ"
EPOCH = "11111111-1111-4111-8111-111111111111"
BEFORE = datetime(2022, 11, 19, 6, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Phone:
    """A device of the cast with the private half of its key."""

    device_id: str
    token: str
    team: str
    key: ec.EllipticCurvePrivateKey

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def phone(name: str, team: str) -> Phone:
    device_id = f"00000000-0000-4000-8000-{int(sha256(name.encode()).hexdigest()[:12], 16):012x}"
    scalar = int.from_bytes(sha256(name.encode()).digest(), "big") >> 1
    return Phone(device_id, f"urnad_{name}", team, ec.derive_private_key(scalar, ec.SECP256R1()))


AMA = phone("ama", "0001")
KOFI = phone("kofi", "0001")
EFUA = phone("efua", "0002")
PHONES = (AMA, KOFI, EFUA)


def set_stage(engine: Engine, mission: str = MISSION) -> None:
    """A mission with two teams and the cast's phones; no stations, no checklists."""
    with writing(engine) as connection:
        open_log(connection, mission, EPOCH, BEFORE)
        _mission(connection, mission)
        for someone in PHONES:
            connection.execute(insert(table(Device)).values(**_device_row(someone, mission)))


def add_phone(engine: Engine, someone: Phone, mission: str) -> None:
    """A phone in a mission of its own, which has a log and nothing else."""
    with writing(engine) as connection:
        open_log(connection, mission, EPOCH, BEFORE)
        connection.execute(insert(table(Device)).values(**_device_row(someone, mission)))


def add_yaw(engine: Engine, mission: str = MISSION) -> None:
    """Yaw, head of the mission, signs in with PASSWORD."""
    with writing(engine) as connection:
        add_staff(connection, mission, "yaw", "head", PASSWORD, datetime.now(UTC))


def esi_key(engine: Engine, *scopes: str, mission: str = MISSION) -> str:
    """A fresh API key of Esi, the analyst."""
    with writing(engine) as connection:
        return make_key(connection, mission, list(scopes or ("results:read",)), 30, datetime.now(UTC))


def public_jwk(someone: Phone) -> dict[str, str]:
    numbers = someone.key.public_key().public_numbers()
    x, y = (to_base64url(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _mission(connection: Connection, mission: str) -> None:
    row = {"code": mission, "name": "Kazakhstan 2022", "day": "2022-11-20", "zone": "Asia/Almaty", "settings": {}}
    connection.execute(insert(table(Mission)).values(**row, languages=["en", "ru", "kk"], from_seq=0))
    for code in ("0001", "0002"):
        connection.execute(
            insert(table(Team)).values(mission=mission, code=code, region="KZ-75", members=2, from_seq=0)
        )


def _device_row(someone: Phone, mission: str) -> dict[str, object]:
    fields = {"id": someone.device_id, "mission": mission, "team": someone.team, "label": "", "state": "active"}
    digest = sha256(someone.token.encode()).hexdigest()
    made = {"created_at": BEFORE - timedelta(days=1), "queue": {}, "device_seq": 0, "flags": ""}
    return {**fields, **made, "token_sha256": digest, "public_key": public_jwk(someone)}
