"""Reading a notes tree from end to end, note by note, so that its size does not matter."""

from collections.abc import Iterator

from gitgates.store.objects import ObjectReader
from gitgates.store.trees import FILE, FOLDER, parse_tree

MAX_NOTE_BYTES = 1 << 24
"""Bytes of a note above which it is read as empty."""
_DEEPEST = 32


def all_notes(reader: ObjectReader, tree_id: str) -> Iterator[tuple[str, bytes]]:
    """Yield every note of a tree as (id of the object it is on, its bytes), whatever the fan-out.

    What is no note (another mode, a name that is no part of an id) is yielded under the name it has, so that the caller
    meets everything that is there.

    Raises:
        MissingObject: the clone lacks a tree.
        StoreError: a tree is malformed.
    """
    yield from _walk(reader, tree_id, "", len(tree_id) // 2, 0)


def _walk(reader: ObjectReader, tree_id: str, prefix: str, id_bytes: int, depth: int) -> Iterator[tuple[str, bytes]]:
    entries = parse_tree(reader.require(tree_id, "tree").data, id_bytes)
    files = [entry for entry in entries if entry.mode != FOLDER]
    blobs = reader.get_many((entry.id for entry in files if entry.mode == FILE), limit=MAX_NOTE_BYTES)
    for entry in files:
        blob = next(blobs) if entry.mode == FILE else None
        yield prefix + entry.name.decode("utf-8", "replace"), b"" if blob is None else blob.data
    for entry in entries:
        if entry.mode == FOLDER and depth < _DEEPEST:
            yield from _walk(reader, entry.id, prefix + entry.name.decode("utf-8", "replace"), id_bytes, depth + 1)
