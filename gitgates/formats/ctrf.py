"""CTRF JSON (Common Test Report Format, https://ctrf.io), as reporters for jest, pytest and others write it.

Seen: jest-ctrf-json-reporter 0.0.11, pytest-json-ctrf 0.6.1.

Counting rules:

1. Each of `results.tests` counts once by its `status`: passed, failed, skipped; `pending` is skipped. `other` is
   skipped where `rawStatus` says that the test was not meant to run (todo, skipped, disabled, ignored), else failed.
2. Retries are inside their test, which counts by its last status; one that is `flaky` becomes a note.
3. Where `summary` claims more failed tests than are listed, the difference counts as failed; where it claims more
   tests, the difference is in the total, and not passed.

What a reporter leaves out cannot be seen here. pytest's and jest's leave out files that could not be loaded: give
`--expect-tests`.
"""

from collections import Counter
from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.model.metrics import TestMetrics

NAME = "ctrf"
_CLASSES = {"passed": "passed", "failed": "failed", "skipped": "skipped", "pending": "skipped"}
_NOT_MEANT_TO_RUN = frozenset(["todo", "skipped", "disabled", "ignored"])
_SUMMARY = "$.results.summary"


def matches(document: Document) -> bool:
    """Tell whether this is CTRF JSON; early reporters write no `reportFormat`."""
    if not isinstance(document, JsonDocument) or not isinstance(document.value, dict):
        return False
    results = document.value.get("results")
    return isinstance(results, dict) and results.keys() >= {"tool", "summary"}


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the counts and the duration."""
    document = as_json(document)
    results: dict[str, Any] = document.value["results"]
    counts: Counter[str] = Counter()
    flaky = 0
    for index, item in enumerate(document.expect(results.get("tests"), list, "$.results.tests")):
        where = f"$.results.tests[{index}]"
        test = document.expect(item, dict, where)
        counts[_class_of(document, test, where)] += 1
        flaky += test.get("flaky") is True and test["status"] == "passed"
    listed = counts.total()
    failed_unseen = max(0, _claimed(document, "failed") - counts["failed"])
    total = max(listed + failed_unseen, _claimed(document, "tests"))
    values: dict[str, object] = {
        "total_tests": total,
        "passed_tests": counts["passed"],
        "failed_tests": counts["failed"] + failed_unseen,
        "skipped_tests": counts["skipped"],
        "duration_seconds": _duration(document),
    }
    metrics = measured(document.file, TestMetrics, values)
    told_of = (
        (flaky, "tests failed at first and passed when run again"),
        (failed_unseen, "failed tests that only the summary tells of are counted"),
        (total - listed - failed_unseen, "tests that only the summary tells of are counted as not passed"),
    )
    return Reading(document.file, NAME, metrics, tuple(f"{number} {words}" for number, words in told_of if number))


def _class_of(document: JsonDocument, test: dict[str, Any], where: str) -> str:
    status = document.expect(test.get("status"), str, f"{where}.status")
    if status == "other":
        raw = test.get("rawStatus")
        return "skipped" if isinstance(raw, str) and raw.lower() in _NOT_MEANT_TO_RUN else "failed"
    if status not in _CLASSES:
        raise InputFileError(document.file, f"{where}.status: unknown status {status[:40]!r}")
    return _CLASSES[status]


def _claimed(document: JsonDocument, key: str) -> int:
    summary = document.expect(document.value["results"]["summary"], dict, _SUMMARY)
    value = document.expect(summary.get(key), int, f"{_SUMMARY}.{key}")
    if value < 0:
        raise InputFileError(document.file, f"{_SUMMARY}.{key}: is {value}, less than 0")
    return value


def _duration(document: JsonDocument) -> float | None:
    """Return the seconds between start and stop, None where the summary does not tell both."""
    summary = document.value["results"]["summary"]
    start, stop = summary.get("start"), summary.get("stop")
    if not start or stop is None:
        return None
    if any(isinstance(time, bool) or not isinstance(time, int | float) for time in (start, stop)) or stop < start:
        raise InputFileError(document.file, f"{_SUMMARY}.stop: must be a time after start, in milliseconds")
    return float(stop - start) / 1000


FORMAT = Format(NAME, "CTRF JSON", (Role.TESTS,), matches, read)
