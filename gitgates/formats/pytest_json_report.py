"""The JSON of the pytest plug-in pytest-json-report (seen: 1.5.0).

Counting rules:

1. Each of `tests` counts once by its `outcome`: passed and xpassed are passed; failed and error are failed; skipped and
   xfailed are skipped, as in pytest's own JUnit XML.
2. `rerun` is a test that failed at first: it counts as passed if each stage of its last run passed, else as failed.
3. A collector that failed counts as a failed test: the tests of that file never ran, and `summary` leaves it out.
4. Tests that were collected and neither ran nor were deselected (`-x`, `--maxfail`) are in the total, and not passed.
5. A run that did not finish is refused: an interrupted test looks passed. pytest's `exitcode` tells: 0 and 1 are
   finished runs, 5 is one without tests; 2 is an interruption, unless it is due to collectors that failed. An exit code
   of 1 that no test accounts for counts as a failed test.
"""

from collections import Counter
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.model.metrics import TestMetrics

NAME = "pytest-json-report"
_CLASSES = {
    "passed": "passed",
    "xpassed": "passed",
    "failed": "failed",
    "error": "failed",
    "skipped": "skipped",
    "xfailed": "skipped",
}
_STAGES = ("setup", "call", "teardown")
_INTERRUPTED = 2
_FINISHED = (0, 1, 5)


def matches(document: Document) -> bool:
    """Tell whether this is pytest-json-report's JSON."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and document.value.keys() >= {"exitcode", "summary", "root"}
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the counts and the duration."""
    document = as_json(document)
    report: dict[str, Any] = document.value
    if "tests" not in report:
        raise InputFileError(document.file, "$.tests: is missing", remedy="Write the report with its tests")
    counts: Counter[str] = Counter()
    reruns = 0
    for index, test in enumerate(document.expect(report["tests"], list, "$.tests")):
        where = f"$.tests[{index}]"
        told = document.expect(test, dict, where)
        reruns += told.get("outcome") == "rerun"
        counts[_class_of(document, told, where)] += 1
    collectors = _failed_collectors(document)
    unexplained = _unexplained(document, counts["failed"], collectors)
    listed = counts.total()
    not_run = max(0, _summed(document, "collected") - _summed(document, "deselected") - listed)
    values: dict[str, object] = {
        "total_tests": listed + collectors + unexplained + not_run,
        "passed_tests": counts["passed"],
        "failed_tests": counts["failed"] + collectors + unexplained,
        "skipped_tests": counts["skipped"],
        "duration_seconds": report.get("duration"),
    }
    metrics = measured(document.file, TestMetrics, values, {"duration_seconds": "$.duration"})
    told_of = (
        (reruns, "tests failed at first and were run again"),
        (collectors, "files that could not be collected are counted as failed tests"),
        (unexplained, "failure that only the exit code tells of is counted as a failed test"),
        (not_run, "collected tests have not run and are counted as not passed"),
    )
    return Reading(document.file, NAME, metrics, tuple(f"{number} {words}" for number, words in told_of if number))


def _class_of(document: JsonDocument, test: dict[str, Any], where: str) -> str:
    outcome = document.expect(test.get("outcome"), str, f"{where}.outcome")
    if outcome == "rerun":
        stages = [test.get(name) for name in _STAGES]
        return "passed" if all(isinstance(it, dict) and it.get("outcome") == "passed" for it in stages) else "failed"
    if outcome not in _CLASSES:
        raise InputFileError(document.file, f"{where}.outcome: unknown outcome {outcome[:40]!r}")
    return _CLASSES[outcome]


def _failed_collectors(document: JsonDocument) -> int:
    failed = 0
    collectors = document.value.get("collectors")
    for index, item in enumerate([] if collectors is None else document.expect(collectors, list, "$.collectors")):
        where = f"$.collectors[{index}]"
        outcome = document.expect(item, dict, where).get("outcome")
        failed += document.expect(outcome, str, f"{where}.outcome") not in ("passed", "skipped")
    return failed


def _unexplained(document: JsonDocument, failed: int, collectors: int) -> int:
    """Return the failures that only the exit code tells of; InputFileError where the run did not finish."""
    code = document.expect(document.value["exitcode"], int, "$.exitcode")
    if code not in _FINISHED and not (code == _INTERRUPTED and collectors):
        fault = f"$.exitcode: is {code}, the run did not finish, and a test that was interrupted looks passed"
        raise InputFileError(document.file, fault, remedy="Let the run finish")
    return int(code == 1 and not failed and not collectors)


def _summed(document: JsonDocument, key: str) -> int:
    summary = document.expect(document.value["summary"], dict, "$.summary")
    value = document.expect(summary.get(key, 0), int, f"$.summary.{key}")
    if value < 0:
        raise InputFileError(document.file, f"$.summary.{key}: is {value}, less than 0")
    return value


FORMAT = Format(NAME, "pytest-json-report", (Role.TESTS,), matches, read)
