"""What came and went between the commits of a push: files that belong nowhere, though the last tree has none of them.

Whoever asks the history what was deleted meets them for as long as the branch lives.
"""

from collections.abc import Iterator, Sequence

from gitgates.ledger.reading import Ledger
from gitgates.ledger.receiving.changes import RefChange, Refusal
from gitgates.ledger.receiving.layout import TAKE_OUT, problem_of
from gitgates.model.paths import LEDGER_FOLDER
from gitgates.store.brought import Addition, additions
from gitgates.store.repository import Repository
from gitgates.store.trees import FOLDER, TreeEntry

_ENOUGH = 20
"""Refusals of this kind: who brought so many knows the way to the others."""


def refuse_passing(
    repository: Repository, change: RefChange, since: Sequence[str], before: Sequence[Ledger], after: Ledger
) -> Iterator[Refusal]:
    """Yield the files and folders that do not belong in a ledger and that only commits on the way have.

    What was there before the push, or is there after it, is judged with the trees of then.

    Raises:
        StoreError: the commits cannot be read, or describe more files than a ledger can have.
    """
    search = _Search((*before, after), repository.object_format)
    for addition in additions(repository, since, after.location.commit, LEDGER_FOLDER):
        found = search.problem(addition)
        if found is not None:
            path, text = found
            yield change.refused(path, f"{text}; the commit {addition.commit[:12]} brings it", TAKE_OUT)
        if len(search.told) >= _ENOUGH:
            return


class _Search:
    """Goes down the path of one file after the other.

    Attributes:
        told: the paths with a problem.
    """

    def __init__(self, known: tuple[Ledger, ...], object_format: str) -> None:
        self._known = known
        self._object_format = object_format
        self._in_order: set[tuple[bytes, ...]] = set()
        self.told: set[str] = set()

    def problem(self, addition: Addition) -> tuple[str, str] | None:
        """Return the topmost path at which something does not belong, and why; None where there is nothing new."""
        folders = addition.folders
        if folders not in self._in_order:
            for depth in range(1, len(folders)):
                found = self._at(folders[:depth], TreeEntry(FOLDER, folders[depth], ""))
                if found is not None:
                    return found if found[1] else None
            self._in_order.add(folders)
        found = self._at(folders, addition.entry)
        return found if found is not None and found[1] else None

    def _at(self, folders: tuple[bytes, ...], entry: TreeEntry) -> tuple[str, str] | None:
        """Return a path and why it does not belong, "" where that is known or told already; None where it belongs."""
        folder = b"/".join(folders).decode("utf-8", "surrogateescape")
        text = problem_of(folder, entry, self._object_format)
        if not text:
            return None
        path = b"/".join((*folders, entry.name)).decode("utf-8", "replace")
        if path in self.told or any(self._has(ledger, folder, entry) for ledger in self._known):
            return path, ""
        self.told.add(path)
        return path, text

    def _has(self, ledger: Ledger, folder: str, entry: TreeEntry) -> bool:
        there = ledger.entries(folder) or ()
        return entry in there or (not entry.id and any(one.is_folder and one.name == entry.name for one in there))
