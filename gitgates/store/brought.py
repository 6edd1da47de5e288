"""What the commits of a branch brought to one folder: asked of what somebody pushes."""

import os
from collections.abc import Iterator, Sequence

from gitgates.model.frozen import frozen
from gitgates.store.bounded import bounded
from gitgates.store.history import rows_of
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry

_FIRST_PARENT = ("--full-history", "--diff-merges=first-parent", "--no-renames", "--no-relative")


@frozen
class Addition:
    """A file that a commit added or changed.

    Attributes:
        commit: full id.
        folders: those that it lies in, from the top folder.
        entry: what is there since.
    """

    commit: str
    folders: tuple[bytes, ...]
    entry: TreeEntry


def additions(repo: Repository, since: Sequence[str], rev: str, folder: str) -> Iterator[Addition]:
    """Yield what the commits reachable from `rev` and not from `since` added or changed below `folder`.

    A merge is compared with its first parent: what another one brought, the commits on that side have added.

    Raises:
        GitError: a commit or tree on the way cannot be read.
        StoreError: the commits changed more files than a ledger can have.
    """
    shown = bounded(
        repo, "log", "--format=%H", "--raw", "-z", "--no-abbrev", "--root", *_FIRST_PARENT, "--diff-filter=AMT", rev,
        *(f"^{commit}" for commit in since), "--", f":(top,literal){folder}",
    )  # fmt: skip
    for commit, (_, mode, _, new_id), path in rows_of(iter(shown.split(b"\0"))):
        *folders, name = path.split(b"/")
        yield Addition(commit, tuple(folders), TreeEntry(mode, name, new_id.decode("ascii")))


def deepest_folder(repo: Repository, since: Sequence[str], rev: str, folder: str) -> str:
    """Return the path of the deepest folder below `folder` that commits reachable from `rev`, not from `since`, bring.

    Each tree is looked at once, however often it is there: trees that describe endless files cost nothing here.

    Raises:
        GitError: a commit or tree on the way cannot be read.
    """
    commits = (rev, *(f"^{commit}" for commit in since))
    shown = bounded(
        repo, "rev-list", "--objects", "--filter=object:type=tree", *commits, "--", f":(top,literal){folder}"
    )
    paths = (line.partition(b" ")[2] for line in shown.split(b"\n"))
    return os.fsdecode(max(paths, key=lambda path: path.count(b"/"), default=b""))
