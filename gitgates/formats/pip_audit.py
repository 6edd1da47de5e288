"""The JSON report of pip-audit (`pip-audit -f json`), version 2.1 and later, seen: 2.10.

Each vulnerability of each dependency counts. pip-audit tells no severities, so all of them are unknown. A dependency
with a `skip_reason` was not audited; where that is every one, nothing was, though pip-audit then says that nothing is
vulnerable.
"""

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, as_json
from gitgates.formats.findings import Findings, has_keys, objects
from gitgates.formats.options import ReadOptions
from gitgates.formats.severity import UNKNOWN

NAME = "pip-audit"
_NAMED = 3


def matches(document: Document) -> bool:
    """Tell whether this is pip-audit's JSON."""
    if not has_keys(document, "dependencies"):
        return False
    value = as_json(document).value
    return bool(value.keys() <= {"dependencies", "fixes"} and isinstance(value["dependencies"], list))


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the number of vulnerabilities, all of unknown severity."""
    document = as_json(document)
    found = Findings(document)
    skipped: list[str] = []
    audited = 0
    for where, dependency in objects(document, document.value["dependencies"], "$.dependencies"):
        name = document.expect(dependency.get("name"), str, f"{where}.name")
        if "skip_reason" in dependency:
            skipped.append(name[:40])
            continue
        audited += 1
        for _, vulnerability in objects(document, dependency.get("vulns"), f"{where}.vulns"):
            found.add(vulnerability.get("id"), UNKNOWN)
    if not audited:
        why = "every dependency has a skip_reason" if skipped else "there is no dependency"
        raise InputFileError(
            document.file,
            f"$.dependencies: {why}, so nothing was audited",
            remedy="Audit an environment whose packages an index knows",
        )
    if skipped:
        more = f" and {len(skipped) - _NAMED} more" if len(skipped) > _NAMED else ""
        some = ", ".join(skipped[:_NAMED])
        found.notes.append(f"{len(skipped)} of {audited + len(skipped)} dependencies were not audited: {some}{more}")
    if found.by_severity():
        found.notes.append("pip-audit tells no severities")
    return found.reading(NAME, "pip-audit")


FORMAT = Format(NAME, "pip-audit JSON", (Role.SECURITY,), matches, read)
