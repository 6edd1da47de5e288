"""Making objects in process, and handing them to git in one go."""

import hashlib
import zlib
from typing import TYPE_CHECKING

from gitgates.store.repository import Identity, id_bytes

if TYPE_CHECKING:
    from gitgates.store.objects import ObjectReader
    from gitgates.store.repository import Repository

_TYPES = {"commit": 1, "tree": 2, "blob": 3}
_CRUD = " .,:;<>\"\\'" + "".join(map(chr, range(33)))
"""What git strips from the ends of names and addresses in a commit."""
_KEPT_ABOVE = 500
"""Objects from which on a pack is kept as it is: each one taken apart costs a file."""
_FAST = 1


def object_id(object_format: str, kind: str, data: bytes) -> str:
    """Return the id that git gives to an object of type `kind` with these bytes.

    Args:
        object_format: `sha1` or `sha256`.
    """
    return _digest(object_format, b"%s %d\0" % (kind.encode("ascii"), len(data)) + data).hex()


class ObjectBatch:
    """New objects on their way to a repository; the same bytes count once.

    Args:
        object_format: `sha1` or `sha256`.
    """

    def __init__(self, object_format: str) -> None:
        self._format = object_format
        self._objects: dict[str, tuple[str, bytes]] = {}

    @property
    def id_bytes(self) -> int:
        """Bytes of an object id: 20 or 32."""
        return id_bytes(self._format)

    def __len__(self) -> int:
        return len(self._objects)

    def find(self, name: str) -> bytes | None:
        """Return the bytes of an object of this batch, or None where it holds no such object."""
        found = self._objects.get(name)
        return None if found is None else found[1]

    def tree_data(self, reader: "ObjectReader", tree: str | None) -> bytes:
        """Return the bytes of a tree of this batch or of the repository; those of an empty one for None.

        Raises:
            MissingObject: it is in neither.
            StoreError: it cannot be read, or is no tree.
        """
        if tree is None:
            return b""
        found = self.find(tree)
        return reader.require(tree, "tree").data if found is None else found

    def blob(self, data: bytes) -> str:
        """Add a blob and return its id."""
        return self._add("blob", data)

    def tree(self, data: bytes) -> str:
        """Add a tree, given as its bytes, and return its id."""
        return self._add("tree", data)

    def commit(self, tree: str, parents: tuple[str, ...], message: str, identity: Identity, seconds: int) -> str:
        """Add a commit and return its id.

        Args:
            identity: author and committer.
            seconds: since 1970 in UTC; the time of both.
        """
        who = f"{_clean(identity.name)} <{_clean(identity.email)}> {seconds} +0000"
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {who}", f"committer {who}"]
        text = "\n".join([*lines, "", message.rstrip("\n"), ""])
        return self._add("commit", text.encode("utf-8", "replace"))

    def write(self, repo: "Repository") -> None:
        """Write all objects as one pack into git; those that are there already stay as they are.

        git takes a small pack apart, and compresses each object its own way. A large one it keeps.
        """
        if len(self._objects) > _KEPT_ABOVE:
            repo.git("index-pack", "--stdin", "--threads=1", stdin=self.pack(_FAST), write=True)
        elif self._objects:
            repo.git("unpack-objects", "-q", stdin=self.pack(), write=True)

    def pack(self, level: int = 0) -> bytes:
        """Return the objects as a pack.

        Args:
            level: of compression; 0 for a pack that git takes apart at once.
        """
        parts = [b"PACK\0\0\0\2", len(self._objects).to_bytes(4, "big")]
        for kind, data in self._objects.values():
            parts += [_entry_header(_TYPES[kind], len(data)), zlib.compress(data, level)]
        body = b"".join(parts)
        return body + _digest(self._format, body)

    def _add(self, kind: str, data: bytes) -> str:
        name = object_id(self._format, kind, data)
        self._objects[name] = (kind, data)
        return name


def _digest(object_format: str, data: bytes) -> bytes:
    if object_format == "sha256":
        return hashlib.sha256(data).digest()
    return hashlib.sha1(data, usedforsecurity=False).digest()  # git's choice; records rest on SHA-256


def _entry_header(kind: int, size: int) -> bytes:
    """Return type and size as a pack has them: four bits of the size, then seven a byte, low bits first."""
    byte, size = kind << 4 | size & 15, size >> 4
    result = bytearray()
    while size:
        result.append(byte | 128)
        byte, size = size & 127, size >> 7
    result.append(byte)
    return bytes(result)


def _clean(text: str) -> str:
    """Return `text` as git puts it into a commit: nothing that could end the name or the line."""
    return "".join(char for char in text if char not in "<>\n\0").strip(_CRUD)
