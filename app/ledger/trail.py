"""What staff reads of the ledger: the audit trail, the checkpoints, and a receipt by its short form."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.store import audit
from app.store.checkpoints import CHECKPOINTS, sign_checkpoint
from app.store.log import LOG
from app.store.seal import Seal
from app.store.tables import Report, Team, table

REPORTS, TEAMS = table(Report), table(Team)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
SHORT_CHARACTERS = 4
ACTS = audit.ACTS
ACT_FIELDS = ("number", "at", *audit.CHAINED_FIELDS, "entry")
ENTRY_FIELDS = ("op_id", "server_seq", "kind", "state", "code", "made_at", "received_at", "entry")


def acts(connection: Connection, mission: str, after: int, limit: int) -> list[dict[str, Any]]:
    """Acts after a number, oldest first."""
    trail = audit.AUDIT
    columns = [trail.c[name] for name in ACT_FIELDS]
    query = select(*columns).where(trail.c.mission == mission, trail.c.number > after)
    rows = connection.execute(query.order_by(trail.c.number).limit(limit)).mappings()
    return [{**row, "at": row["at"].isoformat(), "facts": orjson.loads(row["facts"])} for row in rows]


def now_signed(connection: Connection, seal: Seal, mission: str, now: datetime) -> dict[str, Any]:
    """A checkpoint of this moment, which is not kept."""
    return asdict(sign_checkpoint(connection, seal, mission, now))


def checkpoints(connection: Connection, mission: str, limit: int) -> list[dict[str, Any]]:
    """Kept checkpoints, newest first."""
    query = select(CHECKPOINTS).where(CHECKPOINTS.c.mission == mission).order_by(CHECKPOINTS.c.at.desc())
    rows = connection.execute(query.limit(limit)).mappings()
    return [{**row, "at": row["at"].isoformat()} for row in rows]


def short_form(report_id: str) -> str:
    """The four characters that a phone shows: the last twenty bits of the report's id."""
    bits = int(report_id.replace("-", "")[-5:], 16)
    return "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))


def last_digits(short: str) -> str | None:
    """The last five hexadecimal digits of the ids that a short form stands for; None for anything else.

    As read aloud or typed: lower case, I and L for 1, O for 0, blanks and dashes between.
    """
    typed = short.upper().translate(str.maketrans("ILO", "110", " -"))
    if len(typed) != SHORT_CHARACTERS or any(character not in ALPHABET for character in typed):
        return None
    bits = 0
    for character in typed:
        bits = bits << 5 | ALPHABET.index(character)
    return f"{bits:05x}"


def reports_of(
    connection: Connection, mission: str, short: str, regions: Collection[str] | None
) -> list[dict[str, Any]]:
    """Reports that show this short form, each with the entries of the log that it was made of.

    `regions`: only of teams of these; None is the whole mission. A short form is of one in a million: two reports of a
    mission may share one, and both are answered.
    """
    digits = last_digits(short)
    if digits is None:
        return []
    columns = (REPORTS.c.report_id, REPORTS.c.team, REPORTS.c.form, REPORTS.c.place_id, REPORTS.c.status)
    query = select(*columns).where(REPORTS.c.mission == mission, REPORTS.c.report_id.endswith(digits))
    if regions is not None:
        own = select(TEAMS.c.code).where(TEAMS.c.mission == mission, TEAMS.c.region.in_(regions))
        query = query.where(REPORTS.c.team.in_(own))
    rows = connection.execute(query.order_by(REPORTS.c.report_id)).mappings().all()
    return [
        {**row, "short": short_form(row["report_id"]), "entries": _entries(connection, mission, row)} for row in rows
    ]


def _entries(connection: Connection, mission: str, report: Any) -> list[dict[str, Any]]:
    about = (LOG.c.mission == mission) & (LOG.c.report_id == report["report_id"])
    query = select(*(LOG.c[name] for name in ENTRY_FIELDS)).where(about).order_by(LOG.c.server_seq)
    rows = connection.execute(query).mappings()
    return [{**row, "received_at": row["received_at"].isoformat()} for row in rows]
