"""`reindex`: the index made anew from the records, the same that appending them had made."""

from collections.abc import Callable, Collection
from datetime import datetime

from attrs import field

from gitgates.errors import RefMoved, StoreError
from gitgates.ledger.index import NOTES_PREFIX, notes_ref
from gitgates.ledger.query import all_versions
from gitgates.ledger.reading import Ledger
from gitgates.ledger.targets import model_versions
from gitgates.ledger.verification.model import expected_notes
from gitgates.model.frozen import frozen
from gitgates.store.notes import merge_lines, put_notes
from gitgates.store.pack import ObjectBatch
from gitgates.store.refs import ATTEMPTS, RefUpdate, pause, update_refs
from gitgates.store.repository import Identity

OpenLedger = Callable[[], Ledger]

_BATCH_BYTES = 4 << 20
"""Bytes of notes that are gathered before they are written, so that memory does not grow with the ledger."""
_IDENTITY = Identity("gitgates", "gitgates")


@frozen
class Reindexed:
    """What `reindex` did.

    Attributes:
        models, records: how many were read; policies are no model version's, and have no place in the index.
        lines: how many lines they make; a record has one or two.
        changed: the notes refs that were made, changed or removed, sorted.
    """

    models: int
    records: int
    lines: int
    changed: tuple[str, ...]


def reindex(open_ledger: OpenLedger, now: datetime, *, only: Collection[str] | None = None) -> Reindexed:
    """Make the notes of every model say what the validly signed records say, and remove those of other models.

    Model by model, with compare-and-swap: a record that is appended meanwhile keeps its lines, since the models that
    it touches are read again. Nothing but the refs below `refs/notes/gates/` changes.

    Args:
        open_ledger: opens the ledger; called again where it moved meanwhile.
        now: the time of the commits.
        only: index these models alone, and remove nothing.

    Raises:
        RefMoved: others write faster than this can read, every time.
    """
    tally = _Tally()
    todo = None if only is None else frozenset(only)
    for number in range(ATTEMPTS):
        with open_ledger() as ledger:
            todo = _Pass(ledger, now, tally).run(todo)
        if not todo:
            records, lines = sum(tally.records.values()), sum(tally.lines.values())
            return Reindexed(len(tally.lines), records, lines, tuple(sorted(tally.changed)))
        pause(number)
    raise RefMoved(
        f"the index of {', '.join(sorted(todo or ()))} moved every time", remedy="Run `gitgates reindex` again"
    )


@frozen
class _Tally:
    """What was done over all passes: records and lines by model, and the refs that changed."""

    records: dict[str, int] = field(factory=dict)
    lines: dict[str, int] = field(factory=dict)
    changed: set[str] = field(factory=set)


class _Pass:
    """One reading of the ledger."""

    def __init__(self, ledger: Ledger, now: datetime, tally: _Tally) -> None:
        self._ledger = ledger
        self._repository = ledger.repository
        self._now = now
        self._tally = tally
        # Notes first, then the branch: a record that came between the two shows as a branch that has moved.
        self._refs = self._repository.refs(NOTES_PREFIX.rstrip("/"))
        location = ledger.location
        self._is_current = self._repository.refs(location.ref).get(location.ref, location.commit) == location.commit
        self._batch = ObjectBatch(self._repository.object_format)
        self._updates: dict[str, RefUpdate] = {}
        self._bytes = 0
        self._moved: set[str] = set()

    def run(self, only: Collection[str] | None) -> frozenset[str]:
        """Index all models, or `only` some; return those that somebody else indexed meanwhile."""
        models = tuple(dict.fromkeys(name.model for name in all_versions(self._ledger)))
        if not self._is_current:
            return frozenset(models if only is None else only)
        if only is None:
            self._remove({ref for ref in self._refs if ref not in {notes_ref(model) for model in models}})
        for model in models:
            if only is None or model in only:
                self._model(model)
                if self._bytes > _BATCH_BYTES:
                    self._flush()
        self._flush()
        return frozenset(self._moved)

    def _model(self, model: str) -> None:
        notes: dict[str, list[str]] = {}
        for name in model_versions(self._ledger, model):
            for note in expected_notes(self._ledger, name, self._ledger.version(name)):
                notes.setdefault(note.object_id, []).extend(note.lines)
        ref = notes_ref(model)
        lines = [line for one in notes.values() for line in one]
        self._tally.lines[model] = len(lines)
        self._tally.records[model] = len({line.split(" ", 1)[0] for line in lines})
        if not notes:
            self._remove({ref} & self._refs.keys())
            return
        data = {object_id: merge_lines(None, lines) for object_id, lines in notes.items()}
        tree = put_notes(self._ledger.reader, ObjectBatch(self._repository.object_format), None, data)
        old = self._refs.get(ref)
        parent, before = self._old(old)
        if tree != before:
            put_notes(self._ledger.reader, self._batch, None, data)  # again, now that it is known to be needed
            identity = self._repository.identity(_IDENTITY)
            parents = () if parent is None else (parent,)
            commit = self._batch.commit(tree, parents, "gates: reindex", identity, int(self._now.timestamp()))
            self._updates[model] = RefUpdate(ref, commit, old)
            self._bytes += sum(map(len, data.values()))

    def _old(self, object_id: str | None) -> tuple[str | None, str | None]:
        """Return commit and tree of a notes ref as far as they can be read; garbage is begun anew."""
        if object_id is None:
            return None, None
        try:
            commit = self._ledger.reader.get(object_id)
            tree = self._ledger.reader.get(f"{object_id}^{{tree}}")
        except StoreError:
            return None, None
        if commit is None or commit.type != "commit" or tree is None:
            return None, None
        return commit.id, tree.id

    def _flush(self) -> None:
        if not self._updates:
            return
        self._batch.write(self._repository)
        updates, self._updates, self._bytes = self._updates, {}, 0
        self._batch = ObjectBatch(self._repository.object_format)
        try:
            update_refs(self._repository, tuple(updates.values()), "gitgates: reindex")
        except RefMoved:
            self._moved.update(updates)
        else:
            self._tally.changed.update(update.ref for update in updates.values())

    def _remove(self, refs: Collection[str]) -> None:
        """Remove refs before others are made: `gates/a/b` would be in the way of `gates/a`."""
        update_refs(
            self._repository, [RefUpdate(ref, None, self._refs[ref]) for ref in sorted(refs)], "gitgates: reindex"
        )
        self._tally.changed.update(refs)
