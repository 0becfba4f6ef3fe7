"""An independent recount: plain Python over what phones sent, in the words of the method. Knows nothing of the app.

Reports of one phone each; folding several phones' operations is tried elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

Answers = dict[str, Any]
BLANKS = ("not_observed", "no_access", "missing", "not_applicable", "not_in_version")
OPTIONS = {
    "b01": ["full", "restricted", "removed", "refused"],
    "b02": ["yes", "no"],
    "b03": ["none", "posters", "crowd"],
    "b45": ["very_good", "good", "bad", "very_bad"],
    "b07": ["always", "mostly", "sometimes", "never"],
}
NEGATIVE = {
    "b02": {"yes"},
    "b03": {"posters", "crowd"},
    "b45": {"bad", "very_bad"},
    "b07": {"mostly", "sometimes", "never"},
}
QUESTIONS = ("b01", "b02", "b03", "b04", "b05", "b06", "b45", "b07")


@dataclass
class Sheet:
    """A report: what its phone said, operation by operation, and what staff decided."""

    name: str
    device: str
    place: str | None
    arrived: int | None
    version: int
    operations: list[tuple[str, Answers]] = field(default_factory=list)
    excluded: bool = False

    @property
    def team(self) -> str:
        return self.device.split("-")[0]

    @property
    def status(self) -> str:
        if self.excluded:
            return "excluded"
        kinds = [kind for kind, _ in self.operations]
        if "void" in kinds:
            return "void"
        return "finished" if "finish" in kinds else "draft"

    @property
    def answers(self) -> Answers:
        finishes = [answers for kind, answers in self.operations if kind == "finish"]
        return finishes[-1] if finishes else self.operations[-1][1]


def state(sheet: Sheet, code: str) -> str:
    """observed, or the kind of blank."""
    answers = sheet.answers
    answer = answers.get(code)
    if code == "b07" and sheet.version == 1:
        return "not_in_version"
    if code == "b02" and answers.get("b01") == "refused":
        return "no_access"
    if code == "b06" and isinstance(answers.get("b03"), list) and "crowd" in answers["b03"]:
        return "not_applicable"
    if isinstance(answer, dict) and answer.get("blank") in BLANKS[:4] and answer["blank"] != "missing":
        return str(answer["blank"])
    return "observed" if fits(code, answer) else "missing"


def fits(code: str, answer: Any) -> bool:
    if code == "b03":
        return isinstance(answer, list) and len(answer) > 0 and all(a in OPTIONS["b03"] for a in answer)
    if code in OPTIONS:
        return answer in OPTIONS[code]
    if code == "b04":
        return isinstance(answer, int) and not isinstance(answer, bool)
    if code == "b05":
        return isinstance(answer, str) and len(answer) == 5 and answer[2] == ":" and answer[:2] < "24"
    return isinstance(answer, str) and answer != ""


def chosen(sheet: Sheet, code: str) -> set[str]:
    """Options that count; none gives way to the others."""
    if code not in OPTIONS or state(sheet, code) != "observed":
        return set()
    answer = sheet.answers[code]
    found = set(answer) if isinstance(answer, list) else {answer}
    return found - {"none"} if len(found) > 1 else found


def number(sheet: Sheet, code: str) -> float | None:
    if code not in ("b04", "b05") or state(sheet, code) != "observed":
        return None
    if code == "b04":
        return float(sheet.answers[code])
    minutes = int(sheet.answers[code][:2]) * 60 + int(sheet.answers[code][3:])
    if sheet.arrived is None:
        return float(minutes)
    return float(min((minutes + day for day in (-1440, 0, 1440)), key=lambda m: abs(m - (sheet.arrived or 0))))


def is_negative(sheet: Sheet, code: str) -> bool:
    if code == "b04":
        value = number(sheet, code)
        return value is not None and value > 5
    return bool(chosen(sheet, code) & NEGATIVE.get(code, set()))


def without_duplicates(sheets: list[Sheet], first: Callable[[Sheet], int]) -> list[Sheet]:
    """One of each pair that two phones of a team filled in within an hour at one place."""

    def rank(sheet: Sheet) -> tuple[bool, int, int]:
        answered = sum(state(sheet, code) == "observed" for code in QUESTIONS)
        return sheet.status != "finished", -answered, first(sheet)

    kept: list[Sheet] = []
    for sheet in sorted(sheets, key=rank):
        if not any(is_pair(sheet, other) for other in kept):
            kept.append(sheet)
    return kept


def is_pair(one: Sheet, other: Sheet) -> bool:
    if one.place is None or one.place != other.place or one.team != other.team or one.device == other.device:
        return False
    return one.arrived is not None and other.arrived is not None and abs(one.arrived - other.arrived) <= 60


def recount(sheets: Iterable[Sheet], code: str, unit: str, first: Callable[[Sheet], int]) -> dict[str, Any]:
    """One row over these sheets, all of one group."""
    own = list(sheets)
    by_place: dict[str, list[Sheet]] = defaultdict(list)
    for sheet in own:
        if sheet.place is not None:
            by_place[sheet.place].append(sheet)
    units = [Counted([s]) for s in own] if unit == "visit" else [Counted(v, first) for v in by_place.values()]
    states = Counter(one.state(code) for one in units)
    counts = Counter(option for one in units for option in one.options(code))
    numbers = sorted(n for one in units if (n := one.number(code)) is not None)
    with_option = Counter(o for visits in by_place.values() for o in {o for v in visits for o in chosen(v, code)})
    return {
        "visits": len(own),
        "stations": len(by_place),
        "teams": len({sheet.team for sheet in own}),
        "place_unknown": sum(sheet.place is None for sheet in own),
        "asked": sum(states[s] for s in ("observed", "not_observed", "no_access", "missing")),
        "observed": states["observed"],
        **{blank: states[blank] for blank in BLANKS},
        "counts": {option: counts[option] for option in OPTIONS.get(code, [])},
        "stations_with": {option: with_option[option] for option in OPTIONS.get(code, [])},
        "share": {o: counts[o] / states["observed"] if states["observed"] else None for o in OPTIONS.get(code, [])},
        "numeric": numeric(numbers) if code in ("b04", "b05") else None,
        "negative_visits": sum(is_negative(s, code) for s in own) if code in {*NEGATIVE, "b04"} else None,
        "negative_stations": sum(any(is_negative(v, code) for v in vs) for vs in by_place.values())
        if code in {*NEGATIVE, "b04"}
        else None,
        "small_n": states["observed"] < 30,
    }


class Counted:
    """A visit, or a station that speaks for its visits."""

    def __init__(self, visits: list[Sheet], first: Callable[[Sheet], int] = lambda _: 0) -> None:
        far = -(10**9)
        self.visits = sorted(visits, key=lambda v: (far if v.arrived is None else v.arrived, first(v)))

    def state(self, code: str) -> str:
        states = {state(visit, code) for visit in self.visits}
        return next(kind for kind in ("observed", *BLANKS) if kind in states)

    def options(self, code: str) -> set[str]:
        observed = [visit for visit in self.visits if state(visit, code) == "observed"]
        if not observed:
            return set()
        if code == "b03":
            together = {option for visit in observed for option in chosen(visit, code)}
            return together - {"none"} if len(together) > 1 else together
        bad = [visit for visit in observed if is_negative(visit, code)]
        speaks = bad[-1] if bad and code != "b45" else observed[-1]
        return chosen(speaks, code)

    def number(self, code: str) -> float | None:
        observed = [n for visit in self.visits if (n := number(visit, code)) is not None]
        return observed[-1] if observed else None


def numeric(numbers: list[float]) -> dict[str, Any]:
    if not numbers:
        return {"n": 0, "zeros": 0, "sum": 0, "min": None, "median": None, "max": None}
    spread = {"min": numbers[0], "median": median(numbers), "max": numbers[-1]}
    return {"n": len(numbers), "zeros": sum(n == 0 for n in numbers), "sum": sum(numbers), **spread}
