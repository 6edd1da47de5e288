"""Whether the index is there and up to date, by ids alone: `doctor` asks quickly, `verify` compares every line."""

from collections.abc import Iterable, Mapping

from gitgates.ledger.index import NOTES_PREFIX, anchor_bytes, notes_ref
from gitgates.ledger.query import all_versions
from gitgates.ledger.reading import Ledger
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.paths import SIGNATURE_SUFFIX, id_in_name, version_folder
from gitgates.store.notes import find_note
from gitgates.store.notes_walk import MAX_NOTE_BYTES
from gitgates.store.pack import object_id


@frozen
class IndexState:
    """What the notes refs of this clone cover.

    Attributes:
        versions: how many model versions the ledger has.
        is_absent: whether this clone has no index at all, though there are model versions.
        stale: the models whose notes lack records or name others.
        surplus: the refs that belong to no model.
    """

    versions: int
    is_absent: bool
    stale: tuple[str, ...]
    surplus: tuple[str, ...]


def index_state(ledger: Ledger) -> IndexState:
    """Return how the index stands; nothing is verified for it.

    Raises:
        StoreError: a notes ref cannot be read.
    """
    names = tuple(all_versions(ledger))
    refs = ledger.repository.refs(NOTES_PREFIX.rstrip("/"))
    stale = {name.model for name in names if _ids(ledger, name) != _indexed_ids(ledger, name, refs)}
    surplus = refs.keys() - {notes_ref(name.model) for name in names}
    return IndexState(len(names), bool(names) and not refs, tuple(sorted(stale)), tuple(sorted(surplus)))


def unindexed_models(ledger: Ledger, names: Iterable[ModelVersion]) -> tuple[str, ...]:
    """Return the models of those of `names` whose notes lack records, sorted; raises as `index_state`."""
    refs = ledger.repository.refs(NOTES_PREFIX.rstrip("/"))
    lacking = {name.model for name in names if not _ids(ledger, name) <= _indexed_ids(ledger, name, refs)}
    return tuple(sorted(lacking))


def _ids(ledger: Ledger, name: ModelVersion) -> set[str]:
    """Return the ids that the names of signed files claim."""
    entries = ledger.entries(version_folder(name.model, name.version)) or ()
    file_names = {entry.name.decode("utf-8", "replace") for entry in entries}
    claimed = {id_in_name(file) for file in file_names if file + SIGNATURE_SUFFIX in file_names}
    return {identifier for identifier in claimed if identifier is not None}


def _indexed_ids(ledger: Ledger, name: ModelVersion, refs: Mapping[str, str]) -> set[str]:
    commit = refs.get(notes_ref(name.model))
    tree = ledger.reader.get(f"{commit}^{{tree}}") if commit else None
    if tree is None:
        return set()
    anchor = object_id(ledger.repository.object_format, "blob", anchor_bytes(name.model, name.version))
    note = find_note(ledger.reader, tree.id, anchor, limit=MAX_NOTE_BYTES) or b""
    return {line.split(b" ", 1)[0].decode("ascii", "replace") for line in note.split(b"\n") if line}
