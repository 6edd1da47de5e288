"""Objects made in process are those that git makes."""

from pathlib import Path

import pytest

from gitgates.store.pack import ObjectBatch
from gitgates.store.repository import Identity, Repository
from tests.support import RepositoryFactory, git, run

pytestmark = pytest.mark.parametrize("sha256", [False, True])


@pytest.fixture
def path(repository: RepositoryFactory, sha256: bool) -> Path:
    return repository(sha256=sha256)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 2047, 2048, 70_000, 300_000])
def test_blobs_of_all_sizes_arrive(path: Path, size: int) -> None:
    repo = Repository.open(str(path))
    data = bytes(number * 7 % 251 for number in range(size))
    batch = ObjectBatch(repo.object_format)
    name = batch.blob(data)
    assert batch.blob(data) == name
    assert len(batch) == 1
    batch.write(repo)
    (path / "f").write_bytes(data)
    assert git(path, "hash-object", "f") == name
    git(path, "fsck", "--strict")
    assert git(path, "cat-file", "-s", name) == str(size)


@pytest.mark.parametrize(
    ("name", "email"), [("Alice", "a@example.com"), (" .Ä <b>\n c;", "<x>@y\n"), ("O'Brien, Jr.", "o@b")]
)
def test_commits_are_those_of_commit_tree(path: Path, name: str, email: str) -> None:
    repo = Repository.open(str(path))
    head, tree = git(path, "rev-parse", "HEAD"), git(path, "rev-parse", "HEAD^{tree}")
    batch = ObjectBatch(repo.object_format)
    message = "gates: report veran:v6.2\n\nGates-Kind: réport\n"
    made = batch.commit(tree, (head,), message, Identity(name, email), 1_700_000_000)
    batch.write(repo)
    date = "1700000000 +0000"
    env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
    env |= {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    theirs = run("git", "commit-tree", tree, "-p", head, "-F", "-", cwd=path, env=env, stdin=message)
    assert theirs.out.strip() == made
    git(path, "fsck", "--strict")


def test_nothing_to_write_starts_no_git(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository.open(str(path))
    monkeypatch.setenv("PATH", "")
    ObjectBatch(repo.object_format).write(repo)
