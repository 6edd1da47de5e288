"""The commits that this clone verified, in a file beside the refs: no fetch and no push can change it.

The refs keep the objects, and the file keeps the memory: a mirror's fetch writes every ref, and in a repository that is
pushed to so can anybody who pushes. So both count, and the file is written after the refs: a crash between the two
leaves it knowing what was verified before, which must be there all the same.
"""

import contextlib
import os
import re
from collections.abc import Iterable

from gitgates.errors import StoreError, Unreadable
from gitgates.store.disk import replace_file
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import Repository

_FILE = "gitgates-verified"
_FULL_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def marks_file(repository: Repository) -> str:
    """Return the path of the file; all worktrees share it, as they share the refs."""
    return os.path.join(repository.common_dir, _FILE)


def read_marks(repository: Repository) -> tuple[str, ...]:
    """Return the lines of the file: full commit ids, unless somebody wrote to it. None where there is no file.

    Raises:
        Unreadable: it is there and cannot be read.
    """
    path = marks_file(repository)
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return tuple(file.read().splitlines())
    except FileNotFoundError:
        return ()
    except OSError as error:
        text = f"{path} cannot be read, so it cannot be told what the clone knew: {error.strerror}"
        raise Unreadable(text, remedy="Look at the file and its folder") from error


def marked(repository: Repository, reader: ObjectReader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the commits that the file names; and the path of the file, where one of them is not there.

    Raises:
        Unreadable: the file, or a commit, is there and cannot be read.
    """
    marks = read_marks(repository)
    there = tuple(mark for mark in marks if _is_commit(reader, mark))
    return there, () if there == marks else (marks_file(repository),)


def _is_commit(reader: ObjectReader, name: str) -> bool:
    found = reader.get(name, limit=0) if _FULL_ID.fullmatch(name) else None
    return found is not None and found.type == "commit"


def write_marks(repository: Repository, commits: Iterable[str]) -> None:
    """Put `commits` in place of those that are there.

    Raises:
        StoreError: the file system refuses.
    """
    path = marks_file(repository)
    data = "".join(f"{commit}\n" for commit in dict.fromkeys(commits)).encode()
    try:
        replace_file(repository.common_dir, path, data)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def advance_mark(repository: Repository, old: str | None, new: str | None) -> None:
    """Put the commit `new` in place of `old`, which it follows; what else is there stays. None: there is no commit.

    The ref that was `old` may have been set to it by somebody else; then the file knows better, and is left alone.
    One that cannot be written stays as it is too: it knows less, and nothing that is wrong.
    """
    with contextlib.suppress(StoreError):
        there = read_marks(repository)
        if new is not None and (not there or old in there):
            write_marks(repository, (new if commit == old else commit for commit in there or (new,)))
