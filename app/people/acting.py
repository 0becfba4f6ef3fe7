"""What this room's doors need of the store: a person's act is one transaction, with its line in the audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from app.people import persons, second_factor
from app.store.audit import Actor
from app.store.database import writing
from app.store.vault import Vault


@dataclass(frozen=True)
class Act:
    connection: Connection
    actor: Actor
    now: datetime


@contextmanager
def acting(engine: Engine, name: str) -> Iterator[Act]:
    """A transaction that writes, and the person of staff in whose name it does."""
    with writing(engine) as connection:
        yield Act(connection, Actor("staff", name), datetime.now(UTC))


def totp_vault(secret: bytes) -> Vault:
    return Vault(secret, second_factor.PURPOSE)


def names_vault(secret: bytes) -> Vault:
    return Vault(secret, persons.PURPOSE)
