"""The one way to write: new files on a branch, lines in notes, in one transaction.

The steps, each of which leaves a repository in which the next command works, whenever it is interrupted:

1. objects: written as one pack; until something points at them they are invisible.
2. files: written into the worktree that has the branch checked out, if there is one.
3. index: exactly their paths are staged there. Cut off here, they are ordinary staged files of the user.
4. refs: the branch and the notes move together, or not at all; then 2 and 3 are undone and all starts again.
"""

from collections.abc import Callable, Mapping, Sequence

from gitgates.errors import RefLocked, RefMoved, StoreError
from gitgates.model.frozen import frozen
from gitgates.store.ancestry import is_ancestor
from gitgates.store.checkouts import Worktree, refuse_if_busy, worktrees_on
from gitgates.store.differences import edits_between, refuse_code
from gitgates.store.grow import Content, StoredBlob, grow
from gitgates.store.notes_update import NoteLines, NotesUpdater, NoteTip, tree_of
from gitgates.store.objects import ObjectReader
from gitgates.store.pack import ObjectBatch
from gitgates.store.refs import ATTEMPTS, RefUpdate, pause, update_refs
from gitgates.store.repository import Identity, Repository
from gitgates.store.turns import turn
from gitgates.store.worktree import Placement

__all__ = ["Appended", "Change", "NoteLines", "NoteTip", "StoredBlob", "Tip", "append", "append_all"]


@frozen
class Tip:
    """Where the branch stands; `commit` and `tree` are None where it has no commit yet."""

    commit: str | None
    tree: str | None
    reader: ObjectReader


@frozen
class Change:
    """What to add to the branch: one commit, or none where nothing is new.

    Attributes:
        files: bytes, or blobs that the repository has, by path from the top folder, with slashes; mode 100644.
        message: of the commit; its first line is its subject.
        notes: lines to add to the index, in the same transaction.
        replace: paths at which there may be anything else now, see `grow.grow`.
        parents: further parents. With them there is a commit even where no file is new: a merge.
        onto: a commit that follows the tip, to go on from in its place. Where no file is new, the branch moves there.
        instead: whether `onto` need not follow the tip: it has all that the tip's commits brought, the caller knows.
        anywhere: whether `onto` may change files outside `.quality-gates/`: only where the branch is the ledger's own.
        note_tips: notes of others, to be merged into the index.
    """

    files: Mapping[str, Content]
    message: str
    notes: tuple[NoteLines, ...] = ()
    replace: frozenset[str] = frozenset()
    parents: tuple[str, ...] = ()
    onto: str | None = None
    instead: bool = False
    anywhere: bool = False
    note_tips: tuple[NoteTip, ...] = ()


@frozen
class Appended:
    """What came of it: the branch `ref` went from `previous` to `commit`; both the same where no file was new.

    Attributes:
        skipped: the notes refs for which a tip of others could not be read, and so was left out.
    """

    commit: str | None
    ref: str
    previous: str | None
    skipped: tuple[str, ...] = ()


Plan = Callable[[Tip], Change]
PlanAll = Callable[[Tip], Sequence[Change]]
OnStep = Callable[[str], None]


def _ignore(_: str) -> None:
    """Take no notice of a step."""


def append(
    repo: Repository, ref: str, plan: Plan, *, identity: Identity, seconds: int, on_step: OnStep = _ignore
) -> Appended:
    """Add what `plan` says to the branch `ref`; see `append_all`."""
    return append_all(repo, ref, lambda tip: (plan(tip),), identity=identity, seconds=seconds, on_step=on_step)


