"""An answer as bits: one for what it is, one for each option. Pure.

    1 not_in_version   2 not_applicable   4 not_observed   8 no_access   16 missing
    32 observed, without options          64 observed and negative by an expression
    128 << k                              option k of the question, in the order in which options first appeared

An answer is observed where any bit from 32 on is set. Bits of a place's visits may be or-ed: that is what makes
distinct stations per option cheap to count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.forms.answers import option_matches
from app.forms.model import Item
from app.forms.status import status

NOT_IN_VERSION, NOT_APPLICABLE, NOT_OBSERVED, NO_ACCESS, MISSING, OBSERVED, NEGATIVE = 1, 2, 4, 8, 16, 32, 64
FIRST_OPTION = 7
"""The place of option 0: its bit is 1 << 7."""
OPTIONS_MAX = 80
"""Options of a question that are counted one by one; an answer beyond is observed, and no more is known of it."""
BLANKS = {
    "not_observed": NOT_OBSERVED,
    "no_access": NO_ACCESS,
    "missing": MISSING,
    "not_applicable": NOT_APPLICABLE,
    "not_in_version": NOT_IN_VERSION,
}
"""Name -> bit, in the order in which a station's visits are judged where none of them observed."""
CHOICES = ("single", "multiple")
NUMBERS = ("integer", "decimal", "time", "date", "datetime")
"""Types whose value is a number here; moments are minutes since 00:00 of election day."""
QUESTIONS = (*CHOICES, *NUMBERS, "text", "photo", "point")
"""Types that ask something; a note does not."""
GOOD = {"frequency": ("always",), "four_point": ("very_good", "good")}
"""Measures whose other options are negative where the item names none."""


def option_bit(options: Sequence[str], code: str) -> int:
    return 1 << FIRST_OPTION + options.index(code)


def answer_bits(item: Item, answer: object, options: Sequence[str]) -> int:
    """The bits of one answer to a relevant question. `options` are those of the question, over all versions."""
    kind = status(item, answer)
    if kind != "answered":
        return BLANKS[kind]
    bits = NEGATIVE if isinstance(item.negative_when, str) and _is_negative(item, answer) else 0
    if item.type not in CHOICES:
        return bits | OBSERVED
    chosen = sum(option_bit(options, code) for code in set(_chosen(item, answer)) if code in options)
    return bits | (chosen or OBSERVED)


@dataclass(frozen=True, slots=True)
class Encoder:
    """A question of a checklist, ready to read answers: those of a single choice are looked up."""

    item: Item
    options: tuple[str, ...]
    known: Mapping[str, int]
    is_number: bool

    @classmethod
    def of(cls, item: Item, options: Sequence[str]) -> "Encoder":
        is_plain = item.type == "single" and not isinstance(item.negative_when, str)
        known = {option.code: answer_bits(item, option.code, options) for option in item.options} if is_plain else {}
        return cls(item, tuple(options), known, item.type in NUMBERS)

    def bits(self, answer: object) -> int:
        """As `answer_bits`."""
        known = self.known.get(answer) if isinstance(answer, str) else None
        return known or answer_bits(self.item, answer, self.options)


def negative_options(item: Item) -> tuple[str, ...]:
    """Options that count as negative: those named, else by measure all but the good ones."""
    if isinstance(item.negative_when, str):
        return ()
    if item.negative_when or item.measure not in GOOD:
        return item.negative_when
    return tuple(option.code for option in item.options if option.code not in GOOD[item.measure])


def negative_bits(item: Item, options: Sequence[str]) -> int:
    """The bits any of which makes an answer negative; 0 for a question that has no negative answer."""
    if isinstance(item.negative_when, str):
        return NEGATIVE if item.negative_when else 0
    return sum(option_bit(options, code) for code in negative_options(item) if code in options)


def exclusive_bits(item: Item, options: Sequence[str]) -> int:
    return sum(option_bit(options, o.code) for o in item.options if o.exclusive and o.code in options)


def named_bits(words: Iterable[str], options: Sequence[str]) -> int:
    """The bits of options and kinds of blank by name. Raises LookupError for a word that is neither."""
    return sum(BLANKS[word] if word in BLANKS and word not in options else _known(options, word) for word in set(words))


def _known(options: Sequence[str], word: str) -> int:
    if word not in options:
        raise LookupError("no such option")
    return option_bit(options, word)


def _is_negative(item: Item, answer: object) -> bool:
    return bool(item.negative_when) and option_matches(item, answer, item.negative_when)


def _chosen(item: Item, answer: object) -> list[str]:
    """Options chosen; one that excludes the others gives way where others are there too."""
    chosen = list(answer) if isinstance(answer, list) else [str(answer)]
    alone = {option.code for option in item.options if option.exclusive}
    return [code for code in chosen if code not in alone] or chosen
