"""What the commits of a branch did below one folder.

Every question names how merges are compared (`--diff-merges=separate`: with each parent; plain `-m` would follow a
setting of the repository) and asks for `--full-history`: else git passes over a merge, and the whole side that it
threw away, where the merge changed nothing for one of its parents.
"""

import os
from collections.abc import Iterator, Sequence

from gitgates.model.frozen import frozen
from gitgates.store.repository import Repository
from gitgates.store.trees import TreeEntry

_NO_MODE = b"000000"
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
    shown = repo.git(
        "log", "--format=", "--name-only", "-z", *_EVERY_PARENT, "--diff-filter=A", *revs, "--", f":(top){folder}"
    )
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
    """
    commits = (*revs, *(f"^{commit}" for commit in since))
    shown = repo.git(
        "log", "--format=%H", "--raw", "-z", "--no-abbrev", *_EVERY_PARENT, "--diff-filter=DMT", *commits, "--",
        *(f":(top,literal){folder}" for folder in folders),
    )  # fmt: skip
    return tuple(_removals(iter(shown.split(b"\0"))))


def _removals(tokens: Iterator[bytes]) -> Iterator[Removal]:
    """Parse rows of `:<old mode> <new mode> <old id> <new id> <status>` and path, each commit's after its id."""
    commit = ""
    for token in tokens:
        row = token.lstrip(b"\n")
        if row.startswith(b":"):
            mode, _, old_id = row[1:].split(b" ")[:3]
            folder, _, name = next(tokens).rpartition(b"/")
            entry = TreeEntry(mode, name, old_id.decode("ascii"))
            yield Removal(commit, folder.decode("utf-8", "surrogateescape"), entry)
        elif row:
            commit = row.decode("ascii")


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
    """
    shown = repo.git(
        "diff-tree", "-r", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-relative", old, new, "--",
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


def lacks_commits(repo: Repository, ours: str, theirs: str, folder: str) -> bool:
    """Tell whether `theirs` has commits that `ours` does not have, and another state of `folder`."""
    if not repo.git("rev-list", "-1", f"^{ours}", theirs).strip():
        return False
    # Not by paths: git passes over a merge that is equal to one of its parents, and that may have brought files back.
    return bool(repo.git("diff-tree", "--no-renames", ours, theirs, "--", f":(top,literal){folder}").strip())


def moved_at(repo: Repository, ref: str) -> int | None:
    """Return when a ref was last moved in this clone, in seconds since 1970, None where no reflog tells."""
    shown = repo.git("reflog", "show", "-1", "--date=unix", "--format=%gd", ref, ok_codes=(0, 128))
    seconds = shown.decode("ascii", "replace").strip().rpartition("@{")[2].rstrip("}")
    return int(seconds) if seconds.isdigit() else None


def names_below(repo: Repository, commit: str, folder: str) -> tuple[str, ...]:
    """Return the names, without folders, of all files of a commit below `folder`."""
    listed = repo.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
    return tuple(os.fsdecode(path).rpartition("/")[2] for path in listed.split(b"\0") if path)
