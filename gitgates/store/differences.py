"""What a worktree has to follow when its branch moves from one tree to another.

Only folders that differ are read, so the cost is that of the change, whatever the size of the trees.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen
from gitgates.store.objects import ObjectReader
from gitgates.store.repository import LEDGER_FOLDER
from gitgates.store.trees import FILE, FOLDER, TreeEntry, read_tree

if TYPE_CHECKING:
    from gitgates.store.pack import ObjectBatch

_LARGEST = 1 << 24
"""Bytes of a file above which it is staged, but not written: no record is as large."""
_HFS_IGNORES = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
"""What file systems of macOS leave out when they compare names."""
_STAGEABLE = (FILE, b"100755", b"120000", b"160000")
_DEEPEST = 100
_MOST = 1 << 20
"""Entries above which a difference is no change of a ledger: a few small objects can describe endless trees."""


@frozen
class Edit:
    """A file that the move of a branch adds, replaces or deletes.

    Attributes:
        path: from the top folder, with slashes.
        mode, blob: what the branch has then, as an index has it; None where it has none.
        data: the new bytes; None where they are not to be written, so that the index alone follows.
        old_mode, old_blob, old_data: the same of before.
    """

    path: str
    mode: str | None
    blob: str | None
    data: bytes | None
    old_mode: str | None = None
    old_blob: str | None = None
    old_data: bytes | None = None


def edits_between(reader: ObjectReader, batch: "ObjectBatch", old: str | None, new: str | None) -> tuple[Edit, ...]:
    """Return what differs between two trees, deletions first, which may make room for what is added.

    Names that git would not check out (`.git` in any spelling, `..`) are passed over.

    Raises:
        StoreError: a tree cannot be read, or the trees differ beyond all measure.
    """
    walk = _Walk(reader, batch)
    pairs = list(walk.pairs("", old, new, 0))
    needed = {entry.id for _, *both in pairs for entry in both if entry is not None and entry.mode == FILE}
    stored = [name for name in sorted(needed) if batch.find(name) is None]
    objects = zip(stored, reader.get_many(stored, limit=_LARGEST), strict=True)
    contents = {name: found.data for name, found in objects if found is not None and found.is_whole}

    def content(entry: TreeEntry | None) -> bytes | None:
        if entry is None or entry.mode != FILE:
            return None
        found = batch.find(entry.id)
        return contents.get(entry.id) if found is None else found

    edits = [
        Edit(path, _mode(after), _id(after), content(after), _mode(before), _id(before), content(before))
        for path, before, after in pairs
    ]
    return tuple(sorted(edits, key=lambda edit: edit.blob is not None))


def refuse_code(reader: ObjectReader, old: str | None, new: str | None) -> None:
    """Raise StoreError where two trees differ outside `.quality-gates/`."""
    both = []
    for tree in (old, new):
        data = b"" if tree is None else reader.require(tree, "tree").data
        entries = read_tree(data, 0 if tree is None else len(tree) // 2)
        both.append([entry for entry in entries if entry.name != LEDGER_FOLDER.encode("ascii")])
    if both[0] != both[1]:
        raise StoreError(
            f"the commits to be taken in change files outside {LEDGER_FOLDER}/, and gitgates moves nobody's code",
            remedy="Bring the branch up to date with git first, e.g. `git pull`",
        )


def _mode(entry: TreeEntry | None) -> str | None:
    return None if entry is None else entry.mode.decode("ascii", "replace")


def _id(entry: TreeEntry | None) -> str | None:
    return None if entry is None else entry.id


Pair = tuple[str, TreeEntry | None, TreeEntry | None]


class _Walk:
    """One walk down two trees."""

    def __init__(self, reader: ObjectReader, batch: "ObjectBatch") -> None:
        self._reader = reader
        self._batch = batch
        self._seen = 0

    def pairs(self, at: str, old: str | None, new: str | None, depth: int) -> Iterator[Pair]:
        """Yield path, entry before and entry after of each file that differs below the folder `at`."""
        if old == new:
            return
        before, after = self._entries(old), self._entries(new)
        for name in sorted(before.keys() | after.keys()):
            first, second = before.get(name), after.get(name)
            if first == second or not _is_safe(name):
                continue
            self._seen += 1
            if self._seen > _MOST or depth > _DEEPEST:
                raise StoreError("the commits differ in more files than a ledger can have")
            path = at + os.fsdecode(name)
            files = [one if one is not None and one.mode in _STAGEABLE else None for one in (first, second)]
            folders = [one.id if one is not None and one.mode == FOLDER else None for one in (first, second)]
            if any(files):
                yield path, files[0], files[1]
            if any(folders):
                yield from self.pairs(f"{path}/", folders[0], folders[1], depth + 1)

    def _entries(self, tree: str | None) -> dict[bytes, TreeEntry]:
        if tree is None:
            return {}
        entries = read_tree(self._batch.tree_data(self._reader, tree), self._batch.id_bytes)
        result: dict[bytes, TreeEntry] = {}
        for entry in entries:  # of two of one name, which git refuses to check out as well, the first
            result.setdefault(entry.name, entry)
        return result


def _is_safe(name: bytes) -> bool:
    """Tell whether a name can be checked out on any system, and leads nowhere else."""
    try:
        text = name.decode("utf-8").translate(_HFS_IGNORES).lower().rstrip(" .")
    except UnicodeDecodeError:
        return False
    is_git = text == ".git" or text.startswith(("git~", ".git:"))
    return bool(text) and not is_git and not any(char in text for char in "/\\\0\n")
