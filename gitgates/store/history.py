"""What the commits of a branch took from one folder, and what else every reader asks of its history.

Every question names how merges are compared (`--diff-merges=separate`: with each parent; plain `-m` would follow a
setting of the repository) and asks for `--full-history`: else git passes over a merge, and the whole side that it
threw away, where the merge changed nothing for one of its parents.
"""

import os
from collections.abc import Iterator, Sequence

from gitgates.model.frozen import frozen
from gitgates.store.bounded import bounded
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry

_EVERY_PARENT = ("--full-history", "--diff-merges=separate", "--no-renames", "--no-relative")


@frozen
class Removal:
    """A file that a commit deleted or changed.

    Attributes:
        commit: full id.
        folder: of the file, from the top folder.
        entry: what was there before.
    """

    commit: str
    folder: str
    entry: TreeEntry


def added_names(repo: Repository, revs: Sequence[str], folder: str) -> frozenset[str]:
    """Return the names of all files that any commit reachable from `revs` added directly or deeper below `folder`.

    Every parent of a merge is compared, and a file that was moved there counts as added.
    """
    shown = bounded(
        repo, "log", "--format=", "--name-only", "-z", *_EVERY_PARENT, "--diff-filter=A", *revs, "--",
        f":(top){folder}",
    )  # fmt: skip
    return frozenset(os.fsdecode(path).rpartition("/")[2] for path in shown.split(b"\0") if path.strip())


def removals(
    repo: Repository, since: Sequence[str], revs: Sequence[str], folders: Sequence[str]
) -> tuple[Removal, ...]:
    """Return what the commits reachable from `revs` and not from `since` deleted or changed below `folders`.

    A commit that takes away what any of its parents had counts, merges included, the newest first.

    Args:
        since: empty for the whole history.

    Raises:
        GitError: a commit or tree on the way cannot be read.
        StoreError: the commits changed more files than a ledger can have.
    """
    commits = (*revs, *(f"^{commit}" for commit in since))
    shown = bounded(
        repo, "log", "--format=%H", "--raw", "-z", "--no-abbrev", *_EVERY_PARENT, "--diff-filter=DMT", *commits, "--",
        *(f":(top,literal){folder}" for folder in folders),
    )  # fmt: skip
    return tuple(_removals(iter(shown.split(b"\0"))))


def _removals(tokens: Iterator[bytes]) -> Iterator[Removal]:
    for commit, (mode, _, old_id, _), path in rows_of(tokens):
        folder, _, name = path.rpartition(b"/")
        yield Removal(commit, folder.decode("utf-8", "surrogateescape"), TreeEntry(mode, name, old_id.decode("ascii")))


def rows_of(tokens: Iterator[bytes]) -> Iterator[tuple[str, list[bytes], bytes]]:
    """Parse rows of `:<old mode> <new mode> <old id> <new id> <status>` and path, each commit's after its id."""
    commit = ""
    for token in tokens:
        row = token.lstrip(b"\n")
        if row.startswith(b":"):
            yield commit, row[1:].split(b" ")[:4], next(tokens)
        elif row:
            commit = row.decode("ascii")


def lacks_commits(repo: Repository, ours: str, theirs: str, folder: str) -> bool:
    """Tell whether `theirs` has commits that `ours` does not have and that touch `folder`, or another state of it."""
    if not repo.git("rev-list", "-1", f"^{ours}", theirs).strip():
        return False
    if repo.git("rev-list", "-1", "--full-history", f"^{ours}", theirs, "--", f":(top){folder}").strip():
        return True
    # By paths git passes over a merge that is equal to one of its parents, and that may have brought files back.
    return bool(repo.git("diff-tree", "--no-renames", ours, theirs, "--", f":(top,literal){folder}").strip())
