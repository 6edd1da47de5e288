"""The JSON report of OSV-Scanner (`osv-scanner --format json --all-packages`), versions 1 and 2.

Each group of each package counts: a group is one vulnerability under the ids of several databases, and OSV-Scanner's
own table has one line for it. A vulnerability in no group counts alone. One vulnerability in two packages counts
twice. The severity is the worst of what is told: the group's `max_severity`, and the CVSS vectors and labels of its
vulnerabilities. An empty `max_severity` tells nothing.

Without `--all-packages` a report lists only what is vulnerable. If it then lists no package, nothing tells a clean
scan from one that found no lock file, and it is refused.
"""

from collections.abc import Iterator
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, has_keys, objects, short_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN, worst

NAME = "osv-scanner"


def matches(document: Document) -> bool:
    """Tell whether this is OSV-Scanner's JSON."""
    if not has_keys(document, "results"):
        return False
    value = as_json(document).value
    results = value["results"]
    if not isinstance(results, list):
        return False
    if not results or not isinstance(results[0], dict):
        return "experimental_config" in value or value.keys() == {"results"}
    return "packages" in results[0]


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    found = Findings(document)
    packages = 0
    for place, result in objects(document, document.value["results"], "$.results"):
        for where, package in objects(document, result.get("packages"), f"{place}.packages"):
            packages += 1
            for name, severity in _groups(document, found, package, where):
                found.add(name, severity)
    if not packages:
        raise InputFileError(
            document.file,
            "$.results: names no package, so nothing tells whether any was looked at",
            remedy="Run osv-scanner with --all-packages",
        )
    return found.reading(NAME, "osv-scanner")


def _groups(document: JsonDocument, found: Findings, package: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the severity of each vulnerability of a package."""
    alone: dict[str, str] = {}
    for place, told in objects(document, package.get("vulnerabilities"), f"{where}.vulnerabilities", optional=True):
        name = document.expect(told.get("id"), str, f"{place}.id")
        alone[name] = worst((alone.get(name, UNKNOWN), _severity(document, found, told, place)))
    grouped: set[str] = set()
    for place, group in objects(document, package.get("groups"), f"{where}.groups", optional=True):
        names = [
            document.expect(name, str, f"{place}.ids[{number}]")
            for number, name in enumerate(document.expect(group.get("ids"), list, f"{place}.ids"))
        ]
        if not names:
            raise InputFileError(document.file, f"{place}.ids: is empty")
        score = found.score(group.get("max_severity"), f"{place}.max_severity")
        yield names[0], worst((score, *(alone[name] for name in names if name in alone)))
        grouped.update(names)
    yield from ((name, severity) for name, severity in alone.items() if name not in grouped)


def _severity(document: JsonDocument, found: Findings, told: dict[str, Any], where: str) -> str:
    """Return the worst of the vectors and labels of one database's entry."""
    severities = [found.label(short_text(told, "database_specific", "severity"), where)]
    for place, rating in objects(document, told.get("severity"), f"{where}.severity", optional=True):
        kind = document.expect(rating.get("type"), str, f"{place}.type")
        rate = found.vector if kind.startswith("CVSS") else found.label
        severities.append(rate(rating.get("score"), f"{place}.score"))
    return worst(severities)


FORMAT = Format(NAME, "OSV-Scanner JSON", (Role.SECURITY,), matches, read)
