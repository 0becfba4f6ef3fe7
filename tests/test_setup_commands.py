"""The verbs of set-up as an operator types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

import app.__main__ as command
from app.errors import UrnaError
from app.settings import settings
from app.setup.projection import MISSIONS
from app.store.audit import AUDIT
from app.store.checkpoints import CHECKPOINTS
from app.store.database import reading
from app.store.log import LOG


@pytest.fixture
def folder(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for files, with the command at an empty database."""
    monkeypatch.setenv("URNA_DATABASE_URL", database_url)
    monkeypatch.setenv("URNA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    command.engine.cache_clear()
    yield tmp_path
    command.engine().dispose()
    command.engine.cache_clear()
    settings.cache_clear()


def urna(*arguments: str) -> Result:
    return CliRunner().invoke(command.cli, arguments, catch_exceptions=False)


def create(*more: str) -> Result:
    named = ("--code", "GE", "--name", "Georgia", "--day", "2024-10-26", "--zone", "Asia/Tbilisi")
    return urna("mission", "create", *named, "--languages", "en,ru", *more, "--json")


def test_a_mission_comes_with_the_built_in_checklists(folder: Path) -> None:
    assert json.loads(create().stdout) == {"mission": "GE"}
    exported = json.loads(urna("form", "export", "C", "--mission", "GE").stdout)
    assert (exported["code"], exported["version"], exported["languages"]) == ("C", 1, ["en", "ru"])
    assert exported["expressions"]


def test_a_language_without_built_in_checklists_is_refused_in_one_sentence(folder: Path) -> None:
    with pytest.raises(UrnaError, match=r"not in ka\. .*--no-forms") as refused:
        create("--languages", "en,ka")
    assert not refused.value.errors
    assert create("--languages", "en,ka", "--no-forms").exit_code == 0


def test_a_mission_closes_once_by_an_entry_an_act_and_a_last_checkpoint(folder: Path) -> None:
    create("--no-forms")
    (folder / "secret").write_bytes(b"s" * 32)
    first = json.loads(urna("mission", "close", "GE", "--reason", "the mission has left", "--json").stdout)
    again = json.loads(urna("mission", "close", "GE", "--json").stdout)
    with reading(command.engine()) as connection:
        settings_now = connection.execute(select(MISSIONS.c.settings)).scalar_one()
        [*_, last] = connection.execute(select(LOG.c.server_seq, LOG.c.kind).order_by(LOG.c.server_seq)).all()
        acts = connection.execute(select(AUDIT.c.act, AUDIT.c.reason, AUDIT.c.about)).all()
        kept = connection.execute(select(CHECKPOINTS.c.server_seq, CHECKPOINTS.c.audit_number)).all()
    assert settings_now["closed_at"] == first["closed_at"] == again["closed_at"]
    assert tuple(last) == (2, "setup.mission")
    assert [tuple(act) for act in acts] == [("mission.closed", "the mission has left", "")]
    assert {tuple(one) for one in kept} == {(2, 1)}
    assert (first["checkpoint"]["server_seq"], first["checkpoint"]["audit_number"]) == (2, 1)
    (folder / "last.json").write_text(json.dumps(first))
    assert urna("verify", "--checkpoint", str(folder / "last.json"), "--key", str(folder / "last.json")).exit_code == 0
    assert (folder / "checkpoints.ndjson").read_text().count("\n") == 2


def test_a_mission_is_closed_by_its_own_act_alone_and_may_be_opened_again(folder: Path) -> None:
    create("--no-forms")
    with pytest.raises(UrnaError, match="urna mission close"):
        urna("mission", "set", "GE", "closed_at=2024-10-27T10:00+04:00")
    (folder / "secret").write_bytes(b"s" * 32)
    urna("mission", "close", "GE")
    assert "closed_at" not in json.loads(urna("mission", "set", "GE", "closed_at=null", "--json").stdout)
    with pytest.raises(UrnaError, match="not_found"):
        urna("mission", "close", "XX")


def test_a_folder_without_a_database_is_told_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URNA_DATABASE_URL", f"sqlite:///{folder}/elsewhere.db")
    settings.cache_clear()
    command.engine.cache_clear()
    result = urna("import", "teams", __file__, "--mission", "GE")
    assert (result.exit_code, "urna migrate" in result.stderr, "elsewhere.db" in result.stderr) == (3, True, True)


def test_a_mission_has_the_settings_that_its_checks_read(folder: Path) -> None:
    create("--no-forms", "--set", "opens_at=08:00", "--set", "visit_min=20", "--set", 'sampling={"design": "srs"}')
    with reading(command.engine()) as connection:
        found = connection.execute(select(MISSIONS.c.settings)).scalar_one()
    assert found == {
        "day": "2024-10-26", "opens_at": "08:00", "visit_min": 20, "sampling": {"design": "srs"},
    }  # fmt: skip


def test_a_refused_list_names_each_fault_and_exits_1(folder: Path) -> None:
    create("--no-forms")
    (folder / "list.csv").write_text("number;lat;lon\n0012;41.7;44.8\n0013;417;44.8\n")
    result = urna("import", "stations", str(folder / "list.csv"), "--mission", "GE")
    assert result.exit_code == 1
    assert 'list.csv, line 3, column "lat": "417" lies outside -90 to 90 degrees' in result.stderr
    assert "nothing was imported" in result.stdout
    as_json = urna("import", "stations", str(folder / "list.csv"), "--mission", "GE", "--json")
    assert as_json.exit_code == 1
    [complaint] = json.loads(as_json.stdout)["rejected"]
    assert (complaint["line"], complaint["column"], complaint["code"]) == (3, "lat", "out_of_range")
    partly = urna("import", "stations", str(folder / "list.csv"), "--mission", "GE", "--partial", "--json")
    assert (partly.exit_code, json.loads(partly.stdout)["created"]) == (0, 1)


def test_teams_commissions_and_candidates_report_alike(folder: Path) -> None:
    create()
    lists = {
        "regions": "code,name_ru,zone\nGE-TB,Тбилиси,Asia/Tbilisi\n",
        "teams": "team,region,members\n0001,GE-TB,2\n",
        "commissions": "code,name,region\nD01,Mtatsminda,GE-TB\n",
        "candidates": "code,name\nc41,Dream\nc05,Coalition\n",
    }
    for what, text in lists.items():
        (folder / f"{what}.csv").write_text(text)
        result = urna("import", what, str(folder / f"{what}.csv"), "--mission", "GE", "--json")
        report = json.loads(result.stdout)
        assert list(report) == ["created", "updated", "unchanged", "rejected"]
        assert report["created"] == text.count("\n") - 1
    assert json.loads(urna("form", "export", "C", "--mission", "GE").stdout)["version"] == 2
    assert json.loads(urna("form", "export", "E", "--mission", "GE").stdout)["version"] == 1


def test_a_map_without_an_equals_sign_is_refused(folder: Path) -> None:
    create("--no-forms")
    (folder / "list.csv").write_text("number\n1\n")
    with pytest.raises(UrnaError) as caught:
        urna("import", "stations", str(folder / "list.csv"), "--mission", "GE", "--map", "number")
    assert caught.value.code == "invalid_parameter"


def test_a_checklist_goes_out_and_comes_back_in(folder: Path) -> None:
    create("--no-forms")
    (folder / "b.json").write_text(urna("form", "export", "B").stdout)
    assert urna("form", "check", str(folder / "b.json")).exit_code == 0
    published = json.loads(urna("form", "publish", str(folder / "b.json"), "--mission", "GE", "--json").stdout)
    assert (published["code"], published["version"], published["new"]) == ("B", 1, True)
    again = json.loads(urna("form", "publish", str(folder / "b.json"), "--mission", "GE", "--json").stdout)
    assert (again["version"], again["new"]) == (1, False)


def test_a_checklist_with_faults_is_told_them_all(folder: Path) -> None:
    broken = json.loads(urna("form", "export", "B").stdout)
    del broken["title"]["kk"]
    broken["sections"][0]["items"][0]["short_label"] = dict.fromkeys(("en", "ru", "kk"), "x" * 61)
    broken["sections"][0]["items"][0]["relevant"] = "${b99_nothing} = 1"
    (folder / "b.json").write_text(json.dumps(broken))
    result = urna("form", "check", str(folder / "b.json"), "--json")
    assert result.exit_code == 1
    codes = {complaint["code"] for complaint in json.loads(result.stdout)}
    assert {"missing_translation", "short_label_too_long"} < codes
    assert len(codes) == 3
    (folder / "b.json").write_text('{"code": "B"}')
    with pytest.raises(UrnaError) as caught:
        urna("form", "check", str(folder / "b.json"))
    assert caught.value.code == "checklist_invalid"
