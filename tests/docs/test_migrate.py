"""docs/how-to/migrate.md: its commands as printed, in the clones of those that it tells of."""

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.docs.markdown import blocks
from tests.support import CHECKOUT, Gitgates, Keys, Result, git, run

PAGE = CHECKOUT / "docs/how-to/migrate.md"


def commands(heading: str) -> list[list[str]]:
    """Return the commands of each block under a heading."""
    found = [block.text for block in blocks(PAGE, "console") if block.heading == heading]
    return [[line.removeprefix("$ ") for line in text.splitlines()] for text in found]


def act(project: Project, lines: list[str]) -> list[Result]:
    """Run commands in a clone; each must succeed."""
    done = []
    for line in lines:
        program, *args = shlex.split(line)
        result = project(*args) if program == "gitgates" else run(program, *args, cwd=project.path)
        assert result.code == 0, (line, result)
        done.append(result)
    return done


@pytest.fixture
def project(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    """Give a repository with a ledger on main, shared with a remote."""
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    project.approved()
    git(workplace.parent, "init", "--quiet", "--bare", "hub.git")
    git(workplace, "remote", "add", "origin", (workplace.parent / "hub.git").as_uri())
    git(workplace, "push", "--quiet", "--set-upstream", "origin", "main")
    return project


def cloned(project: Project, name: str, *options: str) -> Project:
    git(project.path.parent, "clone", "--quiet", *options, (project.path.parent / "hub.git").as_uri(), name)
    made = Project(project.path.parent / name, project.run, project.key)
    git(made.path, "config", "gitgates.root", git(project.path, "config", "gitgates.root"))
    return made


def test_the_page(project: Project) -> None:
    bob, carol = cloned(project, "bob"), cloned(project, "carol", "--single-branch")
    (move,) = commands("1. Move it")
    _, moved = act(project, move)
    assert moved.out.startswith("the ledger moved from main to quality-gates with the policy ")
    tell, others = commands("2. Tell the others")
    assert [line for line in tell if line not in moved.out] == ["git pull --rebase origin main"]
    git(bob.path, "commit", "--quiet", "--allow-empty", "--message", "Code meanwhile")
    git(bob.path, "push", "--quiet", "origin", "main")
    act(project, tell)
    bob.ok("reject", "--model", "veran:v6.1", "--context", "production", "--reason", "it stutters")
    _, status = act(bob, others)
    assert "rejected by alice@example.com" in status.out
    assert project.answer() == "allowed"
    act(project, ["gitgates sync"])
    assert project.answer() == "denied"

    git(carol.path, "pull", "--quiet")
    assert carol.answer() == "incomplete"
    (in_ci,) = commands("3. In CI")
    act(carol, in_ci)
    assert carol.answer() == "denied"

    (back,) = commands("Back")
    act(project, back)
    act(project, ["gitgates sync", "git push origin quality-gates"])
    assert git(project.path, "status", "--porcelain") == ""
    act(bob, others)
    for clone in (project, bob):
        assert clone.answer() == "denied"
    assert "gitgates migrate --to main" in back[0]
    assert "nothing is left to do" in project.ok("migrate", "--to", "main").out


def test_both_steps_at_once(project: Project) -> None:
    bob = cloned(project, "bob")
    (command,) = re.findall(r"`(gitgates migrate [^`]+ --push)`", PAGE.read_text())
    act(project, [command])
    for branch in ("main", "quality-gates"):
        assert git(project.path, "rev-parse", branch) == git(project.path.parent / "hub.git", "rev-parse", branch)
    (others,) = commands("2. Tell the others")[1:]
    act(bob, others)
    assert bob.answer() == "allowed"
