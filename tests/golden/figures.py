"""Missions built so that a published figure must come out of them. Sources stand in docs/results.md."""

from typing import Any

from sqlalchemy import Engine

from app.forms.catalogue import built_in
from app.setup.book import Book
from app.setup.imports import write_list
from app.setup.publish import publish_again
from app.store.database import writing
from tests.golden.night import Night

CANDIDATES_2022 = (6_456_392, 271_641, 206_206, 200_907, 176_116, 168_731)
"""Votes of the six candidates of 20 November 2022, preliminary; 460,484 more were against all."""
AGAINST_ALL_2022 = 460_484
REGIONS = 20
GEORGIA_2008 = {
    "c45_q_overall": ("bad", "good", 41),
    "c44_q_procedure": ("very_bad", "very_good", 31),
    "c44_q_pec": ("bad", "good", 32),
    "c44_q_performance": ("bad", "very_good", 30),
    "c48_falsified": ("yes", "no", 14),
    "c46_significant_errors": ("yes", "no", 38),
    "c47_prescribed_order": ("no", "yes", 63),
}
"""Item -> its bad answer, its good one, and how many of 180 counts were bad."""


def night(engine: Engine, *forms: str, stations: int, sampled: bool | None = None) -> Night:
    """A mission with built-in checklists and a frame; team of a station: one in a hundred stations."""
    built = Night.of(engine, *(built_in()[code] for code in forms))
    built.frame(*({"code": station(n), "region": f"R{n % REGIONS:02d}", "sampled": sampled} for n in range(stations)))
    return built


def station(number: int) -> str:
    return f"{number:05d}"


def visit(night: Night, form: str, number: int, answers: dict[str, Any], name: str = "", **more: Any) -> None:
    """A finished report of the phone that works around this station."""
    night.report(f"{form}{name or number}", f"t{number // 100}-a", form, station(number), answers, **more)


def georgia_2008(engine: Engine, not_observed: int = 0) -> Night:
    """P1: 180 counts; with `not_observed`, so many of the good ones saw nothing of the order of steps."""
    built = night(engine, "C", stations=180)
    for number in range(180):
        answers: dict[str, Any] = {code: bad if number < k else good for code, (bad, good, k) in GEORGIA_2008.items()}
        if number >= 180 - not_observed:
            answers["c47_prescribed_order"] = {"blank": "not_observed"}
        visit(built, "C", number, {"c01_access": "full", **answers})
    built.send()
    return built


def azerbaijan_2013(engine: Engine) -> Night:
    """P2: 5,273 stations, voting seen at 1,151, 131 counts, 76 of them negative, signs of stuffing at 23 counts.

    Stuffing at 37 stations in all: at the counts of stations 0 to 22, in the voting of stations 15 to 36.
    """
    built = night(engine, "B", "C", stations=5_273)
    for number in range(1_151):
        visit(built, "B", number, {"b01_access": "full", "b36_stuffing": "seen" if 15 <= number < 37 else "none"})
    for number in range(131):
        overall = "bad" if number < 50 else "very_bad" if number < 76 else "good"
        stuffing = "signs" if number < 23 else "none"
        visit(built, "C", number, {"c01_access": "full", "c18_stuffing": stuffing, "c45_q_overall": overall})
    built.send()
    return built


def belarus_2015(engine: Engine) -> Night:
    """P5: 38 instances of stuffing at 22 stations, 16 of them at two visits; elsewhere none."""
    built = night(engine, "B", stations=60)
    for number in range(60):
        for turn in range(2 if number < 16 else 1):
            answers = {"b01_access": "full", "b36_stuffing": "seen" if number < 22 else "none"}
            hour = f"2022-11-20T{9 + 4 * turn:02d}:00"
            visit(built, "B", number, answers, f"{number}-{turn}", visit_no=turn + 1, arrived_at=hour)
    built.send()
    return built


def nigeria_2019(engine: Engine) -> Night:
    """P12: 1,515 sampled stations, reports from 1,491 of them, and from 100 stations outside the sample."""
    built = Night.of(engine, built_in()["B"])
    inside = [{"code": station(n), "region": f"R{n % REGIONS:02d}", "sampled": True} for n in range(1_515)]
    outside = [{"code": station(n), "region": "R00", "sampled": False} for n in range(1_515, 2_000)]
    built.frame(*inside, *outside)
    for number in (*range(1_491), *range(1_515, 1_615)):
        visit(built, "B", number, {"b01_access": "full"})
    built.send()
    return built


def ukraine_2019(engine: Engine) -> Night:
    """P13: 533 openings, 440 between 08:00 and 08:30, 92 before, 1 after."""
    built = night(engine, "A", stations=533)
    for number in range(533):
        late, early = number == 532, number < 92
        clock = "08:47" if late else f"07:{number % 60:02d}" if early else f"08:{number % 30:02d}"
        visit(built, "A", number, {"a01_access": "full", "a32_open_time": clock}, arrived_at="2022-11-20T07:10")
    built.send()
    return built


def kazakhstan_2022(engine: Engine) -> Night:
    """P15: the national result in 20 protocols, one a region, of a checklist with six candidates."""
    built = night(engine, "C", stations=REGIONS)
    rows = {f"c{n}": {"code": f"c{n}", "name": {"en": f"Candidate {n}"}, "position": n} for n in range(1, 7)}
    with writing(engine) as connection:
        book = Book.open(connection, built.mission, built.now)
        write_list(book, "setup.candidates", rows)
        publish_again(book)
    votes = {f"r12_c{n}": total for n, total in enumerate(CANDIDATES_2022, start=1)}
    votes["r13_against_all"] = AGAINST_ALL_2022
    for region in range(REGIONS):
        share = {code: total // REGIONS + (region < total % REGIONS) for code, total in votes.items()}
        figures = {**share, "r11_valid": sum(share.values())}
        visit(built, "C", region, {"c01_access": "full", "c38_we_have_copy": "copy", **figures}, form_version=2)
    built.send()
    return built
