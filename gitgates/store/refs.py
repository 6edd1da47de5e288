"""Moving refs: all or none, and only from where they were seen."""

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gitgates.errors import RefLocked, RefMoved
from gitgates.model.frozen import frozen
from gitgates.store.process import Finished, attempt

if TYPE_CHECKING:
    from gitgates.store.repository import Repository

ATTEMPTS = 10
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.5


@frozen
class RefUpdate:
    """One move of a ref.

    Attributes:
        new: the commit it shall hold, or None to delete it.
        old: the commit it holds now, or None where it does not exist.
    """

    ref: str
    new: str | None
    old: str | None


def pause(number: int) -> None:
    """Sleep before try `number` (from 0): up to twice as long each time, at random, so that rivals part."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)
    time.sleep(longest * (0.25 + 0.75 * int.from_bytes(os.urandom(2), "big") / 0xFFFF))


def update_refs(repo: "Repository", updates: Sequence[RefUpdate], message: str = "gitgates") -> None:
    """Move all of `updates` in one transaction.

    Args:
        message: one line for the reflogs.

    Raises:
        RefMoved: a ref does not hold its `old`; nothing was changed.
        RefLocked: a ref stays locked by another process; nothing was changed.
        GitError: git refuses for another reason.
    """
    if not updates:
        return
    for number in range(ATTEMPTS):
        done = _transaction(repo, updates, message)
        if done.returncode == 0:
            return
        current = repo.refs(*(update.ref for update in updates))
        moved = [update.ref for update in updates if current.get(update.ref) != update.old]
        if moved:
            raise RefMoved(f"{', '.join(moved)} moved meanwhile", remedy="Try again")
        lock = done.lock()
        if lock is None:
            raise done.error()
        if number == ATTEMPTS - 1:
            raise RefLocked(
                f"{lock} is held by another git process", remedy="Let it finish; delete the file if no git is running"
            )
        pause(number)


def _transaction(repo: "Repository", updates: Sequence[RefUpdate], message: str) -> Finished:
    none = "0" * (2 * repo.id_bytes)
    lines = [f"update {update.ref}\0{update.new or none}\0{update.old or none}\0" for update in updates]
    return attempt(
        ["update-ref", "-m", message, "--stdin", "-z"],
        git_dir=repo.git_dir,
        stdin=os.fsencode("".join(lines)),
        config=repo.without_programs(),
        write=True,
    )
