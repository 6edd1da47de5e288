"""A project with a ledger for each hostile file, made once and copied."""

import shutil
from pathlib import Path

import pytest

from tests.cli.project import Project
from tests.support import Gitgates, Keys, RepositoryFactory


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the first test that asks makes the project: in its own surroundings, which are hermetic."""
    return tmp_path_factory.mktemp("ledger") / "work"


@pytest.fixture
def project(
    template: Path,
    tmp_path: Path,
    repository: RepositoryFactory,
    gitgates: Gitgates,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
) -> Project:
    """Give a repository with a ledger that alice made."""
    monkeypatch.setenv("GITGATES_SIGNING_KEY", str(keys.alice.path))
    if not template.exists():
        made = Project(repository("made"), gitgates, keys.alice)
        made.ok("init")
        shutil.copytree(made.path, template)
    shutil.copytree(template, tmp_path / "work")
    return Project(tmp_path / "work", gitgates, keys.alice)
