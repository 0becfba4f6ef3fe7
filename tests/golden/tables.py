"""A small night in which every table has something to say, and tables made of it."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine

from app.forms.catalogue import built_in
from app.results.doors import TABLES
from app.results.keeper import Keeper
from app.results.query import parse
from app.results.tables.catalogue import table
from app.results.tables.shape import Row, Table
from app.results.tables.work import Work
from app.store.database import reading
from tests.golden.night import MISSION, Night, report_uuid

NOW = datetime(2022, 11, 20, 20, 0, tzinfo=UTC)
PROTOCOL = {
    "c38_we_have_copy": "copy", "r01_voters": 1000, "r02_received": 1050, "r03_issued": 700, "r05_signatures": 700,
    "r06_unused": 350, "r07_spoiled": 0, "r08_stationary": 690, "r09_mobile_boxes": 10, "r04_mobile": 10,
    "r14_requests": 12, "r10_invalid": 20, "r11_valid": 680,
}  # fmt: skip
"""A protocol in which everything meets."""


def small_night(engine: Engine) -> Night:
    """Six stations in two regions, four teams; the team t4 was never heard of."""
    night = Night.of(engine, *(built_in()[code] for code in "ABCDE"))
    regions = {"s1": "R1", "s2": "R1", "s3": "R1", "s4": "R2", "s5": "R2", "s6": "R2"}
    night.frame(
        *({"code": s, "number": s[1:], "region": r, "commission": f"T{r[1]}", "settlement": "urban" if s < "s3" else
           "rural", "type": "ordinary"} for s, r in regions.items()),
        commissions=[{"code": "T1", "region": "R1"}, {"code": "T2", "region": "R2"}],
    )  # fmt: skip
    night.teams(*({"code": f"t{n}", "region": f"R{1 + n // 3}", "type": "sto"} for n in range(1, 5)))
    night.plan(("t1", "s1", "opening"), ("t3", "s4", "opening"), ("t2", "s2", "counting"), ("t4", "s6", "counting"))
    _openings_and_voting(night)
    _counts(night)
    _incidents(night)
    return night


def _openings_and_voting(night: Night) -> None:
    night.report("a1", "t1-a", "A", "s1", {"a01_access": "full", "a05_members": 9, "a06_women": 6,
                 "a41_q_overall": "good", "a09_present": ["proxies", "police"], "a11_unauth_interfere": "no"},
                 arrived_at="2022-11-20T06:40", departed_at="2022-11-20T07:20")  # fmt: skip
    night.send()
    quiet = {"b01_access": "full", "b36_stuffing": "none", "b45_q_overall": "very_good", "b30_group_voting": "no"}
    ill = {"b01_access": "full", "b36_stuffing": "seen", "b45_q_overall": "bad", "b30_group_voting": "yes"}
    counts = {"b15_voters_listed": 1000, "b17_voted_so_far": 250}
    visits = (
        ("b1", "t1-a", "s1", {**quiet, **counts}, "08:10", "08:50", 1),
        ("b2", "t1-a", "s1", {**ill, "b17_voted_so_far": 600, "b15_voters_listed": 1000}, "14:00", "14:40", 2),
        ("b3", "t2-a", "s2", ill, "09:00", "09:30", 1),
        ("b4", "t2-a", "s3", {**quiet, "b30_group_voting": {"blank": "not_observed"}}, "09:20", "09:50", 1),
        ("b5", "t3-a", "s4", {**quiet, "b45_q_overall": "very_bad"}, "17:00", "17:30", 1),
    )
    for name, device, place, answers, came, went, number in visits:
        day = "2022-11-20T"
        times: dict[str, Any] = {"arrived_at": day + came, "departed_at": day + went, "visit_no": number}
        words: dict[str, Any] = (
            {"comment": "=Тихо", "lang": "ru", "notes": {"b30_group_voting": "У урны двое"}} if name == "b2" else {}
        )
        night.report(name, device, "B", place, answers, **times, **words)
    night.send(4 * 60)


def _counts(night: Night) -> None:
    off = {**PROTOCOL, "r06_unused": 343, "r11_valid": 690}
    night.report("c1", "t1-a", "C", "s1", {"c01_access": "full", "c45_q_overall": "good", **PROTOCOL},
                 arrived_at="2022-11-20T19:40")  # fmt: skip
    night.report("c2", "t2-a", "C", "s2", {"c01_access": "full", "c45_q_overall": "bad", **off},
                 arrived_at="2022-11-20T19:45")  # fmt: skip
    night.report("c5", "t3-a", "C", "s5", {"c01_access": "full", "c45_q_overall": "bad"})
    copied = {"d02_access": "full", "d23_held": 1, "d23_station_1": "1",
              **{f"t{code[1:]}_1": value for code, value in PROTOCOL.items() if code.startswith("r")}}  # fmt: skip
    night.report("d1", "t1-a", "D", "T1", {**copied, "t11_valid_1": 780}, place_kind="commission")
    night.send(10 * 60)


def _incidents(night: Night) -> None:
    linked = {"e21_linked_report": report_uuid("b3"), "e04_category": "voting", "e23_verification": "verified"}
    night.report("e1", "t2-a", "E", "s2", {**linked, "e05_voting": ["stuffing"], "e19_narrative": "A bundle."})
    night.report("e2", "t3-a", "E", "s5", {"e13_team_safe": "no", "e04_category": "violence"})
    night.send(5)


@cache
def keeper_of(address: str) -> Keeper:
    """One mirror a database, so that a table costs no more than itself."""
    return Keeper(MISSION)


def made(night: Night, code: str, text: str = "") -> Table:
    """A table of the night, as asked for by a query."""
    mirror = night.mirror(keeper_of(str(night.engine.url)))
    pairs = [tuple(pair.split("=", 1)) for pair in text.split("&") if pair]
    query = parse(TABLES, [(name, value) for name, value in pairs])
    at = query.as_of if isinstance(query.as_of, int) else mirror.applied
    with reading(night.engine) as connection:
        return table(code, Work(connection, mirror, replace(query, as_of=at), at, NOW))


def rows(night: Night, code: str, part: str = "", text: str = "") -> list[Row]:
    """The rows of a part, the first unless another is named."""
    found = made(night, code, text)
    return list(next(one for one in found.parts if part in ("", one.name)).rows)


def row(found: list[Row], **wanted: Any) -> Row:
    """The one row with these cells."""
    [one] = [r for r in found if all(r[name] == value for name, value in wanted.items())]
    return one
