"""The regular expressions that Python and ECMAScript read alike, and that no text can make slow.

Shared: literals, `.` (any character), classes with ranges, \\d \\D \\w \\W (ASCII), groups, `|`, and the
repetitions `? * + {n} {n,} {n,m}`.
Slow ones are refused by counting: the ways in which a pattern can divide a text of TEXT_MAX characters.
"""

import re
from collections.abc import Callable
from functools import lru_cache

TEXT_MAX = 256
"""Code points of a text that a regex is tried on; a longer one never matches."""
PATTERN_MAX = 200
WAYS_MAX = 17_000_000
"""Room for an e-mail address (three open repetitions); the slowest pattern takes under a second."""
_ESCAPED = frozenset("^$\\.*+?()[]{}|/")
_KINDS = frozenset("dDwW")
_QUANTIFIER = re.compile(r"[?*+]|\{([0-9]{1,3})(?:(,)([0-9]{1,3})?)?\}")


class NotShared(ValueError):
    """A pattern outside the shared subset. `args`: fault, cure, index in the pattern."""

    def __init__(self, fault: str, cure: str, at: int) -> None:
        super().__init__(fault, cure, at)
        self.fault, self.cure, self.at = fault, cure, at


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether the whole of a text matches. Raises NotShared."""
    _Pattern(pattern).check()
    found = re.compile(pattern, re.ASCII | re.DOTALL)
    return lambda text: len(text) <= TEXT_MAX and found.fullmatch(text) is not None


class _Pattern:
    """One walk over a pattern. Each open group is [where it opens, ways of the branches before, of this branch]."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.groups: list[list[int]] = [[0, 0, 1]]

    def check(self) -> None:
        if len(self.pattern) > PATTERN_MAX:
            raise NotShared("The regex is too long", f"Keep to {PATTERN_MAX} characters.", 0)
        end = len(self.pattern)
        while self.at < end:
            self._step(self.pattern[self.at])
        if len(self.groups) > 1:
            raise NotShared("A group is not closed", "Add ) to the regex, or write \\( for the sign itself.", end)

    def _step(self, sign: str) -> None:
        start = self.at
        self.at += 1
        if sign == "|":
            opened, *ways = self.groups[-1]
            self.groups[-1] = [opened, sum(ways), 1]
        elif sign == "(":
            self._open(start)
        elif sign == ")":
            self._close(start)
        elif sign in "^$":
            self._anchor(sign, start)
        else:
            self._single(sign, start)
            self._repeat(1, start)

    def _open(self, start: int) -> None:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
        elif self.pattern.startswith("?", self.at):
            raise NotShared("Only plain groups are shared", "Write ( ) or (?: ).", start)
        self.groups.append([start, 0, 1])

    def _close(self, start: int) -> None:
        if len(self.groups) == 1:
            raise NotShared("A group is closed that was not opened", "Write \\) for the sign itself.", start)
        opened, *ways = self.groups.pop()
        self._repeat(sum(ways), opened)

    def _anchor(self, sign: str, start: int) -> None:
        """The whole text is matched anyway: anchors are allowed where they say nothing."""
        if start != (0 if sign == "^" else len(self.pattern) - 1):
            raise NotShared(f"{sign} inside a regex", f"Leave it out, or write \\{sign} for the sign itself.", start)

    def _single(self, sign: str, start: int) -> None:
        if sign == "\\":
            self._escape(start, _KINDS | _ESCAPED)
        elif sign == "[":
            self._class(start)
        elif sign in "?*+{":
            raise NotShared("Nothing stands before the repetition", f"Write \\{sign} for the sign itself.", start)
        elif sign in "]}":
            raise NotShared(f"{sign} stands alone", f"Write \\{sign} for the sign itself.", start)

    def _escape(self, start: int, allowed: frozenset[str]) -> str:
        sign = self.pattern[self.at : self.at + 1]
        if not sign or sign not in allowed:
            cure = "Shared are \\d \\D \\w \\W and \\ before ^ $ \\ . * + ? ( ) [ ] { } | /; write a space as it is."
            raise NotShared("This use of \\ is not shared by phones and server", cure, start)
        self.at += 1
        return sign

    def _class(self, start: int) -> None:
        if self.pattern.startswith("^", self.at):
            self.at += 1
        first, before = self.at, ""
        while True:
            sign, place = self.pattern[self.at : self.at + 1], self.at
            self.at += 1
            if not sign or sign == "[" or (sign == "]" and place == first):
                cure = "Write a class as [...] with at least one sign, and \\[ or \\] for the signs themselves."
                raise NotShared("A class is not closed, or empty", cure, start)
            if sign == "]":
                return
            if sign == "-" and place != first and not self.pattern.startswith("]", self.at):
                before = self._range(before, place)
            elif sign == "\\":
                escaped = self._escape(place, _KINDS | _ESCAPED | {"-"})
                before = "" if escaped in _KINDS else escaped
            else:
                self._require_single(sign, before, place)
                before = sign

    def _require_single(self, sign: str, before: str, place: int) -> None:
        if sign == before and sign in "&|~":
            raise NotShared("A class names a sign twice", "Name each sign once.", place)

    def _range(self, low: str, place: int) -> str:
        high = self.pattern[self.at : self.at + 1]
        self.at += 1
        if high == "\\":
            high = self._escape(self.at - 1, _ESCAPED | {"-"})
        elif high in ("[", "-"):
            high = ""
        if not low or not high or low > high:
            cure = "Write the lower sign first, as in [a-z]; write - itself first or last in the class."
            raise NotShared("A range has no ends", cure, place)
        return ""

    def _repeat(self, ways: int, start: int) -> None:
        """Multiply the branch by the ways of this part under its quantifier."""
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found:
            self.at = found.end()
            ways = _repeated(ways, *_bounds(found, start))
            if self.at < len(self.pattern) and self.pattern[self.at] in "?*+{":
                raise NotShared("A repetition of a repetition", "Write one of ? * + {n} {n,} {n,m}.", self.at)
        self.groups[-1][2] *= ways
        if self.groups[-1][2] > WAYS_MAX:
            cure = "Repeat parts of one fixed form only, and use at most three of * + {n,}."
            raise NotShared("The regex could take too long on some texts", cure, start)


def _bounds(found: "re.Match[str]", start: int) -> tuple[int, int]:
    sign = found[0]
    if sign in "?*+":
        return (1 if sign == "+" else 0), (1 if sign == "?" else TEXT_MAX)
    low = int(found[1])
    high = int(found[3]) if found[3] else (max(low, TEXT_MAX) if found[2] else low)
    if low > high:
        raise NotShared("A repetition with the larger number first", "Write the smaller number first.", start)
    return low, high


def _repeated(ways: int, low: int, high: int) -> int:
    if ways == 1:
        return high - low + 1
    return (high - low + 1) * int(ways ** min(high, 32))
