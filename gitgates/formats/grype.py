"""The JSON report of Grype (`grype ... -o json`), seen: 0.63 and 0.71.

Each match counts: one vulnerability in two packages counts twice, as in Grype's own table. Its severity is Grype's
label; `Negligible` is low. Where the label is `Unknown` or absent, it comes from the CVSS vectors of the
vulnerability and of those that Grype calls related, the worst of them. Ignored matches (ignore rules, VEX documents)
do not count.

Grype does not list the packages that it looked at. A report without any match is read only where Grype recognised a
distribution; else it may have looked at nothing.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, has_keys, member, objects, short_text, tool_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN, worst

NAME = "grype"


def matches(document: Document) -> bool:
    """Tell whether this is Grype's JSON."""
    return has_keys(document, "matches", "descriptor")


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    descriptor = document.expect(document.value["descriptor"], dict, "$.descriptor")
    _refuse_broken_database(document, member(document, descriptor, "db", "$.descriptor"))
    found = Findings(document)
    for where, match in objects(document, document.value["matches"], "$.matches"):
        vulnerability = document.expect(match.get("vulnerability"), dict, f"{where}.vulnerability")
        severity = found.label(vulnerability.get("severity"), f"{where}.vulnerability.severity")
        if severity == UNKNOWN:
            severity = _by_vectors(document, found, match, where)
        found.add(vulnerability.get("id"), severity)
    ignored = list(objects(document, document.value.get("ignoredMatches"), "$.ignoredMatches", optional=True))
    if not found.by_severity() and not ignored:
        if not short_text(document.value, "distro", "name"):
            raise InputFileError(
                document.file,
                "$.matches: is empty, and nothing tells that any package was looked at",
                remedy="Have Grype write CycloneDX (-o cyclonedx-json), which lists the packages",
            )
        found.notes.append("Grype does not tell which packages it looked at")
    found.leave_out(len(ignored), "ignored")
    version = short_text(descriptor, "version")
    return found.reading(NAME, tool_text("grype", version), short_text(descriptor, "timestamp"))


def _refuse_broken_database(document: JsonDocument, database: dict[str, Any]) -> None:
    """Refuse a scan against a database that Grype itself calls broken, in the shapes before and since Grype 0.88."""
    status = member(document, database, "status", "$.descriptor.db")
    for where, told in (("$.descriptor.db", database), ("$.descriptor.db.status", status)):
        if told.get("error") is not None or told.get("valid") is False:
            raise InputFileError(
                document.file, f"{where}: the vulnerability database was not usable", remedy="Run grype db update"
            )


def _by_vectors(document: JsonDocument, found: Findings, match: dict[str, Any], where: str) -> str:
    related = objects(document, match.get("relatedVulnerabilities"), f"{where}.relatedVulnerabilities", optional=True)
    told = []
    for place, vulnerability in ((f"{where}.vulnerability", match["vulnerability"]), *related):
        for at, rating in objects(document, vulnerability.get("cvss"), f"{place}.cvss", optional=True):
            told.append(found.vector(rating.get("vector"), f"{at}.vector"))
    return worst(told)


FORMAT = Format(NAME, "Grype JSON", (Role.SECURITY,), matches, read)
