"""What somebody without a card may know of an address: whose observers it awaits."""

from sqlalchemy import Connection, select

from app.store.tables import Mission, table

MISSIONS = table(Mission)


def open_missions(connection: Connection) -> list[dict[str, str]]:
    """`name` and `organisation` ("" where none is set) of each mission that is not closed, in the order of codes."""
    query = select(MISSIONS.c.name, MISSIONS.c.settings).order_by(MISSIONS.c.code)
    return [
        {"name": row.name, "organisation": str(row.settings.get("organisation", ""))}
        for row in connection.execute(query)
        if "closed_at" not in row.settings
    ]
