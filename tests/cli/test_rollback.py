"""`gitgates rollback`: what it says against a version, which version it leads back to, on which target."""

from pathlib import Path

from tests.cli.project import Project
from tests.support import git

PRODUCTION = ("--model", "veran:v6.1", "--context", "production")
DEPLOY = ("deploy", *PRODUCTION, "--target", "prod")


def test_rollback(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    project.approved("veran:v6.3")
    project.ok("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod")
    done = project.ok("rollback", "--model", "veran:v6.3", "--context", "production", "--reason", "slow")
    lines = done.out.splitlines()
    assert lines[0] == "veran:v6.3 is rolled back on prod: back to veran:v6.1"
    assert "putting the other version in place is up to you" in lines[1]
    assert project.answer("veran:v6.3") == "denied"
    assert project.answer("veran:v6.1") == "allowed"
    assert "target prod, back to v6.1" in project.ok("history", "--model", "veran:v6.3").out


def test_rollback_then_a_new_approval(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    project.ok("rollback", *PRODUCTION, "--reason", "slow")
    assert project(*DEPLOY).code == 1
    project.approve()
    project.ok(*DEPLOY)


def test_rollback_of_what_was_never_deployed(project: Project) -> None:
    """The target must be named then: an invented one would say that something happened where nothing did."""
    project.approved()
    done = project("rollback", *PRODUCTION)
    assert done.code == 2
    assert "veran:v6.1 is live on no target in production. Name the target with --target" in done.err
    assert project.answer() == "allowed"
    value = project.json("rollback", *PRODUCTION, "--target", "prod")
    assert (value["rolled_back"], value["target"], value["to_version"]) == (True, "prod", "")
    assert project.answer() == "denied"


def test_rollback_of_a_version_nobody_knows(project: Project) -> None:
    done = project("rollback", "--model", "veran:v9", "--context", "production", "--target", "prod")
    assert done.code == 1
    assert "the ledger knows no model version veran:v9" in done.err
    assert len(project.records()) == 1


def test_rollback_with_a_command(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    done = project("rollback", *PRODUCTION, "--", "sh", "-c", "exit 3")
    assert done.code == 1
    assert "is not rolled back on prod: the command ended with 3" in done.out
    project.ok("rollback", *PRODUCTION, "--", "true")
    assert project.deployments()[1:] == [
        "rollback started",
        "rollback failed",
        "rollback started",
        "rollback succeeded",
    ]


def test_two_targets(project: Project) -> None:
    project.approved()
    for target in ("eu", "us"):
        project.ok("deploy", *PRODUCTION, "--target", target)
    done = project("rollback", *PRODUCTION)
    assert done.code == 2
    assert "veran:v6.1 is live on eu, us. Name one with --target" in done.err
    done = project.ok("rollback", *PRODUCTION, "--target", "us")
    assert "is rolled back on us" in done.out
    assert "is rolled back on eu" in project.ok("rollback", *PRODUCTION).out


def test_rollback_in_an_unknown_context(project: Project) -> None:
    project.approved()
    done = project("rollback", "--model", "veran:v6.1", "--context", "prod")
    assert done.code == 2, done
    assert "the policy knows no context 'prod'" in done.err


def test_an_incomplete_clone_may_roll_back(project: Project, tmp_path: Path) -> None:
    """What speaks against a version may be written on little knowledge; what speaks for it may not."""
    project.approved().ok(*DEPLOY)
    root = git(project.path, "config", "gitgates.root")
    git(tmp_path, "clone", "--quiet", "--depth=1", project.path.as_uri(), "shallow")
    shallow = Project(tmp_path / "shallow", project.run, project.key)
    refused = shallow(*DEPLOY, "--root", root)
    assert refused.code == 3
    assert "git fetch --unshallow" in refused.err
    done = shallow.ok("rollback", *PRODUCTION, "--reason", "slow")
    assert "is rolled back on prod" in done.out
    git(project.path, "checkout", "--quiet", "--detach")
    git(shallow.path, "push", "--quiet", "origin", "main")
    assert project.answer() == "denied"


def test_an_end_is_recorded_whatever_came_meanwhile(project: Project, tmp_path: Path) -> None:
    """While the command runs a fetch shows that others wrote too; that it succeeded is recorded all the same."""
    git(tmp_path, "clone", "--quiet", project.path.as_uri(), "clone")
    clone = Project(tmp_path / "clone", project.run, project.key)
    root = git(project.path, "config", "gitgates.root")
    clone.approved()
    project.check("din:v1", "staging")
    done = clone.ok(*DEPLOY, "--offline", "--root", root, "--", "git", "fetch", "--quiet")
    assert "veran:v6.1 is deployed to prod" in done.out
    assert clone.deployments() == ["deployment started", "deployment succeeded"]
