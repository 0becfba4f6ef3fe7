"""T11: who was in the station: proxies by candidate, observers, people without a right to be there, women."""

from collections.abc import Iterator

from app.results.forms import FormColumns
from app.results.tables.shape import FLAG, TEXT, Column, Part, Row, counts, is_small, shared, with_share, words
from app.results.tables.work import Work

PRESENT = ("A09", "A10", "B12", "B13", "C08", "D06", "A11", "B14", "C09", "D07")
"""Who is there, and whether people without a right to be there interfere; by the catalogue's numbers."""
CHAIRS = ("A08", "B11")
WOMEN = (("A06", "A05"), ("B10", "B09"), ("C07", "C07"), ("D05", "D05"))
"""Women, and the members among whom they are; where both have one number the members come first."""
SETTING = "presence"
"""Of the mission: codes of its own questions that say who was present."""


def t11(work: Work) -> tuple[Part, ...]:
    """Each option of the questions about presence; women among members and chairs."""
    present = [row for form, _ in work.forms() for row in _present(work, form)]
    women = [row for form, _ in work.forms() for row in (*_members(work, form), *_chairs(work, form))]
    columns = (
        *words("form", "item", "option"),
        Column("label", TEXT),
        *counts("count", "observed"),
        shared("share", "count", "observed"),
        *counts("stations_with", "stations"),
        Column("small_n", FLAG),
    )
    shares = (*words("form", "group"), *counts("n", "women", "all"), shared("share", "women", "all"))
    return (
        Part("present", ("form", "item", "option"), columns, present, sentence="present"),
        Part("women", ("form", "group"), shares, women, sentence="women"),
    )


def _present(work: Work, form: FormColumns) -> Iterator[Row]:
    own = work.mirror.settings(work.at).get(SETTING) or []
    codes = [q.item.code for q in work.questions(form).values() if q.item.id in PRESENT or q.item.code in own]
    if not codes:
        return
    labels = {q.item.code: {o.code: work.text(o.label) for o in q.item.options} for q in work.questions(form).values()}
    for entry in work.with_query(form=(form.code,)).entries(question=tuple(codes)):
        item, [row] = entry["question"]["code"], entry["rows"]
        for option, count in row["counts"].items():
            label = f"{entry['question']['label']} {labels[item].get(option, option)}"
            head = {"form": form.code, "item": item, "option": option, "label": label, "count": count}
            seen = {"observed": row["observed"], "stations": row["stations"], "small_n": is_small(row["observed"])}
            cells = {**head, **seen, "stations_with": row["stations_with"][option]}
            yield with_share(cells, "share", "count", "observed")


def _members(work: Work, form: FormColumns) -> Iterator[Row]:
    for women, members in WOMEN:
        above, below = work.of_ids(form, (women,)), work.of_ids(form, (members,))
        if above and below and (ratio := (above[-1].item.code, below[0].item.code)):
            [entry] = work.with_query(form=(form.code,)).entries(question=(), ratio=ratio)
            numeric = entry["rows"][0]["numeric"]
            cells = {"n": numeric["n"], "women": numeric["numerator"], "all": numeric["denominator"]}
            yield with_share({"form": form.code, "group": "members", **cells}, "share", "women", "all")


def _chairs(work: Work, form: FormColumns) -> Iterator[Row]:
    for question in work.of_ids(form, CHAIRS):
        [entry] = work.with_query(form=(form.code,)).entries(question=(question.item.code,))
        chosen = entry["rows"][0]["counts"]
        women = chosen.get("woman", 0)
        cells = {"n": women + chosen.get("man", 0), "women": women, "all": women + chosen.get("man", 0)}
        yield with_share({"form": form.code, "group": "chairs", **cells}, "share", "women", "all")
