"""A complaint about a checklist."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Complaint:
    code: str
    """Stable; docs/expressions.md lists all."""
    where: str
    """Such as `b05_tension.options.yes.label`, `section voting.label`, `K03.rule`."""
    language: str | None
    """Set where one language is at fault."""
    message: str
    """One sentence: place, fault, cure."""
