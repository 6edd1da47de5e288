"""What the commits of a branch did below one folder.

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

_NO_MODE = b"000000"
_EVERY_PARENT = ("--full-history", "--diff-merges=separate", "--no-renames", "--no-relative")
_FIRST_PARENT = ("--full-history", "--diff-merges=first-parent", "--no-renames", "--no-relative")


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
    for commit, (mode, _, old_id, _), path in _rows(tokens):
        folder, _, name = path.rpartition(b"/")
        yield Removal(commit, folder.decode("utf-8", "surrogateescape"), TreeEntry(mode, name, old_id.decode("ascii")))


def _rows(tokens: Iterator[bytes]) -> Iterator[tuple[str, list[bytes], bytes]]:
    """Parse rows of `:<old mode> <new mode> <old id> <new id> <status>` and path, each commit's after its id."""
    commit = ""
    for token in tokens:
        row = token.lstrip(b"\n")
        if row.startswith(b":"):
            yield commit, row[1:].split(b" ")[:4], next(tokens)
        elif row:
            commit = row.decode("ascii")


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
    for commit, (_, mode, _, new_id), path in _rows(iter(shown.split(b"\0"))):
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


def lacks_commits(repo: Repository, ours: str, theirs: str, folder: str) -> bool:
    """Tell whether `theirs` has commits that `ours` does not have and that touch `folder`, or another state of it."""
    if not repo.git("rev-list", "-1", f"^{ours}", theirs).strip():
        return False
    if repo.git("rev-list", "-1", "--full-history", f"^{ours}", theirs, "--", f":(top){folder}").strip():
        return True
    # By paths git passes over a merge that is equal to one of its parents, and that may have brought files back.
    return bool(repo.git("diff-tree", "--no-renames", ours, theirs, "--", f":(top,literal){folder}").strip())


def moved_at(repo: Repository, ref: str, reasons: Sequence[str]) -> int | None:
    """Return when a ref was last moved in this clone, in seconds since 1970, None where no reflog tells.

    Args:
        reasons: how the reflog's message of such a move begins; other moves are passed over.
    """
    pattern = f"^({'|'.join(reasons)})"
    shown = repo.git(
        "reflog", "show", "-1", "--date=unix", "--format=%gd", "--extended-regexp", f"--grep-reflog={pattern}", ref,
        ok_codes=(0, 128),
    )  # fmt: skip
    seconds = shown.decode("ascii", "replace").strip().rpartition("@{")[2].rstrip("}")
    return int(seconds) if seconds.isdigit() else None


def names_below(repo: Repository, commit: str, folder: str) -> tuple[str, ...]:
    """Return the names, without folders, of all files of a commit below `folder`."""
    listed = bounded(repo, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, "--", f"{folder}/")
    return tuple(os.fsdecode(path).rpartition("/")[2] for path in listed.split(b"\0") if path)
