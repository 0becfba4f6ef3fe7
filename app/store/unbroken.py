"""The log read from its first entry to its head: every link made again, in pieces, whatever its length."""

from sqlalchemy import Connection, select

from app.store import chain
from app.store.log import CHAINED_FIELDS, HEAD, LOG

ROWS_AT_ONCE = 1000
CHAINED = ("server_seq", "received_at", *CHAINED_FIELDS)


def first_break(connection: Connection, mission: str) -> int | None:
    """The number of the first entry that is not what its link says; the head's where the log ends elsewhere than the
    head says; None for a log that is whole. Raises LookupError for a mission without a log.
    """
    head = connection.execute(select(HEAD.c.server_seq, HEAD.c.entry).where(HEAD.c.mission == mission)).one_or_none()
    if head is None:
        raise LookupError("no such mission")
    columns = [LOG.c[name] for name in (*CHAINED, "entry")]
    query = select(*columns).where(LOG.c.mission == mission).order_by(LOG.c.server_seq)
    entry = chain.GENESIS
    for row in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query):
        number, received_at, *fields, stored = row
        entry = chain.entry(entry, (number, received_at.isoformat(), *fields))
        if entry != stored:
            return int(number)
    return None if entry == head.entry else int(head.server_seq)
