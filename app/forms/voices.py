"""What stands where several said something: one state from a set of operations. Pure.

Within a device the newest snapshot replaces the older whole. Staff name what they change; each of their words stands
until they say another. Between authors a value falls when the author of another had seen it; what still differs is a
disagreement.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.forms.report import (
    PARTS,
    SNAPSHOTS,
    STAFF,
    STAFF_AMEND,
    Operation,
    State,
    Voice,
    canonical,
    form_version,
    name,
    names_confirmed,
    names_settled,
    said,
    seen,
)

Groups = Sequence[Sequence[Operation]]
"""A device's snapshots by falling number; a group has more than one where the number is forked."""
NEVER_DISPUTED = frozenset({"header.lang"})


@dataclass(frozen=True, slots=True)
class _Said:
    """A value that stands for its author, not yet against others. `below`: the older groups of its device."""

    operation: Operation
    value: Any
    below: Groups = ()


def stand(operations: Collection[Operation]) -> State:
    """The state that a set of operations folds to."""
    devices = _devices(operations)
    amends = sorted((op for op in operations if op.kind == STAFF_AMEND), key=_order)
    if not amends and len(devices) == 1 and len(devices[0][0]) == 1:
        return alone(devices[0][0][0], operations)
    parts: dict[str, dict[str, Any]] = {}
    disagreement: dict[str, tuple[Voice, ...]] = {}
    for part in PARTS:
        parts[part] = {}
        for code, candidates in _candidates(part, devices, amends).items():
            standing = _resolve(part, code, candidates)
            parts[part][code] = standing[0].value
            if len(standing) > 1 and name(part, code) not in NEVER_DISPUTED:
                disagreement[name(part, code)] = standing
    newest = [*(op for groups in devices for op in groups[0]), *amends]
    return State(
        header=parts["header"],
        form_version=_newest_version(newest, parts["header"].get("form")),
        answers=parts["answers"],
        notes=parts["notes"],
        confirmed=tuple(sorted(frozenset().union(*(names_confirmed(op) for op in newest)))),
        disagreement=disagreement,
        heads=_heads(operations),
    )


def alone(newest: Operation, operations: Collection[Operation] = ()) -> State:
    """Most reports: one device, one newest snapshot of its `operations`, nobody to disagree with."""
    header = dict(said(newest, "header"))
    return State(
        header=header,
        form_version=_newest_version([newest], header.get("form")),
        answers=dict(said(newest, "answers")),
        notes=dict(said(newest, "notes")),
        confirmed=tuple(sorted(names_confirmed(newest))),
        disagreement={},
        heads=_heads(operations or (newest,)),
    )


def _order(operation: Operation) -> tuple[int, str]:
    return operation.number, operation.link


def _devices(operations: Collection[Operation]) -> list[Groups]:
    by_author: dict[str, dict[int, list[Operation]]] = defaultdict(lambda: defaultdict(list))
    for operation in operations:
        if operation.kind in SNAPSHOTS:
            by_author[operation.author][operation.number].append(operation)
    return [
        [sorted(numbers[number], key=_order) for number in sorted(numbers, reverse=True)]
        for _, numbers in sorted(by_author.items())
    ]


def _candidates(part: str, devices: Sequence[Groups], amends: Sequence[Operation]) -> Mapping[str, list[_Said]]:
    candidates: dict[str, list[_Said]] = defaultdict(list)
    for newest, *below in devices:
        for operation in newest:
            for code, value in said(operation, part).items():
                candidates[code].append(_Said(operation, value, below))
    for code, word in _staff_words(part, amends).items():
        candidates[code].append(word)
    return candidates


def _staff_words(part: str, amends: Sequence[Operation]) -> dict[str, _Said]:
    words: dict[str, _Said] = {}
    for operation in amends:
        settled = names_settled(operation)
        words.update({code: _Said(operation, w.value) for code, w in words.items() if name(part, code) in settled})
        words.update({code: _Said(operation, value) for code, value in said(operation, part).items()})
    return words


def _resolve(part: str, code: str, candidates: Sequence[_Said]) -> tuple[Voice, ...]:
    """What stands, the shown value first: one voice where all agree, every remaining voice where they differ."""
    if len(candidates) == 1:
        only = candidates[0]
        return (Voice(only.operation.author, only.operation.number, only.operation.link, only.value),)
    origins = [_origin(part, code, candidate) for candidate in candidates]
    fallen = _fallen(origins)
    voices = [
        Voice(origin.author, origin.number, origin.link, candidate.value)
        for place, (origin, candidate) in enumerate(zip(origins, candidates, strict=True))
        if place not in fallen
    ]
    voices.sort(key=lambda voice: (voice.author == STAFF, voice.link), reverse=True)
    differ = len({canonical(voice.value) for voice in voices}) > 1
    return tuple(voices) if differ else (voices[0],)


def _origin(part: str, code: str, candidate: _Said) -> Operation:
    """The operation that last changed this value on its device, or named it in `settled`."""
    origin, value = candidate.operation, canonical(candidate.value)
    for group in candidate.below:
        if name(part, code) in names_settled(origin):
            return origin
        same = [op for op in group if code in (words := said(op, part)) and canonical(words[code]) == value]
        if not same:
            return origin
        origin = same[-1]
    return origin


def _fallen(origins: Sequence[Operation]) -> frozenset[int]:
    """The places whose value another's author had seen.

    Honest phones cannot have seen each other both ways. Where forged or cloned ones say so, whoever saw each other
    in a ring stand side by side, so that at least one value always remains.
    """
    places = range(len(origins))
    saw = [{j for j in places if _had_seen(origins[i], origins[j])} for i in places]
    for through in places:
        for i in places:
            if through in saw[i]:
                saw[i] |= saw[through]
    return frozenset(j for i in places for j in saw[i] if i not in saw[j])


def _had_seen(operation: Operation, other: Operation) -> bool:
    """Twins under one forked number never saw each other."""
    return operation.author != other.author and other.number <= seen(operation, other.author)


def _newest_version(newest: Sequence[Operation], form: Any) -> int | None:
    versions = [form_version(op) for op in newest if op.body.get("form", form) == form]
    return max((version for version in versions if version is not None), default=None)


def _heads(operations: Collection[Operation]) -> dict[str, int]:
    heads: dict[str, int] = {}
    for operation in operations:
        heads[operation.author] = max(operation.number, heads.get(operation.author, 0))
    return heads
