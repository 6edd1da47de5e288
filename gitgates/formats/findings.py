"""What the formats of security scans share: findings are counted by severity and listed by their ids."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, measured
from gitgates.formats.document import JsonDocument
from gitgates.formats.named import named
from gitgates.formats.severity import UNKNOWN, Vectors, of_label, of_score
from gitgates.model.metrics import SecurityScanResults
from gitgates.model.vulnerabilities import SEVERITIES

MAX_TEXT = 60
"""Characters of a text that is kept beside the numbers."""


class Findings:
    """Counts the findings of one report.

    Attributes:
        notes: sentences for the reader of the report.
    """

    def __init__(self, document: JsonDocument) -> None:
        self._document = document
        self._vectors = Vectors(document.file)
        self._counted: Counter[tuple[str, str]] = Counter()
        self.notes: list[str] = []

    def add(self, name: object, severity: str, number: int = 1) -> None:
        """Count a finding `number` times; `name` is its id, if it is text."""
        if number:
            self._counted[name if isinstance(name, str) else "", severity] += number

    def at_least(self, severity: str, number: int) -> int:
        """Count findings without an id until there are `number` of `severity`; return how many were added."""
        missing = max(0, number - self.by_severity()[severity])
        self.add("", severity, missing)
        return missing

    def by_severity(self) -> Counter[str]:
        """Return how many were counted at each severity."""
        counts: Counter[str] = Counter()
        for (_, severity), number in self._counted.items():
            counts[severity] += number
        return counts

    def label(self, value: object, where: str) -> str:
        """Return the severity that a label means; unknown where there is none or no known one."""
        return of_label(self._document.file, value, where)

    def score(self, value: object, where: str) -> str:
        """Return the severity of a CVSS score, or of the word in its place."""
        return of_score(self._document.file, value, where)

    def vector(self, value: object, where: str) -> str:
        """Return the severity of a CVSS vector; unknown where there is none or it is no vector."""
        return self._vectors.severity(value, where)

    def leave_out(self, number: int, what: str = "suppressed") -> None:
        """Note that `number` findings are not counted, since the report says that they are `what`."""
        if number:
            self.notes.append(f"{number} findings are {what} and not counted")

    def reading(self, format_name: str, tool: str, timestamp: str = "") -> Reading:
        """Return the metrics with what was counted."""
        counts = self.by_severity()
        values: dict[str, object] = {f"{severity}_vulnerabilities": counts[severity] for severity in SEVERITIES}
        values["vulnerabilities"], unlisted = named(self._counted)
        values["scan_tool"] = tool
        values["scan_timestamp"] = timestamp or None
        metrics = measured(self._document.file, SecurityScanResults, values)
        return Reading(self._document.file, format_name, metrics, (*self.notes, *unlisted))


def rated(*severities: str) -> str:
    """Return the first severity that is known: what the report says first counts."""
    return next((severity for severity in severities if severity != UNKNOWN), UNKNOWN)


def objects(
    document: JsonDocument, value: object, where: str, *, optional: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each object of the list `value` with its place, e.g. `$.matches[0]`.

    Args:
        optional: an absent list is an empty one.
    """
    if value is None and optional:
        return
    for number, item in enumerate(document.expect(value, list, where)):
        yield f"{where}[{number}]", document.expect(item, dict, f"{where}[{number}]")


def member(document: JsonDocument, parent: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return the object `parent[key]`; an absent one is empty."""
    value = parent.get(key)
    empty: dict[str, Any] = {}
    return empty if value is None else document.expect(value, dict, f"{where}.{key}")


def count(document: JsonDocument, parent: dict[str, Any], key: str, where: str) -> int:
    """Return the count `parent[key]`; an absent one is 0."""
    told = parent.get(key, 0)
    if isinstance(told, float) and told.is_integer():  # old versions of bandit write 3.0
        told = int(told)
    number = document.expect(told, int, f"{where}.{key}")
    if number < 0:
        raise InputFileError(document.file, f"{where}.{key}: is negative")
    return number


def short_text(value: Any, *path: str) -> str:
    """Return the short text at `path` in `value`, or "": it decides nothing, so it is never an error."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable() else ""


def tool_text(name: str, version: str) -> str:
    """Return a tool as it stands in a record, e.g. `grype 0.71.0`."""
    return f"{name} {version}" if version else name


def has_keys(document: object, *keys: str) -> bool:
    """Tell whether a document is a JSON object with all of `keys`; never raises."""
    return isinstance(document, JsonDocument) and isinstance(document.value, dict) and document.value.keys() >= {*keys}
