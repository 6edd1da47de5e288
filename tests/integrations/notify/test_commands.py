"""Which command tells of what, once it is recorded."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.project import MEASURED, Project
from tests.integrations.notify.services import Service
from tests.support import git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")


@pytest.fixture
def told(project: Project, hook: Service) -> Project:
    """Give a project in which `hook` is told of everything."""
    (project.path / "gates.toml").write_text('[tool.gitgates.notify]\ninfo = "hook"\napproved = "hook"\n')
    return project


def test_from_approval_to_rollback(told: Project, hook: Service) -> None:
    told.approved()
    told.ok("reject", *PRODUCTION[:2], "--context", "staging", "--reason", "too slow", "--rejected-by", "Bob")
    told.ok("deploy", *PRODUCTION, "--target", "prod", "--", "true")
    failing = told("deploy", *PRODUCTION, "--target", "lab", "--", "false")
    assert failing.code == 1
    rolled = told.json("rollback", *PRODUCTION, "--target", "prod", "--reason", "r")
    assert hook.told() == [
        ("approved", "success"),
        ("deployed", "error"),
        ("deployed", "success"),
        ("rejected", "warning"),
        ("rolled_back", "warning"),
    ]
    rejected = hook.facts("rejected")
    assert (rejected["reason"], rejected["on_behalf_of"]) == ("too slow", "Bob")
    assert hook.facts("rolled_back")["record"] == rolled["records"][-1]["id"]
    titles = sorted(one.json()["title"] for one in hook.requests)
    assert titles == [
        "veran:v6.1: approved for production",
        "veran:v6.1: deployed to prod",
        "veran:v6.1: not deployed to lab: the command failed",
        "veran:v6.1: rejected for staging",
        "veran:v6.1: rolled back on prod",
    ]


def test_a_command_that_does_not_run(told: Project, hook: Service) -> None:
    program = told.path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    told.approved().ok("deploy", *PRODUCTION, "--target", "prod")
    hook.requests.clear()
    assert told("deploy", *PRODUCTION, "--target", "prod", "--", "./program").code == 1
    assert told("rollback", *PRODUCTION, "--or-take-off", "--", "./program").code == 1
    assert hook.told() == [("deployed", "error"), ("rolled_back", "error")]
    assert sorted(one.json()["title"] for one in hook.requests) == [
        "veran:v6.1: not deployed to prod: the command did not run",
        "veran:v6.1: not rolled back on prod: the command did not run",
    ]


def test_failed_reports(told: Project, hook: Service) -> None:
    told.fail()
    assert hook.told() == [("gates_blocked", "error")]
    assert hook.facts("gates_blocked")["failed_gates"][0].startswith("model_quality: quality score 0.1 is below ")
    commit = git(told.path, "rev-parse", "HEAD~2")
    assert hook.facts("gates_blocked")["commit"] == commit
    scan = json.loads((told.path / "scan.json").read_text())
    (told.path / "high.json").write_text(json.dumps({**scan, "high_vulnerabilities": 1}))
    args = ("check", *PRODUCTION, "--metrics", "metrics-v6.1.json", *MEASURED[:-1], "high.json")
    done = told(*args)
    assert done.code == 1, done
    assert hook.told() == [("gate_failed", "warning"), ("gates_blocked", "error")]


def test_a_forced_approval(told: Project, hook: Service) -> None:
    told.fail()
    told.ok("approve", "--model", "veran:v6.2", "--context", "staging", "--force", "--reason", "demo")
    assert hook.facts("approved")["forced"] == "yes"


def test_monitoring(told: Project, hook: Service) -> None:
    told.approved()
    told.ok("deploy", *PRODUCTION, "--target", "prod")
    metrics = json.loads((told.path / "metrics-v6.1.json").read_text())
    (told.path / "now.json").write_text(json.dumps({**metrics, "quality_score": 0.5}))
    hook.requests.clear()
    watch = ("monitor", "--model", "veran", "--context", "production", "--metrics", "now.json")
    assert told(*watch, "--rollback-on-fail", "--or-take-off", "--", "true").code == 1
    assert hook.told() == [("gates_blocked", "error"), ("rolled_back", "warning")]
    assert "of monitoring failed: quality score 0.5" in hook.facts("rolled_back")["reason"]


def delete_newest_record(at: Path) -> str:
    """Remove the newest record with a commit; return its file's name."""
    (path,) = git(
        at, "diff", "--name-only", "--diff-filter=A", "HEAD~1", "HEAD", "--", ":(glob)**/*decision*.json"
    ).split()
    git(at, "rm", "--quiet", path, f"{path}.sig")
    git(at, "commit", "--quiet", "--message", "Tidy up")
    return Path(path).name


def test_records_are_gone(told: Project, hook: Service) -> None:
    told.approved()
    told.ok("verify")
    hook.requests.clear()
    name = delete_newest_record(told.path)
    assert told("verify").code == 3
    assert hook.told() == [("tampering", "error")]
    assert any(name in finding for finding in hook.facts("tampering")["findings"])
    hook.requests.clear()
    assert told("deploy", *PRODUCTION, "--target", "prod").code == 3
    assert hook.told() == [("tampering", "error")]
    assert hook.facts("tampering")["folder"] == "work"


def test_a_remote_has_lost_records(told: Project, hook: Service, clone_of: Callable[..., Project]) -> None:
    told.approved()
    git(told.path, "init", "--quiet", "--bare", told.path.parent / "hub.git")
    git(told.path, "remote", "add", "origin", (told.path.parent / "hub.git").as_uri())
    git(told.path, "push", "--quiet", "--set-upstream", "origin", "main")
    told.ok("sync")
    other = Project(told.path.parent / "other", told.run, told.key)
    git(told.path.parent, "clone", "--quiet", "hub.git", "other")
    delete_newest_record(other.path)
    git(other.path, "push", "--quiet")
    for command in (("sync",), ("deploy", *PRODUCTION, "--target", "prod")):
        hook.requests.clear()
        assert told(*command).code == 3
        assert hook.told() == [("tampering", "error")]
        assert "has lost 1 record(s) that this clone has seen there" in hook.facts("tampering")["findings"][0]


def test_the_folder_of_an_option(told: Project, hook: Service, tmp_path: Path) -> None:
    told.check()
    done = told.run("approve", *PRODUCTION, "-C", told.path, cwd=tmp_path)
    assert done.code == 0, done
    assert hook.told() == [("approved", "success")]
