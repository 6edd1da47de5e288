"""Trees as bytes: parse them, find one entry, put entries in at their place.

A tree is a row of `mode SP name NUL id`, sorted by name, where a folder sorts as if its name ended in a slash. Writing
holds every tree to that (`parse_tree`). Reading does not (`read_tree`): a push can bring a tree that breaks the rules,
and it must not keep anybody from what else is there.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gitgates.errors import Unreadable
from gitgates.model.frozen import frozen

FILE = b"100644"
FOLDER = b"40000"

_REBUILD_ABOVE = 16
"""Entries from which one sorted rebuild is cheaper than as many searches for a place."""


@frozen
class TreeEntry:
    """One entry of a tree; `mode` and `name` are bytes as git keeps them, `id` is hexadecimal."""

    mode: bytes
    name: bytes
    id: str

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a tree; old programs wrote the mode with a zero before it, and git reads that."""
        return _as_git(self.mode) == FOLDER

    def key(self) -> bytes:
        """Return what git sorts by."""
        return self.name + b"/" if self.mode == FOLDER else self.name

    def encode(self) -> bytes:
        """Return the bytes of the entry."""
        return b"%s %s\0%s" % (self.mode, self.name, bytes.fromhex(self.id))


def parse_tree(data: bytes, id_bytes: int) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree, in its order.

    Args:
        id_bytes: 20 for sha1, 32 for sha256.

    Raises:
        Unreadable: the bytes are no tree: a mode that is no number, an empty name or one with a slash, entries out
            of order or twice, bytes left over.
    """
    entries = raw_entries(data, id_bytes)
    if any(not _is_mode(entry.mode) or not entry.name or b"/" in entry.name for entry in entries):
        raise _malformed()
    if not is_in_order(entries) or len({e.name for e in entries}) != len(entries):
        raise _malformed()
    return entries


def read_tree(data: bytes, id_bytes: int) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree, whatever their names, number and order; modes as git reads them, as in its diffs.

    Raises:
        Unreadable: the bytes are no row of entries. git cannot read such a tree either, and takes none from a push.
    """
    return tuple(TreeEntry(_as_git(e.mode), e.name, e.id) for e in raw_entries(data, id_bytes))


def _as_git(mode: bytes) -> bytes:
    """Return git's one spelling of a mode (its canon_mode): 100664 is 100644 to every git diff, 40755 is 40000."""
    if mode in (FILE, FOLDER) or not mode or mode.strip(b"01234567"):
        return mode
    number = int(mode, 8)
    if number & 0o170000 == 0o100000:
        return b"100755" if number & 0o100 else FILE
    return FOLDER if number & 0o170000 == 0o040000 else mode


def raw_entries(data: bytes, id_bytes: int) -> tuple[TreeEntry, ...]:
    """Return the entries of a tree byte for byte, modes included.

    Raises:
        Unreadable: the bytes are no row of entries.
    """
    entries = []
    position, end = 0, len(data)
    try:
        while position < end:
            space = data.index(b" ", position)
            nul = data.index(b"\0", space)
            mode, name, position = data[position:space], data[space + 1 : nul], nul + 1 + id_bytes
            entries.append(TreeEntry(mode, name, data[nul + 1 : position].hex()))
    except ValueError:
        raise _malformed() from None
    if position > end:
        raise _malformed()
    return tuple(entries)


def is_in_order(entries: Sequence[TreeEntry]) -> bool:
    """Tell whether entries stand in git's order, none twice."""
    return all(a.key() < b.key() for a, b in pairwise(entries))


def _is_mode(mode: bytes) -> bool:
    """Tell whether `mode` is one in form. Odd ones, such as 100777, a push can bring: readers judge them."""
    return len(mode) in (5, 6) and mode.isdigit() and mode[:1] != b"0" and not mode.strip(b"01234567")


