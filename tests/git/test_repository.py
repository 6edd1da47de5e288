"""Repositories of all kinds, as git has them."""

import os
from pathlib import Path

import pytest

from gitgates.errors import GitError, NoRepository, StoreError
from gitgates.store.checkouts import is_dirty, worktrees_on
from gitgates.store.repository import Head, Identity, Repository
from tests.support import RepositoryFactory, folder, git


def commit(path: Path, file: str, message: str = "more") -> str:
    (path / file).parent.mkdir(parents=True, exist_ok=True)
    (path / file).write_text(f"{message} {file}\n")
    git(path, "add", "-A")
    git(path, "commit", "-q", "-m", message)
    return git(path, "rev-parse", "HEAD")


# --- opening ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sha256", [False, True])
def test_open_from_a_subfolder(repository: RepositoryFactory, sha256: bool) -> None:
    path = repository(sha256=sha256)
    (path / "a/b").mkdir(parents=True)
    repo = Repository.open(str(path / "a/b"))
    assert repo.git_dir == repo.common_dir == str(path / ".git")
    assert repo.worktree == str(path)
    assert not repo.is_bare
    assert not repo.is_shallow
    assert repo.object_format == ("sha256" if sha256 else "sha1")
    with folder(path / "a"):
        assert Repository.open() == repo


def test_open_bare_and_inside_the_git_folder(repository: RepositoryFactory) -> None:
    bare = Repository.open(str(repository("bare", bare=True)))
    assert bare.is_bare
    assert bare.worktree is None
    inside = Repository.open(str(repository() / ".git"))
    assert not inside.is_bare
    assert inside.worktree is None


