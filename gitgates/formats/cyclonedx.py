"""CycloneDX JSON with vulnerabilities, as scanners write it, seen: specification 1.4.

Each vulnerability counts once for each component that it affects, at least once. Its severity is the worst label of
its ratings, else the worst of their CVSS scores, and of the vectors where there is no score. What `analysis` calls
not affected, a false positive or resolved does not count.

A list of components alone is no scan: without `vulnerabilities` the file is refused. So it is with an empty list,
since some tools write one into every list of components; only from Grype, which never writes CycloneDX without having
looked, is it taken for no vulnerability.
"""

from collections.abc import Iterator
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, has_keys, member, objects, short_text, tool_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN, worst

NAME = "cyclonedx"
_HARMLESS = ("not_affected", "false_positive", "resolved", "resolved_with_pedigree")
_ALWAYS_LOOK = ("grype",)
_PREFIXES = {"CVSSv3": "CVSS:3.0/", "CVSSv31": "CVSS:3.1/", "CVSSv4": "CVSS:4.0/"}
_MAX_TOOLS = 3


def matches(document: Document) -> bool:
    """Tell whether this is CycloneDX JSON."""
    return has_keys(document, "bomFormat") and as_json(document).value["bomFormat"] == "CycloneDX"


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the vulnerabilities by severity."""
    document = as_json(document)
    tools = list(_tools(document))
    _refuse_no_scan(document, [name for name, _ in tools])
    found = Findings(document)
    harmless = 0
    for where, told in objects(document, document.value["vulnerabilities"], "$.vulnerabilities"):
        state = member(document, told, "analysis", where).get("state")
        affected = list(objects(document, told.get("affects"), f"{where}.affects", optional=True))
        refs = {document.expect(item.get("ref"), str, f"{place}.ref") for place, item in affected}
        if state in _HARMLESS:
            harmless += max(1, len(refs))
        else:
            found.add(told.get("id"), _severity(document, found, told, where), max(1, len(refs)))
    found.leave_out(harmless, "analysed as harmless")
    names = [tool_text(*tool) for tool in tools[:_MAX_TOOLS]]
    return found.reading(NAME, "+".join(names) or "CycloneDX", short_text(document.value, "metadata", "timestamp"))


def _refuse_no_scan(document: JsonDocument, tools: list[str]) -> None:
    if document.value.get("vulnerabilities") is None:
        fault = "$.vulnerabilities: is missing: a list of components alone is no scan"
    elif document.value["vulnerabilities"] != []:
        return
    elif not document.value.get("components"):
        fault = "$.components: is empty, so nothing was looked at"
    elif not any(tool in _ALWAYS_LOOK for tool in tools):
        fault = "$.vulnerabilities: is empty, and tools write that without a scan too"
    else:
        return
    raise InputFileError(document.file, fault, remedy="Scan it, and give the scanner's own report")


def _tools(document: JsonDocument) -> Iterator[tuple[str, str]]:
    """Yield name and version of the tools: a list up to specification 1.4, an object with components since 1.5."""
    metadata = member(document, document.value, "metadata", "$")
    told, where = metadata.get("tools"), "$.metadata.tools"
    if isinstance(told, dict):
        told, where = told.get("components"), f"{where}.components"
    for _, tool in objects(document, told, where, optional=True):
        if name := short_text(tool, "name"):
            yield name, short_text(tool, "version")


def _severity(document: JsonDocument, found: Findings, told: dict[str, Any], where: str) -> str:
    ratings = list(objects(document, told.get("ratings"), f"{where}.ratings", optional=True))
    label = worst(found.label(rating.get("severity"), f"{place}.severity") for place, rating in ratings)
    if label != UNKNOWN:
        return label
    return worst(_scored(found, rating, place) for place, rating in ratings)


def _scored(found: Findings, rating: dict[str, Any], where: str) -> str:
    """Return the severity of a CVSS rating; a score without a method is taken for one."""
    method = rating.get("method")
    if isinstance(method, str) and not method.startswith("CVSS"):
        return UNKNOWN
    if (score := found.score(rating.get("score"), f"{where}.score")) != UNKNOWN:
        return score
    vector = rating.get("vector")
    if isinstance(vector, str) and isinstance(method, str) and not vector.startswith("CVSS:"):
        vector = f"{_PREFIXES.get(method, '')}{vector}"
    return found.vector(vector, f"{where}.vector")


FORMAT = Format(NAME, "CycloneDX JSON", (Role.SECURITY,), matches, read)
