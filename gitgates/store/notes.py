"""Notes trees: from the id of an object to a blob, under whatever fan-out a tree has.

git spreads notes over folders named by the first two digits of the id, and may do so again below. A tree may mix
levels, so a note is looked for on each.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gitgates.store.objects import ObjectReader
from gitgates.store.trees import FILE, FOLDER, TreeEntry, find_entry, splice_entries

if TYPE_CHECKING:
    from gitgates.store.pack import ObjectBatch


def find_note(reader: ObjectReader, tree_id: str, object_id: str, *, limit: int | None = None) -> bytes | None:
    """Return the note on `object_id` in a notes tree, or None.

    Args:
        limit: bytes from which a note counts as empty, see `ObjectReader.get`.

    Raises:
        MissingObject: the clone lacks a tree, or the note.
        StoreError: a tree is malformed.
    """
    found = []
    tree: str | None = tree_id
    rest = object_id
    while tree is not None and rest:
        data = reader.require(tree, "tree").data
        note = find_entry(data, rest.encode("ascii"), len(object_id) // 2)
        if note is not None and note.mode == FILE:
            found.append(reader.require(note.id, "blob", limit=limit).data)
        tree, rest = _below(data, rest, len(object_id) // 2), rest[2:]
    return b"\n".join(found) if found else None


def merge_lines(note: bytes | None, lines: Iterable[str]) -> bytes:
    """Return `note` with `lines` added, as `cat_sort_uniq` merges notes: each line once, sorted, blank ones dropped."""
    return unite(note or b"", *(line.encode("utf-8") for line in lines))


def unite(*notes: bytes) -> bytes:
    """Return all lines of `notes`, as `cat_sort_uniq` merges them: each once, sorted, blank ones dropped."""
    lines = {line for note in notes for line in note.split(b"\n")}
    return b"".join(line + b"\n" for line in sorted(lines) if line)


def put_notes(reader: ObjectReader, batch: "ObjectBatch", tree_id: str | None, notes: Mapping[str, bytes]) -> str:
    """Return the id of the notes tree `tree_id` with `notes` put in, each in place of the object's note if it has one.

    A note goes where the tree has its object already, else into the folder of its first two digits.

    Args:
        batch: takes the new blobs and trees.
        tree_id: None for no notes yet.
        notes: the bytes of each note by the id of its object.
    """
    rests = {object_id: batch.blob(data) for object_id, data in notes.items()}
    return _put(reader, batch, tree_id, rests, is_top=True)


def _put(
    reader: ObjectReader, batch: "ObjectBatch", tree_id: str | None, rests: dict[str, str], *, is_top: bool
) -> str:
    """Put blobs, by the rest of their objects' ids, into one level of a notes tree."""
    data = b"" if tree_id is None else reader.require(tree_id, "tree").data
    entries: list[TreeEntry] = []
    below: dict[str, dict[str, str]] = {}
    folders: dict[str, str | None] = {}
    for rest, blob in rests.items():
        id_bytes = len(blob) // 2
        prefix = rest[:2]
        if find_entry(data, rest.encode("ascii"), id_bytes) is not None:
            entries.append(TreeEntry(FILE, rest.encode("ascii"), blob))
            continue
        if prefix not in folders:
            folders[prefix] = _below(data, rest, id_bytes)
        if folders[prefix] is not None or is_top:
            below.setdefault(prefix, {})[rest[2:]] = blob
        else:
            entries.append(TreeEntry(FILE, rest.encode("ascii"), blob))
    for prefix, inner in below.items():
        tree = _put(reader, batch, folders[prefix], inner, is_top=False)
        entries.append(TreeEntry(FOLDER, prefix.encode("ascii"), tree))
    return batch.tree(splice_entries(data, entries))


def _below(data: bytes, rest: str, id_bytes: int) -> str | None:
    """Return the id of the folder in which the rest of an object's id goes on, or None."""
    folder = find_entry(data, rest[:2].encode("ascii"), id_bytes)
    return folder.id if folder is not None and folder.is_folder else None
