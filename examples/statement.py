"""The tables, sentences and charts of a preliminary statement, from the API alone.

    export URNA_URL=https://mission.example URNA_KEY=urnak_...
    python examples/statement.py statement/ --as-of statement --lang en

Writes statement.md, one CSV a table and three charts into the folder. Needs matplotlib (`pip install urna[analysis]`).
Everything is asked as of one number, so that what comes in meanwhile changes nothing: without --as-of, of now.
"""

import argparse
import json
import os
import textwrap
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

TABLES = ("T1", "T2", "T3", "T5", "T6", "T7", "T9", "T10", "T15")
SAID = {"T1": 10, "T5": 10, "T6": 10}
"""Tables whose sentences open the statement, and how many of each stage at most."""
SCALE = ("very_good", "good", "bad", "very_bad")
INKS = ("#dcd8e8", "#a9a1c4", "#6b5f96", "#2f2159")
"""Light to heavy: a heavier ink says what stands out, no red and no green."""
TEXT, QUIET, PAPER, STAMP = "#17141f", "#5d5768", "#ffffff", "#4a3a8c"
SMALL_N = 30
PROBLEMS_MAX = 10
plt.rcParams.update({"font.size": 10, "text.color": TEXT, "axes.edgecolor": QUIET, "xtick.color": QUIET})


def whole_per_cent(k: int, n: int) -> int:
    """From the counts, never from a rounded share."""
    return (200 * k + n) // (2 * n)


def k_of_n(k: int, n: int) -> str:
    """Below 30 the counts alone."""
    return f"{k} / {n}" + ("" if n < SMALL_N else f"  {whole_per_cent(k, n)} %")


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


Table = dict[str, Any]


def assessments(table: Table, forms: dict[str, str], source: str, to: Path) -> None:
    """How each stage was assessed, as stacked bars, the counts written in."""
    shown = [row for row in table["rows"] if row["observed"]]
    labels = {column["name"]: column["label"] for column in table["columns"]}
    figure, axes = plt.subplots(figsize=(9, 1 + 0.6 * len(shown)))
    starts = [0.0] * len(shown)
    for place, (option, ink) in enumerate(zip(SCALE, INKS, strict=True)):
        widths = [100 * row[option] / row["observed"] for row in shown]
        bars = axes.barh([forms[row["form"]] for row in shown], widths, 0.66, starts, color=ink, label=labels[option])
        counts = [str(row[option]) if width > 4 else "" for row, width in zip(shown, widths, strict=True)]
        axes.bar_label(bars, counts, label_type="center", color=TEXT if place < 2 else PAPER, fontsize=9)
        starts = [start + width for start, width in zip(starts, widths, strict=True)]
    for place, row in enumerate(shown):
        axes.text(102, place, k_of_n(row["negative"], row["observed"]), va="center")
    axes.text(102, -0.62, labels["negative"], color=QUIET, fontsize=9)
    axes.set(xlim=(0, 100), xticks=())
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=9, ncols=4, loc="upper left", bbox_to_anchor=(-0.01, -0.02), handlelength=1)
    _finish(figure, axes, table["title"], source, to)


def problems(table: Table, forms: dict[str, str], source: str, to: Path) -> None:
    """The most frequent problems of all stages, by share."""
    known = [row for row in table["rows"] if row["observed"] and row["negative"]]
    shown = sorted(known, key=lambda row: row["negative"] / row["observed"], reverse=True)[:PROBLEMS_MAX]
    figure, axes = plt.subplots(figsize=(9, 1 + 0.5 * len(shown)))
    names = [textwrap.fill(f"{row['label']} ({forms[row['form']]})", 56) for row in shown]
    shares = [100 * row["negative"] / row["observed"] for row in shown]
    bars = axes.barh(range(len(shown)), shares, 0.66, color=STAMP)
    axes.bar_label(bars, [k_of_n(row["negative"], row["observed"]) for row in shown], padding=6)
    axes.set(xlim=(0, max([1.0, *shares]) * 1.3), xticks=(), yticks=range(len(shown)), yticklabels=names)
    axes.invert_yaxis()
    _finish(figure, axes, table["title"], source, to)


