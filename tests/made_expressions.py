"""Expressions, answers and checklists made at random from a seed, for both twins alike."""

import random
from typing import Any

CODES = "abcdefgh"
TEXTS = [
    "", "yes", "no", "false", "true", "0", "1", "-1", " 12 ", "1.5", ".5", "5.", "4,6", "+3", "1e3", "NaN", "Infinity",
    "a c", "a  b c ", "hello", "a😀b", "Қазақ", "é", "2022-11-20", "2022-02-30", "2024-02-29", "1969-12-31",
    "0001-01-01", "9999-12-31", "2022-11-20T07:30", "2022-11-20T23:59:59", "2022-11-20T12:00:00.250+06:00", "07:15",
    "24:00", "23:59:59", "10:00:00.5", "it's", 'say "hi"', "\t1\n", "12345678901234567890", "0.1", "-0", "x" * 300,
    "%d.%m.%Y", "line\nbreak",
]  # fmt: skip
NUMBERS = [
    0, 1, 2, 3, 10, 30, 100, 412, 0.5, 1.5, 2.5, 0.1, 0.2, 0.3, 1e-7, 1.234e-5, 1e15, 1e21, 9007199254740991,
    9007199254740992, 4503599627370495.5, 0.49999999999999994, 19316, 19316.3125, 86400, 2932897, 1e300,
]  # fmt: skip
PATTERNS = [
    "[0-9]{1,3}", "a.b", "\\d+", "\\w*", "[^a-c]+", "(?:a|b)c?", "[А-Яа-яәғқңөұүһі]+", "^y?es$", ".{3}", "\\W",
    "[a-c]{2,}", "([01][0-9]|2[0-3]):[0-5][0-9]", "\\D*", "[-+]?[0-9]+(\\.[0-9]+)?", "", "x|y|", "[\\d.]+", ".*",
]  # fmt: skip
FORMATS = ["%d.%m.%Y", "%H:%M", "%e/%n/%y %h:%M:%S", "%%Y%", "", "%b %Y"]
BLANKS = ["not_observed", "not_applicable", "no_access", "other"]
COMPARISONS = ["=", "!=", "<", "<=", ">", ">="]
ONE = ["not", "string-length", "count-selected", "int", "round", "number", "string", "boolean", "date"]
TWO = ["selected", "selected-at", "contains", "round"]
MANY = ["concat", "sum", "max", "min", "count", "count-non-empty", "coalesce", "join", "checklist"]
CONTEXTS: list[dict[str, Any]] = [
    {},
    {"now": "2022-11-20T14:05:33", "today": "2022-11-20"},
    {"now": "2022-11-20T14:05:33+06:00", "header": {"arrived_at": "2022-11-20T09:10"}, "station": {"voters": 1200}},
    {"today": "2022-11-19", "station": {"voters": None, "name": "№ 12"}, "settings": {"issued": "total"}},
]


def answer(luck: random.Random) -> Any:
    """One answer as on the wire, or something that should not be there."""
    kind = luck.randrange(8)
    if kind == 0:
        return luck.choice([None, {"blank": luck.choice(BLANKS)}, {}, True, False])
    if kind == 1:
        return [luck.choice(TEXTS) for _ in range(luck.randrange(4))]
    return number(luck) if kind < 5 else luck.choice(TEXTS)


def number(luck: random.Random) -> float:
    value = luck.choice([luck.choice(NUMBERS), luck.randrange(5000), luck.random(), luck.uniform(-1e6, 1e6)])
    return -value if luck.random() < 0.2 else value


def tree(luck: random.Random, depth: int) -> Any:
    """The AST of an expression, at most `depth` lists deep."""
    if depth <= 0 or luck.random() < 0.12:
        return leaf(luck)
    kind = luck.randrange(10)
    if kind < 2:
        return [luck.choice(COMPARISONS), tree(luck, depth - 1), tree(luck, depth - 1)]
    if kind < 4:
        return [luck.choice(["+", "-", "*", "div", "mod"]), *trees(luck, depth, 2)]
    if kind == 4:
        return [luck.choice(["and", "or"]), *trees(luck, depth, 2)]
    if kind == 5:
        return special(luck, depth)
    if kind == 6:
        return [luck.choice(ONE), tree(luck, depth - 1)]
    if kind == 7:
        return [luck.choice(TWO), tree(luck, depth - 1), tree(luck, depth - 1)]
    name = luck.choice(MANY)
    return [name, *trees(luck, depth, {"checklist": 3, "join": 2, "coalesce": 2}.get(name, 1))]


def trees(luck: random.Random, depth: int, fewest: int) -> list[Any]:
    return [tree(luck, depth - 1) for _ in range(fewest + luck.randrange(3))]


def special(luck: random.Random, depth: int) -> Any:
    kind = luck.randrange(5)
    if kind == 0:
        return ["neg", tree(luck, depth - 1)]
    if kind == 1:
        return ["if", *(tree(luck, depth - 1) for _ in range(3))]
    if kind == 2:
        return ["regex", tree(luck, depth - 1), luck.choice(PATTERNS)]
    if kind == 3:
        return ["format-date", tree(luck, depth - 1), luck.choice(FORMATS)]
    return ["substr", *(tree(luck, depth - 1) for _ in range(luck.choice([2, 3])))]


