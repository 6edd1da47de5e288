"""What a push changes below a folder: raw trees of before and after, compared entry by entry.

Only trees that differ are read. Nothing is left to git's own comparison: a push can bring a tree in which git finds
less than there is.
"""

from collections.abc import Iterator

from gitgates.errors import CannotDecide, StoreError
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, MODELS_FOLDER, POLICY_FOLDER
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import TreeEntry, find_folders, raw_entries

_TreeIds = tuple[str, ...]
_SUBMODULE = b"160000"


@frozen
class ChangedFolder:
    """A folder of the ledger whose tree a push changes.

    Attributes:
        entries: all that it shall hold, with modes as the trees spell them.
        added: those that no tree of before has.
        removed: those that a tree of before has, and the new one has not.
    """

    path: str
    entries: tuple[TreeEntry, ...]
    added: tuple[TreeEntry, ...]
    removed: tuple[TreeEntry, ...]


def changed_folders(reader: ObjectReader, before: tuple[str, ...], after: str) -> tuple[ChangedFolder, ...]:
    """Return the folders of the ledger that differ between `after` and the commits `before` together.

    Raises:
        CannotDecide: a tree cannot be read.
    """
    try:
        old = tuple(dict.fromkeys(i for commit in before for i in _ledger_trees(reader, commit)))
        return tuple(_changed(reader, LEDGER_FOLDER, old, _ledger_trees(reader, after)))
    except StoreError as error:
        raise CannotDecide("unreadable", error.message, remedy=error.remedy) from None


def _ledger_trees(reader: ObjectReader, commit: str) -> _TreeIds:
    tree = reader.require(f"{commit}^{{tree}}", "tree")
    return find_folders(tree.data, LEDGER_FOLDER.encode(), len(tree.id) // 2)


def _changed(reader: ObjectReader, path: str, old: _TreeIds, new: _TreeIds) -> Iterator[ChangedFolder]:
    if old == new:
        return
    before, after = _entries(reader, old), _entries(reader, new)
    known, there = set(before), set(after)
    added = tuple(entry for entry in after if entry not in known)
    yield ChangedFolder(path, after, added, tuple(dict.fromkeys(entry for entry in before if entry not in there)))
    names = (entry.name for entry in (*before, *after) if entry.is_folder)
    for name in dict.fromkeys(names):
        below = f"{path}/{name.decode('utf-8', 'replace')}"
        if _may_hold_records(below):
            yield from _changed(reader, below, _folders(before, name), _folders(after, name))


def _entries(reader: ObjectReader, tree_ids: _TreeIds) -> tuple[TreeEntry, ...]:
    return tuple(
        entry for tree_id in tree_ids for entry in raw_entries(reader.require(tree_id, "tree").data, len(tree_id) // 2)
    )


def _folders(entries: tuple[TreeEntry, ...], name: bytes) -> _TreeIds:
    return tuple(dict.fromkeys(entry.id for entry in entries if entry.is_folder and entry.name == name))


def _may_hold_records(path: str) -> bool:
    """Tell whether the ledger has a folder at `path`; any other is foreign, whatever it holds."""
    return path in (POLICY_FOLDER, MODELS_FOLDER) or (path.startswith(f"{MODELS_FOLDER}/") and path.count("/") <= 3)


def largest_new_blob(reader: ObjectReader, old: str | None, new: str) -> int:
    """Return the bytes of the largest file that the commit `new` has and `old` has not, at any depth.

    Raises:
        CannotDecide: a tree cannot be read.
    """
    try:
        roots = [reader.require(f"{commit}^{{tree}}", "tree").id for commit in (old, new) if commit is not None]
        blobs = _new_blobs(reader, roots[0] if old is not None else None, roots[-1])
        sizes = (found.size for found in reader.get_many(sorted(blobs), limit=0) if found is not None)
        return max(sizes, default=0)
    except StoreError as error:
        raise CannotDecide("unreadable", error.message, remedy=error.remedy) from None


def _new_blobs(reader: ObjectReader, old: str | None, new: str) -> set[str]:
    """Return the ids of files below the tree `new`; whole trees that `old` has in the same place are passed over."""
    blobs: set[str] = set()
    seen: set[tuple[str | None, str]] = set()
    waiting = [(old, new)]
    while waiting:
        pair = waiting.pop()
        if pair in seen or pair[0] == pair[1]:
            continue
        seen.add(pair)
        before = _entries(reader, (pair[0],) if pair[0] else ())
        folders = {entry.name: entry.id for entry in before if entry.is_folder}
        for entry in set(_entries(reader, (pair[1],))).difference(before):
            if entry.is_folder:
                waiting.append((folders.get(entry.name), entry.id))
            elif entry.mode != _SUBMODULE:
                blobs.add(entry.id)
    return blobs
