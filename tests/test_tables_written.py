"""What a table is written as: cubes, CSV, workbooks, pages, sentences; each read again by a reader of its own."""

import csv
import io
from html.parser import HTMLParser
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from app.errors import UrnaError
from app.results.cube import FIGURE, NOTHING, cube
from app.results.doors import PARTS as DOOR_PARTS
from app.results.query import Query
from app.results.statistics import whole_per_cent
from app.results.tables.page import page, style
from app.results.tables.sentences import NOUNS, SENTENCES, sentences, share
from app.results.tables.shape import TEXT, Column, Part, Row, Table, by_rank, counts, ranked, shared, words
from app.results.tables.texts import HEADS, NOTES, PAGE, PARTS, TITLES
from app.results.tables.written import Stamp, as_csv, as_cube, as_workbook, body

STAMP = Stamp("KZ", "A <night>", 7, "2022-11-20T01:00:00Z", {"status": ["finished"]}, "B 1, 2", "visit", True, "en")
COLUMNS = (*words("region"), Column("label", TEXT), *counts("negative", "observed"),
           shared("share_negative", "negative", "observed"))  # fmt: skip
ROWS: list[Row] = [
    {"region": "R1", "label": "=cmd", "negative": 76, "observed": 131, "share_negative": 76 / 131},
    {"region": None, "label": "<b>", "negative": 12, "observed": 20, "share_negative": 0.6},
]
PART = Part("regions", ("region",), COLUMNS, ROWS, sentence="item")
LIST = Part("comments", ("region",), COLUMNS, ROWS, is_cube=False)
TABLE = Table("T9", (PART, LIST), ("share",))
names = st.sampled_from(["a", "b", "c", None])
values = st.one_of(st.none(), st.integers(-9, 9))


def read_again(dataset: dict[str, Any]) -> dict[tuple[str, ...], float]:
    """A reader of JSON-stat 2.0, by the letter of its specification: row-major, dense or by place."""
    indexes = [dataset["dimension"][name]["category"]["index"] for name in dataset["id"]]
    assert dataset["size"] == [len(index) for index in indexes]
    found = dataset["value"]
    cells = enumerate(product(*indexes))
    told = ((key, found.get(str(n)) if isinstance(found, dict) else found[n]) for n, key in cells)
    return {key: value for key, value in told if value is not None}


@given(st.dictionaries(st.tuples(names, names), st.tuples(values, values), max_size=9))
def test_a_cube_holds_every_figure_at_its_place_and_no_other(cells: dict[Any, Any]) -> None:
    rows = [{"x": x, "y": y, "k": k, "n": n} for (x, y), (k, n) in cells.items()]
    dataset = cube("any", rows, ["x", "y"], ["k", "n"], {})
    assert dataset["id"] == ["x", "y", FIGURE]
    assert read_again(dataset) == {
        (x or NOTHING, y or NOTHING, name): value
        for (x, y), pair in cells.items()
        for name, value in zip("kn", pair, strict=True)
        if value is not None
    }


def test_two_rows_at_one_place_are_no_cube() -> None:
    with pytest.raises(ValueError, match="one place"):
        cube("any", [{"x": "a", "k": 1}, {"x": "a", "k": 2}], ["x"], ["k"], {})


def test_a_table_is_a_cube_where_it_is_no_list() -> None:
    found = as_cube(TABLE, STAMP)
    assert (found["version"], found["class"], found["updated"]) == ("2.0", "dataset", STAMP.as_of)
    assert found["role"] == {"metric": [FIGURE], "geo": ["region"]}
    assert read_again(found)["R1", "share_negative"] == 76 / 131
    with pytest.raises(UrnaError) as caught:
        as_cube(Table("T13", (LIST,)), STAMP)
    assert caught.value.code == "invalid_parameter"


def test_csv_says_of_every_row_what_it_is_of_and_runs_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(TABLE, STAMP, Query()).decode(), newline="")))
    assert [row["label"] for row in rows] == ["'=cmd", "<b>"]
    assert [(row["negative"], row["observed"], row["share_negative"]) for row in rows] == [
        ("76", "131", str(76 / 131)), ("12", "20", "0.6"),
    ]  # fmt: skip
    assert all((row["table"], row["data_version"], row["filters"]) == ("T9", "7", "status=finished") for row in rows)
    assert all((row["as_of"], row["form_versions"]) == (STAMP.as_of, "B 1, 2") for row in rows)


def test_tidy_csv_is_a_figure_a_line() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(TABLE, STAMP, Query(shape="tidy")).decode(), newline="")))
    assert [(row["region"], row["name"], row["value"]) for row in rows][:2] == [
        ("R1", "negative", "76"), ("R1", "observed", "131"),
    ]  # fmt: skip
    assert len(rows) == 6


