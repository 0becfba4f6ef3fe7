"""What is asked about some reports is found by them: a statement that walks the whole log costs more with every report
of the night, in every push and every poll. Without what `app/store/planner.py` tells it, SQLite takes an order or a
bound by number for a reason to walk."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.results import answers
from app.results.answers_files import file_of
from app.results.folds import told_of
from app.results.query import Query
from app.results.source import ask
from app.store.database import connect, reading
from app.store.writer import Job, Writer
from app.sync.follower import Follower
from app.sync.project import project
from tests.golden.night import Night, checklist, item, yes_no

Asked = tuple[str, Any]


@pytest.fixture
def engine(tmp_path: Path, sqlite_template: Path) -> Any:
    (tmp_path / "urna.db").write_bytes(sqlite_template.read_bytes())
    made = connect(f"sqlite:///{tmp_path / 'urna.db'}")
    yield made
    made.dispose()


def listened(engine: Engine) -> list[Asked]:
    """Every statement from now on, with its values."""
    found: list[Asked] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    return found


def write(night: Night) -> None:
    """What waits, through the writer and its projections."""
    writer = Writer(night.engine, project)
    writer.start()
    drafts, night.waiting = night.waiting, []
    writer.submit(Job(night.mission, drafts)).result(30)
    writer.stop()


def walks(engine: Engine, asked: list[Asked]) -> set[str]:
    """Plans of statements about some reports that look at others too."""
    with reading(engine) as connection:
        plans = [
            row[3]
            for statement, values in asked
            if "report_id IN" in statement and statement.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert plans, "something was asked about reports"
    return {
        plan for plan in plans if plan.startswith(("SEARCH log", "SEARCH report", "SCAN")) and "report_id=?" not in plan
    }


def test_no_push_no_poll_and_no_file_walks_the_whole_log_for_a_few_reports(engine: Engine) -> None:
    night = Night.of(engine, checklist("B", yes_no("b30"), item("b44", "text", "text")))
    night.frame({"code": "s1", "region": "R1"})
    asked = listened(engine)
    for answer in ("yes", "no"):
        for n in range(20):
            night.report(f"r{n}", f"t1-{n}", "B", "s1", {"b30": answer, "b44": "words"})
        write(night)
        Follower(engine).catch_up()
        mirror = night.mirror()
    for at in (mirror.applied - 5, mirror.applied):
        page = answers.page_of(mirror, Query(form=("B",)), at, "ndjson")
        assert sum(part.count(b"\n") for part in file_of(engine, page)) == 20
        with reading(engine) as connection:
            assert len(list(told_of(connection, ask(mirror, Query(), at), page.asked.forms))) == 20
    assert walks(engine, asked) == set()
