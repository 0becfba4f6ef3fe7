"""Figures as a cube in JSON-stat 2.0 (json-stat.org), which R, Python and JavaScript read as a table. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from app.results.query import PLACE_DIMENSIONS

NOTHING = "(none)"
"""The category of a group without a value."""
FIGURE = "figure"
DENSE = 0.5
"""Below this share of filled cells the values travel by their place, not as one long list."""
Row = Mapping[str, Any]


def cube(
    label: str, rows: Sequence[Row], dimensions: Sequence[str], figures: Sequence[str], labels: Mapping[str, str]
) -> dict[str, Any]:
    """A dataset of the figures of rows, by their dimensions. Categories stand in the order of the rows.

    Raises ValueError where two rows bear the same dimensions. `labels`: names of dimensions and figures in words.
    """
    categories = {name: list(dict.fromkeys(_word(row[name]) for row in rows)) for name in dimensions}
    categories[FIGURE] = list(figures)
    places = {name: {word: place for place, word in enumerate(words)} for name, words in categories.items()}
    sizes = [len(words) for words in categories.values()]
    values: dict[int, float] = {}
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        own = tuple(_word(row[name]) for name in dimensions)
        if own in seen:
            raise ValueError("two rows have one place in the cube")
        seen.add(own)
        for figure in figures:
            if row.get(figure) is not None:
                values[_place([*own, figure], places, sizes)] = row[figure]
    return {
        "version": "2.0",
        "class": "dataset",
        "label": label,
        "id": list(categories),
        "size": sizes,
        "role": {"metric": [FIGURE], **_geo(dimensions)},
        "dimension": {name: _dimension(name, words, labels) for name, words in categories.items()},
        "value": _written(values, prod(sizes)),
    }


def flat(entries: Iterable[Row]) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Entries of /v1/results -> (rows, dimensions, figures) of a cube; an option's count is the figure `count.yes`."""
    known = list(entries)
    codes = [entry["question"]["code"] for entry in known]
    rows: list[dict[str, Any]] = []
    figures: dict[str, None] = {}
    by: list[str] = []
    for entry in known:
        question = entry["question"]
        name = question["code"] if codes.count(question["code"]) == 1 else f"{question['form']}.{question['code']}"
        for row in entry["rows"]:
            found = _figures(row)
            figures |= dict.fromkeys(found)
            by = list(row["by"])
            rows.append({"question": name, **row["by"], **found})
    return rows, ["question", *by], list(figures)


def _figures(row: Row) -> dict[str, Any]:
    plain = {n: v for n, v in row.items() if isinstance(v, int) and not isinstance(v, bool)}
    groups = {"count": row["counts"], "stations_with": row["stations_with"], "share": row["share"]}
    groups |= {"numeric": row["numeric"] or {}, "share_weighted": row.get("share_weighted") or {}}
    return {**plain, **{f"{group}.{name}": value for group, own in groups.items() for name, value in own.items()}}


def _word(value: object) -> str:
    return NOTHING if value is None or value == "" else str(value)


def _place(words: Sequence[str], places: Mapping[str, Mapping[str, int]], sizes: Sequence[int]) -> int:
    """Row-major, the last dimension fastest."""
    found = 0
    for word, index, size in zip(words, places.values(), sizes, strict=True):
        found = found * size + index[word]
    return found


def _geo(dimensions: Sequence[str]) -> dict[str, list[str]]:
    found = [name for name in dimensions if name in PLACE_DIMENSIONS[:3]]
    return {"geo": found} if found else {}


def _dimension(name: str, words: Sequence[str], labels: Mapping[str, str]) -> dict[str, Any]:
    known = {word: labels[word] for word in words if word in labels} if name == FIGURE else {}
    category = {"index": list(words), **({"label": known} if known else {})}
    return {"label": labels.get(name, name), "category": category}


def _written(values: Mapping[int, float], cells: int) -> list[float | None] | dict[str, float]:
    if len(values) < DENSE * cells:
        return {str(place): value for place, value in values.items()}
    return [values.get(place) for place in range(cells)]