def append_all(
    repo: Repository, ref: str, plan: PlanAll, *, identity: Identity, seconds: int, on_step: OnStep = _ignore
) -> Appended:
    """Add what `plan` says to the branch `ref`, each change on top of the one before, and return where it then stands.

    Args:
        plan: says for a state of the branch what to add; asked again when somebody else was faster.
        identity: author and committer of the commits.
        seconds: their time, since 1970 in UTC.
        on_step: told `objects`, `files`, `index` and `refs` after each step.

    Raises:
        RefMoved: others were faster every time, or keep a ref locked.
        StoreError: a change is refused (see `grow.grow`; `onto` would lose commits or change code), the branch is being
            rebased or bisected, the index stays locked, or the file system refuses. Nothing here has changed then.
    """
    with turn(repo.common_dir), ObjectReader(repo) as reader:
        for number in range(ATTEMPTS):
            try:
                return _Attempt(repo, ref, reader, identity, seconds).run(plan, on_step)
            except RefLocked:  # it was waited for, and a lock that was left behind would be waited for again and again
                raise
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

    def run(self, plan: PlanAll, on_step: OnStep) -> Appended:
        tip = self._tip()
        changes = plan(tip)
        commit, tree = tip.commit, tip.tree
        for number, change in enumerate(changes):
            if change.onto is not None:
                if number:
                    raise StoreError("only the first of several changes can go on from another commit")
                commit, tree = self._onto(tip, change, change.onto)
            commit, tree = self._grown(commit, tree, change)
        updates = []
        if commit is not None and commit != tip.commit:
            refuse_if_busy(self._repo, self._ref)
            updates.append(RefUpdate(self._ref, commit, tip.commit))
        notes = NotesUpdater(self._repo, self._reader, self._batch, self._commit)
        lines = [line for change in changes for line in change.notes]
        updates += notes.updates(lines, [note_tip for change in changes for note_tip in change.note_tips])
        if updates:
            self._batch.write(self._repo)
            on_step("objects")
            self._move(updates, tip.tree, tree, _subject(changes), on_step)
        return Appended(commit, self._ref, tip.commit, tuple(notes.skipped))

    def _tip(self) -> Tip:
        found = self._reader.get(self._ref)
        if found is None:
            return Tip(None, None, self._reader)
        if found.type != "commit":
            raise StoreError(f"{self._ref} is a {found.type}, expected a commit", remedy="Name a branch")
        return Tip(found.id, tree_of(found.data), self._reader)

    def _onto(self, tip: Tip, change: Change, onto: str) -> tuple[str, str]:
        """Return the commit `onto` and its tree, if the branch may move there."""
        tree = tree_of(self._reader.require(onto, "commit").data)
        if tip.commit is not None and not change.instead and not is_ancestor(self._repo, tip.commit, onto):
            raise StoreError(f"{self._ref} cannot move to {onto}, which lacks commits that the branch has")
        if not change.anywhere and (tip.commit is not None or self._worktrees()):
            refuse_code(self._reader, tip.tree, tree)
        return onto, tree

    def _grown(self, commit: str | None, tree: str | None, change: Change) -> tuple[str | None, str | None]:
        """Return commit and tree with a change on top."""
        after = grow(self._reader, self._batch, tree, change.files, change.replace)
        further = tuple(parent for parent in dict.fromkeys(change.parents) if parent != commit)
        if after == tree and not further:
            return commit, tree
        if after is None:
            after = self._batch.tree(b"")
        parents = further if commit is None else (commit, *further)
        return self._commit(after, parents, change.message), after

    def _commit(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        return self._batch.commit(tree, parents, message, self._identity, self._seconds)

    def _worktrees(self) -> tuple[Worktree, ...]:
        return worktrees_on(self._repo, self._ref)

    def _move(self, updates: list[RefUpdate], old: str | None, new: str | None, subject: str, on_step: OnStep) -> None:
        """Carry out steps 2 to 4, and undo 2 and 3 if the refs did not move."""
        worktrees = self._worktrees() if old != new else ()
        edits = edits_between(self._reader, self._batch, old, new) if worktrees else ()
        placements = [Placement(self._repo, worktree, edits) for worktree in worktrees]
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


def _subject(changes: Sequence[Change]) -> str:
    """Return one line that says what was added, for the reflogs."""
    first = changes[0].message.partition("\n")[0]
    return first if len(changes) == 1 else f"{first} (and {len(changes) - 1} more)"
