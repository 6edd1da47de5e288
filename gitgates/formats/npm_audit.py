"""The JSON report of npm's audit (`npm audit --json`): npm 7 and later, npm 6, and pnpm, which writes as npm 6 does.

The numbers are npm's own. npm 7 and later counts packages: each vulnerable one once, at its worst severity, those
that are vulnerable only through another one too. npm 6 and pnpm count an advisory once for each path to a package.
`info` is low. Where `metadata` and the list disagree about a severity, the higher number counts. Where npm could not
audit, it writes an error in place of the report.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, count, has_keys, member, objects, short_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN, worst

NAME = "npm-audit"
_OF_METADATA = {"critical": ("critical",), "high": ("high",), "medium": ("moderate",), "low": ("low", "info")}
_GHSA_URL = "https://github.com/advisories/"


def matches(document: Document) -> bool:
    """Tell whether this is npm's JSON, or the error that npm writes in its place."""
    if has_keys(document, "auditReportVersion") or has_keys(document, "advisories", "metadata"):
        return True
    if not has_keys(document, "error"):
        return False
    fault = as_json(document).value["error"]
    return isinstance(fault, dict) and fault.keys() >= {"summary", "detail"}


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    if "error" in document.value:
        raise _not_audited(document)
    metadata = document.expect(document.value.get("metadata"), dict, "$.metadata")
    _refuse_nothing_scanned(document, metadata)
    found = Findings(document)
    if "auditReportVersion" in document.value:
        if document.value["auditReportVersion"] != 2:
            raise InputFileError(document.file, "$.auditReportVersion: only 2 is known")
        _add_packages(document, found)
    else:
        _add_advisories(document, found)
    _compare(document, found, metadata)
    return found.reading(NAME, "npm audit")


def _not_audited(document: JsonDocument) -> InputFileError:
    fault = document.value["error"]
    why = ": ".join(text for key in ("code", "summary") if (text := short_text(fault, key)))
    return InputFileError(
        document.file,
        f"$.error: npm audited nothing{f' ({why})' if why else ''}",
        remedy="Run npm audit where there are a lock file and the registry",
    )


def _refuse_nothing_scanned(document: JsonDocument, metadata: dict[str, Any]) -> None:
    told = metadata.get("dependencies")
    if isinstance(told, dict):
        where, number = "$.metadata.dependencies.total", told.get("total")
    else:
        where, number = "$.metadata.totalDependencies", metadata.get("totalDependencies")
    if document.expect(number, int, where) < 1:
        raise InputFileError(
            document.file, f"{where}: is {number}: no dependency was audited", remedy="Run npm audit with a lock file"
        )


def _add_packages(document: JsonDocument, found: Findings) -> None:
    """Count the packages of npm 7 and later."""
    packages = document.expect(document.value.get("vulnerabilities"), dict, "$.vulnerabilities")
    for name, item in packages.items():
        where = f"$.vulnerabilities.{name[:80]}"
        package = document.expect(item, dict, where)
        severity = found.label(package.get("severity"), f"{where}.severity")
        via = document.expect(package.get("via"), list, f"{where}.via")
        # What is no object is the name of another package that is vulnerable.
        advisories = list(objects(document, [told for told in via if not isinstance(told, str)], f"{where}.via"))
        if severity == UNKNOWN:
            severity = worst(_scored(document, found, advisory, place) for place, advisory in advisories)
        # One id for a package with several advisories would let a waiver of that one excuse them all.
        found.add(_id_of(advisories[0][1]) if len(via) == len(advisories) == 1 else "", severity)


def _scored(document: JsonDocument, found: Findings, advisory: dict[str, Any], where: str) -> str:
    cvss = member(document, advisory, "cvss", where)
    by_vector = found.vector(cvss.get("vectorString"), f"{where}.cvss.vectorString")
    return by_vector if by_vector != UNKNOWN else found.score(cvss.get("score"), f"{where}.cvss.score")


def _add_advisories(document: JsonDocument, found: Findings) -> None:
    """Count the paths of npm 6."""
    advisories = document.expect(document.value["advisories"], dict, "$.advisories")
    for number, item in advisories.items():
        where = f"$.advisories.{number[:80]}"
        advisory = document.expect(item, dict, where)
        severity = found.label(advisory.get("severity"), f"{where}.severity")
        if severity == UNKNOWN:
            severity = _scored(document, found, advisory, where)
        paths = 0
        for place, told in objects(document, advisory.get("findings"), f"{where}.findings", optional=True):
            paths += len(document.expect(told.get("paths"), list, f"{place}.paths"))
        found.add(_id_of(advisory), severity, max(1, paths))


def _id_of(advisory: dict[str, Any]) -> str:
    """Return the advisory's GHSA id, or ""."""
    url = advisory.get("url")
    return url.removeprefix(_GHSA_URL) if isinstance(url, str) and url.startswith(_GHSA_URL) else ""


def _compare(document: JsonDocument, found: Findings, metadata: dict[str, Any]) -> None:
    """Hold the list against the numbers in `metadata`; note where they disagree and count what is missing."""
    told = document.expect(metadata.get("vulnerabilities"), dict, "$.metadata.vulnerabilities")
    listed = found.by_severity()
    unlike = []
    for severity, words in _OF_METADATA.items():
        number = sum(count(document, told, word, "$.metadata.vulnerabilities") for word in words)
        found.at_least(severity, number)
        if number != listed[severity]:
            unlike.append(f"{severity} {number} and {listed[severity]}")
    if unlike:
        found.notes.append(f"metadata and the list disagree ({', '.join(unlike)}): the higher number counts")


FORMAT = Format(NAME, "npm audit JSON", (Role.SECURITY,), matches, read)
