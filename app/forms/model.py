"""What a checklist is. Shapes only: `check.py` judges one, `expressions.py` runs its texts."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Text = dict[str, str]
"""One text per language code."""
Expression = str
"""XLSForm subset, as written; its AST stands in `Checklist.expressions` once compiled."""

ItemType = Literal[
    "single", "multiple", "integer", "decimal", "text", "time", "date", "datetime", "note", "photo", "point"
]
Blank = Literal["not_observed", "not_applicable", "no_access"]
Level = Literal["hard", "soft", "information"]
Measure = Literal[
    "yes_no", "frequency", "four_point", "nominal", "multiple", "count", "number", "time", "text", "identifier"
]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(Shape):
    """One answer that can be chosen. An `exclusive` one ("none") goes with no other."""

    code: Code
    label: Text
    exclusive: bool = False


class Item(Shape):
    """One question.

    `negative_when`, `key_when`, `critical_when` name options (choice items) or hold an expression over `.`
    (number items). `each="candidates"` stands for one item per candidate, `options_from="candidates"` for
    options filled from the mission's candidates; `catalogue.with_candidates` expands both.
    """

    code: Code
    id: str
    """The catalogue's number, as in B30; several codes may share one."""
    type: ItemType
    label: Text
    hint: Text = {}
    """What counts, in a sentence or two."""
    short_label: Text = {}
    """At most 60 characters, for statistical files."""
    options: tuple[Option, ...] = ()
    options_from: Literal["candidates"] | None = None
    each: Literal["candidates"] | None = None
    required: bool | Expression = False
    relevant: Expression | None = None
    constraint: Expression | None = None
    constraint_message: Text = {}
    constraint_level: Literal["hard", "soft"] = "soft"
    blanks: tuple[Blank, ...] = ("not_observed",)
    negative_when: tuple[Code, ...] | Expression = ()
    key_when: tuple[Code, ...] | Expression = ()
    critical_when: tuple[Code, ...] | Expression = ()
    measure: Measure
    unit: str | None = None


class Section(Shape):
    code: Code
    label: Text
    hint: Text = {}
    relevant: Expression | None = None
    items: tuple[Item, ...]


class Check(Shape):
    """A rule that answers may break. It never refuses: it makes a finding.

    `rule` is true where all is well. It is computable where every question it names has a value, or the blank
    `not_applicable`, which counts as 0; otherwise `otherwise` is tried in its place, under the same condition.
    `difference` says by how much a broken rule is off ("7 more ballots than signatures").
    """

    code: Annotated[str, StringConstraints(pattern=r"^K[0-9]{2}[a-z]?$")]
    rule: Expression
    otherwise: Expression | None = None
    applies: Expression | None = None
    level: Level = "soft"
    severity: Literal["none", "key", "critical"] = "none"
    severity_when: Expression | None = None
    """The severity holds only where this is true; elsewhere it is `severity_else`."""
    severity_else: Literal["none", "key"] = "none"
    difference: Expression | None = None
    label: Text
    message: Text
    """May hold {difference}, the absolute value."""


class Checklist(Shape):
    """One immutable version of a checklist, as written or, with `expressions`, as published."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,15}$")]
    stage: Literal["opening", "voting", "counting", "tabulation", "incident", "other"]
    version: int = Field(ge=1)
    languages: tuple[Language, ...]
    title: Text
    place: Literal["station", "commission", "none"]
    access: Code | None = None
    """The item that says whether we got in; dimension `complete` reads it."""
    stayed_until: Code | None = None
    """The item that says how long we stayed (counting); dimension `complete` reads it."""
    overall: Code | None = None
    """The overall assessment."""
    sections: tuple[Section, ...]
    checks: tuple[Check, ...] = ()
    expressions: dict[str, Any] = {}
    """Text of each expression -> its AST. Empty as written, complete as published."""

    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)
