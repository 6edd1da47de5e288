"""Moving the index along with the branch: lines to add, and the notes of others to take in.

The index decides nothing and can be rebuilt. So an index that cannot be read, be it ours or another's, never keeps a
record from being written: ours is begun anew, another's is left out.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from gitgates.errors import StoreError
from gitgates.model.frozen import frozen
from gitgates.store.notes import find_note, put_notes, unite
from gitgates.store.notes_join import notes_lacking
from gitgates.store.objects import GitObject, ObjectReader
from gitgates.store.process import attempt
from gitgates.store.refs import RefUpdate

if TYPE_CHECKING:
    from gitgates.store.pack import ObjectBatch
    from gitgates.store.repository import Repository

_NOTES_LIMIT = 1 << 24
"""Bytes of a note above which it is begun anew: the index can be rebuilt, memory cannot."""


@frozen
class NoteLines:
    """Lines to be in the note on an object, under the notes ref `ref`."""

    ref: str
    object_id: str
    lines: tuple[str, ...]


@frozen
class NoteTip:
    """A commit of notes, as a remote has it, whose notes are to be in the notes ref `ref` too."""

    ref: str
    commit: str


MakeCommit = Callable[[str, tuple[str, ...], str], str]
"""From a tree, parents and a message to a commit in the batch."""


class NotesUpdater:
    """Works out how notes refs move."""

    def __init__(self, repo: "Repository", reader: ObjectReader, batch: "ObjectBatch", make_commit: MakeCommit) -> None:
        self._repo = repo
        self._reader = reader
        self._batch = batch
        self._make_commit = make_commit
        self.skipped: list[str] = []
        """The refs for which a tip could not be read."""

    def updates(self, lines: Iterable[NoteLines], tips: Iterable[NoteTip]) -> list[RefUpdate]:
        """Return the moves that bring `lines` and the notes of `tips` in; none where all is there."""
        wanted: dict[str, dict[str, set[bytes]]] = {}
        for item in lines:
            note = wanted.setdefault(item.ref, {}).setdefault(item.object_id, set())
            note.update(line.encode("utf-8") for line in item.lines)
        others: dict[str, list[str]] = {}
        for tip in tips:
            others.setdefault(tip.ref, []).append(tip.commit)
        refs = dict.fromkeys((*wanted, *others))
        updates = [self._update(ref, wanted.get(ref, {}), others.get(ref, [])) for ref in refs]
        return [update for update in updates if update is not None]

    def _update(self, ref: str, wanted: dict[str, set[bytes]], others: list[str]) -> RefUpdate | None:
        old = self._reader.get(ref)
        ours = old if old is not None and old.type == "commit" else None
        merged: list[str] = []
        for commit in dict.fromkeys(others):
            base, other = self._joined(ref, ours, commit, wanted)
            if base is not None:
                ours = base
            elif other is not None:
                merged.append(other)
        before = None if ours is None else tree_of(ours.data)
        try:
            after = self._tree(before, wanted)
        except StoreError:
            before, after = None, self._tree(None, wanted)
        if after is None:  # nothing to add, so at most a move to what another has
            new = None if ours is None else ours.id
        elif after == before and not merged and ours is not None:
            new = ours.id
        else:
            parents = tuple(dict.fromkeys([*(() if ours is None else (ours.id,)), *merged]))
            new = self._make_commit(after, parents, "gates: index")
        previous = None if old is None else old.id
        return None if new is None or new == previous else RefUpdate(ref, new, previous)

    def _joined(
        self, ref: str, ours: GitObject | None, commit: str, wanted: dict[str, set[bytes]]
    ) -> tuple[GitObject | None, str | None]:
        """Take the notes of `commit` in: return the commit to go on from where it follows ours, else it to be merged.

        Its notes are put into `wanted` where it is to be merged. Neither is returned where all its notes are ours.
        """
        if ours is not None and ours.id == commit:
            return None, None
        try:
            other = self._reader.require(commit, "commit")
            base = None if ours is None else self._base(ours.id, commit)
            if base == commit:
                return None, None
            theirs = self._reader.require(tree_of(other.data), "tree").id
            if ours is None or base == ours.id:
                return other, None
            lacking = notes_lacking(self._reader, self._readable(tree_of(ours.data)), theirs)
        except (StoreError, ValueError):
            self.skipped.append(ref)
            return None, None
        for object_id, note in lacking.items():
            wanted.setdefault(object_id, set()).update(note.split(b"\n"))
        return None, commit

    def _base(self, ours: str, theirs: str) -> str | None:
        """Return the last commit that both have, or None; a history cut short has none either."""
        done = attempt(["merge-base", ours, theirs], git_dir=self._repo.git_dir)
        return done.stdout.decode("ascii").strip() or None

    def _readable(self, tree: str) -> str | None:
        """Return `tree` if it can be read: an index of ours that cannot is begun anew."""
        found = self._reader.get(tree)
        return tree if found is not None and found.type == "tree" else None

    def _tree(self, tree: str | None, wanted: dict[str, set[bytes]]) -> str | None:
        """Return the id of the notes tree `tree` with lines added; None where there is neither."""
        if not wanted:
            return tree
        notes = {}
        for object_id, lines in wanted.items():
            note = None if tree is None else find_note(self._reader, tree, object_id, limit=_NOTES_LIMIT)
            notes[object_id] = unite(note or b"", *lines)
        return put_notes(self._reader, self._batch, tree, notes)


def tree_of(commit: bytes) -> str:
    """Return the id of a commit's tree, which its first line names."""
    return commit[5 : commit.index(b"\n")].decode("ascii")
