"""Folders of a commit: the same answers however they are found, and absence only where the trees prove it."""

import os
from pathlib import Path

import pytest

from gitgates.errors import CannotDecide
from gitgates.ledger.folders import Folders, folder_entries
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository
from tests.git.ledgers import commit_files
from tests.support import RepositoryFactory, git

NAMES = [f"v{number}" for number in range(20)]


def corrupt(path: Path, object_id: str) -> None:
    file = path / ".git/objects" / object_id[:2] / object_id[2:]
    os.chmod(file, 0o644)
    file.write_bytes(b"junk")


@pytest.mark.parametrize("sha256", [False, True])
def test_many_folders_of_one_parent(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(sha256=sha256)
    commit = commit_files(path, "x", {f"a/b/{name}/file": name for name in NAMES} | {"a/b/plain": "x", "a/c/d/e": "x"})
    with ObjectReader(Repository.open(str(path))) as reader:
        folders = Folders(reader, commit)
        for name in [*NAMES, "absent", "plain", *NAMES]:
            assert folders.entries(f"a/b/{name}") == folder_entries(reader, commit, f"a/b/{name}")
        assert [entry.name for entry in folders.entries("a/c/d") or ()] == [b"e"]
        assert folders.entries("a/b/absent") is None
        assert folders.entries("README.md") is None


@pytest.mark.parametrize("broken", ["a", "a/b", "a/b/v7"])
def test_what_cannot_be_read_is_not_absent(repository: RepositoryFactory, broken: str) -> None:
    path = repository()
    commit = commit_files(path, "x", {f"a/b/{name}/file": name for name in NAMES})
    corrupt(path, git(path, "rev-parse", f"HEAD:{broken}"))
    with ObjectReader(Repository.open(str(path))) as reader:
        folders = Folders(reader, commit)
        for _ in range(12):  # as long as git searches, and when the parent has been listed
            with pytest.raises(CannotDecide, match="unreadable"):
                folders.entries("a/b/v7")
