"""The JSON report of Semgrep (`semgrep scan --json`), seen: 1.182.

Each result counts, whatever its rule is about, and is listed under its `check_id`. Its severity is the
`security-severity` in the rule's metadata (a CVSS score or a word), else the rule's severity: Semgrep calls critical,
high, medium and low what rules call CRITICAL, HIGH or ERROR, MEDIUM or WARNING, LOW or INFO; any other word is
unknown. A scan that ended in an error, or that scanned no file, is refused; warnings (a file that was parsed in part,
a timeout) are told in a note.
"""

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, has_keys, member, objects, rated, short_text, tool_text
from gitgates.formats.options import ReadOptions

NAME = "semgrep-json"
_OLD_WORDS = {"ERROR": "high", "WARNING": "medium", "INFO": "low"}


def matches(document: Document) -> bool:
    """Tell whether this is Semgrep's JSON."""
    return has_keys(document, "results", "errors", "paths")


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the results by severity."""
    document = as_json(document)
    found = Findings(document)
    _refuse_errors(document, found)
    paths = document.expect(document.value["paths"], dict, "$.paths")
    if not document.expect(paths.get("scanned"), list, "$.paths.scanned"):
        raise InputFileError(
            document.file, "$.paths.scanned: is empty: no file was scanned", remedy="Give Semgrep the code to scan"
        )
    ignored = 0
    for where, result in objects(document, document.value["results"], "$.results"):
        extra = document.expect(result.get("extra"), dict, f"{where}.extra")
        if extra.get("is_ignored") is True:
            ignored += 1
            continue
        word = document.expect(extra.get("severity"), str, f"{where}.extra.severity")
        metadata = member(document, extra, "metadata", f"{where}.extra")
        told = found.score(metadata.get("security-severity"), f"{where}.extra.metadata.security-severity")
        severity = rated(told, found.label(_OLD_WORDS.get(word, word), f"{where}.extra.severity"))
        found.add(result.get("check_id"), severity)
    found.leave_out(ignored, "marked nosemgrep")
    return found.reading(NAME, tool_text("semgrep", short_text(document.value, "version")))


def _refuse_errors(document: JsonDocument, found: Findings) -> None:
    warnings = 0
    for where, error in objects(document, document.value["errors"], "$.errors"):
        if error.get("level") not in ("warn", "info"):
            what = short_text(error, "type") or "an error"
            raise InputFileError(
                document.file, f"{where}: the scan ended in an error ({what})", remedy="Mend what it names"
            )
        warnings += 1
    if warnings:
        found.notes.append(f"Semgrep warned {warnings} times: something was not scanned in full")


FORMAT = Format(NAME, "Semgrep JSON", (Role.SECURITY,), matches, read)
