"""Text: UTF-8, of bounded memory."""

from gitgates.errors import InputFileError

MAX_LINES = 500_000
MAX_MEMORY = 150 * 2**20
"""Bytes that the text and what is made of it may take by the estimate below."""

_BYTES_PER_LINE = 160


def load(file: str, data: bytes) -> str:
    """Return the text that `data` holds.

    Raises:
        InputFileError: it is not UTF-8, holds a NUL, or is not safe to read.
    """
    width = 1 if data.isascii() else 4
    lines = data.count(b"\n")
    if lines > MAX_LINES or 2 * width * len(data) + _BYTES_PER_LINE * lines > MAX_MEMORY:
        raise InputFileError(
            file,
            f"is too large to be read safely ({len(data)} bytes, {lines} lines)",
            remedy="Have the tool write a shorter report, or split it",
        )
    if b"\0" in data:
        raise InputFileError(file, f"holds a NUL at byte {data.index(0)}, so it is not text")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputFileError(file, f"is not UTF-8 at byte {error.start}", remedy="Write it as UTF-8") from None
