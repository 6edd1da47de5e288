"""Opening and reading files that a user names, which may be anything: a folder, a FIFO, a device, far too large."""

import os
import stat
from typing import Final

from gitgates.errors import InputFileError

MAX_INPUT_BYTES: Final = 50 * 2**20

# Not all exist on Windows. O_NONBLOCK: opening a FIFO would wait for a writer. O_NOCTTY: a terminal stays as it is.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
NO_FOLLOW: Final[int] = getattr(os, "O_NOFOLLOW", 0)


def open_regular(path: str | bytes, flags: int = 0) -> int:
    """Return a file descriptor, to be closed by the caller, of the regular file at `path`.

    Raises:
        InputFileError: it is missing, not readable, or not a regular file.
    """
    name = os.fsdecode(path)
    try:
        descriptor = os.open(path, _FLAGS | flags)
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from None
    if not stat.S_ISREG(mode := os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputFileError(name, f"is {kind_of(mode)}, not a regular file", remedy="Give the path of a file")
    return descriptor


def read_input(path: str, limit: int = MAX_INPUT_BYTES) -> bytes:
    """Return what the regular file at `path` holds.

    Args:
        limit: most bytes that it may hold.

    Raises:
        InputFileError: it is missing, not readable, not a regular file, or larger than `limit`.
    """
    descriptor = open_regular(path)
    with open(descriptor, "rb", buffering=0) as file:
        size = os.fstat(descriptor).st_size
        try:
            # One byte more than the limit is asked for: a file may grow, and files of /proc call themselves empty.
            data = b"" if size > limit else _read_up_to(file.fileno(), limit + 1)
        except OSError as error:
            raise unreadable(path, error) from None
    if max(size, len(data)) > limit:
        raise InputFileError(path, f"is larger than the {limit} bytes that are read", remedy="Write a shorter report")
    return data


def _read_up_to(descriptor: int, limit: int) -> bytes:
    chunks = []
    while limit and (chunk := os.read(descriptor, min(limit, 2**20))):
        chunks.append(chunk)
        limit -= len(chunk)
    return b"".join(chunks)


def kind_of(mode: int) -> str:
    """Return what `mode` (of `os.stat`) says of a path, with its article."""
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISREG, "a file"),
    )
    return next((word for test, word in kinds if test(mode)), "something else")


def unreadable(name: str, error: OSError | ValueError) -> InputFileError:
    """Return the error for a path that the system refuses."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputFileError(name, f"cannot be read: {text}", remedy="Check the path and its permissions")