def test_a_workbook_has_a_sheet_for_each_part_and_one_about_them() -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(as_workbook(TABLE, STAMP))))
    assert book.sheet_names == ["Regions", "Comments", "About"]
    lines = book.get_sheet_by_name("Regions").to_python()
    assert lines[0] == ["Region", "Wording", "Negative", "Observed", "Share negative"]
    assert lines[1] == ["R1", "=cmd", 76.0, 131.0, 76 / 131]
    about = {str(line[0]): line[1] for line in book.get_sheet_by_name("About").to_python()}
    assert (about["data_version"], about["as_of"], about["form_versions"]) == (7.0, STAMP.as_of, "B 1, 2")
    assert "simulated" in about


class Reader(HTMLParser):
    """The cells of a page, and whether what was opened was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [name for name, _ in attrs]
        if tag not in ("meta", "link"):
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.cells[-1] += data


def test_a_page_prints_whole_per_cents_with_their_counts_and_below_thirty_counts_alone() -> None:
    reader = Reader()
    reader.feed(page(TABLE, STAMP, {("region", "R1"): "North"}).decode())
    assert reader.open == []
    assert "58 %  76 of 131" in reader.cells
    assert "12 of 20" in reader.cells
    assert "R1 North" in reader.cells
    assert "<b>" in reader.cells, "what people typed is text"
    assert "style" not in reader.attributes, "the policy of the pages lets no style in"


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_a_page_is_in_its_language_and_says_that_nothing_was_observed(lang: str) -> None:
    stamp = Stamp(**{**vars(STAMP), "lang": lang})
    text = page(TABLE, stamp, {}).decode()
    assert f'<html lang="{lang}">' in text
    assert 'class="sim"' in text
    assert "{" not in text
    assert b"@page" in style()


def test_json_says_which_columns_a_share_is_made_of() -> None:
    found = body(TABLE, STAMP, Query())
    named = {column["name"]: column for column in found["columns"]}
    assert (named["share_negative"]["count"], named["share_negative"]["observed"]) == ("negative", "observed")
    assert found["rows"] == [*ROWS]
    assert list(found["parts"]) == ["comments"]


def test_the_sentence_of_the_statement_comes_out() -> None:
    row = {"stage": "counting", "form": "C", "negative": 76, "observed": 131}
    part = Part("stages", ("stage",), (), [row], sentence="assessed")
    told = "In 76 of 131 counts observed (58 per cent) the process was assessed negatively."
    assert sentences(part, "en") == [told]
    [russian] = sentences(part, "ru")
    assert russian == "Процесс оценен отрицательно в 76 случаях наблюдения подсчета голосов из 131 (58 процентов)."
    [kazakh] = sentences(part, "kk")
    assert "131" in kazakh
    assert "76" in kazakh
    assert "58 пайыз" in kazakh


def test_below_thirty_a_sentence_has_counts_and_no_per_cent() -> None:
    row = {"stage": "voting", "negative": 1, "observed": 29}
    part = Part("stages", ("stage",), (), [row], sentence="assessed")
    assert sentences(part, "en") == ["In 1 of 29 observations of voting the process was assessed negatively."]
    assert sentences(part, "ru") == ["Процесс оценен отрицательно в 1 случае наблюдения голосования из 29."]


@given(st.integers(30, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(0, 2))
def test_per_cents_of_sentences_come_from_the_counts(pair: tuple[int, int], place: int) -> None:
    k, n = pair
    assert share(k, n, place).startswith(f" ({whole_per_cent(k, n)} ")


@pytest.mark.parametrize(
    ("k", "n", "words"),
    [(1, 100, "1 процент"), (2, 100, "2 процента"), (5, 100, "5 процентов"), (11, 100, "11 процентов"),
     (21, 100, "21 процент"), (112, 100, "112 процентов"), (100, 100, "100 процентов")],
)  # fmt: skip
def test_russian_per_cents_agree_with_their_number(k: int, n: int, words: str) -> None:
    assert share(k, n, 1) == f" ({words})"


def test_shares_are_not_forced_to_a_hundred() -> None:
    rows = [{"label": str(k), "count": k, "observed": 533} for k in (440, 92, 1)]
    told = sentences(Part("present", ("label",), (), rows, sentence="present"), "en")
    assert [sentence.split("(")[1] for sentence in told] == ["83 per cent).", "17 per cent).", "0 per cent)."]


@given(st.lists(st.integers(0, 20).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=8))
def test_ranks_follow_the_exact_shares(pairs: list[tuple[int, int]]) -> None:
    found: list[Row] = by_rank(ranked([{"k": k, "n": n} for k, n in pairs], "k", "n"))
    seen = [row for row in found if row["n"]]
    assert all(a["k"] * b["n"] >= b["k"] * a["n"] for a, b in pairwise(seen))
    assert all(row["rank"] is None for row in found[len(seen) :])
    assert [row["rank"] for row in seen] == sorted(row["rank"] for row in seen)


def test_every_text_stands_in_three_languages() -> None:
    every = [TITLES, PARTS, HEADS, NOTES, PAGE, NOUNS, {name: texts for name, (_, _, texts) in SENTENCES.items()}]
    assert [name for texts in every for name, text in texts.items() if len(text) != 3 or not all(text)] == []
    assert set(DOOR_PARTS) == set(PARTS)
