"""The fold, case by case: what stands, what falls, what counts."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.forms.fold import as_plain, fold, to_json
from tests.operations import A, B, C, Q, R, finish, folded, operation, revision, staff, values, void

LOW, HIGH = "1" * 64, "f" * 64

# One device


def test_the_newest_snapshot_of_a_device_replaces_the_older_whole() -> None:
    report = folded(revision(A, 1, {Q: 10, R: ["c1"]}), revision(A, 2, {Q: 11}))
    assert report.latest.answers == {Q: 11}


def test_an_older_snapshot_that_comes_late_changes_nothing_that_is_shown() -> None:
    newest = revision(A, 2, {Q: 11})
    assert folded(newest, revision(A, 1, {Q: 10})).latest == folded(newest).latest


def test_an_absent_answer_says_nothing_and_null_says_empty() -> None:
    silent = folded(revision(A, 1, {Q: 10}), revision(B, 1, {}, seen={A: 1}))
    cleared = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: None}, seen={A: 1}))
    assert silent.latest.answers == {Q: 10}
    assert cleared.latest.answers == {Q: None}


def test_a_void_leaves_answers_as_they_are() -> None:
    report = folded(revision(A, 1, {Q: 10}), void(A, 2, answers={Q: 99}))
    assert report.latest.answers == {Q: 10}
    assert report.latest.heads == {A: 2}


def test_clocks_have_no_say() -> None:
    early, late = revision(A, 1, {Q: 10}, made_at="2031-01-01"), revision(A, 2, {Q: 11}, made_at="1999-01-01")
    assert folded(early, late).latest.answers == {Q: 11}


# Between devices: what falls


def test_a_value_falls_when_the_author_of_another_had_seen_it() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1}))
    assert values(report) == [11]


def test_values_that_nobody_had_seen_disagree() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}))
    assert sorted(values(report)) == [10, 11]


def test_all_values_of_a_disagreement_are_kept_with_who_said_them() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 7, {Q: 11}), revision(C, 3, {Q: 12}))
    voices = report.latest.disagreement[Q]
    assert sorted((v.author, v.number, v.value) for v in voices) == [(A, 1, 10), (B, 7, 11), (C, 3, 12)]


def test_the_value_with_the_greater_link_is_shown() -> None:
    ours, theirs = {Q: 10}, {Q: 11}
    assert folded(revision(A, 1, ours, link=HIGH), revision(B, 1, theirs, link=LOW)).latest.answers == ours
    assert folded(revision(A, 1, ours, link=LOW), revision(B, 1, theirs, link=HIGH)).latest.answers == theirs


def test_values_that_are_the_same_do_not_disagree() -> None:
    report = folded(revision(A, 1, {Q: 412, R: ["c1", "c3"]}), revision(B, 1, {Q: 412.0, R: ["c3", "c1"]}))
    assert report.latest.disagreement == {}


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), (1, "1"), (None, 0), ("", None), ([], None)])
def test_values_of_different_kinds_are_never_the_same(one: object, other: object) -> None:
    assert Q in folded(revision(A, 1, {Q: one}), revision(B, 1, {Q: other})).latest.disagreement


def test_a_kind_of_blank_disagrees_with_a_value() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: {"blank": "not_observed"}}))
    assert len(report.latest.disagreement[Q]) == 2


def test_an_untouched_question_of_the_other_phone_is_no_disagreement() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {R: ["c1"]}))
    assert report.latest.answers == {Q: 10, R: ["c1"]}
    assert report.latest.disagreement == {}


def test_having_seen_an_older_value_lets_the_newer_one_stand() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(A, 2, {Q: 12}), revision(B, 1, {Q: 11}, seen={A: 1}))
    assert sorted(values(report)) == [11, 12]


def test_a_new_phone_of_the_same_team_does_not_wipe_the_old_answers() -> None:
    report = folded(revision(A, 1, {Q: 10, R: ["c1"]}), revision(B, 1, {Q: 12}, seen={A: 1}))
    assert report.latest.answers == {Q: 12, R: ["c1"]}


# The age of a value


def test_a_value_is_as_old_as_the_operation_that_last_changed_it_on_its_device() -> None:
    """B saw A's 10 when it was new; that A sent it again in later snapshots does not make it younger."""
    again = [revision(A, n, {Q: 10, R: [f"c{n}"]}) for n in (1, 2, 3)]
    assert values(folded(*again, revision(B, 1, {Q: 11}, seen={A: 1}))) == [11]


