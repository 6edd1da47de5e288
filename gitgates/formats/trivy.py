"""The JSON report of Trivy (`trivy ... --format json`), schema version 2.

Findings are counted as listed: one vulnerability in two packages counts twice. Only what Trivy calls vulnerabilities
counts; a file whose targets were not scanned for these (misconfigurations, secrets and licences only, or no target at
all) is refused, since it says nothing about vulnerabilities.
"""

from collections import Counter
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.named import named
from gitgates.model.metrics import SecurityScanResults

NAME = "trivy"
_SEVERITIES = {"CRITICAL": "critical", "HIGH": "high", "MEDIUM": "medium", "LOW": "low"}
_PACKAGE_CLASSES = ("os-pkgs", "lang-pkgs")
_OTHER_FINDINGS = ("Misconfigurations", "MisconfSummary", "Secrets", "Licenses", "CustomResources")
_MAX_TEXT = 60


def matches(document: Document) -> bool:
    """Tell whether this is Trivy's JSON."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and "SchemaVersion" in document.value
        and not document.value.keys().isdisjoint(("ArtifactName", "ArtifactType", "Results"))
    )


def read(document: Document) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    if document.value["SchemaVersion"] != 2:
        raise InputFileError(document.file, "$.SchemaVersion: only 2 is known", remedy="Use Trivy 0.20 or later")
    found, scanned, suppressed = _count(document)
    if not scanned:
        raise InputFileError(
            document.file,
            "$.Results: no target was scanned for vulnerabilities, which does not mean that there are none",
            remedy="Scan with --scanners vuln, where there are packages or lock files",
        )
    counts: Counter[str] = Counter()
    for (_, severity), number in found.items():
        counts[severity] += number
    values: dict[str, object] = {f"{name}_vulnerabilities": counts[name] for name in (*_SEVERITIES.values(), "unknown")}
    values["scan_tool"] = f"trivy {version}" if (version := _text(document, "Trivy", "Version")) else "trivy"
    values["scan_timestamp"] = _text(document, "CreatedAt") or None
    values["vulnerabilities"], notes = named(found)
    metrics = measured(document.file, SecurityScanResults, values)
    hidden = (f"{suppressed} findings are suppressed and not counted",) if suppressed else ()
    return Reading(document.file, NAME, metrics, (*hidden, *notes))


def _count(document: JsonDocument) -> tuple[Counter[tuple[str, str]], int, int]:
    """Return how often each (id, severity) was found, the number of targets scanned, and that of suppressed findings.

    The id is "" where a finding has none.
    """
    counts: Counter[tuple[str, str]] = Counter()
    scanned = suppressed = 0
    results = document.value.get("Results")
    for number, item in enumerate([] if results is None else document.expect(results, list, "$.Results")):
        where = f"$.Results[{number}]"
        result = document.expect(item, dict, where)
        if not _has_packages(result):
            continue
        scanned += 1
        for index, finding in enumerate(_list_in(document, result, "Vulnerabilities", where)):
            told = document.expect(finding, dict, f"{where}.Vulnerabilities[{index}]")
            severity, name = told.get("Severity"), told.get("VulnerabilityID")
            word = severity.upper() if isinstance(severity, str) else ""
            counts[name if isinstance(name, str) else "", _SEVERITIES.get(word, "unknown")] += 1
        suppressed += len(_list_in(document, result, "ExperimentalModifiedFindings", where))
    return counts, scanned, suppressed


def _has_packages(result: dict[str, Any]) -> bool:
    """Tell whether a target was scanned for vulnerabilities: Trivy leaves their list out where it is empty."""
    if result.get("Vulnerabilities") or result.get("Class") in _PACKAGE_CLASSES:
        return True
    return not result.get("Class") and bool(result.get("Type")) and result.keys().isdisjoint(_OTHER_FINDINGS)


def _list_in(document: JsonDocument, result: dict[str, Any], key: str, where: str) -> list[Any]:
    value = result.get(key)
    return [] if value is None else document.expect(value, list, f"{where}.{key}")


def _text(document: JsonDocument, *path: str) -> str:
    """Return the short text at `path`, or "": it decides nothing, so it is never an error."""
    value = document.value
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) and len(value) <= _MAX_TEXT and value.isprintable() else ""


FORMAT = Format(NAME, "Trivy JSON", (Role.SECURITY,), matches, read)
