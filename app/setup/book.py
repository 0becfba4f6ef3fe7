"""The mission's log, open for writing set-up: one transaction, one hand on the head from the first read on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import Connection

from app.errors import UrnaError
from app.setup.frame import canonical
from app.setup.projection import apply
from app.store.chain import body_hash, link
from app.store.log import Draft, Head, append_to, keep_blob, take_head

AUTHOR = "setup"


@dataclass(frozen=True)
class Book:
    connection: Connection
    mission: str
    head: Head

    @classmethod
    def open(cls, connection: Connection, mission: str, now: datetime) -> Self:
        """Lock the mission's log until the end of the transaction. Raises UrnaError `not_found`."""
        try:
            return cls(connection, mission, take_head(connection, mission, now))
        except LookupError:
            raise UrnaError("not_found", "No such mission: create it first, or check the spelling.") from None

    def keep(self, content: bytes) -> str:
        """Keep bytes under their hash."""
        return keep_blob(self.connection, self.mission, content)

    def write(self, kind: str, content: bytes, **more: Any) -> int:
        """Append an entry whose body is the hash of `content`, apply it, and return its number."""
        body = canonical({"blob": self.keep(content), **more})
        [placed] = append_to(self.connection, self.head, [self._draft(kind, body)])
        apply(self.connection, self.mission, kind, body, placed.server_seq)
        return placed.server_seq

    def _draft(self, kind: str, body: bytes) -> Draft:
        op_id, made_at, digest = str(uuid4()), self.head.received_at.isoformat(), body_hash(body)
        tied = link(self.mission, AUTHOR, None, op_id, kind, None, made_at, None, None, digest)
        return Draft(op_id, kind, AUTHOR, AUTHOR, made_at, body, tied, digest)