def test_only_the_operation_that_changed_a_value_says_what_its_author_knew() -> None:
    """A typed 10 before it had seen B; that its next operation has seen B does not make 10 an answer to B."""
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}), revision(A, 2, {Q: 10, R: []}, seen={B: 1}))
    assert sorted(values(report)) == [10, 11]


def test_a_value_named_in_settled_is_as_old_as_that_operation() -> None:
    settled = revision(A, 2, {Q: 10}, seen={B: 1}, settled=[Q])
    assert values(folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}), settled)) == [10]


def test_settling_holds_in_later_snapshots_too() -> None:
    settled = revision(A, 2, {Q: 10}, seen={B: 1}, settled=[Q])
    later = revision(A, 3, {Q: 10, R: ["c1"]}, seen={})
    assert values(folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}), settled, later)) == [10]


def test_settling_a_question_that_the_snapshot_does_not_answer_says_nothing() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {}, seen={A: 1}, settled=[Q]))
    assert values(report) == [10]


def test_a_value_typed_again_after_it_was_gone_is_new() -> None:
    history = [revision(A, 1, {Q: 10}), revision(A, 2, {}), revision(A, 3, {Q: 10}, seen={B: 1})]
    assert values(folded(*history, revision(B, 1, {Q: 11}, seen={A: 1}))) == [10]


def test_a_value_changed_and_changed_back_is_new() -> None:
    history = [revision(A, 1, {Q: 10}), revision(A, 2, {Q: 12}), revision(A, 3, {Q: 10})]
    assert sorted(values(folded(*history, revision(B, 1, {Q: 11}, seen={A: 1})))) == [10, 11]


def test_the_operation_that_makes_a_value_older_may_come_late() -> None:
    late = revision(A, 1, {Q: 10})
    others = [revision(A, 2, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1})]
    assert sorted(values(folded(*others))) == [10, 11]
    assert values(folded(*others, late)) == [11]


# Chains and rings of seeing


def test_what_fell_does_not_rise_again_when_its_follower_falls() -> None:
    chain = [revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1}), revision(C, 1, {Q: 12}, seen={B: 1})]
    assert values(folded(*chain)) == [12]


def test_two_who_saw_the_same_third_disagree_with_each_other_alone() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1}), revision(C, 1, {Q: 12}, seen={A: 1}))
    assert sorted(values(report)) == [11, 12]


def test_seeing_both_sides_of_a_disagreement_ends_it() -> None:
    sides = [revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11})]
    assert values(folded(*sides, revision(C, 1, {Q: 10}, seen={A: 1, B: 1}))) == [10]
    assert values(folded(*sides, revision(A, 2, {Q: 11}, seen={B: 1}))) == [11]


def test_the_same_word_from_one_who_saw_and_one_who_did_not_is_one_value() -> None:
    report = folded(revision(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1}), revision(C, 1, {Q: 11}, link=HIGH))
    assert values(report) == [11]


def test_two_that_claim_to_have_seen_each_other_both_stand() -> None:
    report = folded(revision(A, 1, {Q: 10}, seen={B: 9}), revision(B, 1, {Q: 11}, seen={A: 9}))
    assert sorted(values(report)) == [10, 11]


def test_a_ring_of_three_all_stand_against_one_who_saw_nobody() -> None:
    ring = [
        revision(A, 1, {Q: 10}, seen={B: 9}),
        revision(B, 1, {Q: 11}, seen={C: 9}),
        revision(C, 1, {Q: 12}, seen={A: 9}),
    ]
    assert sorted(values(folded(*ring, revision("d", 1, {Q: 13})))) == [10, 11, 12, 13]


