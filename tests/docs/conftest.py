"""Fixtures of the documents' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitgates.cli.demo import FILES
from tests.docs.afs_world import Recorder, forget_afs, provide_modules, serve_afs_gates
from tests.docs.ci_world import apart, machine, origin
from tests.integrations.notify.fixtures import direct, internet
from tests.support import Gitgates, Keys, RepositoryFactory, git

__all__ = ["afs_world", "apart", "direct", "internet", "machine", "notifier", "origin", "workplace"]


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


@pytest.fixture
def notifier() -> Recorder:
    return Recorder()


@pytest.fixture
def afs_world(
    workplace: Path, gitgates: Gitgates, notifier: Recorder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Work in a repository with a ledger, with `afs.gates` as installed and the rest of AFS stood in for."""
    assert gitgates("init").code == 0
    serve_afs_gates(monkeypatch)
    provide_modules(notifier)
    yield
    forget_afs()
