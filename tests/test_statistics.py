"""Shares, per cents and intervals against the method's vectors, scipy and exact fractions."""

from fractions import Fraction
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from app.results.statistics import (
    Stratum,
    design_effect,
    per_cent,
    post_stratified,
    share,
    simple_size,
    stratified,
    whole_per_cent,
    wilson,
)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 5000))
    return draw(st.integers(0, n)), n


@pytest.mark.parametrize(
    ("k", "n", "stations", "low", "high", "digits"),
    [(3, 28, 30, 0.0807, 0.1410, 4), (12, 400, 10_101, 0.0174, 0.0512, 4), (76, 131, inf, 0.495, 0.661, 3)],
)
def test_a_simple_random_sample_meets_the_published_vectors(
    k: int, n: int, stations: float, low: float, high: float, digits: int
) -> None:
    found = wilson(k / n, simple_size(n, stations))
    assert (round(found[0], digits), round(found[1], digits)) == (low, high)


def test_a_stratified_sample_meets_the_published_vector() -> None:
    result = stratified([Stratum(100, 20, 4), Stratum(300, 30, 12)])
    assert result is not None
    p, n = result
    assert p == pytest.approx(0.35)
    assert n == pytest.approx(50.922, abs=0.0005)
    assert wilson(p, n) == pytest.approx((0.2338, 0.4873), abs=0.00005)


@given(counts())
def test_without_a_frame_the_interval_is_scipys_wilson(pair: tuple[int, int]) -> None:
    k, n = pair
    theirs = binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k / n, simple_size(n, inf)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(counts())
def test_a_full_count_has_no_spread(pair: tuple[int, int]) -> None:
    k, n = pair
    assert wilson(k / n, simple_size(n, n)) == (k / n, k / n)


@given(counts(), st.integers(2, 20_000))
def test_one_stratum_is_a_simple_sample(pair: tuple[int, int], more: int) -> None:
    k, n = pair
    stations = n + more
    result = stratified([Stratum(stations, n, k)])
    if n < 2:
        assert result is None
    else:
        assert result is not None
        assert result == pytest.approx((k / n, simple_size(n, stations)))


@given(counts())
def test_an_interval_holds_its_share_and_stays_within_nought_and_one(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = wilson(k / n, n)
    assert 0 <= low <= k / n + 1e-12
    assert k / n - 1e-12 <= high <= 1


def test_a_stratum_of_one_station_that_was_seen_is_full_and_adds_nothing() -> None:
    assert stratified([Stratum(1, 1, 1), Stratum(3, 3, 0)]) == (0.25, inf)


def test_a_stratum_with_one_station_of_many_gives_no_interval() -> None:
    assert stratified([Stratum(100, 1, 0), Stratum(100, 50, 10)]) is None
    assert stratified([Stratum(100, 0, 0), Stratum(100, 50, 10)]) is None
    assert stratified([]) is None


def test_strata_that_agree_within_themselves_use_the_spread_of_the_design() -> None:
    result = stratified([Stratum(100, 10, 0), Stratum(100, 10, 10)])
    assert result is not None
    assert result[0] == 0.5
    assert result[1] == pytest.approx(1 / (2 * 0.25 / 10 * 90 / 99))


def test_clusters_that_agree_within_themselves_are_worth_one_observation_each() -> None:
    effect = design_effect(0.5, [(10, 10), (10, 0), (10, 10), (10, 0)])
    assert effect == pytest.approx(10 * 4 / 3)


def test_clusters_never_make_a_sample_better() -> None:
    assert design_effect(0.5, [(10, 5), (10, 5)]) == 1.0
    assert design_effect(0.0, [(10, 0), (10, 0)]) == 1.0
    assert design_effect(1.0, [(10, 10), (10, 10)]) == 1.0


def test_one_cluster_tells_nothing_of_the_spread() -> None:
    assert design_effect(0.5, [(10, 5)]) is None


@given(counts())
def test_whole_per_cents_round_half_away_from_zero_from_the_counts(pair: tuple[int, int]) -> None:
    k, n = pair
    exact = Fraction(100 * k, n)
    assert whole_per_cent(k, n) == (exact + Fraction(1, 2)).__floor__()


@given(counts(), st.integers(0, 6))
def test_decimals_come_from_the_counts_too(pair: tuple[int, int], decimals: int) -> None:
    k, n = pair
    assert abs(Fraction(per_cent(k, n, decimals)) - Fraction(100 * k, n)) <= Fraction(1, 2 * 10**decimals)


def test_published_per_cents_come_out() -> None:
    assert whole_per_cent(53, 131) == 40
    assert [whole_per_cent(k, 131) for k in (75, 76, 77)] == [57, 58, 59]
    assert [per_cent(k, 533, 1) for k in (440, 92, 1)] == ["82.6", "17.3", "0.2"]
    assert per_cent(300_907, 8_040_272, 2) == "3.74"


def test_nothing_observed_has_no_share_and_no_percentage() -> None:
    assert share(0, 0) is None
    with pytest.raises(ValueError, match="counts"):
        whole_per_cent(0, 0)


def test_post_stratified_shares_meet_a_count_by_hand() -> None:
    assert post_stratified([Stratum(100, 20, 4), Stratum(300, 30, 12)]) == pytest.approx(0.25 * 0.2 + 0.75 * 0.4)
    assert post_stratified([Stratum(100, 10, 1), Stratum(50, 0, 0)]) is None
    assert post_stratified([Stratum(100, 10, 1), Stratum(0, 0, 0)]) == 0.1
    assert post_stratified([]) is None


@given(counts(), st.integers(0, 5000))
def test_one_cell_weighs_nothing(pair: tuple[int, int], more: int) -> None:
    k, n = pair
    assert post_stratified([Stratum(n + more, n, k)]) == share(k, n)


@given(st.lists(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=6))
def test_cells_seen_in_proportion_give_the_plain_share(cells: list[tuple[int, int]]) -> None:
    strata = [Stratum(10 * n, n, k) for k, n in cells]
    assert post_stratified(strata) == pytest.approx(sum(k for k, _ in cells) / sum(n for _, n in cells))


@given(counts(), st.integers(1, 20_000))
def test_a_finite_frame_of_scipys_interval_is_the_one_at_the_effective_size(pair: tuple[int, int], more: int) -> None:
    """Where n* is whole, scipy's Wilson of the same share at n* is ours."""
    k, n = pair
    worth = simple_size(n, n + more)
    assert worth >= n
    low, high = wilson(k / n, worth)
    wider = wilson(k / n, n)
    assert wider[0] - 1e-12 <= low <= high <= wider[1] + 1e-12


def test_scipy_agrees_where_the_effective_size_is_whole() -> None:
    assert simple_size(10, 19) == 20
    theirs = binomtest(6, 20).proportion_ci(method="wilson")
    assert wilson(3 / 10, simple_size(10, 19)) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
