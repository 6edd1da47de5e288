"""The JSON report of Trivy (`trivy ... --format json`), schema version 2.

Findings are counted as listed: one vulnerability in two packages counts twice. The severity is Trivy's label, and where
that is `UNKNOWN` the worst of the vulnerability's CVSS vectors. Only what Trivy calls vulnerabilities counts; a file
whose targets were not scanned for these (misconfigurations, secrets and licences only, or no target at all) is refused,
since it says nothing about vulnerabilities.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, member, objects, short_text, tool_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN, worst

NAME = "trivy"
_PACKAGE_CLASSES = ("os-pkgs", "lang-pkgs")
_OTHER_FINDINGS = ("Misconfigurations", "MisconfSummary", "Secrets", "Licenses", "CustomResources")
_VECTORS = ("V2Vector", "V3Vector", "V40Vector")


def matches(document: Document) -> bool:
    """Tell whether this is Trivy's JSON."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and "SchemaVersion" in document.value
        and not document.value.keys().isdisjoint(("ArtifactName", "ArtifactType", "Results"))
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    if document.value["SchemaVersion"] != 2:
        raise InputFileError(document.file, "$.SchemaVersion: only 2 is known", remedy="Use Trivy 0.20 or later")
    found = Findings(document)
    scanned, suppressed = _count(document, found)
    if not scanned:
        raise InputFileError(
            document.file,
            "$.Results: no target was scanned for vulnerabilities, which does not mean that there are none",
            remedy="Scan with --scanners vuln, where there are packages or lock files",
        )
    found.leave_out(suppressed)
    version = short_text(document.value, "Trivy", "Version")
    return found.reading(NAME, tool_text("trivy", version), short_text(document.value, "CreatedAt"))


def _count(document: JsonDocument, found: Findings) -> tuple[int, int]:
    """Count the vulnerabilities; return the number of targets scanned and that of suppressed findings."""
    scanned = suppressed = 0
    for where, result in objects(document, document.value.get("Results"), "$.Results", optional=True):
        if not _has_packages(result):
            continue
        scanned += 1
        vulnerabilities = objects(document, result.get("Vulnerabilities"), f"{where}.Vulnerabilities", optional=True)
        for place, told in vulnerabilities:
            found.add(told.get("VulnerabilityID"), _severity(document, found, told, place))
        modified = result.get("ExperimentalModifiedFindings")
        suppressed += len(list(objects(document, modified, f"{where}.ExperimentalModifiedFindings", optional=True)))
    return scanned, suppressed


def _severity(document: JsonDocument, found: Findings, told: dict[str, Any], where: str) -> str:
    label = found.label(short_text(told, "Severity"), f"{where}.Severity")
    if label != UNKNOWN:
        return label
    vectors = []
    for source in (sources := member(document, told, "CVSS", where)):
        place = f"{where}.CVSS.{source[:40]}"
        scored = document.expect(sources[source], dict, place)
        vectors += [found.vector(scored.get(key), f"{place}.{key}") for key in _VECTORS]
    return worst(vectors)


def _has_packages(result: dict[str, Any]) -> bool:
    """Tell whether a target was scanned for vulnerabilities: Trivy leaves their list out where it is empty."""
    if result.get("Vulnerabilities") or result.get("Class") in _PACKAGE_CLASSES:
        return True
    return not result.get("Class") and bool(result.get("Type")) and result.keys().isdisjoint(_OTHER_FINDINGS)


FORMAT = Format(NAME, "Trivy JSON", (Role.SECURITY,), matches, read)
