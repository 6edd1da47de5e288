"""What can be wrong with git itself and with what interrupted programs left behind."""

import os
import re
from collections.abc import Iterator

from gitgates.model.frozen import frozen
from gitgates.store.process import OLDEST_GIT, attempt
from gitgates.store.repository import Repository

_SCRATCH = re.compile(r"gitgates-\d+\.tmp")


@frozen
class Leftover:
    """A file that an interrupted program left behind.

    Attributes:
        age: seconds since it was last written.
        is_lock: whether it keeps git from writing; else it only takes room.
    """

    path: str
    age: float
    is_lock: bool


def git_version() -> tuple[str, bool]:
    """Return git's version, and whether it is new enough.

    Raises:
        StoreError: git cannot be started.
    """
    text = attempt(["version"]).stdout.decode("ascii", "replace").removeprefix("git version ").strip()
    found = re.match(r"(\d+)\.(\d+)", text)
    return text, found is not None and (int(found[1]), int(found[2])) >= OLDEST_GIT


def find_leftovers(repo: Repository, now: float, older_than: float, ledger_folder: str) -> tuple[Leftover, ...]:
    """Return the lock files of git and the scratch files of gitgates that were not written for a while.

    Args:
        now: seconds since 1970.
        older_than: seconds; what is younger may be in use.
        ledger_folder: a folder of the worktree in which scratch files may lie.
    """
    found = []
    for path in _candidates(repo, ledger_folder):
        try:
            age = now - os.lstat(path).st_mtime
        except OSError:  # gone meanwhile: it was in use
            continue
        if age >= older_than:
            found.append(Leftover(path, age, path.endswith(".lock")))
    return tuple(sorted(found, key=lambda leftover: leftover.path))


def _candidates(repo: Repository, ledger_folder: str) -> Iterator[str]:
    for folder in dict.fromkeys((repo.git_dir, repo.common_dir)):
        names = os.listdir(folder)
        yield from (os.path.join(folder, name) for name in names if name.endswith(".lock") or _SCRATCH.fullmatch(name))
    for top, _, names in os.walk(os.path.join(repo.common_dir, "refs")):
        yield from (os.path.join(top, name) for name in names if name.endswith(".lock"))
    if repo.worktree is not None:
        for top, _, names in os.walk(os.path.join(repo.worktree, ledger_folder)):
            yield from (os.path.join(top, name) for name in names if _SCRATCH.fullmatch(name))
