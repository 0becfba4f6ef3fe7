"""SQLite reads a log of any length by its indexes, from the first push on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from app.store.database import connect, reading
from app.store.planner import tell_planner
from app.store.schema import migrate
from tests.conftest import new_database

HOT = {
    "the entries of some reports": ("SELECT body FROM log WHERE mission = 'KZ' AND report_id IN ('a', 'b')"
                                    " ORDER BY server_seq", "ix_log_mission_report_id"),
    "reports that are older": ("SELECT DISTINCT report_id FROM log WHERE mission = 'KZ' AND report_id IN ('a', 'b')"
                               " AND server_seq < 9", "ix_log_mission_report_id"),
    "operations that are known": ("SELECT link FROM log WHERE mission = 'KZ' AND op_id IN ('a', 'b')",
                                  "sqlite_autoindex_log_2"),
    "links of devices": ("SELECT link FROM log WHERE mission = 'KZ' AND (author = 'a' AND number = 1"
                         " OR author = 'b' AND number = 2)", "ix_log_mission_author_number"),
    "what came after": ("SELECT body FROM log WHERE mission = 'KZ' AND server_seq > 9 ORDER BY server_seq LIMIT 500",
                        "sqlite_autoindex_log_1"),
}  # fmt: skip


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def plan(connection: Connection, query: str) -> str:
    return " ".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))


@pytest.mark.parametrize("name", HOT)
def test_a_query_that_each_push_asks_goes_by_its_index_in_a_fresh_file(empty: Engine, name: str) -> None:
    query, index = HOT[name]
    with reading(empty) as connection:
        told = plan(connection, query)
    assert index in told
    assert "(mission=?)" not in told


def test_telling_the_planner_again_changes_nothing(empty: Engine) -> None:
    statistics = text("SELECT tbl, idx, stat FROM sqlite_stat1 ORDER BY 1, 2")
    with empty.begin() as connection:
        before = connection.execute(statistics).all()
        tell_planner(connection)
        assert connection.execute(statistics).all() == before


def test_a_server_that_measures_by_itself_is_told_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with new_database(request, "postgresql", tmp_path) as url:
        engine = connect(url)
        with engine.begin() as connection:
            tell_planner(connection)
            assert connection.execute(text("SELECT to_regclass('sqlite_stat1')")).scalar() is None
        engine.dispose()
