"""Fixtures of the command line's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.project import Project, copy_inputs
from tests.support import Gitgates, Keys, RepositoryFactory, git


@pytest.fixture(autouse=True)
def signing_key(home: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign as alice, with the key given as CI systems give it."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))


@pytest.fixture
def bare_project(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys) -> Project:
    """Give a repository with the input files committed, and no ledger."""
    path = repository()
    copy_inputs(path)
    git(path, "add", ".")
    git(path, "commit", "--quiet", "--message", "What tools wrote")
    return Project(path, gitgates, keys.alice)


@pytest.fixture
def project(bare_project: Project) -> Project:
    """Give a repository with a ledger that alice made."""
    bare_project.ok("init")
    return bare_project


@pytest.fixture
def clone_of(tmp_path: Path, gitgates: Gitgates, keys: Keys) -> Callable[..., Project]:
    """Return a function that clones a project, with further options of `git clone`."""

    def clone(project: Project, name: str = "clone", *options: str) -> Project:
        git(tmp_path, "clone", "--quiet", *options, project.path.as_uri(), name)
        return Project(tmp_path / name, gitgates, keys.alice)

    return clone
