"""Safe YAML: what JSON could hold as well, in YAML's block or flow style, bounded in size and depth.

PyYAML splits the text into events; its own reading of them is not used. It follows YAML 1.1, in which `no` is false,
`1:30` is 90 and `1e-3` is a text. Here a plain scalar is a number exactly if JSON would call it one, with a sign or
leading zeros at most; `true`, `false` and `null` are what they say; all else is text. Anchors and aliases, tags, a
second document and keys that stand twice are refused.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from gitgates.errors import InputFileError

MAX_DEPTH = 50
MAX_CHARACTERS = 2**20
MAX_CHARACTERS_SLOW = 2**18
"""The same where PyYAML was built without libyaml, and takes ten times as long."""

_NUMBER = re.compile(r"[-+]?[0-9]{1,300}(\.[0-9]+)?([eE][-+]?[0-9]{1,5})?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def load(file: str, text: str) -> Any:
    """Return what the YAML `text` holds.

    Raises:
        InputFileError: it is not YAML, not plain data, or not safe to read.
    """
    import yaml  # only YAML pays for it

    fast = getattr(yaml, "CSafeLoader", None)
    limit = MAX_CHARACTERS if fast is not None else MAX_CHARACTERS_SLOW
    if len(text) > limit:
        raise InputFileError(file, f"holds more than {limit} characters of YAML")
    try:
        events = yaml.parse(text, Loader=fast or yaml.SafeLoader)
        return _Reader(file, events).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1} of it" if mark is not None else ""
        raise InputFileError(
            file, f"is not valid YAML: {getattr(error, 'problem', None) or 'unreadable'}{place}"
        ) from None


class _Reader:
    """Builds values from events."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self._file = file
        self._events = events

    def document(self) -> Any:
        """Return the value of the only document."""
        values = []
        kind, _ = self._next()
        while kind != "StreamEnd":
            if kind == "DocumentStart":
                values.append(self._value(*self._next(), 0))
            kind, _ = self._next()
        if len(values) > 1:
            raise InputFileError(self._file, f"holds {len(values)} YAML documents, not one")
        return values[0] if values else None

    def _next(self) -> tuple[str, Any]:
        event = next(self._events)
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) not in (None, "!"):
            line = event.start_mark.line + 1
            raise InputFileError(self._file, f"has an anchor, an alias or a tag at line {line} of its YAML")
        return type(event).__name__.removesuffix("Event"), event

    def _value(self, kind: str, event: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise InputFileError(self._file, f"is nested more than {MAX_DEPTH} levels deep")
        if kind == "SequenceStart":
            return list(self._items("SequenceEnd", depth))
        if kind == "MappingStart":
            return self._mapping(depth)
        return _scalar(event)

    def _items(self, end: str, depth: int) -> Iterator[Any]:
        kind, event = self._next()
        while kind != end:
            yield self._value(kind, event, depth + 1)
            kind, event = self._next()

    def _mapping(self, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        kind, event = self._next()
        while kind != "MappingEnd":
            if kind != "Scalar":
                raise InputFileError(self._file, f"has a key that is no text at line {event.start_mark.line + 1}")
            key = str(event.value)
            if key in result:
                raise InputFileError(self._file, f"the key {key[:80]!r} stands twice in one object")
            result[key] = self._value(*self._next(), depth + 1)
            kind, event = self._next()
        return result


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if event.style:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text) is None:
        return text
    return int(text) if text.lstrip("+-").isdigit() else _finite(text)


def _finite(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
