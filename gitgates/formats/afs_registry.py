"""The evaluation scores of a version in AFS's model registry, as `check --registry afs` reads them.

One object with `afs_registry = 1`, `model`, `version`, `status` and `scores`, an object of numbers or of further such
objects. Numbers are called by their keys, joined by dots.
"""

from typing import Any

from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.candidates import Candidates, leaves
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.formats.taking import take

NAME = "afs-registry"
MARK = "afs_registry"


def matches(document: Document) -> bool:
    """Tell whether these are scores of AFS's registry."""
    return isinstance(document, JsonDocument) and isinstance(document.value, dict) and MARK in document.value


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the metrics that are mapped to scores, and those that are called by their names."""
    document = as_json(document)
    scores: dict[str, Any] = document.expect(document.value.get("scores"), dict, "$.scores")
    found = Candidates(document.file)
    for name, value in leaves(scores):
        found.add(name, value, f"$.scores.{name[:160]}")
    return take(found, NAME, options)


FORMAT = Format(NAME, "scores in AFS's model registry", (Role.MODEL,), matches, read)
