"""A file that a person brings in: whatever a commit takes of it is an act of theirs, and stands in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.store.audit import COMMAND, REQUEST_ID, Actor, write_audit
from app.store.log import Head
from app.store.writer import Job


@dataclass(frozen=True)
class Bringer:
    """Who brought a file, and in answer to which request."""

    actor: Actor
    request_id: str = ""


BY_COMMAND = Bringer(COMMAND)


def by_staff(name: str) -> Bringer:
    """A person of staff, in the request that is being answered."""
    return Bringer(Actor("staff", name), REQUEST_ID.get())


def note_brought(connection: Connection, head: Head, jobs: Sequence[Job]) -> None:
    """A line for each device of which a file brought anything new; a file that brings nothing new changes nothing."""
    for job in jobs:
        fresh = [result.draft for result in job.results if result.new]
        if isinstance(job.context, Bringer) and fresh:
            who, told = job.context, {"operations": len(fresh)}
            write_audit(
                connection, head.mission, who.actor, "operations.brought", fresh[0].author,
                now=head.received_at, facts=told, request_id=who.request_id,
            )  # fmt: skip
