"""The demo mission: published totals kept exactly, everything drawn the same each time, a day that reads like one."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo import figures, itinerary, kazakhstan, rounds, steps, teams
from app.demo.chance import apportioned, dice_of, uuid7
from app.demo.mission import lists
from app.demo.play import ROUNDS_AT_ONCE, waves
from app.demo.regions import REGIONS
from app.forms.answers import findings, irrelevant, outside
from app.forms.catalogue import Candidate, built_in, with_candidates
from app.forms.check import compile_checklist
from app.forms.model import Checklist

CANDIDATES = [
    Candidate(code=line["code"], name={lang: line[f"name_{lang}"] for lang in kazakhstan.LANGUAGES})
    for line in kazakhstan.CANDIDATES
]


@pytest.fixture(scope="module")
def forms() -> dict[str, Checklist]:
    """The checklists as a phone of the demo has them."""
    return {code: compile_checklist(with_candidates(form, CANDIDATES)) for code, form in built_in().items()}


@pytest.fixture(scope="module")
def day(forms: dict[str, Checklist]) -> list[steps.Step]:
    """Every operation of the day."""
    return steps.day_steps(forms)


def test_the_published_totals_are_kept_exactly() -> None:
    stations = kazakhstan.stations()
    kinds = Counter(line["type"] for line in stations)
    assert (len(stations), kinds["abroad"], sum(line["voters"] for line in stations)) == (10_101, 68, 11_953_465)
    assert sum(line["opens_at"] == "06:00" for line in stations) == 86
    assert (len(kazakhstan.regions()), len(kazakhstan.commissions()), len(CANDIDATES)) == (20, 239, 6)
    assert sum(kazakhstan.VOTES.values()) + kazakhstan.AGAINST_ALL == 7_940_477
    voters = Counter[str]()
    for line in stations:
        voters[line["region"]] += line["voters"]
    ranked = [region for region, _ in voters.most_common()]
    assert (ranked[0], ranked[-1]) == ("KZ-61", "KZ-62")


def test_the_west_was_an_hour_behind_on_the_day() -> None:
    noon = datetime(2022, 11, 20, 12, tzinfo=UTC)
    hours = {region.code: noon.astimezone(ZoneInfo(region.zone)).hour - 12 for region in REGIONS}
    assert {code for code, hour in hours.items() if hour == 5} == {"KZ-15", "KZ-23", "KZ-27", "KZ-43", "KZ-47"}
    assert set(hours.values()) == {5, 6}


def test_each_station_has_its_number_in_its_region_and_says_that_it_is_simulated() -> None:
    stations = kazakhstan.stations()
    assert len({kazakhstan.station_code(line) for line in stations}) == len(stations)
    assert all(line["address"].endswith("(simulated)") and " / " in line["name"] for line in stations)
    assert {line["commission"] for line in stations} == {
        line["code"] for line in kazakhstan.commissions() if not line["code"].endswith("T00")
    }
    assert max(line["voters"] for line in stations) <= 3000


def test_another_process_draws_the_same_to_the_last_bit() -> None:
    program = (
        "import hashlib; from app.demo.mission import lists; "
        "print(hashlib.sha256(b''.join(lists().values())).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert other.stdout.strip() == hashlib.sha256(b"".join(lists().values())).hexdigest()


def test_every_team_has_an_opening_voting_a_count_and_a_tabulation_in_its_region() -> None:
    regions = {line["team"]: line["region"] for line in teams.teams()}
    assert len(regions) == 150
    assert {line["members"] for line in teams.teams()} == {2, 3}
    stages = Counter((line["team"], line["stage"]) for line in teams.plan())
    for team, region in regions.items():
        assert [stages[team, stage] for stage in ("opening", "counting", "tabulation")] == [1, 1, 1]
        assert stages[team, "voting"] >= 8
        places = [line["station"] or line["commission"] for line in teams.plan() if line["team"] == team]
        assert all(place.startswith(region) for place in places)


def test_nobody_is_at_two_places_at_once() -> None:
    for before, after in zip(itinerary.visits(), itinerary.visits()[1:], strict=False):
        assert before.arrived < before.departed
        assert before.team != after.team or before.departed < after.arrived


def test_a_day_has_about_1900_reports_and_each_phase_its_hours(day: list[steps.Step]) -> None:
    assert 1850 <= len({step.report_id for step in day}) <= 1950
    finished = Counter((step.body["form"], local(step).hour) for step in day if step.kind == "report.finish")
    openings = {hour for (form, hour), _ in finished.items() if form == "A"}
    assert openings <= {6, 7, 8, 9}
    counts = sum(n for (form, hour), n in finished.items() if form == "C" and hour in (22, 23, 0, 1))
    assert counts >= 0.85 * sum(n for (form, _), n in finished.items() if form == "C")
    tabulations = {hour for (form, hour), _ in finished.items() if form == "D"}
    assert tabulations <= {22, 23, 0, 1, 2, 3, 4, 5, 9, 10, 11, 12}


def local(step: steps.Step) -> datetime:
    return step.at + timedelta(minutes=step.tz_min)


def test_every_answer_is_one_that_its_question_offers_and_asks_for(
    day: list[steps.Step], forms: dict[str, Checklist]
) -> None:
    for step in [step for step in day if step.kind == "report.finish"][::7]:
        form, answers = forms[step.body["form"]], step.body["answers"]
        items = {item.code: item for item in form.items()}
        assert answers.keys() <= items.keys()
        assert not [code for code, answer in answers.items() if outside(items[code], answer)]
        station = itinerary.station_lines().get(step.body["place"]["id"])
        context = {"header": step.body, "station": dict(station or {}), "settings": {"opens_at": "07:00"}}
        assert not irrelevant(form, answers, context) & answers.keys()


def test_counts_were_worse_than_voting_and_some_protocols_do_not_add_up(
    day: list[steps.Step], forms: dict[str, Checklist]
) -> None:
    overall: dict[str, list[str]] = {"B": [], "C": []}
    failed = Counter[str]()
    for step in day:
        form = step.body["form"]
        if step.kind == "report.finish" and form in overall:
            overall[form].append(step.body["answers"].get(forms[form].overall or "", ""))
        if step.kind == "report.finish" and form == "C":
            failed.update(f.check for f in findings(forms["C"], step.body["answers"]) if f.result == "fail")
    shares = {form: sum(one in ("bad", "very_bad") for one in said) / len(said) for form, said in overall.items()}
    assert shares["B"] < 0.15
    assert 0.5 < shares["C"] < 0.7
    assert {"K02", "K03", "K05", "K06"} <= failed.keys()


def test_a_protocol_adds_up_unless_it_is_spoiled() -> None:
    codes = [kazakhstan.station_code(line) for line in kazakhstan.stations()[::97]]
    sound = [one for one in (figures.protocol(code, "fine") for code in codes) if adds_up(one)]
    assert len(codes) > len(sound) > 0.8 * len(codes)


def adds_up(one: figures.Figures) -> bool:
    votes = sum(one[name] for name in ("c1", "c2", "c3", "c4", "c5", "c6", "against_all"))
    return (
        votes == one["valid"]
        and one["valid"] + one["invalid"] == one["stationary"] + one["mobile_boxes"] <= one["issued"] <= one["voters"]
        and one["received"] == one["issued"] + one["unused"] + one["spoiled"]
        and one["signatures"] == one["issued"]
    )


def test_rounds_keep_each_phones_order_wait_out_the_outage_and_come_twice_now_and_then(day: list[steps.Step]) -> None:
    drawn = rounds.rounds_of(day)
    assert sum(len(one.steps) for one in drawn) == len(day)
    for phone in {one.phone for one in drawn}:
        made = [step.at for one in drawn if one.phone == phone for step in one.steps]
        assert made == sorted(made)
    assert all(one.at > one.steps[-1].at for one in drawn)
    begins, ends = rounds.outage()
    cut_off = [one for one in drawn if rounds.regions()[one.phone[0]] == rounds.OUTAGE_REGION]
    assert ends - begins == timedelta(hours=1)
    assert not [one for one in cut_off if begins <= one.at < ends]
    assert [one for one in cut_off if ends <= one.at < ends + timedelta(minutes=8)]
    assert 0.07 < sum(one.resent for one in drawn) / len(drawn) < 0.13


def test_a_wave_has_no_team_twice_and_all_waves_together_are_the_day(day: list[steps.Step]) -> None:
    drawn = rounds.rounds_of(day)
    made = list(waves(drawn))
    assert [one for wave in made for one in wave] == drawn
    for wave in made:
        assert len({one.phone[0] for one in wave}) == len(wave) <= ROUNDS_AT_ONCE


@given(st.integers(0, 10**6), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30))
def test_parts_sum_to_the_whole_and_none_is_further_off_than_one(total: int, weights: list[float]) -> None:
    parts = apportioned(total, weights)
    assert sum(parts) == total
    exact = [total * weight / sum(weights) for weight in weights]
    assert all(abs(part - share) <= 1 for part, share in zip(parts, exact, strict=True))


@given(st.data())
def test_what_one_station_cannot_hold_goes_to_the_others(data: st.DataObject) -> None:
    caps = data.draw(st.lists(st.integers(1, 3000), min_size=1, max_size=20))
    weights = [data.draw(st.floats(0.01, 1e4)) for _ in caps]
    total = data.draw(st.integers(0, sum(caps)))
    sizes = kazakhstan.capped(total, weights, caps)
    assert sum(sizes) == total
    assert all(0 <= size <= cap for size, cap in zip(sizes, caps, strict=True))
    with pytest.raises(ValueError, match="hold"):
        kazakhstan.capped(sum(caps) + 1, weights, caps)


@given(st.integers(0, 2**32), st.integers())
def test_an_id_tells_its_time_and_its_version(seconds: int, seed: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    made = UUID(uuid7(at, dice_of(seed)))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == seconds * 1000
