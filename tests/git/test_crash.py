"""Killed between any two steps, the next command works and the user's things are as they were."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gitgates.store.append import Change, append
from gitgates.store.repository import Identity, Repository
from tests.support import CHECKOUT, RepositoryFactory, git

CHILD = """
import os, signal, sys
from gitgates.store.append import Change, NoteLines, append
from gitgates.store.repository import Identity, Repository

def step(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

repo = Repository.open(sys.argv[1])
head = repo.resolve("HEAD")
change = Change({".quality-gates/a/first": b"first"}, "gates: first", (NoteLines("refs/notes/gates/a", head, ("l",)),))
append(repo, "refs/heads/main", lambda tip: change, identity=Identity("a", "b"), seconds=0, on_step=step)
"""


@pytest.mark.parametrize("again", ["first", "second"])
@pytest.mark.parametrize("step", ["objects", "files", "index", "refs"])
def test_killed_after(repository: RepositoryFactory, step: str, again: str) -> None:
    path = repository()
    (path / "staged").write_text("x")
    git(path, "add", "staged")
    (path / "README.md").write_text("edited")
    killed = subprocess.run([sys.executable, "-c", CHILD, str(path), step], cwd=CHECKOUT)
    assert killed.returncode == -signal.SIGKILL
    check_users_things(path)
    files = {f".quality-gates/a/{again}": again.encode()}
    change = Change(files, f"gates: {again}")
    repo = Repository.open(str(path))
    append(repo, "refs/heads/main", lambda _: change, identity=Identity("a", "b"), seconds=0)
    check_users_things(path)
    assert git(path, "show", f"HEAD:.quality-gates/a/{again}") == again
    # The user's next commit deletes no record.
    git(path, "commit", "-qm", "mine")
    assert git(path, "log", "--diff-filter=D", "--format=%h") == ""
    assert git(path, "show", f"HEAD:.quality-gates/a/{again}") == again
    if step == "refs":
        assert git(path, "show", "HEAD:.quality-gates/a/first") == "first"
    git(path, "fsck", "--strict", "--no-dangling")


def check_users_things(path: Path) -> None:
    status = git(path, "status", "--porcelain").splitlines()
    mine = [line for line in status if ".quality-gates" not in line]
    assert mine == [" M README.md", "A  staged"]
    assert not [line for line in status if line.startswith(("D", " D"))]
