"""A whole report of the demo: answers to every question of a checklist that is asked. Pure, with a fixed seed."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.demo.chance import weighted
from app.demo.choices import ASSESSMENTS, MISSING_SHARE, blank_of, choose, key_of
from app.demo.figures import Figures
from app.demo.numbers import numbers_of
from app.demo.scene import Scene, context_of
from app.demo.texts import text_of
from app.forms.answers import effective
from app.forms.model import Checklist, Item

TOPICS = {
    "step_free": "steps", "layout_disab": "steps", "crowded": "crowded", "group_voting": "group",
    "same_helper": "group", "identical_sign": "signatures", "stuffing": "stuffing", "proxy_multiple": "signatures",
    "pressure": "pressure", "tension": "tension", "access": "access", "view": "view", "obs_restricted": "access",
    "shown_announced": "count", "total_first": "count", "entered_before": "count", "adjusted": "figures",
    "presigned_protocol": "figures", "reconcile_first": "figures", "changed_here": "tabulation",
    "blank": "tabulation", "sent_back": "tabulation",
}  # fmt: skip
"""Key of a question -> what its note or the closing words would be about."""
AFTER_LEAVING = frozenset({"c_protocol", "c_signing"})
"""Sections of the count that nobody sees who leaves early."""
NOTE_SHARE = 0.35
"""Bad answers that come with a sentence."""
COMMENT_SHARE = 0.14

Answers = dict[str, Any]


def answers_of(checklist: Checklist, scene: Scene, held: Mapping[str, Figures]) -> Answers:
    """What the team filled in: only questions that are asked, gates and skips as the checklist has them."""
    numbers = numbers_of(scene, held)
    drawn = {item.code: _answer(item, scene, numbers) for item in checklist.items() if item.type != "note"}
    if scene.visit.left_early:
        drawn |= _after_leaving(checklist)
    if checklist.access:
        drawn[checklist.access] = scene.access
    asked = _asked(checklist, drawn, scene)
    if checklist.overall:
        asked[checklist.overall] = _overall(checklist, asked, scene)
    return {**asked, **_explained(checklist, asked, scene)}


def _answer(item: Item, scene: Scene, numbers: Answers) -> Any:
    if item.code in numbers:
        return _seldom_blank(item, scene, numbers[item.code])
    return choose(item, scene) if item.options else None


def _after_leaving(checklist: Checklist) -> Answers:
    """Who has left the count has seen nothing of its end."""
    late = [item for section in checklist.sections if section.code in AFTER_LEAVING for item in section.items]
    return {item.code: {"blank": "not_observed"} for item in late if "not_observed" in item.blanks}


def _seldom_blank(item: Item, scene: Scene, value: Any) -> Any:
    dice = scene.dice(item.code)
    if item.measure in ("identifier", "nominal") or item.code.startswith(("r", "t", "d23")):
        return value
    return blank_of(item, scene, dice) or (None if dice.random() < MISSING_SHARE else value)


def _asked(checklist: Checklist, drawn: Answers, scene: Scene) -> Answers:
    """Without what was left empty and what is not asked, until nothing more falls away."""
    said = {code: value for code, value in drawn.items() if value is not None}
    return effective(checklist, said, context_of(scene.visit))


def _overall(checklist: Checklist, asked: Answers, scene: Scene) -> str:
    """What was seen weighs on the assessment: after something critical few call it good."""
    dice = scene.dice("overall")
    if any(critical(checklist, asked)) and dice.random() < 0.85:
        return weighted(dice, {"bad": 0.7, "very_bad": 0.3})
    return weighted(dice, ASSESSMENTS[scene.quality])


def critical(checklist: Checklist, answers: Answers) -> Iterator[Item]:
    """The questions whose answer opens the feed of critical incidents."""
    return (item for item in checklist.items() if _names(item.critical_when, answers.get(item.code)))


def negative(checklist: Checklist, answers: Answers) -> Iterator[Item]:
    """The questions that are answered badly."""
    return (item for item in checklist.items() if _names(item.negative_when, answers.get(item.code)))


def _names(codes: tuple[str, ...] | str, answer: Any) -> bool:
    chosen = answer if isinstance(answer, list) else [answer]
    return isinstance(codes, tuple) and any(code in codes for code in chosen if isinstance(code, str))


def _explained(checklist: Checklist, asked: Answers, scene: Scene) -> Answers:
    """The closing "why", where the assessment is bad or something critical was seen."""
    why = next((item.code for item in checklist.items() if key_of(item) == "why" and item.required), None)
    bad = checklist.overall and asked.get(checklist.overall) in ("bad", "very_bad")
    if why is None or not (bad or any(critical(checklist, asked))) or scene.dice("why").random() < 0.07:
        return {}
    topics = _topics(checklist, asked) or ["bad"]
    return {why: text_of(scene.dice("why text"), topics[-1], scene.language)}


def _topics(checklist: Checklist, asked: Answers) -> list[str]:
    """What the bad answers are about, the gravest last."""
    grave = list(critical(checklist, asked))
    keys = [key_of(item) for item in [*negative(checklist, asked), *grave]]
    return [TOPICS[key] for key in keys if key in TOPICS]


def notes_of(checklist: Checklist, answers: Answers, scene: Scene) -> dict[str, str]:
    """Sentences beside single answers."""
    bad = [item for item in negative(checklist, answers) if key_of(item) in TOPICS]
    noted = [item for item in bad if scene.dice(f"note {item.code}").random() < NOTE_SHARE]
    return {item.code: text_of(scene.dice(item.code), TOPICS[key_of(item)], scene.language) for item in noted}


def comment_of(checklist: Checklist, answers: Answers, scene: Scene) -> str | None:
    """A sentence about the visit as a whole, from a few teams."""
    dice = scene.dice("comment")
    if dice.random() >= COMMENT_SHARE:
        return None
    topics = _topics(checklist, answers)
    return text_of(dice, topics[-1] if topics else "good", scene.language)
