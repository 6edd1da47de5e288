"""A team's ledger, made once and copied for each row."""

import shutil
from pathlib import Path

import pytest

from tests.integrations.notify.fixtures import direct, hook
from tests.security.world import World, new_repository, root_policy
from tests.support import Gitgates

__all__ = ["direct", "hook", "template", "world"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the first test that asks makes the ledger: in its own surroundings, which are hermetic."""
    return tmp_path_factory.mktemp("team") / "team"


@pytest.fixture
def world(template: Path, tmp_path: Path, gitgates: Gitgates) -> World:
    """Give a clone of the team's ledger, with the root pinned and no record of a model version."""
    root = root_policy()
    if not template.exists():
        new_repository(template, root)
    shutil.copytree(template, tmp_path / "work")
    return World(tmp_path / "work", gitgates, root.id, root.id)
