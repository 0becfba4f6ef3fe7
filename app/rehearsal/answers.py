"""What a simulated observer answers: to every question something that its kind allows. Pure."""

from collections.abc import Callable
from random import Random
from typing import Any

from app.forms.model import Checklist, Item

ANSWERED_SHARE, BLANK_SHARE, COMMENT_SHARE = 0.9, 0.05, 0.15
COMMENT = "The queue was long after lunch; the chair answered every question. "


def answers_of(form: Checklist, dice: Random) -> dict[str, Any]:
    """Answers to most questions of a checklist, some of them blank."""
    return {
        item.code: _answer(item, dice)
        for item in form.items()
        if item.type in _DRAWN and dice.random() < ANSWERED_SHARE
    }


def comment_of(dice: Random) -> str | None:
    return COMMENT * dice.randint(1, 3) if dice.random() < COMMENT_SHARE else None


def _answer(item: Item, dice: Random) -> Any:
    if item.blanks and dice.random() < BLANK_SHARE:
        return {"blank": dice.choice(item.blanks)}
    return _DRAWN[item.type](item, dice)


def _single(item: Item, dice: Random) -> Any:
    return dice.choice(item.options).code if item.options else None


def _multiple(item: Item, dice: Random) -> Any:
    open_ = [option.code for option in item.options if not option.exclusive]
    return sorted(dice.sample(open_, dice.randint(1, min(3, len(open_))))) if open_ else []


_DRAWN: dict[str, Callable[[Item, Random], Any]] = {
    "single": _single,
    "multiple": _multiple,
    "integer": lambda item, dice: dice.randint(0, 1500),
    "decimal": lambda item, dice: round(dice.uniform(0, 100), 1),
    "text": lambda item, dice: COMMENT,
    "time": lambda item, dice: f"{dice.randint(7, 20):02}:{dice.randint(0, 59):02}",
}
