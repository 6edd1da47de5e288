"""The JSON report of bandit (`bandit -r ... -f json`), seen: 1.9.

Each result counts with its `issue_severity`, and is listed under its `test_id`, such as B602; `UNDEFINED` is unknown.
A file that bandit could not parse was not scanned, so a report with `errors` is refused, and so is one on no line of
code. Results that bandit counted and was told to leave out (`-l`, `-i`, a baseline) and lines marked `nosec` do not
count, with a note.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, count, has_keys, objects, short_text
from gitgates.formats.options import ReadOptions

NAME = "bandit"
_LEVELS = ("HIGH", "MEDIUM", "LOW", "UNDEFINED")
_TOTALS = "$.metrics._totals"


def matches(document: Document) -> bool:
    """Tell whether this is bandit's JSON."""
    return has_keys(document, "results", "metrics", "errors")


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the results by severity."""
    document = as_json(document)
    metrics = document.expect(document.value["metrics"], dict, "$.metrics")
    totals = document.expect(metrics.get("_totals"), dict, _TOTALS)
    _refuse_errors(document)
    found = Findings(document)
    for where, result in objects(document, document.value["results"], "$.results"):
        severity = document.expect(result.get("issue_severity"), str, f"{where}.issue_severity")
        found.add(result.get("test_id"), found.label(severity, f"{where}.issue_severity"))
    listed = found.by_severity().total()
    if not count(document, totals, "loc", _TOTALS) and not listed:
        raise InputFileError(
            document.file,
            f"{_TOTALS}.loc: is 0: no line of code was scanned",
            remedy="Give it code (-r FOLDER)",
        )
    _note_what_is_hidden(document, found, totals, listed)
    return found.reading(NAME, "bandit", short_text(document.value, "generated_at"))


def _refuse_errors(document: JsonDocument) -> None:
    for where, error in objects(document, document.value["errors"], "$.errors"):
        named = short_text(error, "filename") or "a file"
        raise InputFileError(
            document.file,
            f"{where}: {named} was not scanned ({short_text(error, 'reason') or 'no reason told'})",
            remedy="Mend the file, or exclude it (bandit -x)",
        )


def _note_what_is_hidden(document: JsonDocument, found: Findings, totals: dict[str, Any], listed: int) -> None:
    claimed = sum(count(document, totals, f"SEVERITY.{level}", _TOTALS) for level in _LEVELS)
    if claimed > listed:
        found.leave_out(claimed - listed, "in bandit's totals, not in its results")
    if marked := count(document, totals, "nosec", _TOTALS):
        found.notes.append(f"{marked} lines are marked nosec")


FORMAT = Format(NAME, "bandit JSON", (Role.SECURITY,), matches, read)
