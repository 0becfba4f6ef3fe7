"""Figures -> the rows of a result, pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.results.bits import BLANKS, OBSERVED
from app.results.counting import Cell, Figures, Group, Numbers, Spread, Totals
from app.results.intervals import Ci
from app.results.measures import Measure
from app.results.source import Dimension
from app.results.statistics import SMALL_N, share
from app.results.weights import Weighted

Row = dict[str, Any]
NO_GROUP: Group = (0, 0)
"""The one group there is without `by`."""
DIFFERENCES = ("visits", "stations", "teams", "asked", "observed", *BLANKS, "negative_visits", "negative_stations")


def groups_of(figures: Figures, dimensions: Sequence[Dimension]) -> list[Group]:
    """Groups with at least one visit, in a stable order; without `by` there is always one."""
    if not dimensions:
        return [NO_GROUP]
    return sorted(figures.totals, key=lambda group: [_order(d, n) for d, n in zip(dimensions, group, strict=False)])


def _order(dimension: Dimension, number: int | None) -> tuple[bool, int, Any]:
    """The order of the words, nothing last."""
    value = dimension.decode(number)
    if value is None:
        return True, 0, 0
    return (False, dimension.order.index(value), 0) if value in dimension.order else (False, 0, value)


def row(measure: Measure, place: int, group: Group, dimensions: Sequence[Dimension], figures: Figures, ci: Ci) -> Row:
    """One row: a measure in a group."""
    cell: Cell = (*group, place)
    totals = figures.totals.get(group, Totals())
    counted, together = figures.visits.get(cell, {}), figures.stations.get(cell, {})
    observed = _with(counted, ~(OBSERVED - 1))
    blanks = {name: _with(counted, bit) for name, bit in BLANKS.items()}
    counts = {name: _with(counted, bit) for name, bit in measure.options}
    negative = measure.negative_bits
    return {
        "by": {d.name: d.decode(number) for d, number in zip(dimensions, group, strict=False)},
        **totals._asdict(),
        "asked": observed + blanks["not_observed"] + blanks["no_access"] + blanks["missing"],
        "observed": observed,
        **blanks,
        "counts": counts,
        "stations_with": {name: _with(together, bit) for name, bit in measure.options},
        "share": {name: share(count, observed) for name, count in counts.items()},
        "numeric": _numeric(measure, figures.numbers.get(cell)) if measure.numeric else None,
        "negative_visits": _with(figures.instances.get(cell, {}), negative) if negative else None,
        "negative_stations": _with(together, negative) if negative else None,
        "disagreements": figures.disputes.get(cell, 0),
        "ci": ci[0],
        "ci_reason": ci[1],
        "small_n": observed < SMALL_N,
    }


def with_change(now: Row, then: Row | None) -> Row:
    """A row with what it gained since; all of it where the group was not there then."""
    before = then or {}
    change: Row = {name: _less(now[name], before.get(name)) for name in DIFFERENCES}
    counts = before.get("counts", {})
    return {**now, "change": {**change, "counts": {name: n - counts.get(name, 0) for name, n in now["counts"].items()}}}


def with_weights(found: Row, weighted: Weighted) -> Row:
    """A row with its second column of shares."""
    return {**found, "share_weighted": weighted[0], "weights_reason": weighted[1]}


def tidy(question: Row, found: Row) -> list[Row]:
    """One row a figure: an option, a kind of blank, a number's mean..., each with its denominators."""
    head = {"form": question["form"], "question": question["code"], **found["by"]}
    denominators = {name: found[name] for name in ("visits", "stations", "asked", "observed", "small_n")}

    def line(kind: str, name: str, value: Any, shared: Any = None, stations: Any = None) -> Row:
        figure = {"kind": kind, "name": name, "value": value, "share": shared, "stations_with": stations}
        return {**head, **figure, **denominators}

    options = [line("option", n, c, found["share"][n], found["stations_with"][n]) for n, c in found["counts"].items()]
    blanks = [line("blank", name, found[name]) for name in BLANKS]
    numeric = [line("numeric", name, value) for name, value in (found["numeric"] or {}).items()]
    return options + numeric + blanks


def _with(spread: Spread, bits: int) -> int:
    return sum(count for found, count in spread.items() if found & bits)


def _less(now: int | None, before: int | None) -> int | None:
    return None if now is None else now - (before or 0)


def _numeric(measure: Measure, numbers: Numbers | None) -> Row:
    if measure.ratio:
        return _ratio(numbers)
    if numbers is None:
        empty: Row = dict.fromkeys(("mean", "min", "p25", "median", "p75", "max"))
        return {"n": 0, "zeros": 0, "sum": 0, **empty}
    p25, median, p75 = map(_plain, numbers.quartiles)
    low, high, mean = _plain(numbers.min), _plain(numbers.max), float(numbers.sum / numbers.n)
    spread = {"mean": mean, "min": low, "p25": p25, "median": median, "p75": p75, "max": high}
    return {"n": numbers.n, "zeros": numbers.zeros, "sum": _plain(numbers.sum), **spread}


def _ratio(numbers: Numbers | None) -> Row:
    above, below = (numbers.sum, numbers.second or Decimal(0)) if numbers else (Decimal(0), Decimal(0))
    ratio = float(above / below) if below else None
    return {"n": numbers.n if numbers else 0, "numerator": _plain(above), "denominator": _plain(below), "ratio": ratio}


def _plain(number: float | Decimal) -> int | float:
    """A whole number as one."""
    return int(number) if number == int(number) else float(number)
