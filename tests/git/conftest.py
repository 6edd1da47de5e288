"""Fixtures of the tests with real repositories."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git.team import Team, copy
from tests.support import Gitgates, Keys


@pytest.fixture(scope="session")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the first test that asks makes teams, in its own surroundings, which are hermetic."""
    return tmp_path_factory.mktemp("teams")


@pytest.fixture
def new_team(teams: Path, tmp_path: Path, keys: Keys, gitgates: Gitgates) -> Callable[[str], Team]:
    """Return a function that makes a team; its kind is one of `tests.git.team.BRANCHES`."""
    return lambda kind: copy(teams, tmp_path / "team", kind, keys, gitgates)


@pytest.fixture(params=["own", "code"])
def team(request: pytest.FixtureRequest, new_team: Callable[[str], Team]) -> Team:
    """Give a team of each kind."""
    return new_team(request.param)


@pytest.fixture
def own(new_team: Callable[[str], Team]) -> Team:
    """Give a team whose ledger is on a branch of its own."""
    return new_team("own")


@pytest.fixture
def code(new_team: Callable[[str], Team]) -> Team:
    """Give a team whose ledger is on the branch with the code."""
    return new_team("code")
