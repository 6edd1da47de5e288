"""`check --no-record` where a root is named and there is no ledger: the defaults are not what was asked for."""

from pathlib import Path

import pytest

from tests.cli.project import copy_inputs
from tests.support import Gitgates, RepositoryFactory

ROOT = 64 * "a"
CHECK = ("check", "--model", "veran:v6.1", "--metrics", "metrics-v6.1.json", "--no-record")


@pytest.fixture
def place(request: pytest.FixtureRequest, repository: RepositoryFactory, tmp_path: Path) -> Path:
    """A repository without a ledger, or no repository."""
    place = repository() if request.param else tmp_path
    copy_inputs(place)
    return place


@pytest.mark.parametrize("place", [True, False], indirect=True)
def test_the_defaults_judge_where_no_root_is_named(place: Path, gitgates: Gitgates) -> None:
    done = gitgates(*CHECK, cwd=place)
    assert done.code == 0
    assert "veran:v6.1 staging: PASSED" in done.out


@pytest.mark.parametrize("place", [True, False], indirect=True)
@pytest.mark.parametrize("option", [("--root", ROOT), ()])
def test_a_named_root_needs_its_ledger(
    option: tuple[str, ...], place: Path, gitgates: Gitgates, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not option:
        monkeypatch.setenv("GITGATES_ROOT", ROOT)
    done = gitgates(*CHECK, *option, cwd=place)
    assert (done.code, done.out) == (2, "")
    missing = "there is no quality-gate ledger here" if (place / ".git").exists() else "not in a git repository"
    assert missing in done.err
