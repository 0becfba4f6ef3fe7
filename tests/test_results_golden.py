"""Published figures come out of missions built to them: Georgia, Azerbaijan, Belarus, Nigeria, Ukraine, Kazakhstan."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.results.coverage import coverage
from app.results.doors import COVERAGE
from app.results.query import parse
from app.results.statistics import per_cent, whole_per_cent
from app.results.tables.sentences import sentences
from app.store.database import reading
from tests.golden import figures
from tests.golden.night import row_of
from tests.golden.tables import keeper_of, made
from tests.golden.tables import row as table_row
from tests.golden.tables import rows as table_rows


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    keeper_of.cache_clear()


def test_georgia_2008_every_item_over_its_own_denominator(database: Engine) -> None:
    printed = {}
    night = figures.georgia_2008(database)
    answer = night.results("form=C")
    ranked = table_rows(night, "T5")
    assert table_row(ranked, item="c47_prescribed_order")["rank"] == 1
    for code in figures.GEORGIA_2008:
        row = row_of(answer, code)
        assert row["observed"] == 180
        printed[code] = whole_per_cent(row["negative_visits"], row["observed"])
    assert printed == {
        "c45_q_overall": 23,
        "c44_q_procedure": 17,
        "c44_q_pec": 18,
        "c44_q_performance": 17,
        "c48_falsified": 8,
        "c46_significant_errors": 21,
        "c47_prescribed_order": 35,
    }


def test_ten_not_observed_make_35_per_cent_37(database: Engine) -> None:
    row = row_of(
        figures.georgia_2008(database, not_observed=10).results("question=c47_prescribed_order"), "c47_prescribed_order"
    )
    assert (row["visits"], row["asked"], row["not_observed"], row["observed"]) == (180, 180, 10, 170)
    assert whole_per_cent(row["negative_visits"], row["observed"]) == 37


def test_azerbaijan_2013_counts_and_stuffing(database: Engine) -> None:
    night = figures.azerbaijan_2013(database)
    counts = row_of(night.results("question=c45_q_overall"), "c45_q_overall")
    assert (counts["observed"], counts["negative_visits"]) == (131, 76)
    assert whole_per_cent(76, 131) == 58
    assert (counts["ci"], counts["ci_reason"]) == (None, "non_probability_sample")
    assert row_of(night.results("question=c18_stuffing"), "c18_stuffing")["negative_visits"] == 23
    told = "In 76 of 131 counts observed (58 per cent) the process was assessed negatively."
    assert sentences(made(night, "T1", "form=C").parts[0], "en") == [told]
    voting = row_of(night.results("question=b36_stuffing"), "b36_stuffing")
    assert (voting["visits"], voting["stations"]) == (1_151, 1_151)
    any_of = "any=b36_stuffing,c18_stuffing"
    stuffed = row_of(night.results(f"{any_of}&unit=station"), "any(b36_stuffing,c18_stuffing)")
    assert (stuffed["counts"]["yes"], stuffed["negative_stations"], stuffed["negative_visits"]) == (37, 37, 45)
    assert (stuffed["stations"], stuffed["observed"]) == (1_151, 1_151)


def test_belarus_2015_38_instances_are_22_stations(database: Engine) -> None:
    night = figures.belarus_2015(database)
    for unit in ("visit", "station"):
        row = row_of(night.results(f"question=b36_stuffing&unit={unit}"), "b36_stuffing")
        assert (row["negative_visits"], row["negative_stations"]) == (38, 22)
        assert row["counts"]["seen"] == (38 if unit == "visit" else 22)
        assert (row["visits"], row["stations"]) == (76, 60)
    printed = table_row(table_rows(night, "T6"), item="b36_stuffing")
    assert (printed["instances"], printed["stations"]) == (38, 22)


def test_nigeria_2019_is_covered_by_1491_of_1515(database: Engine) -> None:
    night = figures.nigeria_2019(database)
    mirror = night.mirror()
    with reading(database) as connection:
        answer = coverage(connection, mirror, parse(COVERAGE, []), mirror.applied)
    (row,) = answer["rows"]
    assert answer["expected_from"] == ["sample"]
    assert (row["expected"], row["received"]) == (1_515, 1_491)
    assert per_cent(row["received"], row["expected"], 1) == "98.4"
    assert (row["visits"], row["stations"], row["stations_in_frame"]) == (1_591, 1_591, 2_000)
    printed = table_rows(night, "T9")
    assert (sum(r["expected"] for r in printed), sum(r["received"] for r in printed)) == (1_515, 1_491)


def test_ukraine_2019_shares_are_not_forced_to_a_hundred(database: Engine) -> None:
    row = row_of(figures.ukraine_2019(database).results("question=a32_open_time&bands=08:00,08:30"), "a32_open_time")
    assert row["counts"] == {"<08:00": 92, "08:00..08:30": 440, ">=08:30": 1}
    printed = [per_cent(count, row["observed"], 1) for count in row["counts"].values()]
    assert printed == ["17.3", "82.6", "0.2"]
    assert row["numeric"]["max"] == 8 * 60 + 47


def test_kazakhstan_2022_votes_add_up_to_the_national_result(database: Engine) -> None:
    answer = figures.kazakhstan_2022(database).results("form=C")
    sums = [row_of(answer, f"r12_c{n}")["numeric"]["sum"] for n in range(1, 7)]
    assert tuple(sums) == figures.CANDIDATES_2022
    valid = row_of(answer, "r11_valid")
    assert valid["numeric"]["sum"] == 7_940_477 == sum(sums) + row_of(answer, "r13_against_all")["numeric"]["sum"]
    assert (valid["ci"], valid["ci_reason"]) == (None, "not_a_station_share")
    assert per_cent(sums[0], 7_940_477, 2) == "81.31"


@pytest.mark.parametrize("at", ["by=region", "by=hour&by=region"])
def test_groups_add_up_to_the_whole(database: Engine, at: str) -> None:
    night = figures.belarus_2015(database)
    entry = night.results(f"question=b36_stuffing&{at}")["results"][0]
    assert sum(row["negative_visits"] for row in entry["rows"]) == 38
