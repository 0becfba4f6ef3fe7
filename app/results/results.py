"""GET /v1/results: aggregated figures, one entry a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.errors import UrnaError
from app.forms.model import Text
from app.results.counting import Figures, figures
from app.results.cube import cube, flat
from app.results.doors import FILTERS
from app.results.duck import Connection
from app.results.forms import FormColumns
from app.results.intervals import Design, declared, design_of, interval_of
from app.results.measures import Measure, at_least_one, of_question, ratio_of
from app.results.mirror import Mirror
from app.results.public import veiled
from app.results.query import ITEM, PLACE_DIMENSIONS, Query, wrong
from app.results.rows import Row, groups_of, row, tidy, with_change, with_weights
from app.results.source import Asked, Source, among, ask, rows_from, source_of
from app.results.weights import Weights, weighted_of, weights_of

ROWS_MAX = 50_000
NOTES = {
    "share": "share = counts / observed; observed = asked - not_observed - no_access - missing",
    "visit": "Several visits to one station are several visits and one of its stations",
    "station": "visits, place_unknown, negative_visits and disagreements count visits; everything else counts stations",
    "multiple": "A visit that chose several options counts for each; shares may sum above 1",
    "weights": "share_weighted is post-stratified: a second column beside share, which stays as it was observed",
    "public": "Rows with fewer than 5 observations or 3 teams are left blank, and so is the next smallest beside them",
    "draft": "Drafts are counted too; they may change",
    "suspected": "Probable duplicates are left out until a person decides: {count}",
    "unreadable": "Reports that could not be read are left out: {count}",
}


@dataclass(frozen=True)
class Job:
    """Measures over the rows of some checklists."""

    measures: tuple[Measure, ...]
    forms: tuple[FormColumns, ...]


def results(mirror: Mirror, query: Query, at: int, since: int | None = None, is_public: bool = False) -> dict[str, Any]:
    """The body without its stamp. Raises UrnaError `invalid_parameter` for what the checklists do not have.

    `is_public`: without cells that would show a single team, and without a way to the reports behind them.
    """
    cursor = mirror.cursor()
    asked = ask(mirror, query, at)
    jobs = list(jobs_of(asked))
    entries = [entry for job in jobs for entry in _entries(cursor, asked, job, since)]
    if is_public:
        entries = [{**entry, "rows": veiled(entry["rows"])} for entry in entries]
    suspected = suspected_duplicates(cursor, asked)
    found: list[Row] = entries
    if query.shape == "tidy":
        found = [line for entry in entries for one in entry["rows"] for line in tidy(entry["question"], one)]
    if query.shape == "jsonstat":
        rows, dimensions, figures_of = flat(entries)
        whole = cube("Results", rows, dimensions, figures_of, {})
        return {
            **whole,
            "extension": {"unit": query.unit, "filters": filters(query), "suspected_duplicates": suspected},
        }
    return {
        "unit": query.unit,
        "filters": filters(query),
        "results": found,
        "suspected_duplicates": suspected,
        "notes": list(_notes(asked, [m for job in jobs for m in job.measures], suspected, is_public)),
        "links": {} if is_public else {"answers": f"/v1/answers?{urlencode(_answers_filters(query, at), doseq=True)}"},
    }


def filters(query: Query) -> dict[str, Any]:
    """What narrows the rows, as it was understood."""
    normal = query.normal()
    names = [p.name for p in FILTERS if p.name in normal and p.name != "as_of"]
    return {"status": list(query.status), **{name: normal[name] for name in names}}


def jobs_of(asked: Asked) -> Iterator[Job]:
    """What is to be counted: each checklist's questions in one go, then `any` and `ratio`."""
    query = asked.query
    _refuse_unknown(asked, query.question)
    for form in asked.forms:
        questions = asked.questions[form.code]
        chosen = [q for code, q in questions.items() if query.question == ("*",) or code in query.question]
        if chosen:
            yield Job(tuple(of_question(question, query.bands) for question in chosen), (form,))
    if query.any:
        yield _any(asked)
    if query.ratio:
        yield _ratio(asked, *query.ratio)


def suspected_duplicates(cursor: Connection, asked: Asked) -> int:
    counts = [f"SELECT count(*) AS n FROM {rows_from(asked, form, suspected=True)}" for form in asked.forms]  # noqa: S608
    if not counts:
        return 0
    found = cursor.execute(f"SELECT sum(n) FROM ({' UNION ALL '.join(counts)})").fetchone()  # noqa: S608
    return int(found[0]) if found else 0


def _entries(cursor: Connection, asked: Asked, job: Job, since: int | None) -> Iterator[Row]:
    source = source_of(asked, job.measures, job.forms)
    now = figures(cursor, source, asked.query.unit)
    groups = groups_of(now, source.dimensions)
    if len(groups) * len(job.measures) > ROWS_MAX:
        raise wrong("by", f"more than {ROWS_MAX} rows: ask for fewer questions or dimensions")
    design, weights = _design(cursor, asked, source)
    then = _rows_then(cursor, asked, job, since) if since is not None else None
    for place, measure in enumerate(job.measures):
        rows = [
            row(measure, place, group, source.dimensions, now, interval_of(design, measure, (*group, place)))
            for group in groups
        ]
        if asked.query.weights:
            second = [weighted_of(weights, measure, (*group, place)) for group in groups]
            rows = [with_weights(one, weighted) for one, weighted in zip(rows, second, strict=True)]
        if then is not None:
            rows = [with_change(one, then.get((measure.code, _key(one)))) for one in rows]
        yield {"question": _question(measure, asked), "rows": rows}


