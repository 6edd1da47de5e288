"""SARIF 2.1.0, as scanners of all kinds write it; all runs of a file together.

Each result counts, and is listed under its `ruleId`. Its severity is its own `security-severity`, else that of its
rule: a CVSS score as a number or as text, or a word, which is taken as a label. Without one it is unknown: `level`
tells how sure or how bad a tool finds something on a scale of its own, and is told in a note. Suppressed results
(section 3.27.23 of the specification), those of kind `pass`, `notApplicable` or `informational`, and those that a
baseline calls `absent` do not count.

A run that failed is refused: `executionSuccessful` is false, or there is a notification of level `error`, which says
that the results are incomplete. So is a run without `results`, which says that nothing was looked for, and a file
without runs.
"""

from collections import Counter
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.findings import Findings, has_keys, member, objects, rated, short_text, tool_text
from gitgates.formats.options import ReadOptions
from gitgates.formats.sarif_rules import Rules
from gitgates.formats.severity import UNKNOWN

NAME = "sarif"
_FINDING = ("fail", "open", "review")
_NO_FINDING = ("pass", "notApplicable", "informational")
_LEVELS = ("error", "warning", "note", "none")
_NOTIFICATIONS = ("toolExecutionNotifications", "toolConfigurationNotifications")
_MAX_TOOLS = 3


def matches(document: Document) -> bool:
    """Tell whether this is SARIF, of any version."""
    return has_keys(document, "runs", "version")


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the results by severity."""
    document = as_json(document)
    if document.value["version"] != "2.1.0":
        raise InputFileError(document.file, "$.version: only 2.1.0 is known")
    if document.value.get("inlineExternalProperties"):
        raise InputFileError(document.file, "$.inlineExternalProperties: parts of runs outside the runs are not read")
    found = Findings(document)
    counted = _Results(document, found)
    tools: list[str] = []
    for where, run in objects(document, document.value["runs"], "$.runs"):
        _refuse_failed(document, run, where)
        tools.append(_tool(document, run, where))
        counted.add_run(run, where)
    if not tools:
        raise InputFileError(document.file, "$.runs: is empty: nothing was scanned")
    counted.add_notes()
    names = list(dict.fromkeys(tools))
    more = f"+{len(names) - _MAX_TOOLS} more" if len(names) > _MAX_TOOLS else ""
    return found.reading(NAME, "+".join(names[:_MAX_TOOLS]) + more)


def _tool(document: JsonDocument, run: dict[str, Any], where: str) -> str:
    tool = document.expect(run.get("tool"), dict, f"{where}.tool")
    driver = document.expect(tool.get("driver"), dict, f"{where}.tool.driver")
    version = short_text(driver, "version") or short_text(driver, "semanticVersion")
    return tool_text(short_text(driver, "name") or "SARIF", version)


def _refuse_failed(document: JsonDocument, run: dict[str, Any], where: str) -> None:
    if run.get("results") is None:
        raise InputFileError(
            document.file, f"{where}.results: is missing, so nothing was looked for", remedy="Scan again"
        )
    for place, invocation in objects(document, run.get("invocations"), f"{where}.invocations", optional=True):
        if invocation.get("executionSuccessful", True) is not True:
            raise InputFileError(
                document.file, f"{place}.executionSuccessful: is not true: the scan failed", remedy="Scan again"
            )
        for kind in _NOTIFICATIONS:
            for at, told in objects(document, invocation.get(kind), f"{place}.{kind}", optional=True):
                if told.get("level") == "error":
                    raise InputFileError(
                        document.file,
                        f"{at}: the tool tells of an error, so the results are incomplete",
                        remedy="Mend what it names, and scan again",
                    )


class _Results:
    """Counts the results of all runs, and what is beside them."""

    def __init__(self, document: JsonDocument, found: Findings) -> None:
        self._document = document
        self._found = found
        self._suppressed = self._no_finding = 0
        self._levels: Counter[str] = Counter()

    def add_run(self, run: dict[str, Any], where: str) -> None:
        """Count the results of one run."""
        rules = Rules(self._document, run["tool"], f"{where}.tool")
        for place, result in objects(self._document, run["results"], f"{where}.results"):
            if not self._is_finding(result, place):
                self._no_finding += 1
            elif self._is_suppressed(result, place):
                self._suppressed += 1
            else:
                self._add(result, rules, place)

    def _is_finding(self, result: dict[str, Any], where: str) -> bool:
        kind = result.get("kind", "fail")
        if kind not in (*_FINDING, *_NO_FINDING):
            raise InputFileError(self._document.file, f"{where}.kind: is none of SARIF 2.1.0")
        return kind in _FINDING and result.get("baselineState") != "absent"

    def _is_suppressed(self, result: dict[str, Any], where: str) -> bool:
        """Tell whether a result has suppressions, all of them accepted."""
        told = list(objects(self._document, result.get("suppressions"), f"{where}.suppressions", optional=True))
        return bool(told) and all(item.get("status", "accepted") == "accepted" for _, item in told)

    def _add(self, result: dict[str, Any], rules: Rules, where: str) -> None:
        place, rule = rules.of(result, where)
        severity = rated(self._severity(result, where), self._severity(rule, place))
        if severity == UNKNOWN:
            self._levels[_level(result, rule)] += 1
        self._found.add(result.get("ruleId") or rule.get("id"), severity)

    def _severity(self, told: dict[str, Any], where: str) -> str:
        properties = member(self._document, told, "properties", where)
        return self._found.score(properties.get("security-severity"), f"{where}.properties.security-severity")

    def add_notes(self) -> None:
        """Add what the reader should know beside the counts."""
        self._found.leave_out(self._suppressed)
        self._found.leave_out(self._no_finding, "passed, informational or absent")
        if total := self._levels.total():
            told = ", ".join(f"{self._levels[level]} {level}" for level in _LEVELS if self._levels[level])
            self._found.notes.append(f"{total} findings have no security-severity; their levels are: {told}")
        if not self._found.by_severity():
            self._found.notes.append("SARIF tells what was found, not what was looked at")


def _level(result: dict[str, Any], rule: dict[str, Any]) -> str:
    default = short_text(rule, "defaultConfiguration", "level")
    level = short_text(result, "level") or default
    return level if level in _LEVELS else "warning"


FORMAT = Format(NAME, "SARIF 2.1.0", (Role.SECURITY,), matches, read)
