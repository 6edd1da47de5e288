"""Digests of files that were hashed before and have not changed since, as far as the file system tells.

For `check` alone, which says what its author claims. What decides on a deployment never looks here: whoever can write
the cache, or set a file's times back below the file system, could have any digest told.
"""

import json
import os
from typing import Any

from gitgates.artifacts.files import read_input
from gitgates.errors import GitgatesError
from gitgates.model.fields import RECORD_ID

FILE_NAME = "gitgates-digests.json"
WORTH_KEEPING = 2**20
"""Bytes; a smaller file is hashed before the cache is read, and is not asked for here."""
MAX_ENTRIES = 5_000

_FORMAT = "gitgates-digests/1"
_MAX_BYTES = 16 * 2**20
_RACY_NS = 2 * 10**9
"""A file that changed this lately may change again without its times telling: clocks of file systems are coarse."""


class DigestCache:
    """Digests by path, size, times, device and inode, kept in one file."""

    def __init__(self, path: str, entries: dict[str, list[Any]]) -> None:
        self._path = path
        self._entries = entries
        self._changed = False

    @classmethod
    def open(cls, folder: str) -> "DigestCache":
        """Return the cache kept in `folder`, an empty one where there is none or it cannot be understood."""
        path = os.path.join(folder, FILE_NAME)
        try:
            value = json.loads(read_input(path, _MAX_BYTES))
        except (GitgatesError, ValueError, RecursionError):
            return cls(path, {})
        if not isinstance(value, dict) or value.get("format") != _FORMAT or not isinstance(value.get("files"), dict):
            return cls(path, {})
        return cls(path, value["files"])

    def find(self, path: str | bytes, status: os.stat_result) -> str | None:
        """Return the digest of the file at `path` if it still is as it was then."""
        name = _name(path)
        entry = self._entries.get(name)
        if not isinstance(entry, list) or entry[:-1] != _state(status):
            return None
        digest = entry[-1]
        if not isinstance(digest, str) or RECORD_ID.fullmatch(digest) is None:
            return None
        self._entries[name] = self._entries.pop(name)  # the last to be dropped
        return digest

    def keep(self, path: str | bytes, status: os.stat_result, opened_ns: int, digest: str) -> None:
        """Remember a digest, unless the file changed just before it was opened, or its clock is ahead.

        Args:
            status: as it was when the file was opened.
            opened_ns: when that was, in nanoseconds since the epoch.
        """
        if opened_ns - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS:
            name = _name(path)
            self._entries.pop(name, None)
            self._entries[name] = [*_state(status), digest]
            self._changed = True

    def save(self) -> None:
        """Write the cache in one step; where that is not possible, the next command hashes again."""
        if not self._changed:
            return
        latest = dict(list(self._entries.items())[-MAX_ENTRIES:])
        scratch = f"{self._path}.{os.getpid()}.tmp"
        try:
            with open(scratch, "w", encoding="utf-8") as file:
                json.dump({"format": _FORMAT, "files": latest}, file)
            os.replace(scratch, self._path)
        except OSError:
            if os.path.lexists(scratch):
                os.unlink(scratch)


def _name(path: str | bytes) -> str:
    return os.fsdecode(os.path.realpath(path))


def _state(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev, status.st_ino]