def hours(table: Table, source: str, to: Path) -> None:
    """When was observed, and when it arrived: each line with its name at its end."""
    rows = table["rows"]
    labels = {column["name"]: column["label"] for column in table["columns"]}
    figure, axes = plt.subplots(figsize=(9, 3.2))
    for name, ink, above in (("observed_so_far", INKS[3], -12), ("received_so_far", "#8b80b0", 6)):
        axes.step([row["hour"] for row in rows], [row[name] for row in rows], where="post", color=ink, lw=2)
        if rows:
            end = (rows[-1]["hour"], rows[-1][name])
            axes.annotate(f"{labels[name]}  {end[1]}", end, (8, above), textcoords="offset points", color=ink)
    axes.set_xlabel(labels["hour"], color=QUIET)
    axes.yaxis.grid(True, color=INKS[0], lw=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.spines["left"].set_visible(False)
    _finish(figure, axes, table["title"], source, to)


def _finish(figure: Any, axes: Any, title: str, source: str, to: Path) -> None:
    """A heading, and below it what the chart stands on."""
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines["bottom"].set_visible(bool(len(axes.get_xticks())))
    axes.tick_params(length=0)
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", pad=30)
    axes.annotate(source, (0, 1), (0, 16), "axes fraction", textcoords="offset points", color=QUIET, fontsize=9)
    figure.savefig(to, dpi=150, bbox_inches="tight", facecolor=PAPER)
    plt.close(figure)


def statement(api: Api, lang: str, to: Path) -> None:
    mission = json.loads(api.raw("mission"))
    api.as_of = str(mission["data_version"])
    tables = {code: api.table(code) for code in TABLES}
    for code in TABLES:
        (to / f"{code}.csv").write_bytes(api.raw(f"tables/{code}.csv"))
    source = f"{mission['name']}, {mission['as_of'][:16].replace('T', ' ')} UTC, no. {mission['data_version']}"
    titles = {form["code"]: form["title"].get(lang) or form["code"] for form in mission["forms"]}
    assessments(tables["T1"], titles, source, to / "assessments.png")
    problems(tables["T5"], titles, source, to / "problems.png")
    hours(tables["T10"], source, to / "hours.png")
    (to / "statement.md").write_text("\n".join(written(api, mission, tables)), "utf-8")


def written(api: Api, mission: dict[str, Any], tables: dict[str, Table]) -> Iterator[str]:
    """The lines of statement.md."""
    yield from (f"# {mission['name']}", "")
    yield f"As of {mission['as_of']} (number {mission['data_version']} of the log)."
    if mission["simulated"]:
        yield from ("", "**Simulated: nothing of this was observed.**")
    stages = dict.fromkeys(form["stage"] for form in mission["forms"])
    for code, at_most in SAID.items():
        yield from ("", f"## {tables[code]['title']}", "")
        for stage in stages:
            said = api.table(code, stage=stage, **{"as": "sentence"})["sentences"]
            yield from (f"- {sentence}" for sentence in said[:at_most])
    yield from ("", *(f"![{name}]({name}.png)" for name in ("assessments", "problems", "hours")))
    yield from ("", "## How to read this", "")
    yield from (f"- {note}" for note in dict.fromkeys(note for code in SAID for note in tables[code]["notes"]))
    yield ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--as-of", help="a number of the log, a time with its offset, or a snapshot")
    parser.add_argument("--lang", default="en")
    asked = parser.parse_args()
    api = Api(os.environ["URNA_URL"], os.environ["URNA_KEY"], asked.lang)
    api.as_of = asked.as_of
    asked.folder.mkdir(parents=True, exist_ok=True)
    statement(api, asked.lang, asked.folder)


if __name__ == "__main__":
    main()