def test_one_who_saw_a_ring_of_two_stands_alone() -> None:
    ring = [revision(A, 1, {Q: 10}, seen={B: 9}), revision(B, 1, {Q: 11}, seen={A: 9})]
    assert values(folded(*ring, revision(C, 1, {Q: 12}, seen={A: 1}))) == [12]


# Place, times, visit number, notes


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("place", {"kind": "station", "id": "KZ-75-0123"}, {"kind": "station", "id": "KZ-75-0124"}),
        ("visit_no", 1, 2),
        ("arrived_at", "2022-11-20T08:15", "2022-11-20T08:40"),
        ("departed_at", "2022-11-20T09:15", None),
        ("filled_by", 1, 2),
        ("other_teams", True, False),
        ("comment", "calm", "a queue of forty"),
    ],
)
def test_place_times_visit_number_and_comment_fold_like_questions(field: str, one: Any, other: Any) -> None:
    unseen = folded(revision(A, 1, **{field: one}), revision(B, 1, **{field: other}))
    followed = folded(revision(A, 1, **{field: one}), revision(B, 1, seen={A: 1}, **{field: other}))
    settled = folded(
        revision(A, 1, **{field: one}),
        revision(B, 1, **{field: other}),
        revision(A, 2, settled=[f"header.{field}"], seen={B: 1}, **{field: one}),
    )
    assert len(unseen.latest.disagreement[f"header.{field}"]) == 2
    assert followed.latest.header[field] == other
    assert followed.latest.disagreement == {}
    assert settled.latest.header[field] == one
    assert settled.latest.disagreement == {}


def test_a_place_with_a_null_text_is_the_place_without_one() -> None:
    place = {"kind": "station", "id": "KZ-75-0123"}
    report = folded(revision(A, 1, place=place), revision(B, 1, place={**place, "text": None}))
    assert report.latest.disagreement == {}


def test_each_note_folds_by_itself() -> None:
    report = folded(
        revision(A, 1, notes={Q: "counted at the door", R: "seen on a list"}), revision(B, 1, notes={Q: "told"})
    )
    assert len(report.latest.disagreement[f"notes.{Q}"]) == 2
    assert report.latest.notes[R] == "seen on a list"


def test_two_languages_of_filling_are_no_disagreement() -> None:
    assert folded(revision(A, 1, lang="ru"), revision(B, 1, lang="kk")).latest.disagreement == {}


def test_the_newest_version_of_the_form_stands() -> None:
    report = folded(revision(A, 1, form_version=3), revision(B, 1, form_version=4))
    assert (report.latest.header["form"], report.latest.form_version) == ("B", 4)


def test_a_check_confirmed_on_either_phone_is_confirmed() -> None:
    report = folded(revision(A, 1, confirmed=["K03"]), revision(B, 1, confirmed=["K05", "K03"]))
    assert report.latest.confirmed == ("K03", "K05")


def test_a_dotted_question_code_is_not_mistaken_for_a_note() -> None:
    odd = f"notes.{Q}"
    report = folded(revision(A, 1, {odd: 1}), revision(B, 1, {odd: 2}, notes={Q: "told"}))
    assert list(report.latest.disagreement) == [f"answers.notes.{Q}"]


# Staff


def test_the_value_of_staff_stands_in_a_disagreement() -> None:
    report = folded(revision(A, 1, {Q: 10}, link=HIGH), staff("amend", 100, answers={Q: 12}))
    assert values(report) == [12, 10]


def test_staff_who_had_seen_a_value_replace_it() -> None:
    report = folded(revision(A, 1, {Q: 10}), staff("amend", 100, answers={Q: 12}, seen={A: 1}))
    assert values(report) == [12]


def test_a_phone_that_had_seen_the_word_of_staff_may_change_it() -> None:
    amend = staff("amend", 100, answers={Q: 12}, seen={A: 1})
    report = folded(revision(A, 1, {Q: 10}), amend, revision(A, 2, {Q: 13}, seen={"staff": 100}))
    assert values(report) == [13]


