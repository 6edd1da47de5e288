"""What can be wrong with git itself and with what interrupted programs left behind."""

import contextlib
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator

from gitgates.model.frozen import frozen
from gitgates.store.process import OLDEST_GIT, attempt
from gitgates.store.refs import RefUpdate, update_refs
from gitgates.store.repository import Repository

_SCRATCH = re.compile(r"gitgates-(\d+)\.tmp|gitgates-fetched\.json\.(\d+)\.tmp")
_OURS = "gitgates.lock"
"""By which our writers take turns: the file stays, and the system ends the lock with the process that held it."""


@frozen
class Leftover:
    """Something that an interrupted program left behind.

    Attributes:
        name: the path of a file; or, for refs that one command used for itself, the name above them.
        age: seconds since it was last written, at least.
        pid: the process of gitgates that made it, None for a lock of git's, of which nothing tells.
        refs: the refs below `name`, and what they hold.
        may_go: whether it is ours, and the process that made it has ended.
    """

    name: str
    age: float
    pid: int | None = None
    refs: tuple[tuple[str, str], ...] = ()
    may_go: bool = False

    @property
    def is_lock(self) -> bool:
        """Whether it keeps git from writing; else it only takes room."""
        return self.pid is None


def git_version() -> tuple[str, bool]:
    """Return git's version, and whether it is new enough.

    Raises:
        StoreError: git cannot be started.
    """
    text = attempt(["version"]).stdout.decode("ascii", "replace").removeprefix("git version ").strip()
    found = re.match(r"(\d+)\.(\d+)", text)
    return text, found is not None and (int(found[1]), int(found[2])) >= OLDEST_GIT


def find_leftovers(
    repo: Repository, now: float, older_than: float, ledger_folder: str, scratch_refs: str
) -> tuple[Leftover, ...]:
    """Return the lock files of git, and the scratch files and refs of gitgates, that were not written for a while.

    Args:
        now: seconds since 1970.
        older_than: seconds; what is younger may be in use.
        ledger_folder: a folder of the worktree in which scratch files may lie.
        scratch_refs: the name above the refs `<pid>-<anything>/...` that commands use for themselves.
    """
    found = []
    for path in _files(repo, ledger_folder):
        try:
            age = now - os.lstat(path).st_mtime
        except OSError:  # gone meanwhile: it was in use
            continue
        scratch = _SCRATCH.fullmatch(os.path.basename(path))
        pid = int(scratch[1] or scratch[2]) if scratch else None
        found.append(Leftover(path, age, pid, (), pid is not None and not _is_running(pid)))
    found += _scratch_refs(repo, now, scratch_refs)
    return tuple(sorted((one for one in found if one.age >= older_than), key=lambda one: one.name))


def remove_leftovers(repo: Repository, leftovers: Iterable[Leftover]) -> tuple[str, ...]:
    """Remove those that may go, and return their names. A lock of git's stays: only people know whether git is at it.

    Raises:
        StoreError: git does not delete a ref.
    """
    removed = []
    for leftover in leftovers:
        if not leftover.may_go:
            continue
        if leftover.refs:
            updates = [RefUpdate(ref, None, value) for ref, value in leftover.refs]
            update_refs(repo, updates, "gitgates: left behind")
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(leftover.name)
        removed.append(leftover.name)
    return tuple(removed)


def _files(repo: Repository, ledger_folder: str) -> Iterator[str]:
    for folder in dict.fromkeys((repo.git_dir, repo.common_dir, *_linked(repo))):
        names = [name for name in os.listdir(folder) if name.endswith(".lock") or _SCRATCH.fullmatch(name)]
        yield from (os.path.join(folder, name) for name in names if name != _OURS)
    for top, _, names in os.walk(os.path.join(repo.common_dir, "refs")):
        yield from (os.path.join(top, name) for name in names if name.endswith(".lock"))
    if repo.worktree is not None:
        for top, _, names in os.walk(os.path.join(repo.worktree, ledger_folder)):
            yield from (os.path.join(top, name) for name in names if _SCRATCH.fullmatch(name))


def _linked(repo: Repository) -> list[str]:
    """Return the git folders of the linked worktrees."""
    above = os.path.join(repo.common_dir, "worktrees")
    names = os.listdir(above) if os.path.isdir(above) else ()
    return [path for path in (os.path.join(above, name) for name in names) if os.path.isdir(path)]


def _scratch_refs(repo: Repository, now: float, prefix: str) -> Iterator[Leftover]:
    commands: dict[str, list[tuple[str, str]]] = {}
    for ref, value in repo.refs(prefix).items():
        commands.setdefault(ref.removeprefix(f"{prefix}/").partition("/")[0], []).append((ref, value))
    for command, refs in commands.items():
        text = command.partition("-")[0]
        pid = int(text) if text.isdecimal() else 0  # 0: not of our making, so nothing tells whether it is in use
        age = min(now - _written(repo, ref) for ref, _ in refs)
        yield Leftover(f"{prefix}/{command}", age, pid, tuple(refs), bool(pid) and not _is_running(pid))


def _written(repo: Repository, ref: str) -> float:
    """Return when a ref was written, or later: of packed refs only the time when they were last packed is known."""
    for name in (ref, "packed-refs", "reftable/tables.list"):
        with contextlib.suppress(OSError):
            return os.stat(os.path.join(repo.common_dir, *name.split("/"))).st_mtime
    return math.inf


def _is_running(pid: int) -> bool:
    """Tell whether there is such a process on this machine; true where that cannot be told."""
    if sys.platform == "win32":  # there the question would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        return True
    return True
