"""The definitions that two people would make differently, one by one."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.errors import UrnaError
from app.results import results
from tests.golden.night import Night, checklist, choice, four_point, item, report_uuid, row_of, yes_no

B = checklist(
    "B",
    choice("b01", "nominal", "full", "restricted", "removed", "refused"),
    yes_no("b30", relevant="${b01} != 'refused'"),
    item("b31", "integer", "count", relevant="${b30} != 'no'"),
    choice("b23", "frequency", "always", "mostly", "sometimes", "never"),
    choice("b13", "multiple", "none*", "x", "y", type="multiple", negative_when=["x"]),
    item("b09", "integer", "count"),
    item("b10", "integer", "count"),
    item("b50", "decimal", "number"),
    choice("b42", "nominal", "end", "left_early"),
    four_point("b45"),
    access="b01",
    stayed_until="b42",
    overall="b45",
)
C = checklist("C", yes_no("c18"), item("c43", "datetime", "time"), stage="counting")
EIGHT, NINE, TEN = (f"2022-11-20T{hour:02d}:00" for hour in (8, 9, 10))


@pytest.fixture
def night(database: Engine) -> Night:
    built = Night.of(database, B, C)
    built.frame(*({"code": f"s{n}", "region": f"R{n % 2}", "settlement": "urban"} for n in range(6)))
    built.teams({"code": "t1", "type": "lto"}, {"code": "t2", "type": "sto"})
    return built


def b30(night: Night, text: str = "") -> dict[str, Any]:
    return row_of(night.results(f"question=b30&{text}"), "b30")


def test_what_refused_access_skips_is_no_access_and_another_skip_is_not_applicable(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b01": "refused", "b30": "yes", "b31": 3})
    night.report("r2", "t1-a", "B", "s1", {"b01": "full", "b30": "no", "b31": 3})
    night.report("r3", "t1-a", "B", "s1", {"b01": "full"})
    night.send()
    answer = night.results()
    assert (row_of(answer, "b30")["no_access"], row_of(answer, "b30")["missing"]) == (1, 1)
    skipped = row_of(answer, "b31")
    assert (skipped["not_applicable"], skipped["observed"], skipped["missing"]) == (1, 1, 1)


def test_all_but_always_is_negative_and_bad_is_too(night: Night) -> None:
    for number, (often, how) in enumerate([("always", "good"), ("mostly", "bad"), ("never", "very_bad")]):
        night.report(f"r{number}", "t1-a", "B", f"s{number}", {"b23": often, "b45": how})
    night.send()
    answer = night.results()
    assert row_of(answer, "b23")["negative_visits"] == 2
    assert row_of(answer, "b45")["negative_visits"] == 2
    assert row_of(answer, "b09")["negative_visits"] is None


def test_none_gives_way_and_shares_of_a_multiple_choice_may_pass_one(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b13": ["x", "y"]})
    night.report("r2", "t1-a", "B", "s2", {"b13": ["none", "x"]})
    night.report("r3", "t1-a", "B", "s3", {"b13": []})
    night.send()
    row = row_of(night.results(), "b13")
    assert row["counts"] == {"none": 0, "x": 2, "y": 1}
    assert row["share"] == {"none": 0.0, "x": 1.0, "y": 0.5}
    assert (row["missing"], row["negative_visits"]) == (1, 2)


def test_only_finished_reports_count_unless_others_are_asked_for(night: Night) -> None:
    for name, kind in (("done", "report.finish"), ("open", "report.revision"), ("gone", "report.finish"),
                       ("out", "report.finish"), ("twin", "report.finish")):  # fmt: skip
        night.report(name, "t1-a", "B", "s1", {"b30": "yes"}, kind=kind)
    night.void("gone", "t1-a")
    night.staff("exclude", "out")
    night.staff("merge", "twin", into=report_uuid("done"))
    night.report("odd", "t1-a", "B", "s1", {"b30": "no"}, held="unknown_station")
    night.send()
    assert b30(night)["visits"] == 1
    assert b30(night, "include=draft")["visits"] == 2
    rows = night.results("question=b30&by=status&status=draft,finished,held,void,excluded,merged")["results"][0]["rows"]
    assert [row["by"]["status"] for row in rows] == ["draft", "finished", "held", "void", "excluded", "merged"]
    assert all(row["visits"] == 1 for row in rows)


def test_an_edit_after_the_finish_waits_for_the_next(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes"})
    night.report("r1", "t1-a", "B", "s1", {"b30": "no"}, kind="report.revision")
    night.send()
    assert b30(night)["counts"] == {"yes": 1, "no": 0}
    night.report("r1", "t1-a", "B", "s1", {"b30": "no"})
    night.send()
    assert b30(night)["counts"] == {"yes": 0, "no": 1}


def test_what_a_person_releases_counts_from_then_on(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes"}, held="carrier_upload")
    op_id = night.waiting[-1].op_id
    held = night.send()
    night.staff("release", "r1", op_ids=[op_id])
    night.send()
    assert b30(night, f"as_of={held}")["visits"] == 0
    assert b30(night)["visits"] == 1


def test_of_two_phones_at_one_visit_the_fuller_report_counts_until_a_person_decides(night: Night) -> None:
    night.report("thin", "t1-a", "B", "s1", {"b30": "yes"}, arrived_at=EIGHT)
    night.report("full", "t1-b", "B", "s1", {"b30": "no", "b01": "full"}, arrived_at=NINE)
    night.report("later", "t1-b", "B", "s1", {"b30": "no"}, arrived_at="2022-11-20T10:01")
    night.report("others", "t2-a", "B", "s1", {"b30": "no"}, arrived_at=EIGHT)
    before = night.send()
    answer = night.results("question=b30")
    assert (row_of(answer, "b30")["counts"], answer["suspected_duplicates"]) == ({"yes": 0, "no": 3}, 1)
    assert "Probable duplicates are left out until a person decides: 1" in answer["notes"]
    night.staff("include", "thin")
    night.send()
    assert (b30(night)["visits"], b30(night, f"as_of={before}")["visits"]) == (4, 3)
    night.staff("exclude", "thin")
    night.send()
    assert (b30(night)["visits"], night.results()["suspected_duplicates"]) == (3, 0)


def test_one_phone_may_report_one_place_twice(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes"}, arrived_at=EIGHT)
    night.report("r2", "t1-a", "B", "s1", {"b30": "yes"}, arrived_at=EIGHT)
    night.send()
    row = b30(night)
    assert (row["visits"], row["stations"], row["counts"]["yes"], row["stations_with"]["yes"]) == (2, 1, 2, 1)


def test_differing_values_are_counted_as_disagreement(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes", "b09": 7}, kind="report.revision")
    night.report("r1", "t1-b", "B", "s1", {"b30": "no", "b09": 7}, seen={"t1-a": 0})
    night.staff("finish", "r1", seen={"t1-a": 1, "t1-b": 1})
    night.send()
    answer = night.results("include=draft")
    assert (row_of(answer, "b30")["disagreements"], row_of(answer, "b09")["disagreements"]) == (1, 0)
    assert row_of(answer, "b30")["observed"] == 1


def test_a_station_is_negative_if_any_visit_was_and_judged_by_the_latest(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes", "b45": "bad", "b09": 5}, arrived_at=EIGHT)
    night.report("r2", "t1-a", "B", "s1", {"b30": "no", "b45": "good", "b09": 7}, arrived_at=TEN)
    night.report("r3", "t1-a", "B", "s1", {"b30": {"blank": "not_observed"}}, arrived_at=NINE)
    night.report("r4", "t1-a", "B", None, {"b30": "yes"})
    night.send()
    answer = night.results("unit=station")
    row, overall = row_of(answer, "b30"), row_of(answer, "b45")
    assert (row["counts"], row["observed"], row["not_observed"]) == ({"yes": 1, "no": 0}, 1, 0)
    assert (row["visits"], row["stations"], row["place_unknown"], row["negative_visits"]) == (4, 1, 1, 2)
    assert (overall["counts"]["good"], overall["counts"]["bad"], overall["negative_stations"]) == (1, 0, 1)
    assert row_of(answer, "b09")["numeric"]["sum"] == 7


def test_a_place_of_another_kind_is_unknown(night: Night) -> None:
    night.report("r1", "t1-a", "B", "c1", {"b30": "yes"}, place_kind="commission")
    night.report("r2", "t1-a", "B", None, {"b30": "yes"})
    night.send()
    assert (b30(night)["stations"], b30(night)["place_unknown"]) == (0, 2)


def test_women_among_members_is_a_sum_over_a_sum_of_the_visits_with_both(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b09": 7, "b10": 3})
    night.report("r2", "t1-a", "B", "s2", {"b09": 11, "b10": 8})
    night.report("r3", "t1-a", "B", "s3", {"b09": 100, "b10": {"blank": "not_observed"}})
    night.send()
    row = row_of(night.results("ratio=b10/b09"), "b10/b09")
    assert row["numeric"] == {"n": 2, "numerator": 11, "denominator": 18, "ratio": 11 / 18}
    assert (row["observed"], row["not_observed"], row["ci_reason"]) == (2, 1, "not_a_station_share")


def test_numbers_have_zeros_and_linear_quartiles_and_exact_sums(night: Night) -> None:
    for number, value in enumerate([0, 0.1, 0.2, 10]):
        night.report(f"r{number}", "t1-a", "B", "s1", {"b50": value})
    night.send()
    numeric = row_of(night.results(), "b50")["numeric"]
    assert (numeric["n"], numeric["zeros"], numeric["sum"], numeric["mean"]) == (4, 1, 10.3, 2.575)
    assert [numeric[name] for name in ("min", "p25", "median", "p75", "max")] == pytest.approx(
        [0, 0.075, 0.15, 2.65, 10]
    )


def test_a_number_in_bands_has_shares(night: Night) -> None:
    for number, value in enumerate([0, 4, 5, 20]):
        night.report(f"r{number}", "t1-a", "B", "s1", {"b09": value})
    night.report("r9", "t1-a", "B", "s1", {})
    night.send()
    row = row_of(night.results("question=b09,b30&bands=1,5"), "b09")
    assert row["counts"] == {"<1": 1, "1..5": 1, ">=5": 2}
    assert (row["share"][">=5"], row["missing"], row["numeric"]["n"]) == (0.5, 1, 4)


def test_a_time_after_midnight_is_later_than_one_before(night: Night) -> None:
    night.report("r1", "t1-a", "C", "s1", {"c43": "2022-11-20T23:30"}, arrived_at="2022-11-20T20:00")
    night.report("r2", "t1-a", "C", "s2", {"c43": "2022-11-21T01:30"}, arrived_at="2022-11-20T20:00")
    night.send()
    row = row_of(night.results("question=c43&bands=24:00"), "c43")
    assert (row["counts"], row["numeric"]["max"]) == ({"<24:00": 1, ">=24:00": 1}, 25 * 60 + 30)


def test_complete_follows_access_and_how_long_we_stayed(night: Night) -> None:
    kinds: list[dict[str, Any]] = [
        {"b01": "full", "b42": "end"}, {"b01": "restricted"}, {}, {"b01": "removed"},
        {"b01": "full", "b42": "left_early"}, {"b01": "refused"},
    ]  # fmt: skip
    for number, answers in enumerate(kinds):
        night.report(f"r{number}", "t1-a", "B", "s1", answers)
    night.send()
    rows = night.results("question=b45&by=complete")["results"][0]["rows"]
    assert [(row["by"]["complete"], row["visits"]) for row in rows] == [("full", 3), ("partial", 2), ("refused", 1)]
    assert row_of(night.results("question=b45&complete=full,refused"), "b45")["visits"] == 4


def test_filters_narrow_and_conditions_hold_together(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes", "b13": ["x"]}, arrived_at=EIGHT)
    night.send()
    night.report("r2", "t2-a", "B", "s2", {"b30": "no", "b13": ["x", "y"]}, arrived_at=NINE, visit_no=2)
    night.report("r3", "t2-a", "C", "s2", {"c18": "yes"}, arrived_at=NINE)
    night.send(60)

    def reports(text: str) -> int:
        entries = night.results(f"question=b30,c18&{text}")["results"]
        return sum(row["visits"] for entry in entries for row in entry["rows"])

    wanted = {
        "form=B": 2, "stage=counting": 1, "stage=any": 3, "region=R1": 1, "region=R0,R1": 3, "region=R7": 0,
        "hour=9": 2, "team_type=sto": 2, "visit=repeat": 1, "settlement=urban": 3, "ps_type=ordinary": 3,
        "commission=c": 0, "where=b13:x": 2, "where=b13:y": 1, "where=b13:x&where=b30:no": 1, "where=b13:negative": 2,
        "where=b13:missing": 0, "received_from=2022-11-20T02:00:00Z": 2, "received_to=2022-11-20T02:00:00Z": 1,
        "status=void": 0,
    }  # fmt: skip
    assert {text: reports(text) for text in wanted} == wanted


def test_any_closed_item_is_a_dimension_and_two_go_together(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes", "b45": "bad", "b13": ["x", "y"]})
    night.report("r2", "t1-a", "B", "s2", {"b30": "no", "b45": "good", "b13": ["none"]})
    night.report("r3", "t1-a", "B", "s2", {"b30": "no"})
    night.send()
    rows = night.results("question=b30&by=item:b45&by=region")["results"][0]["rows"]
    assert [(row["by"]["item:b45"], row["by"]["region"], row["visits"]) for row in rows] == [
        ("good", "R0", 1), ("bad", "R1", 1), ("missing", "R0", 1),
    ]  # fmt: skip
    several = night.results("question=b30&by=item:b13")["results"][0]["rows"]
    assert [(row["by"]["item:b13"], row["visits"]) for row in several] == [
        ("none", 1),
        ("x", 1),
        ("y", 1),
        ("missing", 1),
    ]


def test_a_figure_a_row_is_the_same_in_another_shape(night: Night) -> None:
    night.report("r1", "t1-a", "B", "s1", {"b30": "yes", "b09": 4})
    night.send()
    wide = night.results("question=b30,b09&by=region")
    lines = night.results("question=b30,b09&by=region&shape=tidy")["results"]
    for entry in wide["results"]:
        own = {(line["kind"], line["name"]): line for line in lines if line["question"] == entry["question"]["code"]}
        for row in entry["rows"]:
            assert {n: own["option", n]["value"] for n in row["counts"]} == row["counts"]
            assert {n: own["numeric", n]["value"] for n in row["numeric"] or {}} == (row["numeric"] or {})
            assert own["blank", "missing"]["value"] == row["missing"]
            assert all(line["region"] == "R1" for line in own.values())


def test_small_n_is_below_thirty_and_nothing_is_hidden(night: Night) -> None:
    for number in range(30):
        night.report(f"r{number}", "t1-a", "B", "s1", {"b30": "yes", **({"b09": 1} if number else {})})
    night.send()
    answer = night.results()
    assert (row_of(answer, "b30")["small_n"], row_of(answer, "b09")["small_n"]) == (False, True)


def test_too_many_rows_are_refused_before_they_are_written(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    night.report("r1", "t1-a", "B", "s1", {})
    night.send()
    monkeypatch.setattr(results, "ROWS_MAX", 5)
    with pytest.raises(UrnaError, match="rows"):
        night.results("form=B")


SAMPLE = [{"code": f"s{n:02d}", "region": f"R{n % 2}", "sampled": n < 28, "stratum": f"h{n % 2}"} for n in range(30)]


def sampled(night: Night, teams: int = 1, **sampling: Any) -> None:
    """28 of 30 stations, all of the sample, 3 of them negative."""
    night.settings(sampling=sampling)
    night.frame(*SAMPLE)
    for number in range(28):
        team, bad = number * teams // 28, number < 3
        night.report(f"r{number}", f"t{team}-a", "B", f"s{number:02d}", {"b30": "yes" if bad else "no"})
    night.send()


def test_a_declared_random_sample_of_stations_has_an_interval(night: Night) -> None:
    sampled(night, design="srs")
    row = b30(night, "unit=station")
    assert row["ci_reason"] is None
    assert [round(edge, 4) for edge in row["ci"]["negative"]] == [0.0807, 0.1410]
    assert row["ci"]["yes"] == row["ci"]["negative"]


def test_a_stratified_sample_takes_the_frame_of_each_stratum(night: Night) -> None:
    sampled(night, design="stratified")
    low, high = b30(night, "unit=station")["ci"]["negative"]
    assert 0.08 < low < 3 / 28 < high < 0.15


def test_an_interval_needs_stations_a_design_a_known_frame_and_the_sample_alone(night: Night) -> None:
    sampled(night, design="srs")
    assert b30(night)["ci_reason"] == "non_probability_sample"
    assert b30(night, "unit=station&hour=8")["ci_reason"] == "non_probability_sample"
    assert row_of(night.results("question=b30&unit=station&by=region"), "b30", region="R0")["ci"] is not None
    assert row_of(night.results("unit=station"), "b09")["ci_reason"] == "not_a_station_share"
    assert row_of(night.results("unit=station"), "b45")["ci_reason"] == "nothing_observed"
    night.report("r99", "t1-a", "B", "s29", {"b30": "no"})
    night.send()
    assert b30(night, "unit=station")["ci_reason"] == "non_probability_sample"


def test_teams_as_clusters_that_agree_widen_the_interval(night: Night) -> None:
    sampled(night, teams=9, design="srs", clusters="team")
    low, high = b30(night, "unit=station")["ci"]["negative"]
    assert low < 0.08
    assert high > 0.145


def test_a_sample_carried_by_one_team_tells_nothing_of_the_spread(night: Night) -> None:
    sampled(night, teams=1, design="srs", clusters="team")
    assert (b30(night, "unit=station")["ci"], b30(night, "unit=station")["ci_reason"]) == (None, "one_cluster")


def test_the_past_knows_no_option_that_came_later(database: Engine) -> None:
    night = Night.of(database, checklist("B", choice("b13", "nominal", "c1", "c2")))
    night.report("r1", "t1-a", "B", "s1", {"b13": "c1"})
    then = night.send()
    before = night.results(f"as_of={then}")
    night.publish(checklist("B", choice("b13", "nominal", "c1", "c2", "c3")))
    assert night.results(f"as_of={then}") == before
    assert list(row_of(night.results(), "b13")["counts"]) == ["c1", "c2", "c3"]


def test_options_of_many_versions_beyond_what_is_counted_close_no_door(database: Engine) -> None:
    early, late = [f"a{n}" for n in range(44)], [f"c{n}" for n in range(44)]
    night = Night.of(database, checklist("B", choice("b13", "multiple", *early, type="multiple"), yes_no("b30")))
    night.report("r1", "t1-a", "B", "s1", {"b13": ["a0", "a43"], "b30": "yes"})
    night.publish(checklist("B", choice("b13", "multiple", *late, type="multiple"), yes_no("b30")))
    night.report("r2", "t1-a", "B", "s2", {"b13": ["c0"], "b30": "no"}, form_version=2)
    night.send()
    row = row_of(night.results("by=item:b13&question=b13"), "b13", **{"item:b13": "c0"})
    assert (row["observed"], row["counts"]["c0"], len(row["counts"])) == (1, 1, 80)
    assert row_of(night.results("unit=station"), "b13")["observed"] == 2
    assert row_of(night.results(), "b30")["counts"] == {"yes": 1, "no": 1}
