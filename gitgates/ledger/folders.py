"""Folders of a commit, and the proof that there is none.

The trees are walked here and not by git (`<commit>:<path>`). A push can bring a tree out of order, with a name twice or
with a slash in a name; in such a tree git finds less than there is, or something else than the folder asked for. Here
every folder of the name is found, and their entries are read together: what can be read counts.
"""

from collections.abc import Sequence

from gitgates.errors import CannotDecide, StoreError
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import TreeEntry, find_folders, read_tree

Layers = tuple[tuple[TreeEntry, ...] | None, ...]
"""What a folder holds in each of several commits, None where there is no such folder."""

_KEPT = 4
"""Folders that are kept: several questions about a model version follow each other, and it may name the one before."""
_LARGEST_KEPT = 1024
"""Entries of the largest one."""
_LISTED_FROM = 8
"""Questions about folders of one parent, from which listing the parent is cheaper than a search in it for each."""


class Folders:
    """The folders of one commit. Asked for many folders of one parent, it lists that parent once."""

    def __init__(self, reader: ObjectReader, commit: str) -> None:
        """Start without a listing."""
        self._reader = reader
        self._commit = commit
        self._parents: dict[str, _Parent] = {}
        self._recent: dict[str, tuple[TreeEntry, ...]] = {}

    def entries(self, folder: str) -> tuple[TreeEntry, ...] | None:
        """Return the entries of a folder, None where there is none.

        Raises:
            CannotDecide: a tree on the way is missing or cannot be read, so that absence proves nothing.
        """
        try:
            found = [self._tree(tree_id) for tree_id in self._tree_ids(folder)]
        except StoreError as error:
            raise CannotDecide("unreadable", error.message, remedy=error.remedy) from None
        return tuple(entry for entries in found for entry in entries) if found else None

    def _tree(self, tree_id: str) -> tuple[TreeEntry, ...]:
        found = self._recent.pop(tree_id, None)
        if found is None:
            found = _tree(self._reader, tree_id)
        if len(found) <= _LARGEST_KEPT:
            self._recent[tree_id] = found
            if len(self._recent) > _KEPT:
                del self._recent[next(iter(self._recent))]
        return found

    def _tree_ids(self, folder: str) -> tuple[str, ...]:
        if not folder:
            return (self._reader.require(f"{self._commit}^{{tree}}", "tree").id,)
        above, _, name = folder.rpartition("/")
        parent = self._parents.get(above)
        if parent is None:
            parent = _Parent(self._reader, self._tree_ids(above))
            kept = {path: one for path, one in self._parents.items() if not path or above.startswith(f"{path}/")}
            self._parents = {**kept, above: parent}
        return parent.find(name.encode("utf-8", "surrogateescape"))


class Union:
    """The folders of several commits together. A ledger is a set of records, whichever copy of its branch has them."""

    def __init__(self, reader: ObjectReader, commits: Sequence[str]) -> None:
        """Start without a listing."""
        self._folders = tuple(Folders(reader, commit) for commit in commits)

    def entries(self, folder: str) -> tuple[TreeEntry, ...] | None:
        """Return the entries of a folder, None where no commit has it; raises as `Folders.entries`.

        A file that differs between commits is there once for each; a folder is there once.
        """
        return merged(self.layers(folder))

    def layers(self, folder: str) -> Layers:
        """Return the entries of a folder in each commit; raises as `Folders.entries`."""
        return tuple(folders.entries(folder) for folders in self._folders)


class _Parent:
    """A folder in which others are looked for."""

    def __init__(self, reader: ObjectReader, tree_ids: tuple[str, ...]) -> None:
        self._reader = reader
        self._tree_ids = tree_ids
        self._asked = 0
        self._listed: dict[bytes, tuple[str, ...]] | None = None

    def find(self, name: bytes) -> tuple[str, ...]:
        """Return the ids of the folders called `name`."""
        self._asked += 1
        if self._asked >= _LISTED_FROM and self._listed is None:
            self._listed = self._list()
        if self._listed is not None:
            return self._listed.get(name, ())
        found = (
            tree_id
            for parent in self._tree_ids
            for tree_id in find_folders(self._reader.require(parent, "tree").data, name, len(parent) // 2)
        )
        return tuple(dict.fromkeys(found))

    def _list(self) -> dict[bytes, tuple[str, ...]]:
        listed: dict[bytes, tuple[str, ...]] = {}
        for parent in self._tree_ids:
            for entry in _tree(self._reader, parent):
                before = listed.get(entry.name, ())
                if entry.is_folder and entry.id not in before:
                    listed[entry.name] = (*before, entry.id)
        return listed


def merged(layers: Layers) -> tuple[TreeEntry, ...] | None:
    """Return what a folder holds in several commits together, see `Union.entries`."""
    there = [entries for entries in layers if entries is not None]
    if len(there) < 2:
        return there[0] if there else None
    found = list(there[0])
    known, folders = set(found), {entry.name for entry in found if entry.is_folder}
    for entry in (entry for entries in there[1:] for entry in entries):
        if entry not in known and not (entry.is_folder and entry.name in folders):
            found.append(entry)
            known.add(entry)
            if entry.is_folder:
                folders.add(entry.name)
    return tuple(found)


def folder_entries(reader: ObjectReader, commit: str, folder: str) -> tuple[TreeEntry, ...] | None:
    """Return the entries of one folder of a commit; see `Folders.entries`."""
    return Folders(reader, commit).entries(folder)


def _tree(reader: ObjectReader, tree_id: str) -> tuple[TreeEntry, ...]:
    return read_tree(reader.require(tree_id, "tree").data, len(tree_id) // 2)
