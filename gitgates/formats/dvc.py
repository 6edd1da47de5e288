"""Metrics of DVC and DVCLive as JSON, seen: DVCLive 3.49.1.

These files have no mark of their own: one object of numbers and texts, or of further such objects, with at least as
many numbers as texts. So this format is asked last, where no other fits. Numbers are called by their keys, joined by
dots: `val.accuracy`.
"""

from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, leaves, take
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions

NAME = "dvc"


def matches(document: Document) -> bool:
    """Tell whether this is an object of numbers."""
    if not isinstance(document, JsonDocument) or not isinstance(document.value, dict):
        return False
    numbers = texts = 0
    for _, value in leaves(document.value):
        if isinstance(value, str):
            texts += 1
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers += 1
        elif value is not None and value != {}:
            return False
    return numbers > 0 and numbers >= texts


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to numbers, and those that are called by their names."""
    document = as_json(document)
    found = Candidates(document.file)
    for name, value in leaves(document.value):
        if not isinstance(value, str):
            found.add(name, value, f"$.{name[:160]}")
    return take(found, NAME, options)


FORMAT = Format(NAME, "metrics of DVC or DVCLive (JSON)", (Role.MODEL,), matches, read)