def test_open_linked_worktree(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    git(path, "worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    repo = Repository.open(str(tmp_path / "linked"))
    assert repo.git_dir == str(path / ".git/worktrees/linked")
    assert repo.common_dir == str(path / ".git")
    assert repo.worktree == str(tmp_path / "linked")


def test_open_ignores_what_an_outer_git_left(repository: RepositoryFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = repository(), repository("other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    assert Repository.open(str(path)).git_dir == str(path / ".git")


def test_open_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRepository, match="not in a git repository"):
        Repository.open(str(tmp_path))
    with pytest.raises(GitError, match="No such file"):
        Repository.open(str(tmp_path / "absent"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match=r"git was not found.*Install git"):
        Repository.open(str(tmp_path))


def test_git_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "git"
    fake.write_text('#!/bin/sh\ncase "$*" in *version*) echo git version 2.25.1;; *) exit 129;; esac\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(StoreError, match=r"git 2\.25 is too old.*2\.34"):
        Repository.open(str(tmp_path))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_is_refused_in_gits_words(repository: RepositoryFactory) -> None:
    path = repository()
    for name in (path, path / ".git"):
        os.chown(name, 12345, 12345)
    with pytest.raises(StoreError, match="dubious ownership"):
        Repository.open(str(path))


def test_a_shallow_and_a_partial_clone(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    commit(path, "b")
    git(path, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{path}", "shallow")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{path}", "partial")
    assert Repository.open(str(tmp_path / "shallow")).is_shallow
    assert Repository.open(str(tmp_path / "partial")).is_partial
    assert not Repository.open(str(path)).is_partial


# --- settings, refs, commits -----------------------------------------------------------------------------------------


def test_settings_are_read_once_and_anew_after_a_change(repository: RepositoryFactory) -> None:
    path = repository()
    repo = Repository.open(str(path))
    assert repo.config.get("user.name") == "Alice Example"
    assert repo.config is repo.config
    assert repo.config.get("core.hookspath") is None
    git(path, "config", "--add", "gitgates.root", "old")
    git(path, "config", "--add", "gitgates.root", "older")
    repo.set_config("gitgates.root", "new\nline")
    assert repo.config.get("gitgates.root") == "new\nline"
    assert repo.identity(Identity("x", "y")) == Identity("Alice Example", "alice@example.com")


def test_identity_falls_back(repository: RepositoryFactory, home: Path) -> None:
    path = repository()
    (home / ".gitconfig").write_text("[user]\nname = Only\n")
    assert Repository.open(str(path)).identity(Identity("x", "y@z")) == Identity("Only", "y@z")


def test_head_on_a_branch_detached_and_unborn(repository: RepositoryFactory) -> None:
    path = repository()
    first = git(path, "rev-parse", "HEAD")
    assert Repository.open(str(path)).head() == Head("refs/heads/main", first)
    git(path, "checkout", "-q", "--detach")
    assert Repository.open(str(path)).head() == Head(None, first)
    assert Repository.open(str(repository("new", commits=False))).head() == Head("refs/heads/main", None)


def test_resolve(repository: RepositoryFactory) -> None:
    path = repository()
    git(path, "tag", "-a", "-m", "x", "v1")
    repo = Repository.open(str(path))
    head = git(path, "rev-parse", "HEAD")
    assert {repo.resolve(rev) for rev in ("HEAD", "main", "v1", head, head[:10])} == {head}
    for bad in ("absent", "HEAD:README.md", "a..b", "--all", "", "0" * 40, "f" * 40, "a\0b", "a\nb", "HEAD~9"):
        assert repo.resolve(bad) is None, bad


def test_refs(repository: RepositoryFactory) -> None:
    path = repository()
    git(path, "branch", "mainly")
    git(path, "notes", "--ref", "gates/veran", "add", "-m", "x")
    repo = Repository.open(str(path))
    head = git(path, "rev-parse", "HEAD")
    assert repo.refs("refs/heads/main") == {"refs/heads/main": head}
    assert set(repo.refs("refs/notes/gates", "refs/heads")) == {
        "refs/heads/main", "refs/heads/mainly", "refs/notes/gates/veran",
    }  # fmt: skip
    assert len(repo.refs()) == 3


# --- worktrees -------------------------------------------------------------------------------------------------------


def test_worktrees_on(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    git(path, "worktree", "add", "-q", "-b", "side", tmp_path / "linked tree")
    repo = Repository.open(str(path))
    (main,) = worktrees_on(repo, "refs/heads/main")
    assert (main.path, main.git_dir) == (str(path), str(path / ".git"))
    (side,) = worktrees_on(repo, "refs/heads/side")
    assert side.path == str(tmp_path / "linked tree")
    assert Path(side.git_dir).parent == path / ".git/worktrees"
    assert worktrees_on(repo, "refs/heads/other") == ()
    linked = Repository.open(str(tmp_path / "linked tree"))
    assert worktrees_on(linked, "refs/heads/main") == (main,)
    assert worktrees_on(linked, "refs/heads/side") == (side,)


def test_worktrees_on_a_bare_repository_and_an_unborn_branch(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    git(tmp_path, "clone", "-q", "--bare", path, "bare")
    bare = Repository.open(str(tmp_path / "bare"))
    assert worktrees_on(bare, "refs/heads/main") == ()
    git(tmp_path / "bare", "worktree", "add", "-q", tmp_path / "linked", "main")
    assert [tree.path for tree in worktrees_on(bare, "refs/heads/main")] == [str(tmp_path / "linked")]
    unborn = Repository.open(str(repository("new", commits=False)))
    assert len(worktrees_on(unborn, "refs/heads/main")) == 1


def test_a_deleted_worktree_keeps_its_index(repository: RepositoryFactory, tmp_path: Path) -> None:
    path = repository()
    git(path, "worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    (tmp_path / "linked").rename(tmp_path / "moved")
    (side,) = worktrees_on(Repository.open(str(path)), "refs/heads/side")
    assert side.path is None
    assert side.git_dir == str(path / ".git/worktrees/linked")


def test_worktree_with_a_separate_git_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", f"--separate-git-dir={tmp_path / 'store'}", "work")
    repo = Repository.open(str(tmp_path / "work"))
    assert [tree.path for tree in worktrees_on(repo, "refs/heads/main")] == [str(tmp_path / "work")]


# --- dirty -----------------------------------------------------------------------------------------------------------


def test_dirty(repository: RepositoryFactory) -> None:
    path = repository()
    repo = Repository.open(str(path))
    (path / ".quality-gates").mkdir()
    (path / ".quality-gates/new").write_text("x")
    assert not is_dirty(repo)
    (path / "untracked").write_text("x")
    assert is_dirty(repo)
    (path / "untracked").unlink()
    (path / "README.md").write_text("other")
    git(path, "config", "status.showUntrackedFiles", "no")
    assert is_dirty(Repository.open(str(path)))
    assert not is_dirty(Repository.open(str(path / ".git")))


def test_a_dirty_submodule_is_dirty(repository: RepositoryFactory) -> None:
    path, inner = repository(), repository("inner")
    git(path, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(path, "commit", "-qm", "sub")
    repo = Repository.open(str(path))
    assert not is_dirty(repo)
    (path / "sub/README.md").write_text("edited")
    assert is_dirty(repo)


# --- the subject commit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sha256", [False, True])
def test_subject_passes_over_ledger_commits(repository: RepositoryFactory, tmp_path: Path, sha256: bool) -> None:
    path = repository(sha256=sha256)
    first = git(path, "rev-parse", "HEAD")
    commit(path, ".quality-gates/a")
    commit(path, ".quality-gates/b")
    (path / "sub").mkdir()
    repo = Repository.open(str(path / "sub"))
    with folder(path / "sub"):
        assert repo.subject_commit("HEAD") == first
    code = commit(path, "sub/code")
    assert repo.subject_commit("HEAD") == code
    mixed = commit(path, ".quality-gates/c")
    (path / "x").write_text("x")
    git(path, "add", "x")
    git(path, "commit", "-q", "--amend", "--no-edit")
    mixed = git(path, "rev-parse", "HEAD")
    commit(path, ".quality-gates/d")
    git(tmp_path, "clone", "-q", "--bare", path, "bare")
    assert Repository.open(str(tmp_path / "bare")).subject_commit("main") == mixed
    assert repo.subject_commit("absent") is None


def test_subject_of_merges(repository: RepositoryFactory) -> None:
    path = repository()
    code = commit(path, "code")
    git(path, "checkout", "-qb", "side")
    commit(path, ".quality-gates/side")
    git(path, "checkout", "-q", "main")
    commit(path, ".quality-gates/main")
    git(path, "merge", "-q", "--no-edit", "side")
    repo = Repository.open(str(path))
    assert repo.subject_commit("main") == code
    git(path, "checkout", "-q", "side")
    commit(path, "feature")
    git(path, "checkout", "-q", "main")
    commit(path, "other")
    git(path, "merge", "-q", "--no-edit", "side")
    merge = git(path, "rev-parse", "HEAD")
    commit(path, ".quality-gates/after")
    assert repo.subject_commit("main") == merge


def test_no_subject_where_only_the_ledger_is(repository: RepositoryFactory) -> None:
    path = repository(commits=False)
    repo = Repository.open(str(path))
    assert repo.subject_commit("HEAD") is None
    commit(path, ".quality-gates/a")
    assert repo.subject_commit("HEAD") is None
