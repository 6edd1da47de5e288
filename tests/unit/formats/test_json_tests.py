"""pytest-json-report and CTRF: counting rules, and what must not look passed."""

import json
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.model.metrics import TestMetrics


def _read(value: object) -> Reading:
    return read(Role.TESTS, "r.json", json.dumps(value).encode())


def _counts(reading: Reading) -> tuple[int | None, ...]:
    found = reading.metrics
    assert isinstance(found, TestMetrics)
    return found.total_tests, found.passed_tests, found.failed_tests, found.skipped_tests


def _report(*outcomes: str, exitcode: int = 0, collectors: tuple[str, ...] = (), **summary: int) -> dict[str, Any]:
    tests = [{"nodeid": f"t{number}", "outcome": outcome} for number, outcome in enumerate(outcomes)]
    return {
        "duration": 1.5,
        "exitcode": exitcode,
        "root": "/x",
        "summary": {"collected": len(tests), **summary},
        "collectors": [{"nodeid": "f", "outcome": outcome, "result": []} for outcome in collectors],
        "tests": tests,
    }


def _stages(**outcomes: str) -> dict[str, Any]:
    return {"nodeid": "t", "outcome": "rerun"} | {name: {"outcome": outcome} for name, outcome in outcomes.items()}


def _rerun(test: dict[str, Any]) -> dict[str, Any]:
    return _report() | {"tests": [test]}


JSON_REPORTS = {
    "one of each": (
        _report("passed", "xpassed", "failed", "error", "skipped", "xfailed", exitcode=1),
        (6, 2, 2, 2),
        (),
    ),
    "rerun and passed": (
        _rerun(_stages(setup="passed", call="passed", teardown="passed")),
        (1, 1, 0, 0),
        ("1 tests failed at first and were run again",),
    ),
    "rerun, broken at the end": (
        _rerun(_stages(setup="passed", call="passed", teardown="failed")),
        (1, 0, 1, 0),
        ("1 tests failed at first and were run again",),
    ),
    "rerun that never came to its call": (
        _rerun(_stages(setup="passed", teardown="passed")),
        (1, 0, 1, 0),
        ("1 tests failed at first and were run again",),
    ),
    "a file that cannot be imported, among others": (
        _report("passed", exitcode=1, collectors=("passed", "failed")),
        (2, 1, 1, 0),
        ("1 files that could not be collected are counted as failed tests",),
    ),
    "a file that cannot be imported stops the run": (
        _report(exitcode=2, collectors=("passed", "failed"), collected=4),
        (5, 0, 1, 0),
        (
            "1 files that could not be collected are counted as failed tests",
            "4 collected tests have not run and are counted as not passed",
        ),
    ),
    "a file that is skipped": (_report("passed", collectors=("skipped",)), (1, 1, 0, 0), ()),
    "stopped at the first failure": (
        _report("passed", "failed", exitcode=1, collected=9, deselected=3),
        (6, 1, 1, 0),
        ("4 collected tests have not run and are counted as not passed",),
    ),
    "more ran than were collected, as under xdist": (_report("passed", "passed", collected=0), (2, 2, 0, 0), ()),
    "a failure of the run itself, such as too little coverage": (
        _report("passed", exitcode=1),
        (2, 1, 1, 0),
        ("1 failure that only the exit code tells of is counted as a failed test",),
    ),
    "no test": (_report(exitcode=5), (0, 0, 0, 0), ()),
}


@pytest.mark.parametrize(("report", "counts", "notes"), JSON_REPORTS.values(), ids=JSON_REPORTS.keys())
def test_json_report_counts(report: dict[str, Any], counts: tuple[int, ...], notes: tuple[str, ...]) -> None:
    reading = _read(report)
    assert (_counts(reading), reading.notes, reading.format) == (counts, notes, "pytest-json-report")
    assert reading.metrics.to_dict()["duration_seconds"] == 1.5


JSON_REPORTS_REFUSED = {
    "interrupted": (_report("passed", exitcode=2), r"\$\.exitcode: is 2, the run did not finish, and a test that was"),
    "an internal error": (_report("passed", exitcode=3, collectors=("failed",)), r"\$\.exitcode: is 3"),
    "an unknown code": (_report("passed", exitcode=-9), r"\$\.exitcode: is -9"),
    "no code": (_report() | {"exitcode": None}, r"\$\.exitcode: is missing"),
    "a code that is a truth": (_report() | {"exitcode": False}, r"\$\.exitcode: must be a whole number"),
    "a summary alone": ({"exitcode": 0, "root": "", "summary": {"passed": 9}}, r"\$\.tests: is missing"),
    "no list": (_report() | {"tests": {}}, r"\$\.tests: must be a list"),
    "no object": (_report() | {"tests": [7]}, r"\$\.tests\[0\]: must be an object"),
    "no outcome": (_report() | {"tests": [{}]}, r"\$\.tests\[0\]\.outcome: is missing"),
    "unknown outcome": (_report("passed", "fine"), r"\$\.tests\[1\]\.outcome: unknown outcome 'fine'"),
    "collectors": (_report() | {"collectors": [{}]}, r"\$\.collectors\[0\]\.outcome: is missing"),
    "fewer than none": (_report(collected=-1), r"\$\.summary\.collected: is -1, less than 0"),
    "duration": (_report("passed") | {"duration": -1}, r"\$\.duration: "),
}


