"""Folders of a commit, and the proof that there is none."""

from gitgates.errors import CannotDecide, StoreError
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import TreeEntry, find_entry, parse_tree

_LISTED_FROM = 8
"""Questions in a row about folders of one parent, from which listing the parent is cheaper than git's search in it."""


class Folders:
    """The folders of one commit. Asked for many folders of one parent, it lists that parent once.

    git looks for a folder from the start of its parent's tree, so that all of n folders would cost n * n / 2 steps.
    """

    def __init__(self, reader: ObjectReader, commit: str) -> None:
        """Start without a listing."""
        self._reader = reader
        self._commit = commit
        self._parent = ""
        self._asked = 0
        self._children: dict[bytes, str] | None = None

    def entries(self, folder: str) -> tuple[TreeEntry, ...] | None:
        """Return the entries of a folder, None where there is none; see `folder_entries`."""
        parent, _, name = folder.rpartition("/")
        if parent != self._parent:
            self._parent, self._asked, self._children = parent, 0, None
        self._asked += 1
        if self._asked < _LISTED_FROM:
            return folder_entries(self._reader, self._commit, folder)
        if self._children is None:
            listed = folder_entries(self._reader, self._commit, parent) or ()
            self._children = {entry.name: entry.id for entry in listed if entry.is_folder}
        tree_id = self._children.get(name.encode("utf-8"))
        if tree_id is None:
            return None
        try:
            return parse_tree(self._reader.require(tree_id, "tree").data, len(tree_id) // 2)
        except StoreError as error:
            raise _unreadable(error) from None


def folder_entries(reader: ObjectReader, commit: str, folder: str) -> tuple[TreeEntry, ...] | None:
    """Return the entries of a folder in a commit, None where there is none.

    Raises:
        CannotDecide: a tree on the way is missing or cannot be read, so that absence proves nothing.
    """
    try:
        tree = reader.get(f"{commit}:{folder}")
        if tree is None:
            _prove_absence(reader, commit, folder)
            return None
        return parse_tree(tree.data, len(commit) // 2) if tree.type == "tree" else None
    except StoreError as error:
        raise _unreadable(error) from None


def _prove_absence(reader: ObjectReader, commit: str, folder: str) -> None:
    """Raise StoreError unless the trees can be read that show that there is no such folder."""
    tree_id = reader.require(f"{commit}^{{tree}}", "tree").id
    for part in folder.split("/"):
        entry = find_entry(reader.require(tree_id, "tree").data, part.encode("utf-8"), len(commit) // 2)
        if entry is None or not entry.is_folder:
            return
        tree_id = entry.id
    reader.require(tree_id, "tree")


def _unreadable(error: StoreError) -> CannotDecide:
    return CannotDecide("unreadable", error.message, remedy=error.remedy)
