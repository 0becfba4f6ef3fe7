"""Names of observers, apart from all that they saw.

Sealed under a key that lies outside the database; two roles may read them, with a reason, and each reading stands in
the audit trail. Nothing else of Urna reads this table.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, delete, insert, select

from app.errors import UrnaError
from app.store.audit import COMMAND, Actor, write_audit
from app.store.people_tables import Person
from app.store.tables import Team, table
from app.store.vault import Vault

PURPOSE = "urna-names-v1"
FIELDS = ("name", "phone", "email")
PERSONS, TEAMS = table(Person), table(Team)


def add_persons(
    connection: Connection,
    vault: Vault,
    mission: str,
    persons: Sequence[Mapping[str, str]],
    now: datetime,
    actor: Actor = COMMAND,
) -> list[str]:
    """Seal persons (team, name, phone, email) and return their ids. Raises UrnaError `not_found` for unknown teams."""
    teams = set(connection.execute(select(TEAMS.c.code).where(TEAMS.c.mission == mission)).scalars())
    if not {person["team"] for person in persons} <= teams:
        raise UrnaError("not_found", "A team is not of this mission: import teams first, or check the spelling.")
    rows = [_sealed(vault, mission, person, now) for person in persons]
    if rows:
        connection.execute(insert(PERSONS), rows)
    write_audit(connection, mission, actor, "names.imported", now=now, facts={"count": len(rows)})
    return [str(row["id"]) for row in rows]


def read_persons(
    connection: Connection, vault: Vault, mission: str, team: str | None, actor: Actor, reason: str, now: datetime
) -> list[dict[str, str]]:
    """Persons of a team, or of all: id, team, name, phone, email. The reading is written down in this transaction."""
    here = PERSONS.c.mission == mission
    if team is not None:
        here &= PERSONS.c.team == team
    rows = connection.execute(select(PERSONS).where(here).order_by(PERSONS.c.team, PERSONS.c.id)).all()
    facts = {"team": team, "count": len(rows)}
    write_audit(connection, mission, actor, "names.read", now=now, reason=reason, facts=facts)
    return [{"id": row.id, "team": row.team, **_opened(vault, row)} for row in rows]


def forget_person(connection: Connection, mission: str, person_id: str, now: datetime, actor: Actor = COMMAND) -> None:
    """Erase a person. Raises UrnaError `not_found`."""
    here = (PERSONS.c.mission == mission) & (PERSONS.c.id == person_id)
    if connection.execute(delete(PERSONS).where(here)).rowcount != 1:
        raise UrnaError("not_found")
    write_audit(connection, mission, actor, "names.forgotten", person_id, now=now)


def _sealed(vault: Vault, mission: str, person: Mapping[str, str], now: datetime) -> dict[str, Any]:
    person_id = str(uuid4())
    plain = json.dumps({name: person.get(name) or "" for name in FIELDS}).encode()
    sealed = vault.seal(plain, f"{mission} {person_id}")
    return {"id": person_id, "mission": mission, "team": person["team"], "sealed": sealed, "created_at": now}


def _opened(vault: Vault, row: Any) -> dict[str, str]:
    try:
        plain: dict[str, str] = json.loads(vault.open(bytes(row.sealed), f"{row.mission} {row.id}"))
    except ValueError:
        raise UrnaError("names_sealed") from None
    return plain
