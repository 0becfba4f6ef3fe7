"""The tables, sentences and charts of a preliminary statement, from the API alone.

    export URNA_URL=https://mission.example URNA_KEY=urnak_...
    python examples/statement.py statement/ --as-of statement --lang en

Writes statement.md, one CSV a table and three charts into the folder. Needs matplotlib (`pip install urna[analysis]`).
Everything is asked as of one number, so that what comes in meanwhile changes nothing: without --as-of, of now.
"""

import argparse
import json
import os
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

TABLES = ("T1", "T2", "T3", "T5", "T6", "T7", "T9", "T10", "T15")
SAID = ("T1", "T5", "T6")
"""Tables whose sentences open the statement."""
SCALE = ("very_good", "good", "bad", "very_bad")
INK, STAMP = ("#d9d5e4", "#a9a1c4", "#6b5f96", "#2f2159"), "#4a3a8c"
"""Light to heavy: a heavier ink says what stands out, no red and no green."""
SMALL_N = 30


def whole_per_cent(k: int, n: int) -> int:
    """From the counts, never from a rounded share."""
    return (200 * k + n) // (2 * n)


class Api:
    """The analysts' door of one mission, as of one number."""

    def __init__(self, url: str, key: str, lang: str) -> None:
        self._url, self._key, self._lang = url.rstrip("/") + "/v1/", key, lang
        self.as_of: str | None = None

    def raw(self, path: str, **parameters: str) -> bytes:
        known = {**parameters, **({"as_of": self.as_of} if self.as_of else {})}
        address = f"{self._url}{path}?{urllib.parse.urlencode(known)}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {self._key}"})  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310  the address is the analyst's own
            return bytes(answer.read())

    def table(self, code: str, **parameters: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw(f"tables/{code}", lang=self._lang, **parameters))
        return found


def assessments(rows: list[dict[str, Any]], to: Path) -> None:
    """How each stage was assessed, as stacked bars, the counts written in."""
    shown = [row for row in rows if row["observed"]]
    figure, axes = plt.subplots(figsize=(8, 0.8 + 0.6 * len(shown)))
    starts = [0.0] * len(shown)
    for option, ink in zip(SCALE, INK, strict=True):
        widths = [100 * row[option] / row["observed"] for row in shown]
        axes.barh([row["form"] for row in shown], widths, left=starts, color=ink, label=option.replace("_", " "))
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    for place, row in enumerate(shown):
        k, n = row["negative"], row["observed"]
        told = f"{k} of {n} negative" + ("" if n < SMALL_N else f", {whole_per_cent(k, n)} %")
        axes.text(101, place, told, va="center", fontsize=9)
    axes.invert_yaxis()
    _finish(figure, axes, "per cent of observations", to)


def problems(rows: list[dict[str, Any]], to: Path) -> None:
    """The most frequent problems, with the stations in which they were seen."""
    shown = rows[:10]
    figure, axes = plt.subplots(figsize=(8, 0.8 + 0.45 * len(shown)))
    axes.barh([row["label"][:60] for row in shown], [row["negative"] for row in shown], color=STAMP)
    for place, row in enumerate(shown):
        axes.text(row["negative"], place, f" {row['negative']} of {row['observed']}", va="center", fontsize=9)
    axes.invert_yaxis()
    _finish(figure, axes, "observations answered negatively", to, legend=False)


def hours(rows: list[dict[str, Any]], to: Path) -> None:
    """When was observed, and when it arrived."""
    figure, axes = plt.subplots(figsize=(8, 3))
    for name, ink in (("observed_so_far", INK[3]), ("received_so_far", INK[1])):
        axes.step([row["hour"] for row in rows], [row[name] for row in rows], where="post", color=ink, label=name)
    _finish(figure, axes, "hour", to)


def _finish(figure: Any, axes: Any, words: str, to: Path, legend: bool = True) -> None:
    axes.set_xlabel(words)
    axes.spines[["top", "right"]].set_visible(False)
    if legend and axes.has_data():
        axes.legend(frameon=False, fontsize=8, ncols=4, loc="lower left", bbox_to_anchor=(0, 1))
    figure.savefig(to, dpi=150, bbox_inches="tight")
    plt.close(figure)


def statement(api: Api, to: Path) -> None:
    mission = json.loads(api.raw("mission"))
    api.as_of = str(mission["data_version"])
    tables = {code: api.table(code) for code in TABLES}
    for code in TABLES:
        (to / f"{code}.csv").write_bytes(api.raw(f"tables/{code}.csv"))
    assessments(tables["T1"]["rows"], to / "assessments.png")
    problems(tables["T5"]["rows"], to / "problems.png")
    hours(tables["T10"]["rows"], to / "hours.png")
    lines = [f"# {mission['name']}", "", f"As of {mission['as_of']} (number {mission['data_version']} of the log)."]
    lines += ["", "**Simulated: nothing of this was observed.**"] if mission["simulated"] else []
    for code in SAID:
        said = api.table(code, **{"as": "sentence"})
        lines += ["", f"## {said['title']}", "", *(f"- {sentence}" for sentence in said["sentences"])]
    lines += ["", *(f"![{name}]({name}.png)" for name in ("assessments", "problems", "hours"))]
    notes = dict.fromkeys(note for code in SAID for note in tables.get(code, {}).get("notes", ()))
    lines += ["", "## How to read this", "", *(f"- {note}" for note in notes), ""]
    (to / "statement.md").write_text("\n".join(lines), "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", help="a number of the log, a time with its offset, or a snapshot")
    parser.add_argument("--lang", default="en")
    asked = parser.parse_args()
    api = Api(os.environ["URNA_URL"], os.environ["URNA_KEY"], asked.lang)
    api.as_of = asked.as_of
    asked.folder.mkdir(parents=True, exist_ok=True)
    statement(api, asked.folder)


if __name__ == "__main__":
    main()
