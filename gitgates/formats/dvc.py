"""Metrics of DVC and DVCLive as JSON, seen: DVCLive 3.49.1, or as YAML.

These files have no mark of their own: one object of numbers and texts, or of further such objects, with at least as
many numbers as texts. So both formats are asked last, where no other fits. Numbers are called by their keys, joined by
dots: `val.accuracy`. YAML has no end that could be missing, other than that of its last line.
"""

import re
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, leaves
from gitgates.formats.document import Document, JsonDocument, TextDocument, as_json, as_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME, NAME_YAML = "dvc", "dvc-yaml"
_BEFORE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|---[ \t]*\r?\n)*")
"""Empty lines, comments, and the mark of a document's start."""
_FIRST = re.compile(r"""(?:"[^"\n]{1,500}"|'[^'\n]{1,500}'|\w[^\n#]{0,500}?)[ \t]*:(?:\s|$)""")
"""A key of YAML at the beginning of a line."""
_NEXT_DOCUMENT = "\n---"


def matches(document: Document) -> bool:
    """Tell whether this is an object of numbers."""
    return isinstance(document, JsonDocument) and _is_of_numbers(document.value)


def matches_yaml(document: Document) -> bool:
    """Tell whether this is one document of YAML, as far as its first key tells; `read_yaml` tells what is wrong."""
    return isinstance(document, TextDocument) and _begins_with_key(document.text)


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to numbers, and those that are called by their names."""
    return _read(as_json(document), NAME, options)


def read_yaml(document: Document, options: ReadOptions) -> Reading:
    """Return what `read` does, out of YAML."""
    document = as_text(document)
    from gitgates.formats import yaml_text

    if not document.text.endswith("\n"):  # half of a number would be another one
        raise InputFileError(
            document.file,
            "does not end with a line break, so its end may be missing",
            remedy="Write it again, or add the line break if it is whole",
        )
    value = yaml_text.load(document.file, document.text)
    if not _is_of_numbers(value):
        raise InputFileError(
            document.file,
            "is YAML, but not of metrics: it must be an object of numbers and texts, and of as many numbers as texts",
            remedy="`gitgates formats` lists what is read",
        )
    return _read(JsonDocument(document.file, value), NAME_YAML, options)


def _begins_with_key(text: str) -> bool:
    head = _BEFORE.match(text)
    start = head.end() if head else 0
    return _FIRST.match(text, start) is not None and text.find(_NEXT_DOCUMENT, start) < 0


def _is_of_numbers(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    numbers = texts = 0
    for _, leaf in leaves(value):
        if isinstance(leaf, str):
            texts += 1
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            numbers += 1
        elif leaf is not None and leaf != {}:
            return False
    return numbers > 0 and numbers >= texts


def _read(document: JsonDocument, name: str, options: ReadOptions) -> Reading:
    found = Candidates(document.file)
    for path, value in leaves(document.value):
        if not isinstance(value, str):
            found.add(path, value, f"$.{path[:160]}")
    return take(found, name, options)


FORMAT = Format(NAME, "metrics of DVC or DVCLive (JSON)", (Role.MODEL,), matches, read)
FORMAT_YAML = Format(NAME_YAML, "metrics of DVC (YAML)", (Role.MODEL,), matches_yaml, read_yaml)