def find_entry(data: bytes, name: bytes, id_bytes: int) -> TreeEntry | None:
    """Return the entry called `name`, or None; far cheaper than parsing where the entry is absent.

    Raises:
        Unreadable: the bytes up to the entry are no tree.
    """
    found = _locate(data, name, id_bytes)
    if found is None:
        return None
    start, end = found
    mode = data[start : data.index(b" ", start)]
    if not _is_mode(mode):
        raise _malformed()
    return TreeEntry(mode, name, data[end - id_bytes : end].hex())


def find_folders(data: bytes, name: bytes, id_bytes: int) -> tuple[str, ...]:
    """Return the ids of all folders called `name`, in the tree's order: more than one only where the tree is malformed.

    git stops where the name should stand, so in a tree out of order it finds less.

    Raises:
        Unreadable: the bytes are no row of entries.
    """
    found = []
    for start, end in _located(data, name, id_bytes):
        entry = TreeEntry(data[start : data.index(b" ", start)], name, data[end - id_bytes : end].hex())
        if entry.is_folder and entry.id not in found:
            found.append(entry.id)
    return tuple(found)


def find_other_case(data: bytes, name: bytes, id_bytes: int) -> bytes | None:
    """Return the name of an entry that differs from `name` by the case of ASCII letters alone, or None."""
    if b" " + name.lower() + b"\0" not in data.lower():
        return None  # told by one search, whatever the size
    lowered = name.lower()
    others = (entry.name for entry in parse_tree(data, id_bytes))
    return next((other for other in others if other != name and other.lower() == lowered), None)


def splice_entries(data: bytes, replacements: Sequence[TreeEntry]) -> bytes:
    """Return the tree with `replacements` put in, each in place of an entry of its name, if there is one.

    Raises:
        Unreadable: the bytes are no tree.
    """
    if not replacements:
        return data
    id_bytes = len(replacements[0].id) // 2
    if len(replacements) > _REBUILD_ABOVE:
        entries = {entry.name: entry for entry in (*parse_tree(data, id_bytes), *replacements)}
        return b"".join(entry.encode() for entry in sorted(entries.values(), key=TreeEntry.key))
    for entry in replacements:
        data = _splice(data, entry, id_bytes)
    return data


def _splice(data: bytes, entry: TreeEntry, id_bytes: int) -> bytes:
    found = _locate(data, entry.name, id_bytes)
    if found is not None:
        start, end = found
        if data.startswith(FOLDER + b" ", start) == entry.is_folder:  # a change of kind can change the place
            return data[:start] + entry.encode() + data[end:]
        data = data[:start] + data[end:]
    place = _place(data, entry.key(), id_bytes)
    return data[:place] + entry.encode() + data[place:]


def _locate(data: bytes, name: bytes, id_bytes: int) -> tuple[int, int] | None:
    """Return start and end of the first entry called `name`."""
    return next(_located(data, name, id_bytes), None)


def _located(data: bytes, name: bytes, id_bytes: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each entry called `name`.

    A search proves absence at once. A hit may lie inside the bytes of an id, so it counts only if a walk from the
    start comes by it.
    """
    wanted = b" " + name + b"\0"
    hit = data.find(wanted)
    start = nul = position = 0
    index = data.index
    try:
        while hit >= 0:
            while position <= hit:
                start, nul = position, index(b"\0", position)
                position = nul + 1 + id_bytes
            if nul == hit + len(wanted) - 1 and index(b" ", start) == hit:
                if position > len(data):
                    raise _malformed()
                yield start, position
            hit = data.find(wanted, position)
    except ValueError:
        raise _malformed() from None


def _place(data: bytes, key: bytes, id_bytes: int) -> int:
    """Return where an entry that sorts as `key` belongs in a tree that does not hold its name."""
    position, end = 0, len(data)
    index = data.index
    try:
        while position < end:
            space = index(b" ", position)
            nul = index(b"\0", space)
            name = data[space + 1 : nul]
            if name > key or (data[position] == FOLDER[0] and name + b"/" > key):
                break
            position = nul + 1 + id_bytes
    except ValueError:
        raise _malformed() from None
    if position > end:
        raise _malformed()
    return position


def _malformed() -> Unreadable:
    return Unreadable("a tree object is malformed", remedy="Run `git fsck`")
