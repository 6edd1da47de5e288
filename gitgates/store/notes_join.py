"""What one notes tree has that another lacks, whatever their fan-out; only folders that differ are read."""

import re
from collections.abc import Iterator

from gitgates.errors import StoreError
from gitgates.store.objects import ObjectReader
from gitgates.store.trees import FILE, TreeEntry, read_tree

_PREFIX = re.compile(rb"[0-9a-f]{2}")
_NAME = re.compile(rb"[0-9a-f]+")
_MOST_NOTES = 1 << 17
_MOST_BYTES = 1 << 26
"""Beyond these an index is no index: a few small trees can describe notes without end."""


def notes_lacking(reader: ObjectReader, ours: str | None, theirs: str) -> dict[str, bytes]:
    """Return the notes of the tree `theirs` that the tree `ours` does not have in the same place, by their object.

    What is no note is passed over.

    Raises:
        MissingObject: the clone lacks a tree or note.
        StoreError: a tree is malformed, or `theirs` is larger than an index can be.
    """
    entries: list[tuple[str, str]] = []
    folders: set[str] = set()
    for name, entry in _differing(reader, ours, theirs, ""):
        # Ids are hashes: no two folders of an index hold the same, but those of a tree without end do.
        if len(entries) > _MOST_NOTES or entry.id in folders:
            raise _too_large()
        if entry.is_folder:
            folders.add(entry.id)
        else:
            entries.append((name, entry.id))
    blobs = sorted({blob for _, blob in entries})
    data: dict[str, bytes] = {}
    size = 0
    for blob, note in zip(blobs, reader.get_many(blobs, limit=_MOST_BYTES), strict=True):
        data[blob] = reader.require(blob, "blob").data if note is None else note.data
        size += 0 if note is None else note.size
        if size > _MOST_BYTES:
            raise _too_large()
    result: dict[str, bytes] = {}
    for object_id, blob in entries:  # more than one for an object where the tree mixes levels
        result[object_id] = result[object_id] + b"\n" + data[blob] if object_id in result else data[blob]
    return result


def _differing(reader: ObjectReader, ours: str | None, theirs: str, prefix: str) -> Iterator[tuple[str, TreeEntry]]:
    """Yield name and entry of each note and folder of `theirs` that is not in the same place in `ours`."""
    if ours == theirs:
        return
    id_bytes = len(theirs) // 2
    same = {entry.name: entry for entry in _entries(reader, ours)}
    for entry in _entries(reader, theirs):
        other = same.get(entry.name)
        name = prefix + entry.name.decode("ascii", "replace")
        if other == entry:
            continue
        if entry.mode == FILE and len(name) == 2 * id_bytes and _NAME.fullmatch(entry.name):
            yield name, entry
        elif entry.is_folder and len(name) < 2 * id_bytes and _PREFIX.fullmatch(entry.name):
            yield name, entry
            below = other.id if other is not None and other.is_folder else None
            yield from _differing(reader, below, entry.id, name)


def _entries(reader: ObjectReader, tree: str | None) -> tuple[TreeEntry, ...]:
    return () if tree is None else read_tree(reader.require(tree, "tree").data, len(tree) // 2)


def _too_large() -> StoreError:
    return StoreError("a notes tree holds more than an index can", remedy="Run `gitgates reindex` where it came from")