def _rows_then(cursor: Connection, asked: Asked, job: Job, since: int) -> dict[tuple[str, str], Row]:
    """The rows as they stood at an earlier number, of the same questions."""
    earlier = Asked(asked.mirror, asked.query, since, asked.forms, asked.questions)
    source = source_of(earlier, job.measures, job.forms)
    found: Figures = figures(cursor, source, asked.query.unit)
    rows: dict[tuple[str, str], Row] = {}
    for place, measure in enumerate(job.measures):
        for group in groups_of(found, source.dimensions):
            one = row(measure, place, group, source.dimensions, found, (None, None))
            rows[measure.code, _key(one)] = one
    return rows


def _key(one: Row) -> str:
    return repr(one["by"])


def _design(cursor: Connection, asked: Asked, source: Source) -> tuple[Design | None, Weights | None]:
    settings = asked.mirror.settings(asked.at)
    if not declared(settings, asked.query):
        return None, None
    at, query = asked.at, asked.query
    words = [
        among(f"p.{name}", asked.mirror.words.known(values))
        for name in PLACE_DIMENSIONS
        if (values := getattr(query, name))
    ]
    standing = f"p.from_seq <= {at} AND p.to_seq > {at} AND p.kind = 0"
    frame = " AND ".join([standing, *words])
    weights = weights_of(cursor, settings, source, frame, at, query.weights) if query.weights else None
    return design_of(cursor, settings, source, frame, at), weights


def _question(measure: Measure, asked: Asked) -> Row:
    return {
        "code": measure.code,
        "form": measure.form,
        "label": label(measure.label, asked.query.lang, first_language(asked)) or measure.code,
        "type": measure.type,
        "negative": list(measure.negative),
    }


def first_language(asked: Asked) -> str | None:
    facts = asked.mirror.facts.at(asked.at)
    return next(iter(facts["languages"]), None) if facts else None


def label(text: Text, lang: str | None, first: str | None) -> str:
    """The text in a language, else in the mission's first, else in any."""
    return text.get(lang or "") or text.get(first or "") or next(iter(text.values()), "")


def _any(asked: Asked) -> Job:
    """`any` takes each item from every chosen checklist that asks it."""
    _refuse_unknown(asked, asked.query.any)
    forms = [f for f in asked.forms if set(asked.query.any) & set(asked.questions[f.code])]
    if len(forms) > 1 and any(by.startswith(ITEM) for by in asked.query.by):
        raise wrong("by", "by=item: goes with the any= of one checklist")
    found = [
        asked.questions[f.code][code] for f in forms for code in asked.query.any if code in asked.questions[f.code]
    ]
    return Job((at_least_one(found),), tuple(forms)) if found else Job((), ())


def _ratio(asked: Asked, above: str, below: str) -> Job:
    for form in asked.forms:
        questions = asked.questions[form.code]
        if above in questions and below in questions:
            if not (questions[above].is_number and questions[below].is_number):
                raise wrong("ratio", "ratio takes two numbers")
            return Job((ratio_of(questions[above], questions[below]),), (form,))
    raise wrong("ratio", "ratio takes two items of one checklist")


def _refuse_unknown(asked: Asked, codes: Sequence[str]) -> None:
    """A misspelt question is refused; one that only the checklists left out ask is not misspelt."""
    everything = {code for form in asked.mirror.forms.values() for code in form.columns}
    if not set(codes) - {"*"} <= everything:
        raise UrnaError("invalid_parameter", "A question is in no checklist of this mission; /v1/codebook lists them.")


def _notes(asked: Asked, measures: Sequence[Measure], suspected: int, is_public: bool) -> Iterator[str]:
    query = asked.query
    yield NOTES["share"]
    yield NOTES["station"] if query.unit == "station" else NOTES["visit"]
    if any(measure.type == "multiple" for measure in measures):
        yield NOTES["multiple"]
    if query.weights:
        yield NOTES["weights"]
    if "draft" in query.status:
        yield NOTES["draft"]
    if suspected:
        yield NOTES["suspected"].format(count=suspected)
    if unreadable := asked.mirror.unreadable_at(asked.at):
        yield NOTES["unreadable"].format(count=unreadable)
    if is_public:
        yield NOTES["public"]


def _answers_filters(query: Query, at: int) -> list[tuple[str, Any]]:
    """The same rows at the door of single answers."""
    found: list[tuple[str, Any]] = []
    for name, value in filters(query).items():
        values = value if isinstance(value, list) else [value]
        found += [(name, f"{v[0]}:{','.join(v[1])}" if name == "where" else v) for v in values]
    return [*found, ("as_of", at)]
