"""Filtering a stream of examples, one JSON object a line: no line is held longer than it takes to judge it."""

from collections.abc import Callable
from typing import BinaryIO

from gitgates.api.examples import ExampleGate
from gitgates.artifacts.files import unreadable
from gitgates.errors import InputFileError, InvalidValue
from gitgates.formats.json_bytes import load
from gitgates.model.frozen import frozen

MAX_LINE_BYTES = 16 * 2**20
_BOM = b"\xef\xbb\xbf"
_TOLD_EVERY = 2**20
"""Bytes; more often is no use to a person."""

Write = Callable[[bytes], object]


@frozen
class Filtered:
    """How many examples were kept, and how many were not."""

    kept: int
    rejected: int


def filter_lines(
    source: BinaryIO,
    name: str,
    gate: ExampleGate,
    keep: Write,
    reject: Write | None = None,
    progress: Callable[[int], None] | None = None,
) -> Filtered:
    """Judge each line of `source`, and write it to one side as it is; empty lines are passed over.

    Args:
        name: of the source, for messages.
        reject: what takes the lines that do not pass; None drops them.
        progress: called now and then with the number of bytes read so far.

    Raises:
        InputFileError: a line is no JSON object with a score; the error names the line and the field. What was written
            before is to be thrown away.
    """
    number = kept = rejected = read = told = 0
    while line := _line(source, name):
        number += 1
        read += len(line)
        if number == 1:
            line = line.removeprefix(_BOM)
        if line.isspace() or not line:
            continue
        whole = line if line.endswith(b"\n") else line + b"\n"
        if _passes(gate, line, f"{name}, line {number}"):
            kept += 1
            keep(whole)
        else:
            rejected += 1
            if reject is not None:
                reject(whole)
        if progress is not None and read - told >= _TOLD_EVERY:
            told = read
            progress(read)
    return Filtered(kept, rejected)


def _line(source: BinaryIO, name: str) -> bytes:
    try:
        return source.readline(MAX_LINE_BYTES + 1)
    except OSError as error:
        raise unreadable(name, error) from None


def _passes(gate: ExampleGate, line: bytes, place: str) -> bool:
    if len(line) > MAX_LINE_BYTES:
        raise InputFileError(
            place, f"is longer than the {MAX_LINE_BYTES} bytes that are read", remedy="Give one JSON object a line"
        )
    example = load(place, line)
    if not isinstance(example, dict):
        raise InputFileError(place, "is no JSON object", remedy="Give one JSON object a line")
    if gate.metric not in example:
        names = ", ".join(list(example)[:20]) or "none"
        raise InputFileError(
            place,
            f"has no field {gate.metric}",
            remedy=f"Name the field of the score with --score-field; here: {names}",
        )
    try:
        return gate.passes(example[gate.metric])
    except InvalidValue as error:
        raise InputFileError(place, error.message, remedy=error.remedy) from None
