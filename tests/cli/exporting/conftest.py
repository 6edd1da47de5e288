"""Fixtures of the tests of bundles."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.exporting.bundles import ROOT, VECTORS, Bundle, commit, link_programs
from tests.cli.project import Project
from tests.support import Gitgates, Keys, RepositoryFactory, git


@pytest.fixture
def ledger(repository: RepositoryFactory, gitgates: Gitgates, keys: Keys) -> Project:
    """The ledger of the vectors: every kind of record, two policies with a quorum of two, a seal, odd names."""
    work = repository()
    shutil.copytree(VECTORS / "ledger", work / ".quality-gates")
    commit(work)
    git(work, "config", "gitgates.root", ROOT)
    return Project(work, gitgates, keys.alice)


@pytest.fixture
def exported(ledger: Project, tmp_path: Path) -> Callable[..., Bundle]:
    """Export a bundle as a folder."""

    def export(*args: str, code: int = 0) -> Bundle:
        done = ledger("export", "bundle", "-o", tmp_path / "bundle", *args)
        assert done.code == code, done
        return Bundle(tmp_path / "bundle", ROOT, link_programs(tmp_path / "bin"))

    return export


@pytest.fixture
def bundle(exported: Callable[..., Bundle]) -> Bundle:
    return exported()
