"""Ref transactions."""

import threading
import time
from pathlib import Path

import pytest

from gitgates.errors import GitError, RefMoved
from gitgates.store import refs
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Repository
from tests.support import RepositoryFactory, git


@pytest.fixture
def path(repository: RepositoryFactory) -> Path:
    path = repository()
    git(path, "commit", "-q", "--allow-empty", "-m", "second")
    return path


def test_create_move_delete(path: Path) -> None:
    repo = Repository.open(str(path))
    first, second = git(path, "rev-parse", "HEAD~1"), git(path, "rev-parse", "HEAD")
    update_refs(repo, [])
    update_refs(repo, [RefUpdate("refs/heads/a", first, None), RefUpdate("refs/notes/b", first, None)])
    update_refs(repo, [RefUpdate("refs/heads/a", second, first), RefUpdate("refs/notes/b", None, first)], "moved on")
    assert repo.refs("refs/heads/a", "refs/notes") == {"refs/heads/a": second}
    assert "moved on" in git(path, "reflog", "refs/heads/a")


def test_all_or_nothing(path: Path) -> None:
    repo = Repository.open(str(path))
    first, second = git(path, "rev-parse", "HEAD~1"), git(path, "rev-parse", "HEAD")
    for wrong in (first, None):
        with pytest.raises(RefMoved, match="refs/heads/main moved"):
            update_refs(repo, [RefUpdate("refs/notes/b", first, None), RefUpdate("refs/heads/main", first, wrong)])
    with pytest.raises(RefMoved, match="refs/heads/gone"):
        update_refs(repo, [RefUpdate("refs/heads/gone", first, second)])
    assert repo.refs() == {"refs/heads/main": second}


def test_other_refusals_are_gits_own(path: Path) -> None:
    repo = Repository.open(str(path))
    with pytest.raises(GitError, match="cannot lock ref"):
        update_refs(repo, [RefUpdate("refs/heads/main/below", git(path, "rev-parse", "HEAD"), None)])


def test_a_lock_that_goes_away_is_waited_for(path: Path) -> None:
    repo = Repository.open(str(path))
    head = git(path, "rev-parse", "HEAD")
    lock = path / ".git/refs/heads/a.lock"
    lock.touch()
    waiting = threading.Timer(0.4, lock.unlink)
    waiting.start()
    began = time.monotonic()
    update_refs(repo, [RefUpdate("refs/heads/a", head, None)])
    waiting.join()
    assert time.monotonic() - began > 0.3


def test_a_lock_that_stays_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refs, "_LONGEST_PAUSE", 0.01)
    lock = path / ".git/refs/heads/a.lock"
    lock.touch()
    with pytest.raises(RefMoved, match=r"a\.lock is held"):
        update_refs(Repository.open(str(path)), [RefUpdate("refs/heads/a", git(path, "rev-parse", "HEAD"), None)])
