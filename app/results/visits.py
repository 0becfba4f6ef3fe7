"""A folded report as the row that the mirror keeps: who, where, when, and each answer as bits and number. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.forms.answers import irrelevant, option_matches
from app.forms.model import Checklist, Item
from app.forms.report import Report, State
from app.forms.status import status
from app.results.bits import NO_ACCESS, NOT_APPLICABLE, OBSERVED, QUESTIONS, Encoder, negative_options

MINUTES_A_DAY = 24 * 60
MINUTES_MAX = 10**6


@dataclass(frozen=True, slots=True)
class Trail:
    """What the log says of a report beside its answers. Times are microseconds since 1970."""

    from_seq: int
    """The entry that made this version."""
    first_seq: int
    received_us: int
    """When its first finish was received; a draft's: its first operation."""
    team: str | None
    device: str
    """The author of its first operation."""
    decided: bool = False
    """A person said that it counts."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One version of a report."""

    trail: Trail
    form: str
    version: int
    status: str
    place: tuple[str, str] | None
    """(kind, code); None where the report names no place of its checklist's kind."""
    visit_no: int | None
    arrived: int | None
    """Minutes from 00:00 of election day to the arrival, on the clock of the place."""
    complete: str
    departed: int | None = None
    """Likewise, to the departure."""
    offset_min: int = 0
    """What the clock of the place was ahead of UTC at the arrival."""
    critical: int = 0
    """How many of its answers are critical."""
    is_told: bool = False
    """Somebody wrote words of their own in it."""
    bits: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    disagreement: tuple[str, ...] = ()

    @property
    def answered(self) -> int:
        return sum(bits >= OBSERVED for bits in self.bits.values())


def questions(checklist: Checklist) -> tuple[Item, ...]:
    """The items that ask something, in order."""
    return tuple(item for item in checklist.items() if item.type in QUESTIONS)


def visit_of(
    report: Report,
    trail: Trail,
    checklist: Checklist,
    encoders: Sequence[Encoder],
    context: Mapping[str, Any],
    day: date,
    zone: ZoneInfo = ZoneInfo("UTC"),
) -> Visit:
    """The row of a report under its checklist, whose questions `encoders` are.

    `context` brings station and settings; `day` is election day; `zone` is that of the place.
    """
    state = report.counted or report.latest
    hidden = hidden_bits(checklist, state.answers, {**context, "header": state.header})
    arrived = arrival_of(state, day)
    bits, numbers, critical = {}, {}, 0
    for encoder in encoders:
        code = encoder.item.code
        answer = state.answers.get(code)
        bits[code] = hidden.get(code) or encoder.bits(answer)
        if encoder.is_number and bits[code] >= OBSERVED:
            number = number_of(encoder.item, answer, arrived, day)
            if number is not None:
                numbers[code] = number
        if encoder.item.critical_when and bits[code] >= OBSERVED:
            critical += option_matches(encoder.item, answer, encoder.item.critical_when)
    return Visit(
        trail=trail,
        form=checklist.code,
        version=checklist.version,
        status=report.status,
        place=place_of(state, checklist.place),
        visit_no=whole(state.header.get("visit_no")),
        arrived=arrived,
        complete=completeness(checklist, state.answers),
        departed=minutes_of(state, "departed_at", day),
        offset_min=offset_min(zone, arrived, day),
        critical=critical,
        is_told=any(told(checklist, state)),
        bits=bits,
        numbers=numbers,
        disagreement=tuple(sorted(state.disagreement)),
    )


def hidden_bits(checklist: Checklist, answers: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, int]:
    """Items that are not asked -> their bit: no_access where refused access alone skips them, else not_applicable."""
    hidden = irrelevant(checklist, answers, context)
    found = dict.fromkeys(hidden, NOT_APPLICABLE)
    if checklist.access is not None and answers.get(checklist.access) == "refused":
        others = irrelevant(checklist, {**answers, checklist.access: "full"}, context)
        found |= dict.fromkeys(hidden - others, NO_ACCESS)
    return found


def completeness(checklist: Checklist, answers: Mapping[str, Any]) -> str:
    """full, partial (sent away, or left before the end) or refused; full where the checklist does not ask."""
    access = answers.get(checklist.access) if checklist.access else None
    if access in ("refused", "removed"):
        return "refused" if access == "refused" else "partial"
    item = next((item for item in checklist.items() if item.code == checklist.stayed_until), None)
    if item is None or status(item, answers.get(item.code)) != "answered":
        return "full"
    left = answers[item.code]
    return "partial" if left == "left_early" or left in negative_options(item) else "full"


def place_of(state: State, kind: str) -> tuple[str, str] | None:
    """The place, if it is of the checklist's kind; a checklist without a kind takes any."""
    place = state.header.get("place")
    if not isinstance(place, Mapping):
        return None
    found, code = place.get("kind"), place.get("id")
    if not isinstance(code, str) or found not in ("station", "commission") or kind not in (found, "none"):
        return None
    return str(found), code


def arrival_of(state: State, day: date) -> int | None:
    return minutes_of(state, "arrived_at", day)


def minutes_of(state: State, name: str, day: date) -> int | None:
    """A time of the header in minutes since 00:00 of `day`; None where it is not known, or a year and more off."""
    minutes = wall_minutes(state.header.get(name), day)
    return minutes if minutes is not None and abs(minutes) <= MINUTES_MAX else None


def offset_min(zone: ZoneInfo, arrived: int | None, day: date) -> int:
    """Minutes that the clock of a zone is ahead of UTC at an arrival; at noon where that is not known."""
    midnight, minutes = datetime(day.year, day.month, day.day, tzinfo=zone), 12 * 60 if arrived is None else arrived
    ahead = (midnight + timedelta(minutes=minutes)).utcoffset()
    assert ahead is not None, "a zone has an offset at any time"
    return ahead // timedelta(minutes=1)


def told(checklist: Checklist, state: State) -> Iterator[tuple[str | None, str]]:
    """What people wrote in a report in words of their own: (item or None for the comment, text)."""
    if isinstance(comment := state.header.get("comment"), str) and comment.strip():
        yield None, comment
    for item in checklist.items():
        for text in (state.answers.get(item.code) if item.measure == "text" else None, state.notes.get(item.code)):
            if isinstance(text, str) and text.strip():
                yield item.code, text


def number_of(item: Item, answer: Any, arrived: int | None, day: date) -> float | None:
    """A number as it is, a moment in minutes since 00:00 of election day."""
    match item.type:
        case "integer" | "decimal":
            return float(answer) if abs(answer) <= 2**53 else None
        case "time":
            return float(nearest(answer, arrived))
        case _:
            minutes = wall_minutes(answer, day)
            return None if minutes is None else float(minutes)


def wall_minutes(text: object, day: date) -> int | None:
    """Minutes from 00:00 of `day` to a wall time; an offset that was sent moves nothing."""
    if not isinstance(text, str):
        return None
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return (wall - datetime(day.year, day.month, day.day)) // timedelta(minutes=1)  # noqa: DTZ001  on the place's clock


def nearest(clock: str, arrived: int | None) -> int:
    """The moment of a clock time nearest to arrival, within 12 hours; of election day where arrival is not known."""
    minutes = int(clock[:2]) * 60 + int(clock[3:5])
    if arrived is None:
        return minutes
    away = (minutes - arrived) % MINUTES_A_DAY
    return arrived + (away if away <= MINUTES_A_DAY // 2 else away - MINUTES_A_DAY)


def whole(value: object) -> int | None:
    """A whole number that fits a column, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**15 else None
