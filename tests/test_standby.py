"""Two PostgreSQL in step: the primary killed under load, the standby promoted, and no receipt that lied."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, select

from app.errors import UrnaError
from app.rehearsal.mission import make_mission
from app.rehearsal.play import Crowd, Plan, play
from app.rehearsal.proof import Proof, prove
from app.store.database import connect, reading, writing
from app.store.durable import confirm_commits
from app.store.epoch import marks_of
from app.store.log import LOG, append
from app.store.schema import migrate
from tests.cast import AMA, BEFORE, EPOCH, MISSION
from tests.clusters import Cluster, new_cluster, new_folder
from tests.loading import ENVIRONMENT, Load
from tests.sending import Hand, door_of, set_out, uuid
from tests.serving import serving
from tests.test_kills import wait_until
from tests.test_log import draft
from tests.test_rehearsal import KIT, at

WRITES_BACK_S = 30
IN_STEP = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"


class Pair:
    """A primary, and a standby that confirms every commit."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        self.primary, self.standby = primary, standby

    @property
    def url(self) -> str:
        """Both, as a server is told of them: whichever takes writes."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"postgresql+psycopg://postgres@/postgres?host={hosts}&target_session_attrs=read-write&connect_timeout=5"

    def in_step(self) -> None:
        self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.sql("SELECT pg_reload_conf()")
        self.primary.wait_for(IN_STEP, "1")


@contextmanager
def new_pair() -> Iterator[Pair]:
    with new_cluster() as primary, new_folder() as folder:
        engine = connect(primary.url)
        migrate(engine)
        engine.dispose()
        standby = Cluster(folder)
        primary.copy_to(standby, "standby")
        standby.start()
        try:
            yield Pair(primary, standby)
        finally:
            standby.kill()


@pytest.fixture
def pair() -> Iterator[Pair]:
    with new_pair() as two:
        yield two


def staged(url: str) -> Engine:
    engine = connect(url)
    set_out(engine)
    return engine


def test_a_killed_primary_loses_nothing_that_was_answered(pair: Pair, tmp_path: Path) -> None:
    """And, when it comes back from the dead, it confirms nothing: no standby follows it any more."""
    staged(pair.primary.url).dispose()
    pair.in_step()
    with serving(pair.url, tmp_path, **ENVIRONMENT) as server, Load(server.url) as load:
        wait_until(lambda: load.answers[200] > 20)
        pair.primary.kill()
        killed, answered = time.monotonic(), load.answers[200]
        pair.standby.promote()
        wait_until(lambda: load.answers[200] > answered + 3, WRITES_BACK_S)
        assert time.monotonic() - killed < WRITES_BACK_S
        load.settle()
        engine = connect(pair.standby.url)
        load.check_all(engine)
        server.stop()
        server.start()
        with reading(engine) as connection:
            assert marks_of(connection)[MISSION].epoch == EPOCH
        engine.dispose()
    pair.primary.start()
    old = connect(pair.primary.url)
    confirm_commits(old, wait_max_s=1)
    with pytest.raises(Exception, match="not confirmed"), writing(old) as connection:
        append(connection, MISSION, [draft()], BEFORE)
    old.dispose()


def test_what_the_standby_has_not_confirmed_gets_no_receipt_and_neither_does_its_repetition(pair: Pair) -> None:
    """A commit that is cancelled reports success; a repetition that finds its row there reads only. Neither counts."""
    engine = staged(pair.primary.url)
    engine.dispose()
    pair.in_step()
    confirm_commits(engine, wait_max_s=1)
    hand = Hand(AMA)
    first, second = hand.finish(report_id=uuid("one")), hand.finish(report_id=uuid("two"))
    with door_of(engine) as door:
        assert door.outcomes(AMA, first) == [("accepted", None)]
        pair.standby.kill()
        for _ in range(2):
            with pytest.raises(UrnaError, match="busy"):
                door.send(AMA, second)
        with pytest.raises(UrnaError, match="busy"):
            door.send(AMA, first)
        assert [row.op_id for row in door.log()] == [first["op_id"], second["op_id"]], "committed here all the same"
        pair.standby.start()
        pair.primary.wait_for(IN_STEP, "1")
        assert door.outcomes(AMA, first, second) == [("duplicate", None)] * 2
    engine.dispose()


def test_postgresql_itself_calls_a_cancelled_wait_a_success(pair: Pair) -> None:
    """The trap, as it is without our connection: should this fail one day, `store/durable.py` can go."""
    pair.primary.sql("CREATE TABLE trap (n int)")
    pair.in_step()
    pair.standby.kill()
    plain = psycopg.connect(f"host={pair.primary.folder} user=postgres")
    plain.execute("INSERT INTO trap VALUES (1)")
    committing = threading.Thread(target=plain.commit)
    committing.start()
    committing.join(1)
    assert committing.is_alive()
    pair.primary.sql(f"SELECT pg_cancel_backend({plain.info.backend_pid})")
    committing.join(10)
    assert not committing.is_alive()
    assert pair.primary.sql("SELECT count(*) FROM trap") == "1"
    plain.close()


def test_a_standby_that_lagged_begins_an_epoch_and_the_phones_bring_the_rest(pair: Pair, tmp_path: Path) -> None:
    """Without synchronous commits a failover goes back in time; the server lives on and learns it from a receipt."""
    engine = connect(pair.primary.url)
    tickets = make_mission(engine, KIT, "PLAY", 4)
    engine.dispose()

    def disaster(plan: Plan) -> None:
        time.sleep(plan.minutes * 60 * 0.25)
        pair.standby.stop()
        time.sleep(plan.minutes * 60 * 0.4)
        pair.primary.kill()
        pair.standby.start()
        pair.standby.promote()

    async def act(crowd: Crowd) -> tuple[Proof, set[str | None], list[str]]:
        falling = threading.Thread(target=disaster, args=(crowd.plan,))
        falling.start()
        await play(crowd)
        falling.join()
        await asyncio.sleep(1)
        proof = await prove(crowd, tickets.key)
        made = [op_id for phone in crowd.phones for op_id in phone.outbox]
        return proof, {phone.epoch for phone in crowd.phones}, made

    with serving(pair.url, tmp_path) as server:
        engine = connect(pair.url)
        with reading(engine) as connection:
            before = marks_of(connection)["PLAY"].epoch
        engine.dispose()
        proof, epochs, made = at(server.url, tickets, Plan(4, 0.12, 2, reports=8), act)
    engine = connect(pair.standby.url)
    with reading(engine) as connection:
        rows: Any = connection.execute(select(LOG.c.op_id).where(LOG.c.author_kind == "device")).scalars().all()
        assert epochs == {marks_of(connection)["PLAY"].epoch}
    engine.dispose()
    assert proof.holds, proof
    assert sorted(rows) == sorted(made)
    assert before not in epochs
