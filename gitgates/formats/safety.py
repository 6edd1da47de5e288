"""The JSON reports of Safety: `safety check --output json` (2 and 3, seen: 2.0b1) and `safety scan --output json`.

Each vulnerability of each package counts. In a report of `check` its severity is the label of its CVSS version 3
rating, else that rating's score, else its vector, else the same of version 2. Safety tells these only to those with an
API key, and reports of `scan` never tell any (schema 3.0 of the package safety-schemas); then all are unknown. Ignored
vulnerabilities do not count.

A report of `check` on no package is refused, and one of `scan` that lists no file.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, count, has_keys, member, objects, rated, short_text, tool_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN

NAME = "safety"


def matches(document: Document) -> bool:
    """Tell whether this is Safety's JSON."""
    return has_keys(document, "report_meta", "vulnerabilities") or has_keys(document, "meta", "scan_results")


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    return _read_scan(document) if "scan_results" in document.value else _read_check(document)


def _read_check(document: JsonDocument) -> Reading:
    meta = document.expect(document.value["report_meta"], dict, "$.report_meta")
    if not count(document, meta, "packages_found", "$.report_meta"):
        raise InputFileError(
            document.file,
            "$.report_meta.packages_found: is 0 or missing: no package was looked at",
            remedy="Run safety check on an environment or a requirements file",
        )
    found = Findings(document)
    ignored = list(
        objects(document, document.value.get("ignored_vulnerabilities"), "$.ignored_vulnerabilities", optional=True)
    )
    hidden = len(ignored)
    for where, told in objects(document, document.value["vulnerabilities"], "$.vulnerabilities"):
        if told.get("ignored") is True:
            hidden += 1
            continue
        found.add(told.get("vulnerability_id"), _severity(document, found, told, where))
    found.leave_out(hidden, "ignored")
    listed, claimed = found.by_severity().total(), count(document, meta, "vulnerabilities_found", "$.report_meta")
    if claimed > listed + hidden:
        raise InputFileError(
            document.file, f"$.report_meta.vulnerabilities_found: is {claimed}, but {listed + hidden} are listed"
        )
    version = short_text(meta, "safety_version")
    return found.reading(NAME, tool_text("safety", version), short_text(meta, "timestamp"))


def _severity(document: JsonDocument, found: Findings, told: dict[str, Any], where: str) -> str:
    ratings = member(document, told, "severity", where)
    place = f"{where}.severity"
    steps = []
    for version in ("cvssv3", "cvssv2"):
        rating = member(document, ratings, version, place)
        steps += [
            found.label(rating.get("base_severity"), f"{place}.{version}.base_severity"),
            found.score(rating.get("base_score"), f"{place}.{version}.base_score"),
            found.vector(rating.get("vector_string"), f"{place}.{version}.vector_string"),
        ]
    return rated(*steps)


def _read_scan(document: JsonDocument) -> Reading:
    meta = document.expect(document.value["meta"], dict, "$.meta")
    results = document.expect(document.value["scan_results"], dict, "$.scan_results")
    files = list(objects(document, results.get("files"), "$.scan_results.files", optional=True))
    for where, project in objects(document, results.get("projects"), "$.scan_results.projects", optional=True):
        files += objects(document, project.get("files"), f"{where}.files", optional=True)
    if not files:
        raise InputFileError(
            document.file,
            "$.scan_results: lists no file, so nothing was looked at",
            remedy="Run safety scan where there is a requirements file or an environment",
        )
    found = Findings(document)
    hidden = 0
    for where, file in files:
        listed = document.expect(file.get("results"), dict, f"{where}.results").get("dependencies")
        for place, package in objects(document, listed, f"{where}.results.dependencies"):
            hidden += _add_package(document, found, package, place)
    found.leave_out(hidden, "ignored")
    if found.by_severity():
        found.notes.append("safety scan tells no severities")
    version = short_text(meta, "telemetry", "safety_version")
    return found.reading(NAME, tool_text("safety", version), short_text(meta, "timestamp"))


def _add_package(document: JsonDocument, found: Findings, package: dict[str, Any], where: str) -> int:
    """Count what is known of a package; return how much of it is ignored."""
    hidden = 0
    for place, version in objects(document, package.get("specifications"), f"{where}.specifications"):
        told = document.expect(version.get("vulnerabilities"), dict, f"{place}.vulnerabilities")
        known = f"{place}.vulnerabilities.known_vulnerabilities"
        for _, vulnerability in objects(document, told.get("known_vulnerabilities"), known):
            if vulnerability.get("ignored"):
                hidden += 1
            else:
                found.add(vulnerability.get("id"), UNKNOWN)
    return hidden


FORMAT = Format(NAME, "Safety JSON", (Role.SECURITY,), matches, read)
