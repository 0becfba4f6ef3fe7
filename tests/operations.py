"""Operations of one report as tests write them down: who, number, kind, what is said."""

import hashlib
import json
from typing import Any

from app.forms.fold import Operation, Report, fold

A, B, C = (f"0190a000-0000-7000-8000-00000000000{n}" for n in "abc")
"""Three devices of one team."""
Q, R = "b17_voted_so_far", "b13_proxies"
"""Two questions."""


def operation(author: str, number: int, kind: str, body: dict[str, Any], link: str | None = None) -> Operation:
    """An operation whose link follows from its content, unless the test names one."""
    content = json.dumps([author, number, kind, body], sort_keys=True, default=list)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Operation(f"op-{digest[:12]}", kind, author, number, link or digest, body)


def revision(
    author: str,
    number: int,
    answers: Any = None,
    *,
    kind: str = "report.revision",
    link: str | None = None,
    **body: Any,
) -> Operation:
    """What a device says now. `seen={B: 3}`: it had B's operations up to 3 on its screen."""
    content: dict[str, Any] = {"form": "B", "form_version": 3, "answers": answers or {}, **body}
    return operation(author, number, kind, content, link)


def finish(author: str, number: int, answers: Any = None, link: str | None = None, **body: Any) -> Operation:
    return revision(author, number, answers, kind="report.finish", link=link, **body)


def void(author: str, number: int, **body: Any) -> Operation:
    return operation(author, number, "report.void", {"reason": "mistake", **body})


def staff(act: str, number: int, **body: Any) -> Operation:
    return operation("staff", number, f"staff.{act}", {"reason": "as told by telephone", **body})


def folded(*operations: Operation) -> Report:
    return fold(operations)


def values(report: Report, code: str = Q) -> list[Any]:
    """Every value that stands for a question in `latest`, the one that is shown first."""
    voices = report.latest.disagreement.get(code)
    if voices is not None:
        return [voice.value for voice in voices]
    return [report.latest.answers[code]] if code in report.latest.answers else []