def leaf(luck: random.Random) -> Any:
    kind = luck.randrange(10)
    if kind < 4:
        return ["$", luck.choice(CODES)]
    if kind == 4:
        return luck.choice([["."], ["now"], ["today"], ["true"], ["false"], ["blank", ["."]]])
    if kind == 5:
        names = ["header.arrived_at", "station.voters", "station.name", "settings.issued", "other.x"]
        return luck.choice([["$", luck.choice(names)], ["blank", ["$", luck.choice(CODES)]]])
    return abs(number(luck)) if kind < 8 else luck.choice([text for text in TEXTS if not {"'", '"'} <= set(text)])


def pattern(luck: random.Random) -> str:
    """A regex or something like it."""
    parts = ["a", "b", "é", "Ж", "😀", "0", "-", ".", "\\d", "\\w", "\\D", "\\W", "\\.", "\\]", "/", "\\/", " "]
    parts += [
        "[a-c]",
        "[^a]",
        "[\\d-]",
        "[-b]",
        "[a\\-c]",
        "[^Ж-я]",
        "[|a]",
        "[.$]",
        "(a|b)",
        "(?:ab)",
        "(a|)",
        "()",
        "|",
    ]
    marks = ["", "", "", "?", "*", "+", "{2}", "{1,3}", "{0,1}", "{2,}", "^", "$", "(", ")", "[", "&&", "~~"]
    return "".join(luck.choice(parts) + luck.choice(marks) for _ in range(luck.randrange(1, 6)))


def subject(luck: random.Random) -> str:
    return "".join(
        luck.choice(["a", "b", "c", "ab", "0", "é", "Ж", "😀", "-", ".", "]", "/", " ", "\n"]) for _ in range(6)
    )[: luck.randrange(5)]


def case(luck: random.Random) -> dict[str, Any]:
    """An AST with answers, context, own value, and whether lines without a value count as 0."""
    return {
        "ast": tree(luck, luck.randrange(1, 6)),
        "answers": {code: answer(luck) for code in CODES if luck.random() < 0.8},
        "context": luck.choice(CONTEXTS),
        "own": answer(luck),
        "lines": luck.random() < 0.3,
    }


def checklist(luck: random.Random) -> dict[str, Any]:
    """A checklist whose conditions look at any other question but make no circle, with checks over all of them."""
    order = list(CODES)
    luck.shuffle(order)
    items = {code: _item(luck, code, order[:place]) for place, code in enumerate(order)}
    sections = [list(CODES[:4]), list(CODES[4:])]
    return {
        "code": "X", "stage": "other", "version": 1, "languages": ["en"], "title": {"en": "X"}, "place": "none",
        "sections": [
            {"code": f"s{place}", "label": {"en": "S"}, "items": [items[code] for code in codes]}
            for place, codes in enumerate(sections)
        ],
        "checks": [_check(luck, number) for number in range(1, 6)],
    }  # fmt: skip


def _item(luck: random.Random, code: str, before: list[str]) -> dict[str, Any]:
    kind = luck.choice(["single", "multiple", "integer", "integer", "integer", "decimal", "text", "time", "datetime"])
    options = [{"code": each, "label": {"en": each}} for each in ("yes", "no", "a")]
    return {
        "code": code, "id": code.upper(), "type": kind, "label": {"en": code}, "measure": "nominal",
        "blanks": ["not_observed", "not_applicable", "no_access"],
        "options": options if kind in ("single", "multiple") else [],
        "relevant": _condition(luck, before) if before and luck.random() < 0.5 else None,
    }  # fmt: skip


def _condition(luck: random.Random, names: list[str]) -> str:
    name = luck.choice(names)
    return luck.choice(
        [f"${{{name}}} != 'yes'", f"${{{name}}}", f"${{{name}}} > 1", f"not(selected(${{{name}}}, 'a'))"]
    )


def _check(luck: random.Random, number: int) -> dict[str, Any]:
    def rule() -> str:
        left, right, third = (f"${{{luck.choice(CODES)}}}" for _ in range(3))
        return luck.choice([
            f"{left} + {right} = {third}", f"{left} <= {right}", f"sum({left}, {right}) >= coalesce({third}, 0)",
            f"{left} = 'yes' or {right} <= ${{station.voters}}", f"blank({left}) != 'no_access' and {right} < 50",
        ])  # fmt: skip

    def perhaps() -> str | None:
        return rule() if luck.random() < 0.4 else None

    return {
        "code": f"K{number:02}", "rule": rule(), "otherwise": perhaps(), "applies": perhaps(),
        "severity": luck.choice(["none", "key", "critical"]), "severity_when": perhaps(),
        "severity_else": luck.choice(["none", "key"]),
        "difference": f"${{{luck.choice(CODES)}}} - ${{{luck.choice(CODES)}}}" if luck.random() < 0.7 else None,
        "label": {"en": "K"}, "message": {"en": "K"},
    }  # fmt: skip


def report(luck: random.Random) -> dict[str, Any]:
    """Answers that mostly fit a made checklist."""
    fitting = ["yes", "no", "a", ["a"], ["yes", "no"], 0, 1, 2, 3, 40, 60, "07:15", "2022-11-20T07:30", 2.5]
    return {
        code: luck.choice([luck.choice(fitting), luck.choice(fitting), answer(luck)])
        for code in CODES
        if luck.random() < 0.9
    }
