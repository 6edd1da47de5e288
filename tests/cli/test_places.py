"""The main job in every kind of repository, with everything else left as it was."""

from pathlib import Path

import pytest

from tests.cli.project import MEASURED, Project, copy_inputs
from tests.support import Gitgates, Keys, RepositoryFactory, git


def main_job(project: Project) -> None:
    """Check, approve, ask, deploy, roll back; whatever the repository, the answers are the same."""
    assert project.approved().answer() == "allowed"
    done = project.ok(
        "deploy", "--model", "veran:v6.1", "--context", "production", "--target", "prod", "--", "echo", "going"
    )
    assert done.out.startswith("going\nveran:v6.1 is deployed to prod\n")
    project.ok("rollback", "--model", "veran:v6.1", "--context", "production", "--reason", "slow")
    assert project.answer() == "denied"
    assert project.ok("status", "--model", "veran").out.startswith("veran:v6.1\n")


def test_a_dirty_worktree_with_something_staged(project: Project) -> None:
    at = project.path
    (at / "README.md").write_text("staged\n")
    git(at, "add", "README.md")
    (at / "README.md").write_text("and changed again\n")
    (at / "new.txt").write_text("untracked\n")
    before = git(at, "status", "--porcelain"), git(at, "diff", "--cached"), git(at, "diff")
    main_job(project)
    assert (git(at, "status", "--porcelain"), git(at, "diff", "--cached"), git(at, "diff")) == before
    assert project.json("report", "--model", "veran:v6.1", code=0)["reports"][0]["subject"]["dirty"] is True


def test_detached_head(project: Project) -> None:
    git(project.path, "checkout", "--quiet", "--detach")
    head = git(project.path, "rev-parse", "HEAD")
    main_job(project)
    assert git(project.path, "rev-parse", "HEAD") == head
    assert git(project.path, "status", "--porcelain") == ""


def test_another_branch_than_the_ledgers(project: Project) -> None:
    git(project.path, "checkout", "--quiet", "-b", "feature")
    head = git(project.path, "rev-parse", "HEAD")
    main_job(project)
    assert git(project.path, "rev-parse", "HEAD") == head
    assert git(project.path, "status", "--porcelain") == ""
    git(project.path, "checkout", "--quiet", "main")
    assert git(project.path, "status", "--porcelain") == ""


def test_a_linked_worktree(project: Project, tmp_path: Path) -> None:
    git(project.path, "worktree", "add", "--quiet", tmp_path / "linked", "-b", "linked")
    linked = Project(tmp_path / "linked", project.run, project.key)
    main_job(linked)
    assert project.answer() == "denied"
    for at in (project.path, linked.path):
        assert git(at, "status", "--porcelain") == ""


def test_a_folder_below_the_top(project: Project) -> None:
    below = project.path / "a/b"
    below.mkdir(parents=True)
    copy_inputs(below)
    main_job(Project(below, project.run, project.key))


def test_a_repository_without_a_commit(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys) -> None:
    project = Project(repository(commits=False), gitgates, keys.alice)
    copy_inputs(project.path)
    project.ok("init", "--ledger-branch", "quality-gates")
    main_job(project)
    report = project.json("report", "--model", "veran:v6.1")["reports"][0]
    assert "commit" not in report["subject"]
    assert "commit   none" in project.ok("report", "--model", "veran:v6.1").out


def test_sha256(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys) -> None:
    project = Project(repository(sha256=True), gitgates, keys.alice)
    copy_inputs(project.path)
    project.ok("init")
    main_job(project)


def test_a_bare_repository(
    repository: RepositoryFactory, gitgates: Gitgates, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(repository(bare=True), gitgates, keys.alice)
    copy_inputs(project.path)
    git(project.path, "config", "user.email", "alice@example.com")
    project.ok("init", "--ledger-branch", "quality-gates")
    main_job(project)


def test_a_dedicated_branch_checked_out_elsewhere(bare_project: Project, tmp_path: Path) -> None:
    bare_project.ok("init", "--ledger-branch", "quality-gates")
    git(bare_project.path, "worktree", "add", "--quiet", tmp_path / "ledger", "quality-gates")
    main_job(bare_project)
    assert git(tmp_path / "ledger", "status", "--porcelain") == ""


@pytest.mark.parametrize(
    "args",
    [
        ("approve", "--model", "a:1", "--context", "staging"),
        ("reject", "--model", "a:1", "--context", "staging", "--reason", "x"),
        ("withdraw", "--model", "a:1", "--context", "staging", "--reason", "x"),
        ("status", "--model", "a:1"),
        ("history", "--model", "a:1"),
        ("report", "--model", "a:1"),
        ("list",),
        ("can-deploy", "--model", "a:1", "--context", "staging"),
        ("deploy", "--model", "a:1", "--context", "staging", "--target", "t"),
        ("rollback", "--model", "a:1", "--context", "staging"),
        ("check", "--model", "a:1", "--metrics", "metrics-v6.1.json"),
    ],
    ids=lambda args: args[0],
)
@pytest.mark.parametrize("place", ["no repository", "no ledger"])
def test_without_a_ledger(args: tuple[str, ...], place: str, bare_project: Project, tmp_path: Path) -> None:
    at = bare_project.path
    if place == "no repository":
        at = tmp_path / "plain"
        copy_inputs(at)
    done = bare_project.run(*args, cwd=at)
    assert done.code == 2
    assert ("git init" if place == "no repository" else "gitgates init") in done.err
    assert ("--no-record" in done.err) is (args[0] == "check")


def test_environment_of_git_hooks_changes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hook, git sets GIT_DIR and GIT_INDEX_FILE; records still go to this repository's ledger branch."""
    monkeypatch.setenv("GIT_DIR", str(project.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(project.path / ".git/index"))
    assert project.approved().answer() == "allowed"
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert git(project.path, "status", "--porcelain") == ""


def test_an_index_that_is_locked(project: Project) -> None:
    (project.path / ".git/index.lock").touch()
    done = project(
        "check", "--model", "veran:v1", "--context", "production", "--metrics", "metrics-v6.1.json", *MEASURED
    )
    assert done.code == 2
    assert "index.lock" in done.err
    assert project.records() == ["gates: policy root by alice@example.com"]
