"""`check` run again on the same inputs: recorded once."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gitgates.api.checking import check_and_record
from gitgates.api.files import load_files
from gitgates.api.request import Request
from gitgates.api.session import Session
from gitgates.model.names import ModelVersion
from tests.cli.project import MEASURED, Project
from tests.support import Gitgates, Keys, git

NAME = ("--model", "veran:v6.1", "--context", "production")
V61 = ("check", *NAME, "--metrics", "metrics-v6.1.json", *MEASURED)


def reports(project: Project) -> int:
    return sum(" report " in subject for subject in project.records())


def test_recorded_once(project: Project) -> None:
    first = project.json(*V61)
    assert first["already_recorded"] is False
    again = project.json(*V61)
    assert again["already_recorded"] is True
    assert again["record"] == {**first["record"], "commit": ""}
    done = project.ok(*V61)
    assert f"already recorded: report {first['record']['id'][:12]} (passed) on main, in this clone only" in done.out
    assert reports(project) == 1


def test_a_failed_check_fails_again(project: Project) -> None:
    project.fail()
    project.fail()
    assert reports(project) == 1


def test_an_approval_stands(project: Project) -> None:
    project.approved()
    project.ok(*V61)
    assert project.answer() == "allowed"
    project.ok("deploy", *NAME, "--target", "prod")
    assert project.json(*V61)["already_recorded"] is True
    project.check("veran:v6.1", "staging")
    assert project.json(*V61)["already_recorded"] is True


def test_again(project: Project) -> None:
    project.approved()
    assert project.json(*V61, "--again")["already_recorded"] is False
    assert reports(project) == 2
    assert project.answer() == "denied"


def test_claims_make_no_difference(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.ok(*V61)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_RUN_ID", "8")
    assert project.json(*V61)["already_recorded"] is True


@pytest.mark.parametrize(
    "more",
    [
        ("--threshold", "min_quality_score=0.86"),
        ("--artifact", "scan.json"),
        ("--baseline", "metrics-v6.1.json"),
    ],
    ids=lambda more: str(more[0]),
)
def test_another_check_is_recorded(project: Project, more: tuple[str, str]) -> None:
    project.ok(*V61)
    assert project.json(*V61, *more)["already_recorded"] is False
    assert reports(project) == 2


def test_other_bytes_of_a_file_are_recorded(project: Project) -> None:
    project.ok(*V61)
    (project.path / "junit.xml").write_text((project.path / "junit.xml").read_text() + "\n")
    assert project.json(*V61)["already_recorded"] is False


def test_another_commit_is_recorded(project: Project) -> None:
    project.ok(*V61)
    (project.path / "code.py").touch()
    git(project.path, "add", "code.py")
    git(project.path, "commit", "--quiet", "--message", "Code")
    assert project.json(*V61)["already_recorded"] is False
    assert project.json(*V61, "--commit", "HEAD~2")["already_recorded"] is False


@pytest.mark.parametrize("objection", ["reject", "rollback", "withdraw"])
def test_a_check_after_an_objection_is_recorded(project: Project, objection: str) -> None:
    project.approved()
    if objection == "rollback":
        project.ok("deploy", *NAME, "--target", "prod")
    project.ok(objection, *NAME, "--reason", "it stutters")
    assert project.json(*V61)["already_recorded"] is False
    assert project.json(*V61)["already_recorded"] is True


def test_another_author_records(project: Project, keys: Keys) -> None:
    project.ok(*V61)
    project.ok("member", "add", "bob@example.com", "--role", "checker", "--public-key", f"{keys.bob.path}.pub")
    by_bob = project.json(*V61, "--key", str(keys.bob.path))
    assert (by_bob["already_recorded"], by_bob["record"]["author"]) == (False, "bob@example.com")


def test_another_policy_records(project: Project, keys: Keys) -> None:
    project.ok(*V61)
    project.ok("member", "add", "bob@example.com", "--role", "checker", "--public-key", f"{keys.bob.path}.pub")
    assert project.json(*V61)["already_recorded"] is False


def recorded_at(project: Project, moment: datetime) -> bool:
    """Check at that time, and tell whether it was recorded already."""
    session = Session(path=str(project.path), environ=os.environ, clock=lambda: moment)
    files = load_files((), str(project.path / "metrics-v6.1.json"), (), None)
    return check_and_record(
        session, Request(name=ModelVersion("veran", "v1"), context="production", files=files)
    ).already_recorded


def test_an_old_report_is_made_anew(project: Project) -> None:
    start = datetime.now(UTC)
    assert not recorded_at(project, start)
    assert recorded_at(project, start + timedelta(hours=24))
    assert not recorded_at(project, start + timedelta(hours=24, seconds=1))
    assert recorded_at(project, start + timedelta(hours=48))


def test_a_report_that_soon_expires_is_made_anew(project: Project) -> None:
    text = (project.path / ".quality-gates/policy.toml").read_text()
    (project.path / "new.toml").write_text(text.replace('max_report_age = "30 days"', 'max_report_age = "2h"'))
    project.ok("policy", "propose", "--policy", "new.toml")
    start = datetime.now(UTC)
    assert not recorded_at(project, start)
    assert recorded_at(project, start + timedelta(hours=1))
    assert not recorded_at(project, start + timedelta(hours=1, seconds=1))


def test_one_of_several_latest_is_made_anew(project: Project, clone_of: Callable[..., Project]) -> None:
    other = clone_of(project)
    git(other.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    project.ok(*V61)
    other.ok(*V61)
    git(project.path, "pull", "--quiet", "--no-rebase", other.path, "main")
    assert project.json(*V61)["already_recorded"] is False
    assert project.json(*V61)["already_recorded"] is True


def test_an_incomplete_ledger_is_no_excuse(project: Project) -> None:
    project.check("veran:v6.1", "production")
    project.approve()
    project.approve()
    (approval,) = [
        path for path in git(project.path, "ls-files", ".quality-gates/models").splitlines()
        if "decision" in path and path.endswith(".json")
    ][:1]  # fmt: skip
    git(project.path, "rm", "--quiet", approval, f"{approval}.sig")
    git(project.path, "commit", "--quiet", "--message", "Lose one")
    done = project(*V61)
    assert done.code == 3
    assert "cannot decide (incomplete)" in done.err


def test_it_is_shared_all_the_same(project: Project, clone_of: Callable[..., Project], gitgates: Gitgates) -> None:
    hub = project.path.parent / "hub.git"
    git(project.path, "clone", "--quiet", "--bare", project.path, hub)
    git(project.path, "remote", "add", "origin", hub)
    first = project.json(*V61)
    assert first["shared"] == ""
    again = project.json(*V61, "--push")
    assert (again["already_recorded"], again["shared"]) == (True, "origin")
    assert first["record"]["path"] in git(hub, "ls-tree", "-r", "--name-only", "main").splitlines()
