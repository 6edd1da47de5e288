"""Digests of artifacts: a file, or a folder as one.

A file's digest is the SHA-256 of its bytes. A folder's digest is the SHA-256 of one line for each regular file below
it: 64 lower-case hexadecimal digits, two spaces, `./` and the path relative to the folder with `/` between its parts,
LF; sorted by the bytes of the path. These are the lines that `sha256sum` prints, so that

    (cd FOLDER && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum

gives the same digest. Modes, times, owners and empty folders have no part in it. Refused, since a digest would not tell
all that they stand for: symbolic links inside the folder (their target can change or lie elsewhere), FIFOs, sockets,
devices, an empty folder, and names with a line break or a backslash (`sha256sum` rewrites them). The path given may
itself be a symbolic link; what it points to is digested.

A pointer of git-lfs stands for a file that is not here. Its digest is that of the file, which the pointer names, or it
is refused: what decides on a deployment must see the bytes themselves.
"""

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from io import FileIO

from gitgates.artifacts.cache import WORTH_KEEPING, DigestCache
from gitgates.artifacts.files import NO_FOLLOW, kind_of, open_regular, unreadable
from gitgates.artifacts.pointers import MAX_POINTER_BYTES, lfs_pointer
from gitgates.errors import InputFileError
from gitgates.model.frozen import frozen

Progress = Callable[[int], None]

_BUFFER_BYTES = 2**18  # fits the processor's cache, which larger ones do not
_UNPRINTABLE = (b"\n", b"\r", b"\\")


@frozen
class Digest:
    """What an artifact holds.

    Attributes:
        type: `file` or `folder`.
        sha256: 64 lower-case hexadecimal digits.
        size: bytes, of all files together.
        pointers: how many files' digests were read from pointers of git-lfs.
    """

    type: str
    sha256: str
    size: int
    pointers: int = 0


def digest(
    path: str, progress: Progress | None = None, cache: DigestCache | None = None, *, follow_pointers: bool = False
) -> Digest:
    """Return the digest of the file or folder at `path`.

    Args:
        progress: called with the number of bytes read, or found in the cache, since the last call.
        cache: what is known of large files; None to read every byte.
        follow_pointers: take the digest of what a pointer of git-lfs names, instead of refusing the pointer.

    Raises:
        InputFileError: it is missing, not readable, changes while it is read, or holds what is refused.
    """
    hasher = _Hasher(progress or (lambda _: None), cache, follow_pointers)
    if not _is_folder(path):
        sha256, size = hasher.digest_of(os.fsencode(path), 0)
        return Digest("file", sha256, size, hasher.pointers)
    whole, total = hashlib.sha256(), 0
    for relative, full in _files_below(path):
        sha256, size = hasher.digest_of(full, NO_FOLLOW)
        whole.update(sha256.encode() + b"  ./" + relative + b"\n")
        total += size
    return Digest("folder", whole.hexdigest(), total, hasher.pointers)


def total_size(path: str) -> int:
    """Return the bytes that `digest` will read, for a progress bar.

    Raises:
        InputFileError: as `digest`, as far as it shows without reading.
    """
    try:
        files = [full for _, full in _files_below(path)] if _is_folder(path) else [os.fsencode(path)]
        return sum(os.stat(file).st_size for file in files)
    except OSError as error:
        raise unreadable(path, error) from None


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None


def _files_below(folder: str) -> list[tuple[bytes, bytes]]:
    """Return relative and full path of each file below `folder`, sorted by the bytes of the relative one."""
    files = sorted(_walk(os.fsencode(folder)))
    if not files:
        raise InputFileError(folder, "holds no file")
    return files


def _walk(top: bytes) -> Iterator[tuple[bytes, bytes]]:
    waiting = [(b"", top)]
    while waiting:
        prefix, folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    relative = prefix + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((relative + b"/", entry.path))
                    else:
                        _refuse_odd(entry, relative)
                        yield relative, entry.path
        except OSError as error:
            raise unreadable(os.fsdecode(folder), error) from None


def _refuse_odd(entry: "os.DirEntry[bytes]", relative: bytes) -> None:
    name = os.fsdecode(entry.path)
    if not entry.is_file(follow_symlinks=False):
        kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
        raise InputFileError(
            name, f"is {kind}, which a digest cannot stand for", remedy="Replace it by what it stands for"
        )
    if any(char in relative for char in _UNPRINTABLE):
        raise InputFileError(repr(name), "has a line break or a backslash in its path", remedy="Rename it")


class _Hasher:
    """Hashes one file after another, and counts the pointers among them."""

    def __init__(self, progress: Progress, cache: DigestCache | None, follow_pointers: bool) -> None:
        self._progress = progress
        self._cache = cache
        self._follow_pointers = follow_pointers
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self.pointers = 0

    def digest_of(self, path: bytes, flags: int) -> tuple[str, int]:
        """Return the SHA-256 and the size of one file."""
        name = os.fsdecode(path)
        with open(open_regular(path, flags), "rb", buffering=0) as file:
            try:
                opened, before = time.time_ns(), os.fstat(file.fileno())
                cache = self._cache if before.st_size >= WORTH_KEEPING else None
                if cache is not None and (known := cache.find(path, before)) is not None:
                    self._progress(before.st_size)
                    return known, before.st_size
                sha256, size, first = self._read(file, before.st_size)
                after = os.fstat(file.fileno())
            except OSError as error:
                raise unreadable(name, error) from None
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
            raise InputFileError(name, "changed while it was read", remedy="Wait until nothing writes to it")
        if cache is not None:
            cache.keep(path, before, opened, sha256)
        return self._followed(name, first) or (sha256, size)

    def _read(self, file: FileIO, expected: int) -> tuple[str, int, bytes]:
        """Return SHA-256 and size of what is read, and all of it where it could be a pointer."""
        hashed, size, first = hashlib.sha256(), 0, b""
        while size <= expected and (count := file.readinto(self._buffer)):  # a log may grow faster than it is read
            if expected <= MAX_POINTER_BYTES:
                first += self._buffer[:count]
            hashed.update(self._buffer[:count])
            size += count
            self._progress(count)
        return hashed.hexdigest(), size, first

    def _followed(self, name: str, data: bytes) -> tuple[str, int] | None:
        """Return what the pointer in `data` names, None where it is no pointer."""
        named = lfs_pointer(name, data)
        if named is None:
            return None
        if not self._follow_pointers:
            raise InputFileError(
                name,
                "is a git-lfs pointer, and the file itself is not here",
                remedy=f"Bring it: git lfs pull -I {name}",
            )
        self.pointers += 1
        return named.sha256, named.size
