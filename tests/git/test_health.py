"""`doctor`: each thing that can be wrong is told with the command that mends it."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from gitgates.ledger.health.diagnosis import Diagnosis, State
from gitgates.ledger.health.examining import Surroundings, examine
from gitgates.ledger.health.remains import leftovers
from gitgates.store.diagnostics import remove_leftovers
from gitgates.store.repository import Repository
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    return new_book(repository(), keys.alice, os.environ).filled()


def look(book: Book, **changes: object) -> dict[str, Diagnosis]:
    return {diagnosis.name: diagnosis for diagnosis in diagnoses(book, **changes)}


def diagnoses(book: Book, **changes: object) -> tuple[Diagnosis, ...]:
    at = Surroundings(path=str(book.path), key=str(book.key.path), environ=book.environ, home=str(book.path))
    found = examine(attrs.evolve(at, **changes), datetime.now(UTC))  # type: ignore[arg-type] # fields by name
    for diagnosis in found:
        assert (diagnosis.state is State.OK) == (not diagnosis.remedy), diagnosis
    return found


def test_a_healthy_ledger(book: Book) -> None:
    found = look(book)
    assert {name: d.state for name, d in found.items() if d.state is not State.OK} == {}
    assert list(found) == [
        "python", "git", "ssh-keygen", "repository", "leftovers", "ledger", "pin", "policy", "signing key", "index",
    ]  # fmt: skip
    assert "alice@example.com: admin, approver, checker, deployer" in found["signing key"].text


def test_no_repository(book: Book, tmp_path: Path) -> None:
    found = look(book, path=str(tmp_path))
    assert found["repository"].state is State.PROBLEM
    assert "git init" in found["repository"].remedy
    assert list(found) == ["python", "git", "ssh-keygen", "repository"]


def test_no_ledger(book: Book, repository: RepositoryFactory) -> None:
    found = look(book, path=str(repository("empty")))
    assert found["ledger"].state is State.WARNING
    assert "gitgates init" in found["ledger"].remedy


def test_no_pin(book: Book) -> None:
    git(book.path, "config", "--unset", "gitgates.root")
    assert "git config gitgates.root" in look(book)["pin"].remedy


def test_a_wrong_pin(book: Book) -> None:
    found = look(book, root="e" * 64)
    assert found["ledger"].state is State.PROBLEM
    assert "index" not in found


def test_a_strangers_key_and_no_key(book: Book, keys: Keys) -> None:
    stranger = look(book, key=str(keys.bob.path))["signing key"]
    assert (stranger.state, "belongs to no member" in stranger.text) == (State.WARNING, True)
    absent = look(book, key=None)["signing key"]
    assert (absent.state, "ssh-keygen" in absent.remedy) == (State.WARNING, True)


def test_programs_that_are_missing(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look(book)
    assert "Install git" in found["git"].remedy
    assert "OpenSSH" in found["ssh-keygen"].remedy


def test_programs_that_are_too_old(book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, script in (
        ("git", "echo git version 2.20.1"),
        ("ssh-keygen", "echo 'unknown option -- Y' >&2; exit 1"),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = look(book)
    assert "2.20.1 is too old" in found["git"].text
    assert "too old" in found["ssh-keygen"].text


def test_shallow_and_partial_clones(book: Book, tmp_path: Path) -> None:
    git(book.path, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{book.path}", "shallow")
    assert "--unshallow" in look(book, path=str(tmp_path / "shallow"))["clone"].remedy
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{book.path}", "partial")
    assert "--refetch" in look(book, path=str(tmp_path / "partial"))["clone"].remedy


def test_the_remote(book: Book, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(book.path), "hub")
    git(book.path, "remote", "add", "origin", tmp_path / "hub")
    assert "gitgates sync" in look(book)["remote"].remedy
    git(book.path, "fetch", "-q")
    assert look(book)["remote"].state is State.OK
    book.reject("veran:v1")
    assert look(book)["remote"].text == "refs/heads/main has commits of the ledger that origin lacks"
    git(book.path, "push", "-q", "origin", "main")
    git(book.path, "reset", "-q", "--hard", "HEAD^")
    behind = look(book)["remote"]
    assert (behind.state, "both are read" in behind.text) == (State.OK, True)


@pytest.mark.parametrize("ref", ["refs/notes/gates/veran", "refs/notes/gates/other"])
def test_an_index_that_is_stale_or_gone(book: Book, ref: str) -> None:
    git(book.path, "update-ref", "-d", ref)
    assert ref.rpartition("/")[2] in look(book)["index"].text
    git(book.path, "update-ref", "refs/notes/gates/nobody", git(book.path, "rev-parse", "HEAD"))
    assert "refs/notes/gates/nobody" in look(book)["index"].text
    for name in git(book.path, "for-each-ref", "--format=%(refname)", "refs/notes").splitlines():
        git(book.path, "update-ref", "-d", name)
    assert "no index in this clone" in look(book)["index"].text
    assert look(book)["index"].state is State.WARNING


def dead_pid() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def make_old(path: Path) -> None:
    old = time.time() - 3700
    os.utime(path, (old, old))


@pytest.mark.parametrize("name", [".git/index.lock", ".git/refs/heads/main.lock", ".git/packed-refs.lock"])
def test_a_stale_lock_is_named_and_left_alone(book: Book, name: str) -> None:
    path = book.path / name
    path.write_text("")
    assert look(book)["leftovers"].state is State.OK  # it may be in use
    make_old(path)
    found = look(book)["leftovers"]
    assert (found.state, found.text) == (
        State.PROBLEM,
        f"{path} has been there for 61 min, and keeps git from writing",
    )
    assert f"rm '{path}'" in found.remedy
    repository = Repository.open(str(book.path))
    assert remove_leftovers(repository, leftovers(repository, datetime.now(UTC))) == ()
    path.unlink()


def test_our_own_turn_is_no_leftover(book: Book) -> None:
    """The file stays for ever; the system ends the lock on it with the process that held it."""
    make_old(book.path / ".git/gitgates.lock")
    assert look(book)["leftovers"].state is State.OK
    book.report("veran:v3")


@pytest.mark.parametrize(
    "name",
    [
        ".git/gitgates-{}.tmp",
        ".git/gitgates-fetched.json.{}.tmp",
        ".git/worktrees/linked/gitgates-{}.tmp",
        ".quality-gates/models/gitgates-{}.tmp",
    ],
)
def test_scratch_files(book: Book, name: str, tmp_path: Path) -> None:
    git(book.path, "worktree", "add", "-q", "--detach", tmp_path / "linked")
    ours, dead = (book.path / name.format(pid) for pid in (os.getpid(), dead_pid()))
    for path in (ours, dead):
        path.write_text("")
    assert look(book)["leftovers"].state is State.OK
    make_old(dead)
    found = look(book)["leftovers"]
    assert (found.state, found.remedy) == (State.WARNING, "Remove it: `gitgates doctor --clean`")
    assert found.text == f"{dead} was left by an interrupted command 61 min ago"
    make_old(ours)
    repository = Repository.open(str(book.path))
    assert remove_leftovers(repository, leftovers(repository, datetime.now(UTC))) == (str(dead),)
    assert (ours.exists(), dead.exists()) == (True, False)
    found = look(book)["leftovers"]
    assert f"there is a process {os.getpid()} that may be using it" in found.text
    assert f"rm '{ours}'" in found.remedy


@pytest.mark.parametrize("packed", [False, True])
def test_scratch_refs(book: Book, packed: bool) -> None:
    prefix = "refs/gitgates/scratch"
    dead, ours, foreign = f"{prefix}/{dead_pid()}-a1", f"{prefix}/{os.getpid()}-b2", f"{prefix}/mine"
    for command in (dead, ours, foreign):
        for name in ("in/heads/main", "in/notes/gates/veran"):
            git(book.path, "update-ref", f"{command}/{name}", "HEAD")
    if packed:
        git(book.path, "pack-refs", "--all")
    assert look(book)["leftovers"].state is State.OK
    files = [book.path / ".git/packed-refs"] if packed else (book.path / ".git" / prefix).rglob("*")
    for path in files:
        make_old(path)
    found = {one.name: one for one in leftovers(Repository.open(str(book.path)), datetime.now(UTC))}
    assert {name: one.may_go for name, one in found.items()} == {dead: True, ours: False, foreign: False}
    assert not any(one.is_lock for one in found.values())
    repository = Repository.open(str(book.path))
    assert remove_leftovers(repository, found.values()) == (dead,)
    left = repository.refs(prefix)
    assert {ref.removeprefix(f"{prefix}/").partition("/")[0] for ref in left} == {f"{os.getpid()}-b2", "mine"}
    if packed:  # git has just written it anew
        make_old(book.path / ".git/packed-refs")
    remedies = [d.remedy for d in diagnoses(book) if d.name == "leftovers"]
    for remedy in remedies:  # as printed
        for command in remedy.split("`")[1].split("; "):
            git(book.path, *command.split()[1:])
    assert repository.refs(prefix) == {}
