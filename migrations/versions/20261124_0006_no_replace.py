"""On SQLite, what is written once is not replaced either: REPLACE deletes the row in its way, and no trigger hears it.

So whatever would be in the way is looked for before the row is inserted: the keys, and the rowid that every such table
has beside them. PostgreSQL has no REPLACE, and its ON CONFLICT DO UPDATE is an UPDATE, which is refused already.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "log": (("mission", "server_seq"), ("mission", "op_id")),
    "conflict": (("mission", "op_id", "link"),),
    "audit": (("mission", "number"),),
    "checkpoint": (("mission", "at"),),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, keys in KEYS.items():
            taken = " OR ".join(_taken(name, columns) for columns in (("rowid",), *keys))
            op.execute(
                f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {taken} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {name} are written once'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in KEYS:
            op.execute(f"DROP TRIGGER {name}_no_replace")


def _taken(name: str, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
    return f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608
