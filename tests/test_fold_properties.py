"""The fold as a law: a function of the set, against a second reading of the rules written another way."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.forms.fold import Operation, State, _of_many, _set, fold, to_json
from app.forms.report import STAFF, canonical
from tests.histories import CODES, PHONES, forged_days, honest_days
from tests.operations import finish

SNAPSHOTS = ("report.revision", "report.finish")


@settings(max_examples=300)
@given(honest_days() | forged_days(), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(operations: list[Operation], random: Any) -> None:
    again = [*operations, *random.choices(operations, k=len(operations))] if operations else []
    random.shuffle(again)
    assert to_json(fold(again)) == to_json(fold(operations))


@settings(max_examples=200)
@given(honest_days() | forged_days())
def test_the_short_way_of_one_operation_ends_where_the_long_way_does(operations: list[Operation]) -> None:
    for only in operations:
        assert to_json(fold([only])) == to_json(_of_many(_set([only])))


@settings(max_examples=200)
@given(honest_days(), st.data())
def test_any_split_into_batches_gives_the_same_report(operations: list[Operation], data: st.DataObject) -> None:
    """A server that folds after every batch ends where one ends that got everything at once."""
    waiting = data.draw(st.permutations(operations))
    arrived: list[Operation] = []
    report = fold(arrived)
    while waiting:
        size = data.draw(st.integers(1, len(waiting)))
        arrived, waiting = [*arrived, *waiting[:size]], waiting[size:]
        report = fold(arrived)
    assert to_json(report) == to_json(fold(operations))


@settings(max_examples=300)
@given(honest_days())
def test_latest_is_what_the_rules_say_word_by_word(operations: list[Operation]) -> None:
    _compare(fold(operations).latest, operations)


@settings(max_examples=300)
@given(honest_days())
def test_counted_is_what_the_rules_say_word_by_word(operations: list[Operation]) -> None:
    report = fold(operations)
    counting = [f for f in operations if f.kind.endswith(".finish") and not _voided(f, operations)]
    assert sorted(report.finishes) == sorted((f.author, f.number) for f in counting)
    voids = [op for op in operations if op.kind == "report.void"]
    open_edits = [op for op in operations if op.kind in SNAPSHOTS and not any(_covers(f, op) for f in counting + voids)]
    assert report.open_edit == bool(open_edits and (counting or voids))
    assert report.void_disputed == bool(voids and counting)
    assert (report.counted is None) == (not counting or report.status == "excluded")
    if report.counted is None:
        return
    covered = [op for op in operations if op.author == STAFF or any(_covers(f, op) for f in counting)]
    _compare(report.counted, covered)


@settings(max_examples=200)
@given(honest_days())
def test_no_value_is_gone_unless_its_author_or_one_who_had_seen_it_says_otherwise(operations: list[Operation]) -> None:
    latest = fold(operations).latest
    for device in PHONES:
        own = [op for op in operations if op.author == device and op.kind in SNAPSHOTS]
        newest = max(own, key=lambda op: op.number, default=None)
        unseen = newest and not any(device in op.body.get("seen", {}) for op in operations)
        for code, value in newest.body["answers"].items() if newest and unseen else ():
            shown = [voice.value for voice in latest.disagreement.get(code, ())] or [latest.answers[code]]
            assert canonical(value) in map(canonical, shown)


@settings(max_examples=200)
@given(honest_days())
def test_a_finish_by_one_who_has_seen_everything_leaves_nothing_open(operations: list[Operation]) -> None:
    heads = dict(fold(operations).latest.heads)
    last = finish("d", 1, {}, seen=heads)
    report = fold([*operations, last, replace(_include(), number=10_000)])
    assert report.status == "finished"
    assert not report.open_edit
    assert report.counted is not None
    assert replace(report.counted, heads={}) == replace(report.latest, heads={})


@settings(max_examples=200)
@given(honest_days())
def test_seeing_everything_and_settling_everything_ends_every_disagreement(operations: list[Operation]) -> None:
    before = fold(operations).latest
    settled = finish("d", 1, before.answers, seen=before.heads)
    after = fold([*operations, settled]).latest
    assert after.disagreement == {}
    assert after.answers == before.answers


@settings(max_examples=300)
@given(forged_days())
def test_it_never_raises_and_always_writes_canonical_json(operations: list[Operation]) -> None:
    written = to_json(fold(operations))
    options: dict[str, Any] = {"sort_keys": True, "ensure_ascii": False, "separators": (",", ":")}
    assert json.dumps(json.loads(written), **options).encode() == written


@settings(max_examples=200)
@given(forged_days())
def test_a_question_that_somebody_answers_always_has_a_value(operations: list[Operation]) -> None:
    report = fold(operations)
    held = {op_id for op_id, _ in report.held}
    for op in operations:
        newest = op.kind in SNAPSHOTS and op.number == report.latest.heads.get(op.author)
        answers = op.body.get("answers")
        if newest and op.op_id not in held and isinstance(answers, dict):
            assert answers.keys() <= report.latest.answers.keys()


def _include() -> Operation:
    return Operation("op-include", "staff.include", STAFF, 1, "e" * 64, {"seen": {}})


# The rules of docs/sync.md again, word by word, for honest days: no forks, no rings, nothing held.


def _saw(op: Operation, other: Operation) -> bool:
    if op.author == other.author:
        return op.number > other.number
    return bool(op.body.get("seen", {}).get(other.author, 0) >= other.number)


def _covers(finish_or_void: Operation, op: Operation) -> bool:
    return finish_or_void == op or _saw(finish_or_void, op)


def _voided(finish_: Operation, operations: Sequence[Operation]) -> bool:
    return any(op.kind == "report.void" and _saw(op, finish_) for op in operations)


def _words(author: str, code: str, operations: Sequence[Operation]) -> tuple[Operation, Any] | None:
    """Who speaks for an author about a question: the operation that made the value as young as it is, and the value."""
    speaks: tuple[Operation, Any] | None = None
    kinds = ("staff.amend",) if author == STAFF else SNAPSHOTS
    for op in sorted((op for op in operations if op.author == author and op.kind in kinds), key=lambda op: op.number):
        answers = op.body.get("answers", {})
        if code in answers:
            same = speaks is not None and canonical(speaks[1]) == canonical(answers[code]) and author != STAFF
            fresh = not same or code in op.body.get("settled", [])
            speaks = (op if fresh or speaks is None else speaks[0], answers[code])
        elif author != STAFF:
            speaks = None
        elif speaks is not None and code in op.body.get("settled", []):
            speaks = (op, speaks[1])
    return speaks


def _compare(state: State, operations: Sequence[Operation]) -> None:
    for code in CODES:
        words = [w for author in (*PHONES, STAFF) if (w := _words(author, code, operations)) is not None]
        remaining = [
            w for w in words if not any(v is not w and v[0].author != w[0].author and _saw(v[0], w[0]) for v in words)
        ]
        assert bool(remaining) == (code in state.answers)
        if not remaining:
            continue
        remaining.sort(key=lambda w: (w[0].author == STAFF, w[0].link), reverse=True)
        assert canonical(state.answers[code]) == canonical(remaining[0][1])
        differ = len({canonical(value) for _, value in remaining}) > 1
        expected = [(op.author, op.number, canonical(value)) for op, value in remaining] if differ else []
        assert [(v.author, v.number, canonical(v.value)) for v in state.disagreement.get(code, ())] == expected
