"""Many processes append to one branch at once, and none of their records or index lines is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import CHECKOUT, RepositoryFactory, git

RIVALS = 24
EACH = 2

CHILD = """
import sys
from gitgates.store.append import Change, NoteLines, append
from gitgates.store.repository import Identity, Repository

path, name, each = sys.argv[1:]
repo = Repository.open(path)
for number in range(int(each)):
    line = f"{name}-{number}"
    notes = (NoteLines("refs/notes/gates/a", "a" * 40, (line,)),)
    change = Change({f".quality-gates/a/{line}": line.encode()}, f"gates: {line}", notes)
    append(repo, "refs/heads/main", lambda tip: change, identity=Identity("a", "b"), seconds=0)
"""


@pytest.mark.parametrize("bare", [False, True])
def test_nothing_is_lost(repository: RepositoryFactory, bare: bool) -> None:
    path = repository(bare=bare)
    commits = 0 if bare else 1
    command = [sys.executable, "-c", CHILD, str(path)]
    started = [
        subprocess.Popen([*command, f"rival{number}", str(EACH)], cwd=CHECKOUT, stderr=subprocess.PIPE)
        for number in range(RIVALS)
    ]
    errors = [process.communicate()[1].decode() for process in started]
    assert "".join(errors) == ""
    lines = sorted(f"rival{number}-{turn}" for number in range(RIVALS) for turn in range(EACH))
    listed = git(path, "ls-tree", "--name-only", "-r", "main", ".quality-gates").splitlines()
    assert sorted(Path(name).name for name in listed) == lines
    note = git(path, "notes", "--ref", "gates/a", "list", "a" * 40)
    assert git(path, "cat-file", "-p", note).splitlines() == lines
    assert git(path, "rev-list", "--count", "--first-parent", "main") == str(RIVALS * EACH + commits)
    if not bare:
        assert git(path, "status", "--porcelain") == ""