def test_a_phone_that_had_seen_an_earlier_act_of_staff_disagrees_with_the_later() -> None:
    acts = [staff("amend", 100, answers={R: []}), staff("amend", 101, answers={Q: 12}, seen={A: 1})]
    report = folded(revision(A, 1, {Q: 10}), *acts, revision(A, 2, {Q: 13}, seen={"staff": 100}))
    assert values(report) == [12, 13]


def test_an_amendment_leaves_earlier_amendments_of_other_questions() -> None:
    report = folded(staff("amend", 100, answers={Q: 12}), staff("amend", 101, answers={R: ["c1"]}))
    assert report.latest.answers == {Q: 12, R: ["c1"]}
    assert report.amended == 101


def test_the_newest_word_of_staff_replaces_the_older() -> None:
    report = folded(staff("amend", 101, answers={Q: 13}), staff("amend", 100, answers={Q: 12}))
    assert values(report) == [13]


def test_staff_can_settle_their_own_word() -> None:
    amend = staff("amend", 100, answers={Q: 12})
    settled = staff("amend", 102, settled=[Q], seen={A: 2})
    newer = revision(A, 2, {Q: 13}, seen={"staff": 100})
    assert values(folded(amend, newer)) == [13]
    assert values(folded(amend, newer, settled)) == [12]


def test_staff_amend_place_and_notes_too() -> None:
    place = {"kind": "station", "id": "KZ-75-0124"}
    report = folded(
        revision(A, 1, place={"kind": "station", "id": None, "text": "school 12"}, notes={Q: "told"}),
        staff("amend", 100, place=place, notes={Q: None}, seen={A: 1}),
    )
    assert report.latest.header["place"] == place
    assert report.latest.notes == {Q: None}


def test_nobody_acts_in_the_name_of_staff() -> None:
    forged = operation(A, 2, "staff.exclude", {"reason": "no"})
    assert folded(finish(A, 1, {Q: 10}), forged).status == "finished"


# Forked numbers


def test_two_operations_under_one_number_are_both_kept_and_flagged() -> None:
    report = folded(revision(A, 5, {Q: 10}), revision(A, 5, {R: ["c1"]}))
    assert report.latest.answers == {Q: 10, R: ["c1"]}
    assert report.forked == ((A, 5),)


def test_twins_under_one_number_that_differ_disagree_and_the_greater_link_is_shown() -> None:
    assert values(folded(revision(A, 5, {Q: 10}, link=LOW), revision(A, 5, {Q: 11}, link=HIGH))) == [11, 10]


def test_twins_never_count_as_having_seen_each_other() -> None:
    twins = revision(A, 5, {Q: 10}, seen={A: 5}), revision(A, 5, {Q: 11})
    assert sorted(values(folded(*twins))) == [10, 11]


def test_the_next_number_of_a_forked_device_replaces_both_twins() -> None:
    report = folded(revision(A, 5, {Q: 10}), revision(A, 5, {Q: 11}), revision(A, 6, {Q: 11}))
    assert values(report) == [11]
    assert report.forked == ((A, 5),)


def test_each_branch_of_a_clone_keeps_the_age_of_its_own_value() -> None:
    """The old phone typed 10 at 1; its clone typed 11 at 2. B had seen 1."""
    old, clone = [revision(A, n, {Q: 10}) for n in (1, 2, 3)], [revision(A, n, {Q: 11}) for n in (2, 3)]
    assert sorted(values(folded(*old, *clone, revision(B, 1, {Q: 12}, seen={A: 1})))) == [11, 12]


