"""`dashboard`, `status --all` and `list`: what they show of all models, and what they remember."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gitgates import RegistryIntegration
from gitgates.api.session import Session
from tests.cli.project import Project
from tests.support import git

CACHE = ".git/gitgates-dashboard.json"


@pytest.fixture
def busy(project: Project) -> Project:
    """v6.1 of veran is approved and live in production, v6.2 of veran failed in staging, din was checked."""
    project.approved()
    project.ok("deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod")
    project.fail()
    project.check("din:v1", "staging")
    return project


def remembered(project: Project) -> dict[str, Any]:
    value = json.loads((project.path / CACHE).read_text())
    assert isinstance(value, dict)
    return value


def rows(project: Project, *args: str) -> list[list[str]]:
    return [line.split() for line in project.ok(*args).out.splitlines()[1:]]


def test_json(busy: Project) -> None:
    value = busy.json("dashboard")
    assert value["undecided"] == []
    assert set(value["models"]) == {"din", "veran"}
    assert set(value["models"]["veran"]) == {"development", "production", "staging"}
    production = value["models"]["veran"]["production"]
    assert production["approved_versions"] == ["v6.1"]
    approval = production["latest_approval"]
    assert (approval["approved"], approval["model_version"], approval["signer"]) == (True, "v6.1", "alice@example.com")
    assert approval["gates_report"]["all_passed"]
    assert production["live"] == [{"target": "prod", "version": "v6.1", "certain": True}]
    assert (production["latest_report"]["version"], production["latest_report"]["outcome"]) == ("v6.1", "passed")
    staging = value["models"]["veran"]["staging"]
    assert (staging["approved_versions"], staging["latest_approval"], staging["live"]) == ([], {}, [])
    assert (staging["latest_report"]["version"], staging["latest_report"]["outcome"]) == ("v6.2", "failed")
    assert value["models"]["din"]["development"]["latest_report"] == {}


def test_some_models(busy: Project) -> None:
    assert [row[:2] for row in rows(busy, "dashboard", "--model", "din")] == [["din", "staging"]]
    both = [row[0] for row in rows(busy, "dashboard", "--model", "veran", "--model", "din")]
    assert both == ["veran", "veran", "din"]


def test_a_model_that_is_not_there(busy: Project) -> None:
    done = busy("dashboard", "--model", "verna")
    assert done.code == 1
    assert "the ledger knows no model 'verna'" in done.err
    done = busy("dashboard", "--model", "a:b")
    assert done.code == 2
    assert "--model: " in done.err


def test_a_ledger_without_records(project: Project) -> None:
    assert project.ok("dashboard").out == "no model version has records\n"
    assert project.ok("status", "--all").out == "no model version has records\n"
    assert project.json("dashboard")["models"] == {}


def test_status_of_all_shows_the_newest_version_of_each(busy: Project) -> None:
    assert [row[:3] for row in rows(busy, "status", "--all")] == [
        ["din:v1", "staging", "denied"],
        ["veran:v6.2", "staging", "denied"],
    ]
    asked = busy.json("status", "--all", "--context", "production")["versions"]
    assert [(one["model"], one["version"], one["context"]) for one in asked] == [
        ("din", "v1", "production"),
        ("veran", "v6.2", "production"),
    ]
    assert asked[0]["reason"].startswith("there is no report for production")
    assert busy("status", "--all", "--context", "prod").code == 2
    assert busy("status", "--all", "--model", "veran").code == 2


def test_what_is_remembered_is_shown(busy: Project) -> None:
    first = busy.ok("list").out
    value = remembered(busy)
    assert set(value["models"]) == {"din", "veran"}
    changed = json.dumps(value).replace("all conditions are met", "as remembered")
    (busy.path / CACHE).write_text(changed)
    assert "as remembered" in busy.ok("list").out
    assert busy.ok("list", "--no-cache").out == first
    assert busy.ok("list").out == first  # what was verified took its place


def test_a_new_record_of_a_model_leaves_the_others_remembered(busy: Project) -> None:
    busy.ok("list")
    value = remembered(busy)
    (busy.path / CACHE).write_text(json.dumps(value).replace("all conditions are met", "as remembered"))
    busy.approve("din:v1", "staging")
    shown = busy.ok("list").out
    assert "as remembered" in shown  # of veran, which nothing was written about
    assert ["din:v1", "staging", "allowed"] in [line.split()[:3] for line in shown.splitlines()]
    busy.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "it stutters")
    shown = busy.ok("list").out
    assert "as remembered" not in shown
    assert "it stutters" in shown


def test_where_baselines_are_records_every_model_may_matter_to_another(busy: Project) -> None:
    policy = busy.path / ".quality-gates/policy.toml"
    policy.write_text(policy.read_text().replace('require_baseline = "none"', 'require_baseline = "record"'))
    busy.ok("policy", "propose")
    busy.ok("list")
    before = remembered(busy)["models"]
    busy.check("other:v9", "development")
    busy.ok("list")
    after = remembered(busy)["models"]
    assert all(after[model][0] != state for model, (state, *_) in before.items())


def test_a_new_policy_forgets_everything(busy: Project) -> None:
    busy.ok("list")
    (busy.path / CACHE).write_text(json.dumps(remembered(busy)).replace("all conditions are met", "as remembered"))
    policy = busy.path / ".quality-gates/policy.toml"
    policy.write_text(policy.read_text().replace("allow_waivers = false", "allow_waivers = true"))
    busy.ok("policy", "propose")
    assert "as remembered" not in busy.ok("list").out


def no_list(value: dict[str, Any]) -> object:
    return []


def other_format(value: dict[str, Any]) -> object:
    return value | {"format": "gitgates-dashboard/0"}


def no_state(value: dict[str, Any]) -> object:
    return value | {"state": 1}


def short_rows(value: dict[str, Any]) -> object:
    for entry in value["models"].values():
        entry[3][0][2][0].pop()
    return value


def numbers(value: dict[str, Any]) -> object:
    for entry in value["models"].values():
        entry[3][0][0] = 1
    return value


def wrong_flags(value: dict[str, Any]) -> object:
    for entry in value["models"].values():
        entry[3][0][2][0][1] = "yes"
        entry[4] = [["production", "prod", "v6.1", 1]]
    return value


def live_without_flag(value: dict[str, Any]) -> object:
    for entry in value["models"].values():
        entry[4] = [["production", "prod", "v6.1", 1]]
    return value


def from_the_future(value: dict[str, Any]) -> object:
    """The clock was set back since: what held then may not hold now."""
    for entry in value["models"].values():
        entry[1] = "2999-01-01T00:00:00.000000Z"
    return json.loads(json.dumps(value).replace("all conditions are met", "as remembered"))


def turned(value: dict[str, Any]) -> object:
    """An approval has expired since."""
    for entry in value["models"].values():
        entry[2] = "2026-01-01T00:00:00.000000Z"
    return json.loads(json.dumps(value).replace("all conditions are met", "as remembered"))


@pytest.mark.parametrize(
    "change",
    [no_list, other_format, no_state, short_rows, numbers, wrong_flags, live_without_flag, from_the_future, turned],
)
def test_a_file_that_is_not_as_it_should_be_is_not_used(
    change: Callable[[dict[str, Any]], object], busy: Project
) -> None:
    before = busy.ok("dashboard").out, busy.ok("list").out
    (busy.path / CACHE).write_text(json.dumps(change(remembered(busy))))
    assert (busy.ok("dashboard").out, busy.ok("list").out) == before


def test_no_json_and_no_file_at_all(busy: Project) -> None:
    before = busy.ok("list").out
    (busy.path / CACHE).write_text("{")
    assert busy.ok("list").out == before
    (busy.path / CACHE).unlink()
    (busy.path / CACHE).mkdir()  # nor can it be written
    assert busy.ok("list").out == before
    assert [path.name for path in (busy.path / ".git").glob("gitgates-dashboard*")] == ["gitgates-dashboard.json"]


def test_what_cannot_be_decided_is_told_and_not_remembered(busy: Project) -> None:
    (report,) = (busy.path / ".quality-gates/models/din/v1").glob("*-report-*.json")
    git(busy.path, "rm", "--quiet", report, f"{report}.sig")
    git(busy.path, "commit", "--quiet", "--message", "Cover up")
    done = busy("dashboard")
    assert done.code == 3
    assert "cannot decide on din:v1 in staging: incomplete: " in done.out
    assert [one["model"] for one in busy.json("dashboard", code=3)["undecided"]].count("din") == 3
    assert set(remembered(busy)["models"]) == {"veran"}
    git(busy.path, "revert", "--no-edit", "HEAD")
    assert busy("dashboard").code == 0


def test_two_changes_that_know_nothing_of_each_other(busy: Project, clone_of: Callable[..., Project]) -> None:
    other = clone_of(busy)
    git(other.path, "config", "gitgates.root", git(busy.path, "config", "gitgates.root"))
    for one, name in ((busy, "veran:v7"), (other, "veran:v8")):
        one.approved(name, "production")
        one.ok("deploy", "--offline", "--model", name, "--context", "production", "--target", "prod")
    git(busy.path, "pull", "--quiet", "--no-rebase", "--no-edit", other.path, "main")
    assert any("not known on prod" in line for line in busy.ok("dashboard").out.splitlines())
    (place,) = busy.json("dashboard")["models"]["veran"]["production"]["live"]
    assert place["certain"] is False


def test_policies_that_fork(busy: Project, clone_of: Callable[..., Project]) -> None:
    busy.ok("list")
    other = clone_of(busy)
    git(other.path, "config", "gitgates.root", git(busy.path, "config", "gitgates.root"))
    for one, annulled in ((busy, "a" * 64), (other, "b" * 64)):
        one.ok("policy", "propose", "--annuls", annulled)
    git(busy.path, "pull", "--quiet", "--no-rebase", "--no-edit", other.path, "main")
    for command in (("dashboard",), ("list",), ("status", "--all")):
        done = busy(*command)
        assert done.code == 3, command
        assert "policies" in done.err
    registry = RegistryIntegration(session=Session(path=str(busy.path)))
    assert registry.list_approved_versions("veran", "production") == []
    del registry
    assert remembered(busy)["models"] == {}


def test_a_shallow_clone_remembers_nothing(busy: Project, clone_of: Callable[..., Project]) -> None:
    clone = clone_of(busy, "clone", "--depth", "1")
    git(clone.path, "config", "gitgates.root", git(busy.path, "config", "gitgates.root"))
    done = clone("dashboard")
    assert done.code == 3
    assert "cannot decide on veran:v6.1 in production: " in done.out
    assert remembered(clone)["models"] == {}
    git(clone.path, "fetch", "--quiet", "--unshallow")
    assert clone("dashboard").code == 0
    assert set(remembered(clone)["models"]) == {"din", "veran"}


def test_a_model_that_the_history_took_files_from_is_not_remembered(
    busy: Project, clone_of: Callable[..., Project]
) -> None:
    clone = clone_of(busy)
    git(clone.path, "config", "gitgates.root", git(busy.path, "config", "gitgates.root"))
    clone.ok("verify")
    (report,) = (busy.path / ".quality-gates/models/din/v1").glob("*-report-*.json")
    git(busy.path, "rm", "--quiet", report, f"{report}.sig")
    git(busy.path, "commit", "--quiet", "--message", "Cover up")
    git(busy.path, "revert", "--no-edit", "HEAD")
    git(clone.path, "pull", "--quiet", "--ff-only")
    assert clone("dashboard").code == 0
    assert set(remembered(clone)["models"]) == {"veran"}
