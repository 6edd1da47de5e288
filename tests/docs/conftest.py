"""Fixtures of the documents' tests."""

from pathlib import Path

import pytest

from gitgates.cli.demo import FILES
from tests.support import Keys, RepositoryFactory, git


@pytest.fixture
def workplace(repository: RepositoryFactory, home: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a repository with the demo's files committed, and a key where ssh-keygen puts it; work in it."""
    path = repository("veran")
    for file in Path(FILES).iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    git(path, "add", ".")
    git(path, "commit", "--quiet", "--message", "What tools wrote")
    (home / ".ssh").mkdir(mode=0o700)
    for suffix in ("", ".pub"):
        target = home / f".ssh/id_ed25519{suffix}"
        target.write_bytes(keys.alice.path.with_name(f"alice{suffix}").read_bytes())
        target.chmod(0o600)
    monkeypatch.chdir(path)
    return path