def test_a_finish_does_not_cover_its_twin() -> None:
    report = folded(finish(A, 5, {Q: 10}), revision(A, 5, {R: ["c1"]}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}
    assert report.open_edit


# Two states


def test_a_report_without_a_finish_is_a_draft_and_counts_nothing() -> None:
    report = folded(revision(A, 1, {Q: 10}), staff("amend", 100, answers={Q: 11}))
    assert (report.status, report.counted, report.open_edit) == ("draft", None, False)


def test_a_finish_counts_its_own_snapshot() -> None:
    report = folded(revision(A, 1, {Q: 10}), finish(A, 2, {Q: 11}))
    assert report.status == "finished"
    assert report.counted == report.latest
    assert report.finishes == ((A, 2),)


def test_an_edit_after_the_finish_waits_for_the_next_finish() -> None:
    edit = [finish(A, 1, {Q: 10}), revision(A, 2, {Q: 11})]
    waiting, done = folded(*edit), folded(*edit, finish(A, 3, {Q: 11}))
    assert waiting.counted is not None
    assert done.counted is not None
    assert (waiting.latest.answers, waiting.counted.answers, waiting.open_edit) == ({Q: 11}, {Q: 10}, True)
    assert (done.counted.answers, done.open_edit) == ({Q: 11}, False)


def test_a_draft_beside_a_finished_report_waits() -> None:
    report = folded(finish(A, 1, {Q: 10}), revision(B, 1, {R: ["c1"]}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}
    assert report.latest.answers == {Q: 10, R: ["c1"]}
    assert report.open_edit


def test_a_finish_covers_of_the_others_what_it_had_seen() -> None:
    report = folded(revision(B, 1, {R: ["c1"]}), revision(B, 2, {R: ["c2"]}), finish(A, 1, {Q: 10}, seen={B: 1}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10, R: ["c1"]}
    assert report.latest.answers == {Q: 10, R: ["c2"]}
    assert report.open_edit


def test_a_finish_covers_of_its_own_device_up_to_itself_even_when_older_ones_come_late() -> None:
    late = revision(A, 1, {Q: 9})
    report = folded(finish(A, 2, {Q: 10}), late)
    assert report.counted == report.latest
    assert not report.open_edit


def test_two_finishes_cover_together() -> None:
    report = folded(finish(A, 1, {Q: 10}), finish(B, 1, {R: ["c1"]}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10, R: ["c1"]}
    assert report.finishes == ((A, 1), (B, 1))


def test_handing_over_needs_no_copying() -> None:
    report = folded(revision(A, 4, {Q: 10, R: ["c1"]}), finish(B, 1, {}, seen={A: 4}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10, R: ["c1"]}
    assert not report.open_edit


def test_seeing_is_not_passed_on_by_the_fold() -> None:
    """What C said reached B's screen through a pull, so B's `seen` names it; what it does not name is not covered."""
    report = folded(revision(C, 1, {Q: 10}), revision(A, 1, {R: []}, seen={C: 1}), finish(B, 1, seen={A: 1}))
    assert report.counted is not None
    assert report.counted.answers == {R: []}
    assert report.open_edit


def test_a_disagreement_can_wait_in_the_latest_state_alone() -> None:
    report = folded(finish(A, 1, {Q: 10}), revision(B, 1, {Q: 11}))
    assert report.counted is not None
    assert report.counted.disagreement == {}
    assert len(report.latest.disagreement[Q]) == 2


def test_a_value_that_fell_to_an_uncovered_one_still_counts() -> None:
    report = folded(finish(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, seen={A: 1}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}
    assert report.latest.answers == {Q: 11}


def test_the_word_of_staff_counts_without_a_finish_over_it() -> None:
    report = folded(finish(A, 1, {Q: 10}), staff("amend", 100, answers={Q: 12}, seen={A: 1}))
    assert report.counted is not None
    assert report.counted.answers == {Q: 12}
    assert not report.open_edit


def test_staff_may_finish_for_a_phone_that_died() -> None:
    report = folded(revision(A, 3, {Q: 10}), revision(A, 4, {Q: 11}), staff("finish", 100, seen={A: 3}))
    assert report.status == "finished"
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}
    assert report.finishes == (("staff", 100),)
    assert report.open_edit


# Voids


def test_a_void_takes_away_the_finish_that_it_followed() -> None:
    report = folded(finish(A, 1, {Q: 10}), void(A, 2))
    assert (report.status, report.counted, report.void_disputed, report.open_edit) == ("void", None, False, False)


def test_a_void_takes_away_the_finish_of_another_phone_that_it_had_seen() -> None:
    assert folded(finish(A, 1, {Q: 10}), void(B, 1, seen={A: 1})).status == "void"


def test_a_void_of_a_draft_makes_the_report_void() -> None:
    report = folded(revision(A, 1, {Q: 10}), void(A, 2))
    assert (report.status, report.latest.answers) == ("void", {Q: 10})


def test_a_finish_that_followed_the_void_counts_and_is_disputed() -> None:
    for followed in (finish(A, 3, {Q: 11}), finish(B, 1, {Q: 11}, seen={A: 2})):
        report = folded(revision(A, 1, {Q: 10}), void(A, 2), followed)
        assert (report.status, report.void_disputed) == ("finished", True)


def test_a_finish_that_had_not_seen_the_void_nor_was_seen_by_it_counts_and_is_disputed() -> None:
    report = folded(revision(A, 1, {Q: 10}), void(A, 2), finish(B, 1, {Q: 11}, seen={A: 1}))
    assert (report.status, report.void_disputed) == ("finished", True)
    assert report.counted is not None
    assert report.counted.answers == {Q: 11}


def test_a_void_that_had_seen_one_finish_of_two_leaves_the_other() -> None:
    report = folded(finish(A, 1, {Q: 10}), finish(C, 1, {R: ["c1"]}), void(B, 1, seen={A: 1}))
    assert report.finishes == ((C, 1),)
    assert report.counted is not None
    assert report.counted.answers == {R: ["c1"]}
    assert report.void_disputed


def test_an_edit_that_a_void_had_not_seen_waits_beside_it() -> None:
    seen, unseen = revision(A, 1, {Q: 10}), revision(A, 2, {Q: 11})
    assert not folded(seen, void(B, 1, seen={A: 1})).open_edit
    assert folded(seen, unseen, void(B, 1, seen={A: 1})).open_edit


def test_a_draft_that_was_voided_does_not_wait_beside_the_finish_of_another() -> None:
    assert not folded(revision(A, 1, {Q: 10}), void(A, 2), finish(B, 1, {Q: 11})).open_edit


def test_a_void_and_a_finish_that_claim_to_have_known_each_other_leave_the_finish() -> None:
    report = folded(finish(A, 1, {Q: 10}, seen={B: 9}), void(B, 1, seen={A: 9}))
    assert (report.status, report.void_disputed) == ("finished", True)


def test_a_second_void_ends_the_dispute() -> None:
    report = folded(finish(A, 1), void(A, 2), finish(A, 3), void(A, 4))
    assert (report.status, report.void_disputed) == ("void", False)


def test_staff_may_finish_what_was_voided() -> None:
    report = folded(finish(A, 1, {Q: 10}), void(A, 2), staff("finish", 100, seen={A: 2}))
    assert (report.status, report.void_disputed) == ("finished", True)
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}


def test_joining_two_reports_voids_one_and_says_where_it_went() -> None:
    kept = folded(finish(B, 1, {R: ["c1"]}), revision(A, 8, {Q: 10}, seen={B: 1}), finish(A, 9, {Q: 10}, seen={B: 1}))
    joined = folded(finish(A, 1, {Q: 10}), void(A, 10, reason="joined", into="report-1"))
    assert kept.counted is not None
    assert kept.counted.answers == {Q: 10, R: ["c1"]}
    assert joined.status == "void"
    assert joined.voids == ({"author": A, "number": 10, "reason": "joined", "into": "report-1"},)


# Decisions of staff


def test_an_excluded_report_counts_nothing() -> None:
    report = folded(finish(A, 1, {Q: 10}), staff("exclude", 100))
    assert (report.status, report.counted) == ("excluded", None)
    assert report.latest.answers == {Q: 10}


def test_including_takes_an_exclusion_back() -> None:
    report = folded(finish(A, 1, {Q: 10}), staff("exclude", 100), staff("include", 101))
    assert report.status == "finished"


def test_the_newest_decision_stands() -> None:
    report = folded(finish(A, 1), staff("include", 100), staff("exclude", 101), staff("merge", 102, into="report-1"))
    assert (report.status, report.into) == ("merged", "report-1")
    assert folded(finish(A, 1), staff("merge", 100, into="report-1"), staff("include", 101)).into is None


def test_a_later_finish_does_not_undo_an_exclusion() -> None:
    assert folded(finish(A, 1), staff("exclude", 100), finish(A, 2)).status == "excluded"


# Held operations


def test_a_report_of_held_operations_alone_is_held() -> None:
    held = replace(finish(A, 1, {Q: 10}), held="unknown_station")
    report = folded(held)
    assert (report.status, report.latest.answers, report.latest.heads) == ("held", {}, {})
    assert report.held == ((held.op_id, "unknown_station"),)


def test_a_held_operation_beside_others_says_nothing() -> None:
    held = replace(revision(B, 1, {Q: 99}), held="other_team")
    report = folded(finish(A, 1, {Q: 10}), held)
    assert (report.status, report.latest.answers, report.open_edit) == ("finished", {Q: 10}, False)
    assert report.held == ((held.op_id, "other_team"),)


def test_a_released_operation_counts_as_if_it_had_never_been_held() -> None:
    free = finish(A, 1, {Q: 10})
    held = replace(free, held="unknown_station")
    report = folded(held, staff("release", 100, op_ids=[held.op_id]))
    assert (report.status, report.held) == ("finished", ())
    assert report.counted is not None
    assert report.counted.answers == {Q: 10}


# The set, and what stands written


def test_order_and_repetition_change_nothing() -> None:
    operations = [revision(A, 1, {Q: 10}), finish(B, 1, {Q: 11}), staff("amend", 100, answers={Q: 12}), void(A, 2)]
    assert to_json(fold([*reversed(operations), *operations])) == to_json(fold(operations))


def test_nothing_folds_to_an_empty_draft() -> None:
    report = folded()
    assert (report.status, report.latest.answers, report.latest.heads) == ("draft", {}, {})


def test_other_kinds_of_operation_say_nothing() -> None:
    odd = operation(A, 2, "attachment.declare", {"answers": {Q: 99}})
    report = folded(finish(A, 1, {Q: 10}), odd)
    assert (report.latest.answers, report.open_edit) == ({Q: 10}, False)


def test_a_state_reads_like_a_body() -> None:
    place = {"kind": "station", "id": "KZ-75-0123"}
    plain = as_plain(folded(finish(A, 3, {Q: 10}, place=place, visit_no=1, notes={Q: "told"}, confirmed=["K03"])))
    assert plain["latest"] == {
        "form": "B",
        "form_version": 3,
        "place": place,
        "visit_no": 1,
        "answers": {Q: 10},
        "notes": {Q: "told"},
        "confirmed": ("K03",),
        "disagreement": {},
        "heads": {A: 3},
    }


def test_the_json_of_a_report_names_everything_and_is_canonical() -> None:
    written = to_json(folded(finish(A, 1, {Q: 10}), revision(B, 1, {Q: 11}, comment="Құпия дауыс")))
    plain = json.loads(written)
    assert sorted(plain) == sorted(as_plain(folded()))
    assert written == json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    assert [voice["value"] for voice in plain["latest"]["disagreement"][Q]] in ([10, 11], [11, 10])


@pytest.mark.parametrize("body", [{"answers": []}, {"seen": "x"}, {"settled": 7}, {"notes": None}, {"seen": {B: True}}])
def test_a_part_of_the_wrong_shape_says_nothing(body: dict[str, object]) -> None:
    report = folded(operation(A, 1, "report.finish", body), revision(B, 1, {Q: 10}))
    assert report.latest.answers == {Q: 10}
    assert report.open_edit