@pytest.mark.parametrize(("report", "fault"), JSON_REPORTS_REFUSED.values(), ids=JSON_REPORTS_REFUSED.keys())
def test_json_report_refused(report: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^r.json: {fault}"):
        _read(report)


def _ctrf(*statuses: str, raw: str | None = None, **summary: Any) -> dict[str, Any]:
    more = {"rawStatus": raw} if raw else {}
    tests = [{"name": f"t{number}", "status": status, **more} for number, status in enumerate(statuses)]
    counts = {"tests": len(tests), "failed": statuses.count("failed"), "start": 1000, "stop": 3500}
    return {"results": {"tool": {"name": "jest"}, "summary": {**counts, **summary}, "tests": tests}}


FLAKY = _ctrf("passed", "failed")
for item in FLAKY["results"]["tests"]:
    item["flaky"] = True

CTRF = {
    "one of each": (_ctrf("passed", "failed", "skipped", "pending"), (4, 1, 1, 2), ()),
    "todo": (_ctrf("other", raw="todo"), (1, 0, 0, 1), ()),
    "other, whatever that is": (_ctrf("passed", "other"), (2, 1, 1, 0), ()),
    "other, timed out": (_ctrf("other", raw="timedOut"), (1, 0, 1, 0), ()),
    "flaky": (FLAKY, (2, 1, 1, 0), ("1 tests failed at first and passed when run again",)),
    "failures in the summary alone": (
        _ctrf("passed", failed=2),
        (3, 1, 2, 0),
        ("2 failed tests that only the summary tells of are counted",),
    ),
    "tests in the summary alone": (
        _ctrf("passed", "failed", tests=5),
        (5, 1, 1, 0),
        ("3 tests that only the summary tells of are counted as not passed",),
    ),
    "a summary that leaves tests out": (_ctrf("passed", "failed", tests=1, failed=0), (2, 1, 1, 0), ()),
    "no test": (_ctrf(), (0, 0, 0, 0), ()),
}


@pytest.mark.parametrize(("report", "counts", "notes"), CTRF.values(), ids=CTRF.keys())
def test_ctrf_counts(report: dict[str, Any], counts: tuple[int, ...], notes: tuple[str, ...]) -> None:
    reading = _read(report)
    assert (_counts(reading), reading.notes, reading.format) == (counts, notes, "ctrf")
    assert reading.metrics.to_dict()["duration_seconds"] == 2.5


@pytest.mark.parametrize("times", [{"start": 0}, {"start": None}, {"stop": None}])
def test_ctrf_without_times_tells_no_duration(times: dict[str, Any]) -> None:
    assert "duration_seconds" not in _read(_ctrf("passed", **times)).metrics.to_dict()


TOOL: dict[str, Any] = {"tool": {}, "summary": {}}
CTRF_REFUSED = {
    "no list of tests": ({"results": TOOL}, r"\$\.results\.tests: is missing"),
    "no object": ({"results": TOOL | {"tests": [1]}}, r"\$\.results\.tests\[0\]: must be an object"),
    "no status": ({"results": TOOL | {"tests": [{}]}}, r"\$\.results\.tests\[0\]\.status: is missing"),
    "unknown status": (_ctrf("passed", "ok"), r"\$\.results\.tests\[1\]\.status: unknown status 'ok'"),
    "no summary": ({"results": {"tool": {}, "summary": None, "tests": []}}, r"\$\.results\.summary: is missing"),
    "no claim": (_ctrf("passed", tests=None), r"\$\.results\.summary\.tests: is missing"),
    "text": (_ctrf("passed", failed="0"), r"\$\.results\.summary\.failed: must be a whole number"),
    "fewer than none": (_ctrf("passed", failed=-1), r"\$\.results\.summary\.failed: is -1, less than 0"),
    "time runs backwards": (_ctrf("passed", stop=1), r"\$\.results\.summary\.stop: must be a time after start"),
    "a time of words": (_ctrf("passed", stop="now"), r"\$\.results\.summary\.stop: must be a time after start"),
}  # fmt: skip


@pytest.mark.parametrize(("report", "fault"), CTRF_REFUSED.values(), ids=CTRF_REFUSED.keys())
def test_ctrf_refused(report: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^r.json: {fault}"):
        _read(report)
