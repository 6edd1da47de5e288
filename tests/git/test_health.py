"""`doctor`: each thing that can be wrong is told with the command that mends it."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from gitgates.ledger.health import Diagnosis, State, Surroundings, examine
from tests.git.ledgers import Book, new_book
from tests.support import Keys, RepositoryFactory, git


@pytest.fixture
def book(repository: RepositoryFactory, keys: Keys) -> Book:
    return new_book(repository(), keys.alice, os.environ).filled()


def look(book: Book, **changes: object) -> dict[str, Diagnosis]:
    at = Surroundings(path=str(book.path), key=str(book.key.path), environ=book.environ, home=str(book.path))
    found = examine(attrs.evolve(at, **changes), datetime.now(UTC))  # type: ignore[arg-type] # fields by name
    for diagnosis in found:
        assert (diagnosis.state is State.OK) == (not diagnosis.remedy), diagnosis
    return {diagnosis.name: diagnosis for diagnosis in found}


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
    assert look(book)["remote"].text == "refs/heads/main has records that origin lacks"
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


@pytest.mark.parametrize(
    ("name", "state"),
    [
        (".git/index.lock", State.PROBLEM),
        (".git/refs/heads/main.lock", State.PROBLEM),
        (".git/gitgates-123.tmp", State.WARNING),
        (".quality-gates/models/gitgates-9.tmp", State.WARNING),
    ],
)
def test_leftovers(book: Book, name: str, state: State) -> None:
    path = book.path / name
    path.write_text("")
    assert look(book)["leftovers"].state is State.OK  # it may be in use
    old = time.time() - 3600
    os.utime(path, (old, old))
    found = look(book)["leftovers"]
    assert found.state is state
    assert str(path) in found.remedy
