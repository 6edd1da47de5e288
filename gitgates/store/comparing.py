"""How two commits differ below one folder, and what a commit has there."""

import os

from gitgates.model.frozen import frozen
from gitgates.store.bounded import bounded
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry

_NO_MODE = b"000000"


@frozen
class Difference:
    """A file that is not the same in two commits.

    Attributes:
        folder: of the file, from the top folder.
        before, after: what it is in each of them, None where it is not there.
    """

    folder: str
    before: TreeEntry | None
    after: TreeEntry | None


def differences(repo: Repository, old: str, new: str, folder: str) -> tuple[Difference, ...]:
    """Return the files below `folder` that differ between two commits, however these are related.

    Raises:
        GitError: a tree of one of them cannot be read.
        StoreError: more files differ than a ledger can have.
    """
    shown = bounded(
        repo, "diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", old, new, "--",
        f":(top,literal){folder}",
    )  # fmt: skip
    tokens = iter(shown.split(b"\0"))
    return tuple(_difference(row, next(tokens)) for row in tokens if row)


def _difference(row: bytes, path: bytes) -> Difference:
    old_mode, new_mode, old_id, new_id, _ = row[1:].split(b" ")
    above, _, name = path.rpartition(b"/")
    before, after = (
        TreeEntry(mode, name, object_id.decode("ascii")) if mode != _NO_MODE else None
        for mode, object_id in ((old_mode, old_id), (new_mode, new_id))
    )
    return Difference(above.decode("utf-8", "surrogateescape"), before, after)


def only_touch(repo: Repository, since: str, rev: str, folder: str) -> bool:
    """Tell whether every commit reachable from `rev` and not from `since` changes files below `folder`, and no others.

    A merge of two such commits does as well; an empty commit does not.
    """
    commits = repo.git("rev-list", f"^{since}", rev).split()
    touching = repo.git("rev-list", "--full-history", f"^{since}", rev, "--", f":(top){folder}").split()
    others = ("--", ":(top)", f":(top,exclude){folder}")
    merges = repo.git("rev-list", "--merges", f"^{since}", rev).split()
    return set(commits) == {*touching, *merges} and not repo.git(
        "rev-list", "-1", "--full-history", f"^{since}", rev, *others
    )


def names_below(repo: Repository, commit: str, folder: str) -> tuple[str, ...]:
    """Return the names, without folders, of all files of a commit below `folder`."""
    listed = bounded(repo, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
    return tuple(os.fsdecode(path).rpartition("/")[2] for path in listed.split(b"\0") if path)
