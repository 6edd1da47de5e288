"""The one way to write: new files on a branch, lines in notes, in one transaction.

The steps, each of which leaves a repository in which the next command works, whenever it is interrupted:

1. objects: written as one pack; until something points at them they are invisible.
2. files: written into the worktree that has the branch checked out, if there is one.
3. index: exactly their paths are staged there. Cut off here, they are ordinary staged files of the user.
4. refs: the branch and the notes move together, or not at all; then 2 and 3 are undone and all starts again.
"""

from collections.abc import Callable, Mapping

from gitgates.errors import RefMoved, StoreError
from gitgates.model.frozen import frozen
from gitgates.store.checkouts import refuse_if_busy, worktrees_on
from gitgates.store.grow import Grown, grow
from gitgates.store.notes import find_note, merge_lines, put_notes
from gitgates.store.objects import ObjectReader
from gitgates.store.pack import ObjectBatch
from gitgates.store.refs import ATTEMPTS, RefUpdate, pause, update_refs
from gitgates.store.repository import Identity, Repository
from gitgates.store.turns import turn
from gitgates.store.worktree import Placement

_NOTES_LIMIT = 1 << 24
"""Bytes of a note above which it is begun anew: the index can be rebuilt, memory cannot."""


@frozen
class Tip:
    """Where the branch stands; `commit` and `tree` are None where it has no commit yet."""

    commit: str | None
    tree: str | None
    reader: ObjectReader


@frozen
class NoteLines:
    """Lines to be in the note on an object, under the notes ref `ref`."""

    ref: str
    object_id: str
    lines: tuple[str, ...]


@frozen
class Change:
    """What to add to the branch.

    Attributes:
        files: bytes by path from the top folder, with slashes; mode 100644.
        message: of the commit; its first line is its subject.
        notes: lines to add to the index, in the same transaction.
        replace: paths that may have other bytes now.
    """

    files: Mapping[str, bytes]
    message: str
    notes: tuple[NoteLines, ...] = ()
    replace: frozenset[str] = frozenset()


@frozen
class Appended:
    """What came of it: the branch `ref` went from `previous` to `commit`; both the same where no file was new."""

    commit: str | None
    ref: str
    previous: str | None


Plan = Callable[[Tip], Change]
OnStep = Callable[[str], None]


def _ignore(_: str) -> None:
    """Take no notice of a step."""


def append(
    repo: Repository, ref: str, plan: Plan, *, identity: Identity, seconds: int, on_step: OnStep = _ignore
) -> Appended:
    """Add what `plan` says to the branch `ref`, and return where the branch then stands.

    Args:
        plan: says for a state of the branch what to add; asked again when somebody else was faster.
        identity: author and committer of the commits.
        seconds: their time, since 1970 in UTC.
        on_step: told `objects`, `files`, `index` and `refs` after each step.

    Raises:
        RefMoved: others were faster every time, or keep a ref locked.
        StoreError: the change is refused (see `grow.grow`), the branch is being rebased or bisected, the index stays
            locked, or the file system refuses. Nothing has changed then.
    """
    with turn(repo.common_dir), ObjectReader(repo) as reader:
        for number in range(ATTEMPTS):
            try:
                return _Attempt(repo, ref, reader, identity, seconds).run(plan, on_step)
            except RefMoved:
                if number == ATTEMPTS - 1:
                    raise
                pause(number)
    raise AssertionError("unreachable: the last attempt returns or raises")


class _Attempt:
    """One try, on the branch as it stands now."""

    def __init__(self, repo: Repository, ref: str, reader: ObjectReader, identity: Identity, seconds: int) -> None:
        self._repo = repo
        self._ref = ref
        self._reader = reader
        self._identity = identity
        self._seconds = seconds
        self._batch = ObjectBatch(repo.object_format)

    def run(self, plan: Plan, on_step: OnStep) -> Appended:
        tip = self._tip()
        change = plan(tip)
        grown = grow(self._reader, self._batch, tip.tree, change.files, change.replace)
        updates = []
        commit = tip.commit
        if grown.edits and grown.tree is not None:
            refuse_if_busy(self._repo, self._ref)
            commit = self._commit(grown.tree, tip.commit, change.message)
            updates.append(RefUpdate(self._ref, commit, tip.commit))
        updates += self._note_updates(change.notes)
        if updates:
            self._batch.write(self._repo)
            on_step("objects")
            self._move(updates, grown, change.message.partition("\n")[0], on_step)
        return Appended(commit, self._ref, tip.commit)

    def _tip(self) -> Tip:
        found = self._reader.get(self._ref)
        if found is None:
            return Tip(None, None, self._reader)
        if found.type != "commit":
            raise StoreError(f"{self._ref} is a {found.type}, expected a commit", remedy="Name a branch")
        return Tip(found.id, _tree_of(found.data), self._reader)

    def _commit(self, tree: str, parent: str | None, message: str) -> str:
        parents = () if parent is None else (parent,)
        return self._batch.commit(tree, parents, message, self._identity, self._seconds)

    def _move(self, updates: list[RefUpdate], grown: Grown, subject: str, on_step: OnStep) -> None:
        """Carry out steps 2 to 4, and undo 2 and 3 if the refs did not move."""
        worktrees = worktrees_on(self._repo, self._ref) if grown.edits else ()
        placements = [Placement(self._repo, worktree, grown.edits) for worktree in worktrees]
        try:
            for placement in placements:
                placement.write_files()
            on_step("files")
            for placement in placements:
                placement.add_to_index()
            on_step("index")
            update_refs(self._repo, updates, f"gitgates: {subject}")
        except BaseException:
            if not self._has_moved(updates[0]):
                for placement in placements:
                    placement.undo()
            raise
        on_step("refs")

    def _has_moved(self, update: RefUpdate) -> bool:
        """Tell whether the refs moved although an exception came: an interrupt may arrive just after it."""
        return self._repo.refs(update.ref).get(update.ref) == update.new

    def _note_updates(self, notes: tuple[NoteLines, ...]) -> list[RefUpdate]:
        by_ref: dict[str, dict[str, set[str]]] = {}
        for item in notes:
            by_ref.setdefault(item.ref, {}).setdefault(item.object_id, set()).update(item.lines)
        updates = (self._note_update(ref, wanted) for ref, wanted in by_ref.items())
        return [update for update in updates if update is not None]

    def _note_update(self, ref: str, wanted: Mapping[str, set[str]]) -> RefUpdate | None:
        """Return the move of a notes ref that adds lines, or None where they are all there.

        The index decides nothing and can be rebuilt. So an index that cannot be read is begun anew, and never keeps a
        record from being written.
        """
        old = self._reader.get(ref)
        parent = old.id if old is not None and old.type == "commit" else None
        before = None if old is None or parent is None else _tree_of(old.data)
        try:
            after = self._notes_tree(before, wanted)
        except StoreError:
            before, after = None, self._notes_tree(None, wanted)
        if after == before:
            return None
        return RefUpdate(ref, self._commit(after, parent, "gates: index"), None if old is None else old.id)

    def _notes_tree(self, tree: str | None, wanted: Mapping[str, set[str]]) -> str:
        notes = {}
        for object_id, lines in wanted.items():
            note = None if tree is None else find_note(self._reader, tree, object_id, limit=_NOTES_LIMIT)
            notes[object_id] = merge_lines(note, lines)
        return put_notes(self._reader, self._batch, tree, notes)


def _tree_of(commit: bytes) -> str:
    """Return the id of a commit's tree, which its first line names."""
    return commit[5 : commit.index(b"\n")].decode("ascii")
