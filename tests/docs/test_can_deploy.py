"""docs/reference/can-deploy.md: each exit code that the page tells of, by what it says leads there."""

from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.docs.markdown import rows
from tests.support import CHECKOUT, Gitgates, Keys, RepositoryFactory, git

PAGE = CHECKOUT / "docs/reference/can-deploy.md"
ASK = ("can-deploy", "--model", "veran:v6.1", "--context", "production")


@pytest.fixture
def project(workplace: Path, gitgates: Gitgates, keys: Keys) -> Project:
    project = Project(workplace, gitgates, keys.alice)
    project.ok("init")
    return project.approved()


def meaning(code: int) -> str:
    (found,) = (text for number, text in rows(PAGE, "exit code") if number == str(code))
    return found


def test_answers(project: Project) -> None:
    assert meaning(0).startswith("**allowed**")
    assert project.ok(*ASK).out.startswith("veran:v6.1 to production: allowed\n")
    assert "the ledger knows no such model version" in meaning(1)
    unknown = project("can-deploy", "--model", "veran:v9", "--context", "production")
    assert (unknown.code, "the ledger knows no model version veran:v9" in unknown.err) == (1, True)
    project.ok("reject", *ASK[1:], "--reason", "it stutters")
    denied = project(*ASK)
    assert (denied.code, "denied" in denied.out, meaning(1)[:10]) == (1, True, "**denied**")
    git(project.path, "config", "--unset", "gitgates.root")
    undecided = project(*ASK)
    assert (undecided.code, "cannot decide (no pin)" in undecided.err + undecided.out) == (3, True), undecided
    assert meaning(3).startswith("**cannot decide**")


@pytest.mark.parametrize(
    ("arguments", "told", "said"),
    [
        ((*ASK[:-1], "nowhere"), "the policy knows no context 'nowhere'", "the policy knows no such context"),
        ((*ASK, "--artifact", "gone"), "gone: cannot be read", "a file of `--artifact` is not there"),
        ((*ASK, "--artefact", "gone"), "unrecognized arguments", "an option is misspelt"),
    ],
)
def test_questions_that_cannot_be_put(project: Project, arguments: tuple[str, ...], told: str, said: str) -> None:
    done = project(*arguments)
    assert (done.code, done.out, told in done.err) == (2, "", True), done
    assert said in meaning(2)


def test_no_ledger(repository: RepositoryFactory, gitgates: Gitgates) -> None:
    done = gitgates(*ASK, cwd=repository())
    assert (done.code, "gitgates init" in done.err) == (2, True), done
    assert "there is no ledger" in meaning(2)
