"""Strict JSON: UTF-8, no duplicate keys, no NaN, nothing infinite, bounded depth and memory."""

import json
import math
from collections.abc import Iterator
from typing import Any

from gitgates.errors import InputFileError, InvalidValue

MAX_DEPTH = 100
MAX_MEMORY = 160 * 2**20
"""Bytes that the parsed file may take by the estimate below."""

_BYTES_PER_VALUE = 80
_BYTES_PER_KEY = 250


def load(file: str, data: bytes) -> Any:
    """Return what the JSON text `data` holds.

    Raises:
        InputFileError: it is not strict JSON, or not safe to read.
    """
    _refuse_huge(file, data)
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_without_duplicates, parse_float=_finite, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise InputFileError(file, f"is not UTF-8 at byte {error.start}", remedy="Write it as UTF-8") from None
    except RecursionError:
        raise _too_deep(file) from None
    except InvalidValue as error:
        where = f"{path}: " if (path := _path_of_non_finite(data)) else ""
        raise InputFileError(file, f"{where}{error.bare_message}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise InputFileError(file, f"is not complete, valid JSON: {error.msg} at {place}") from None
    except _DuplicateKey as error:
        raise InputFileError(file, f"the key {error.key!r} stands twice in one object") from None
    except ValueError:  # Python bounds the digits of an integer, and says so in words of its own
        raise InputFileError(file, "holds an integer of thousands of digits") from None
    if _deeper_than(MAX_DEPTH, value):
        raise _too_deep(file)
    return value


class _DuplicateKey(Exception):  # noqa: N818 -- never leaves this module
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _refuse_huge(file: str, data: bytes) -> None:
    """Refuse what would take too much memory, before any of it is built.

    Text takes one byte a character if all of it is ASCII, else up to four, and is held twice; each value and each key
    takes an object. Commas and colons inside texts are counted too, so the estimate errs on the safe side.
    """
    width = 1 if data.isascii() else 4
    values = data.count(b",") + data.count(b"{") + data.count(b"[")
    if 2 * width * len(data) + _BYTES_PER_VALUE * values + _BYTES_PER_KEY * data.count(b":") > MAX_MEMORY:
        raise InputFileError(
            file,
            f"is too large to be read safely ({len(data)} bytes, about {values} values)",
            remedy="Have the tool write a shorter report, or split it",
        )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)
    return result


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidValue(f"{text[:40]} is beyond the range of numbers")
    return number


def _no_constant(text: str) -> float:
    raise InvalidValue(f"{text} is not a number in JSON")


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((f".{key}", child) for key, child in value.items())
    elif isinstance(value, list):
        yield from ((f"[{index}]", child) for index, child in enumerate(value))


def _path_of_non_finite(data: bytes) -> str:
    """Return the path of a number that JSON does not allow, to name its field in the error; "" if none is found."""
    try:
        waiting = [("$", json.loads(data))]
    except (ValueError, RecursionError):  # there is a second fault further on
        return ""
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            return path
        waiting.extend((path + step, child) for step, child in _children(value))
    return ""


def _deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _too_deep(file: str) -> InputFileError:
    return InputFileError(file, f"is nested more than {MAX_DEPTH} levels deep")
