"""`gitgates rollback`: what it says against a version, which version it leads back to, on which target."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
    """An invented target would say that something happened where nothing did."""
    project.approved()
    done = project("rollback", *PRODUCTION)
    assert done.code == 2
    assert "veran:v6.1 is live on no target in production. Name the target with --target" in done.err
    done = project("rollback", *PRODUCTION, "--target", "prod")
    assert done.code == 2
    assert "veran:v6.1 is not on prod: it is live on no target in production. Name the target where it is" in done.err
    assert "`gitgates reject` keeps it from being deployed" in done.err
    assert project.answer() == "allowed"


def test_rollback_on_a_target_with_a_typing_mistake(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    before = project.records()
    for command in ((), ("--", "touch", "ran"), ("--or-take-off", "--", "touch", "ran")):
        done = project("rollback", *PRODUCTION, "--target", "prdo", *command)
        assert done.code == 2
        assert "veran:v6.1 is not on prdo: it is live on prod. Name the target where it is, or fetch" in done.err
    assert not (project.path / "ran").exists()
    assert project.records() == before
    project.ok("rollback", *PRODUCTION, "--target", "prod")
    done = project("rollback", *PRODUCTION, "--target", "prod")
    assert (done.code, "veran:v6.1 is not on prod: it is live on no target" in done.err) == (2, True)


def test_rollback_of_what_another_version_took_the_place_of(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    project.approved("veran:v6.3")
    project.ok("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "prod")
    done = project("rollback", *PRODUCTION, "--target", "prod")
    assert (done.code, "veran:v6.1 is not on prod: it is live on no target" in done.err) == (2, True)
    project.ok("rollback", "--model", "veran:v6.3", "--context", "production", "--target", "prod")
    project.ok("rollback", *PRODUCTION, "--target", "prod")


def test_a_deployment_that_failed_may_be_rolled_back(project: Project) -> None:
    """It may have put the version there in part; what was live before it is still live by the records."""
    project.approved("veran:v6.0")
    project.ok("deploy", "--model", "veran:v6.0", "--context", "production", "--target", "prod")
    project.approved()
    assert project(*DEPLOY, "--", "false").code == 1
    done = project.ok("rollback", *PRODUCTION, "--target", "prod", "--", "sh", "-c", "echo to $GATES_TO_VERSION")
    assert done.out.startswith("to v6.0\nveran:v6.1 is rolled back on prod: back to veran:v6.0\n")
    assert project("rollback", *PRODUCTION, "--target", "prod").code == 2


def test_a_command_with_nothing_to_go_back_to(project: Project) -> None:
    """A script that knows one version only would put the bad one in place again, and call it rolled back."""
    project.approved().ok(*DEPLOY)
    before = project.records()
    show = ("--", "sh", "-c", "echo $GATES_ACTION ${GATES_TO_VERSION-is not set}")
    done = project("rollback", *PRODUCTION, *show)
    assert (done.code, done.out) == (2, "")
    assert "no version was live on prod before veran:v6.1, so that there is none to go back to" in done.err
    assert "with --or-take-off" in done.err
    assert project.records() == before
    done = project.ok("rollback", *PRODUCTION, "--or-take-off", *show)
    assert done.out.splitlines()[:2] == [
        "rollback is not set",
        "veran:v6.1 is rolled back on prod: no version was live before it",
    ]
    done = project("rollback", *PRODUCTION, "--target", "prod", "--or-take-off")
    assert (done.code, "--or-take-off is given without a command" in done.err) == (2, True)


def test_a_rollback_whose_program_the_system_refuses(project: Project) -> None:
    program = project.path / "program"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    project.approved().ok(*DEPLOY)
    done = project("rollback", *PRODUCTION, "--or-take-off", "--", "./program")
    assert done.code == 1
    assert "'./program' cannot be run: " in done.err
    assert "veran:v6.1 is not rolled back on prod: the command did not run\n  recorded rollback " in done.out
    assert project.deployments()[1:] == ["rollback started", "rollback failed"]


def test_rollback_of_a_version_nobody_knows(project: Project) -> None:
    done = project("rollback", "--model", "veran:v9", "--context", "production", "--target", "prod")
    assert done.code == 1
    assert "the ledger knows no model version veran:v9" in done.err
    assert len(project.records()) == 1


def test_rollback_with_a_command(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    done = project("rollback", *PRODUCTION, "--or-take-off", "--", "sh", "-c", "exit 3")
    assert done.code == 1
    assert "is not rolled back on prod: the command ended with 3" in done.out
    project.ok("rollback", *PRODUCTION, "--or-take-off", "--", "true")
    assert project.deployments()[1:] == [
        "rollback started",
        "rollback failed",
        "rollback started",
        "rollback succeeded",
    ]


def test_back_to_a_version_that_was_rejected(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    project.approved("veran:v6.3")
    later = ("--model", "veran:v6.3", "--context", "production", "--target", "prod")
    project.ok("deploy", *later)
    project.ok("reject", *PRODUCTION, "--reason", "leaks")
    done = project.ok("rollback", *later, "--", "sh", "-c", "echo $GATES_TO_VERSION")
    assert done.out.startswith("v6.1\nveran:v6.3 is rolled back on prod: back to veran:v6.1\n")
    assert "note: veran:v6.1, which it goes back to, was rejected by alice@example.com: leaks" in done.err


def test_back_to_a_version_whose_rejection_was_answered(project: Project) -> None:
    project.approved().ok("reject", *PRODUCTION, "--reason", "leaks")
    project.approve()
    project.ok(*DEPLOY)
    project.approved("veran:v6.3")
    later = ("--model", "veran:v6.3", "--context", "production", "--target", "prod")
    project.ok("deploy", *later)
    assert project.ok("rollback", *later).err == ""


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
    done = shallow.ok("rollback", *PRODUCTION, "--target", "eu")
    assert "note: as far as this clone knows, veran:v6.1 is not on eu: " in done.err
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


@pytest.mark.parametrize("version", ["v6.1", "v6.3"])
def test_either_of_two_deployed_at_once_may_be_rolled_back(
    project: Project, clone_of: Callable[..., Project], version: str
) -> None:
    """Which of them is on the target, only whoever looks there knows."""
    project.approved().approved("veran:v6.3")
    clone = clone_of(project)
    root = git(project.path, "config", "gitgates.root")
    at_prod = ("--context", "production", "--target", "prod")
    clone.ok("deploy", "--model", "veran:v6.3", *at_prod, "--offline", "--root", root)
    project.ok(*DEPLOY)
    git(project.path, "pull", "--quiet", "--no-rebase", "--no-edit", clone.path, "main")
    project.ok("rollback", "--model", f"veran:{version}", *at_prod)
    (target,) = project.json("live")["targets"]
    assert {version, target["version"]} == {"v6.1", "v6.3"}


def test_a_clone_that_lacks_the_deployment_believes_the_user(project: Project) -> None:
    project.approved().ok(*DEPLOY)
    for path in (project.path / ".quality-gates/models/veran/v6.1").glob("*-deployment-*"):
        git(project.path, "rm", "--quiet", path)
    git(project.path, "commit", "--quiet", "--message", "Delete")
    done = project.ok("rollback", *PRODUCTION, "--target", "prod", "--or-take-off", "--", "true")
    assert "note: as far as this clone knows, veran:v6.1 is not on prod: incomplete: " in done.err
    assert project.deployments() == ["rollback started", "rollback succeeded"]


def test_another_version_that_lacks_records(project: Project) -> None:
    """What is missing there may be what took this one off, or put it there."""
    project.approved().ok(*DEPLOY)
    project.approved("veran:v6.3")
    project.ok("deploy", "--model", "veran:v6.3", "--context", "production", "--target", "eu")
    for path in (project.path / ".quality-gates/models/veran/v6.3").glob("*-report-*"):
        git(project.path, "rm", "--quiet", path)
    git(project.path, "commit", "--quiet", "--message", "Delete")
    done = project.ok("rollback", *PRODUCTION, "--target", "eu")
    assert "note: as far as this clone knows, veran:v6.1 is not on eu: " in done.err
    assert "veran:v6.3: " in done.err
