"""Reading a folder that a tool wrote, as far as a format asks for it: bounded, and nothing but regular files."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from gitgates.artifacts.files import kind_of, read_input, unreadable
from gitgates.errors import InputFileError

MAX_FILES = 2_000
MAX_BYTES = 16 * 2**20
"""Of all files together."""
MAX_DEPTH = 20


def read_folder(folder: str, parts: Sequence[str]) -> dict[str, bytes]:
    """Return what the files in `parts` of the folder hold, by their paths in it with `/` between the parts.

    Args:
        parts: names in the folder, of files or of folders with everything below them; what is absent is passed over.

    Raises:
        InputFileError: something is not readable, not a regular file, or too large.
    """
    found: dict[str, bytes] = {}
    size = 0
    present = (part for part in parts if os.path.lexists(os.path.join(folder, part)))
    for relative in sorted(file for part in present for file in _files(folder, part, 0)):
        data = read_input(os.path.join(folder, *relative.split("/")))
        found[relative] = data
        size += len(data)
        if size > MAX_BYTES or len(found) > MAX_FILES:
            raise InputFileError(
                folder,
                f"holds more than the {MAX_FILES} files or {MAX_BYTES} bytes that are read",
                remedy="Have the tool export it as one file",
            )
    return found


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return one digest of them all: that of the lines that `sha256sum` prints, as for an artifact's folder."""
    named = sorted((os.fsencode(path), data) for path, data in files.items())
    return sha256(
        b"".join(sha256(data).hexdigest().encode() + b"  ./" + path + b"\n" for path, data in named)
    ).hexdigest()


def _files(folder: str, relative: str, depth: int) -> Iterator[str]:
    """Yield the files at or below a path in the folder."""
    path = os.path.join(folder, *relative.split("/"))
    try:
        mode = os.lstat(path).st_mode
        names = sorted(os.listdir(path)) if stat.S_ISDIR(mode) else []
    except OSError as error:
        raise unreadable(path, error) from None
    if stat.S_ISREG(mode):
        yield relative
    elif not stat.S_ISDIR(mode):
        raise InputFileError(path, f"is {kind_of(mode)}, not a regular file")
    elif depth > MAX_DEPTH or len(names) > MAX_FILES:
        raise InputFileError(path, f"holds more than {MAX_FILES} files or {MAX_DEPTH} levels of folders")
    else:
        for name in names:
            yield from _files(folder, f"{relative}/{name}", depth + 1)
