"""Many readers with one question: one number while entries pour in, one count, one packing."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from app.results import keeper as keepers
from app.results import results
from app.results.keeper import Keeper
from app.results.pace import POURS_PER_S, SHARED_S, Pace
from app.store.database import reading
from tests.golden.night import Night
from tests.test_mirror import night as one_question
from tests.test_results_doors import app, esi, night

__all__ = ["app", "esi", "night"]


def test_a_number_is_shared_only_while_entries_pour_in_and_never_for_long() -> None:
    pace = Pace()
    pace.note(1_000_000, 0.0)
    assert not pace.shares(0.1), "a log that was read in whole does not pour"
    pace.note(1_000_000 + 2 * POURS_PER_S, 1.0)
    assert pace.shares(1.0)
    assert pace.shares(1.0 + SHARED_S * 0.9)
    assert not pace.shares(1.0 + SHARED_S)
    pace.note(1_000_000 + 2 * POURS_PER_S + 5, 2.0)
    assert not pace.shares(2.0), "five entries in a second are people at work, who see it at once"


def test_while_entries_pour_in_answers_of_a_moment_stand_on_one_number(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(keepers, "monotonic", lambda: clock[0])
    built, keeper = one_question(database), Keeper("KZ")

    def send(reports: int) -> int:
        for _ in range(reports):
            built.report(f"r{len(built.numbers)}", f"t1-{len(built.numbers)}", "B", "s1", {"b30": "yes"})
        return built.send()

    def stands_at(seconds: float) -> int:
        clock[0] = seconds
        with reading(database) as connection:
            return keeper.stand(connection).mirror.applied

    assert stands_at(0) < send(1) == stands_at(0.5), "nothing pours yet"
    many = send(2 * POURS_PER_S)
    assert stands_at(1.5) == many
    one_more = send(1)
    assert stands_at(1.6) == stands_at(1.5 + 0.9 * SHARED_S) == many
    assert stands_at(1.6 + SHARED_S) == one_more
    built.mirror(keeper)
    assert stands_at(3.5) == one_more < send(1) == stands_at(3.6), "it pours no more"


async def test_readers_who_ask_at_once_cost_one_count(
    app: FastAPI, esi: httpx.AsyncClient, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, count = [], results.results

    def counted(*given: Any) -> Any:
        counts.append(given)
        return count(*given)

    monkeypatch.setattr(results, "results", counted)
    asked = [esi.get("results", headers={"Accept-Encoding": "gzip" if n % 2 else "identity"}) for n in range(12)]
    answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [200] * 12
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert [answer.headers.get("Content-Encoding") for answer in answers[:2]] == [None, "gzip"]
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in answers)
    assert len(counts) == 1


async def test_a_workbook_is_not_packed_again(esi: httpx.AsyncClient) -> None:
    book = await esi.get("tables/T1.xlsx", headers={"Accept-Encoding": "gzip"})
    assert (book.status_code, book.headers.get("Content-Encoding"), book.content[:2]) == (200, None, b"PK")
