"""`gitgates verify`: exit codes, JSON, and how far back it looks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gitgates.ledger.locate import VERIFIED_REF
from tests.cli.project import Project
from tests.git.ledgers import commit_files
from tests.support import git, set_verified

FOLDER = ".quality-gates/models/veran/v6.1"


def record_of(project: Project, kind: str) -> list[str]:
    (path,) = (project.path / FOLDER).glob(f"*-{kind}-*.json")
    name = str(path.relative_to(project.path))
    return [name, f"{name}.sig"]


def lose_approval(project: Project) -> None:
    commit_files(project.path, "tidy", dict.fromkeys(record_of(project, "decision")))


def test_a_sound_ledger(project: Project) -> None:
    project.approved()
    for options in ([], ["--all"], ["--since", "HEAD~1"]):
        found = project.json("verify", *options)
        assert (found["findings"], found["affects_decision"], found["records"]) == ([], False, 2)


def test_what_affects_no_decision_is_1(project: Project) -> None:
    project.approved()
    commit_files(project.path, "junk", {f"{FOLDER}/readme": "x"})
    found = project.json("verify", code=1)
    assert [finding["code"] for finding in found["findings"]] == ["foreign"]
    assert "no finding affects a decision" in project("verify").out


def test_what_could_affect_one_is_3(project: Project) -> None:
    project.approved()
    lose_approval(project)
    done = project("verify")
    assert done.code == 3
    assert "gitgates doctor --restore" in done.out
    assert "findings could affect a decision" in done.out


def test_since_and_all_in_a_clone_of_ci(project: Project, clone_of: Callable[..., Project]) -> None:
    """A clone of CI verified nothing: the commit that the branch stood at says how far to look back."""
    project.approved()
    base = git(project.path, "rev-parse", "HEAD~1")
    lose_approval(project)
    commit_files(project.path, "code", {"train.py": "x"})
    clone = clone_of(project)
    git(clone.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    codes = [
        clone("verify", "--since", base).code,
        clone("verify", "--since", "HEAD~1").code,
        clone("verify", "--all").code,
        clone("verify").code,
    ]
    assert codes == [3, 0, 3, 3]
    assert git(clone.path, "for-each-ref", VERIFIED_REF) == ""


def test_since_is_not_remembered(project: Project) -> None:
    project.approved()
    set_verified(project.path, None)
    project.ok("verify", "--since", "HEAD")
    assert git(project.path, "for-each-ref", VERIFIED_REF) == ""
    project.ok("verify", "--all")
    assert git(project.path, "rev-parse", VERIFIED_REF) == git(project.path, "rev-parse", "HEAD")


@pytest.mark.parametrize("rev", ["nowhere", "HEAD:README.md", "-x", "a\0b"])
def test_since_a_commit_that_is_none(project: Project, rev: str) -> None:
    done = project("verify", f"--since={rev}")
    assert done.code == 2
    assert "--since" in done.err


def test_since_and_all_exclude_each_other(project: Project) -> None:
    assert project("verify", "--since", "HEAD", "--all").code == 2


def test_a_rewind_past_since_is_seen(project: Project, tmp_path: Path) -> None:
    """The commit is no ancestor of the tip then; what it held is compared."""
    project.approved()
    before = git(project.path, "rev-parse", "HEAD")
    set_verified(project.path, None)
    git(project.path, "reset", "-q", "--hard", "HEAD~1")
    found = project.json("verify", "--since", before, code=3)
    assert "deleted" in {finding["code"] for finding in found["findings"]}
