"""Histories that describe more files than any memory can hold: whoever reads them is told so, and soon."""

import sys
from pathlib import Path

import pytest

from gitgates.errors import GitError, StoreError
from gitgates.store.bounded import bounded
from gitgates.store.brought import additions, deepest_folder
from gitgates.store.repository import Repository
from tests.support import RepositoryFactory, git, run

FOLDER = ".quality-gates"
TOO_MANY = "the history describes more files than a ledger can have"


def tree(path: Path, *rows: str) -> str:
    return run("git", "mktree", cwd=path, stdin="".join(f"{row}\n" for row in rows)).out.strip()


def endless(path: Path, levels: int = 40) -> str:
    """Return a tree that holds the same tree four times, and so on down."""
    blob = run("git", "hash-object", "-w", "--stdin", cwd=path, stdin="x").out.strip()
    inner = tree(path, f"100644 blob {blob}\tx")
    for _ in range(levels):
        inner = tree(path, *(f"040000 tree {inner}\t{name}" for name in "abcd"))
    return inner


def commit(path: Path, top: str, *parents: str) -> str:
    chosen = [word for parent in parents for word in ("-p", parent)]
    return git(path, "commit-tree", *chosen, "-m", "a commit", top)


@pytest.fixture
def path(repository: RepositoryFactory) -> Path:
    made = repository(commits=False)
    (made / FOLDER).mkdir()
    (made / FOLDER / "README.md").write_text("Read me\n")
    git(made, "add", ".")
    git(made, "commit", "-q", "-m", "ledger")
    return made


@pytest.fixture
def repo(path: Path) -> Repository:
    return Repository.open(str(path))


def with_bomb(path: Path) -> tuple[str, str]:
    """Return a commit that brings endless files, and one that takes them back."""
    inner = tree(path, f"040000 tree {endless(path)}\tzz")
    bomb = commit(path, tree(path, f"040000 tree {inner}\t{FOLDER}"), "HEAD")
    return bomb, commit(path, git(path, "rev-parse", "HEAD^{tree}"), bomb)


def test_an_answer_has_a_limit(repo: Repository) -> None:
    with pytest.raises(StoreError, match=TOO_MANY) as caught:
        bounded(repo, "log", "--format=%H", most=10)
    assert "git log --all --full-history -- .quality-gates" in caught.value.remedy
    assert len(bounded(repo, "log", "--format=%H", most=41).split()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of another process can be limited on Linux alone")
def test_git_itself_has_little_memory(repo: Repository, path: Path) -> None:
    _, back = with_bomb(path)
    with pytest.raises(StoreError, match=TOO_MANY):
        bounded(repo, "log", "--raw", "--root", "-t", back, "--", FOLDER, memory=1 << 25)


def test_git_has_no_time_to_lose(repo: Repository, path: Path) -> None:
    _, back = with_bomb(path)
    with pytest.raises(StoreError, match=TOO_MANY):
        bounded(repo, "log", "--raw", back, "--", FOLDER, patience=0.2)


def test_what_git_says_is_kept(repo: Repository) -> None:
    with pytest.raises(GitError, match="bad revision 'nowhere'"):
        bounded(repo, "log", "nowhere", "--")


def test_the_deepest_folder_is_found_at_once(repo: Repository, path: Path) -> None:
    bomb, back = with_bomb(path)
    head = git(path, "rev-parse", "HEAD")
    assert "/" not in deepest_folder(repo, (), head, FOLDER)
    assert deepest_folder(repo, (head,), back, FOLDER).startswith(f"{FOLDER}/zz/a/a/")
    assert deepest_folder(repo, (head,), back, FOLDER).count("/") == 41
    assert "/" not in deepest_folder(repo, (bomb,), back, FOLDER)


def test_what_commits_added(repo: Repository, path: Path) -> None:
    """The first commit of all counts, whatever the settings; a merge brings nothing that its sides have not brought."""
    git(path, "config", "log.showRoot", "false")
    git(path, "config", "log.diffMerges", "off")
    git(path, "checkout", "-q", "-b", "side")
    (path / FOLDER / "side").write_text("s")
    git(path, "add", ".")
    git(path, "commit", "-q", "-m", "side")
    git(path, "checkout", "-q", "-")
    git(path, "merge", "-q", "--no-ff", "--no-commit", "side")
    (path / FOLDER / "evil").write_text("e")
    git(path, "add", ".")
    git(path, "commit", "-q", "-m", "merge")
    found = {(one.entry.name, one.folders) for one in additions(repo, (), "HEAD", FOLDER)}
    assert found == {(name, (FOLDER.encode(),)) for name in (b"README.md", b"side", b"evil")}
    since = git(path, "rev-parse", "HEAD~1")
    assert {one.entry.name for one in additions(repo, (since,), "HEAD", FOLDER)} == {b"side", b"evil"}
