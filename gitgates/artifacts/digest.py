"""Digests of artifacts: a file, or a folder as one.

A file's digest is the SHA-256 of its bytes. A folder's digest is the SHA-256 of one line for each regular file below
it: 64 lower-case hexadecimal digits, two spaces, `./` and the path relative to the folder with `/` between its parts,
LF; sorted by the bytes of the path. These are the lines that `sha256sum` prints, so that

    (cd FOLDER && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum

gives the same digest. Modes, times, owners and empty folders have no part in it. Refused, since a digest would not tell
all that they stand for: symbolic links inside the folder (their target can change or lie elsewhere), FIFOs, sockets,
devices, an empty folder, and names with a line break or a backslash (`sha256sum` rewrites them). The path given may
itself be a symbolic link; what it points to is digested.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator

from gitgates.artifacts.files import NO_FOLLOW, kind_of, open_regular, unreadable
from gitgates.errors import InputFileError
from gitgates.model.frozen import frozen

Progress = Callable[[int], None]

_BUFFER_BYTES = 2**20
_UNPRINTABLE = (b"\n", b"\r", b"\\")


@frozen
class Digest:
    """What an artifact holds.

    Attributes:
        type: `file` or `folder`.
        sha256: 64 lower-case hexadecimal digits.
        size: bytes, of all files together.
    """

    type: str
    sha256: str
    size: int


def digest(path: str, progress: Progress | None = None) -> Digest:
    """Return the digest of the file or folder at `path`.

    Args:
        progress: called with the number of bytes read since the last call.

    Raises:
        InputFileError: it is missing, not readable, changes while it is read, or holds what is refused.
    """
    if not _is_folder(path):
        sha256, size = _digest_of_file(os.fsencode(path), 0, progress)
        return Digest("file", sha256, size)
    whole, total = hashlib.sha256(), 0
    for relative, full in _files_below(path):
        sha256, size = _digest_of_file(full, NO_FOLLOW, progress)
        whole.update(sha256.encode() + b"  ./" + relative + b"\n")
        total += size
    return Digest("folder", whole.hexdigest(), total)


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


def _digest_of_file(path: bytes, flags: int, progress: Progress | None) -> tuple[str, int]:
    """Return the SHA-256 and the size of one file."""
    name = os.fsdecode(path)
    hashed, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_BUFFER_BYTES))
    with open(open_regular(path, flags), "rb", buffering=0) as file:
        try:
            before = os.fstat(file.fileno())
            while size <= before.st_size and (count := file.readinto(buffer)):  # a log may grow faster than it is read
                hashed.update(buffer[:count])
                size += count
                if progress is not None:
                    progress(count)
            after = os.fstat(file.fileno())
        except OSError as error:
            raise unreadable(name, error) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or size != after.st_size:
        raise InputFileError(name, "changed while it was read", remedy="Wait until nothing writes to it")
    return hashed.hexdigest(), size
