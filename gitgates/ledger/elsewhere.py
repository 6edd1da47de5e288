"""Records that a model version knows of and that live under another version of the model (ADR 0007)."""

from collections.abc import Callable, Iterable

from gitgates.codec.records import RecordCodec, record_id
from gitgates.decision.signed import SignedVersionRecord
from gitgates.errors import InvalidValue
from gitgates.ledger.files import RECORD_LIMIT
from gitgates.model.paths import id_in_name, version_folder
from gitgates.model.records import TargetEntry
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import TreeEntry


def elsewhere(
    entries: Callable[[str], tuple[TreeEntry, ...] | None], reader: ObjectReader, records: Iterable[SignedVersionRecord]
) -> frozenset[str]:
    """Return the ids that records name as last of their target, live under another version, and are there."""
    wanted: dict[str, set[str]] = {}
    for signed in records:
        record = signed.record
        if isinstance(record, TargetEntry) and record.previous and record.previous.version != record.version:
            wanted.setdefault(version_folder(record.model, record.previous.version), set()).add(record.previous.id)
    found: set[str] = set()
    for folder, ids in wanted.items():
        there = [entry for entry in entries(folder) or () if id_in_name(entry.name.decode("utf-8", "replace")) in ids]
        contents = reader.get_many((entry.id for entry in there), limit=RECORD_LIMIT)
        found.update(record_id(content.data) for content in contents if content and _lives_in(content.data, folder))
    return frozenset(found)


def _lives_in(data: bytes, folder: str) -> bool:
    """Tell whether bytes are a target's record that belongs in `folder`: a record of another version is none."""
    try:
        record = RecordCodec().decode(data)
    except InvalidValue:
        return False
    return isinstance(record, TargetEntry) and version_folder(record.model, record.version) == folder
