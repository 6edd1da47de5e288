"""bandit JSON: results as listed; what was not scanned is no clean code."""

from typing import Any

import pytest

from tests.unit.formats.scans import counts, listed, metrics_of, refuse, scan


def _report(*severities: Any, errors: Any = (), **totals: Any) -> dict[str, Any]:
    results = [{"issue_severity": severity, "test_id": f"B10{i % 2}"} for i, severity in enumerate(severities)]
    return {
        "errors": list(errors),
        "generated_at": "2026-01-01T00:00:00Z",
        "metrics": {"_totals": {"loc": 10, "nosec": 0} | totals},
        "results": results,
    }


def test_each_result_counts() -> None:
    found = scan(_report("HIGH", "MEDIUM", "HIGH", "LOW", "UNDEFINED"))
    assert counts(found) == (0, 2, 1, 1, 1)
    assert listed(found) == [("B100", "high", 2), ("B100", "unknown", 1), ("B101", "low", 1), ("B101", "medium", 1)]
    assert (found.format, metrics_of(found).scan_tool) == ("bandit", "bandit")
    assert metrics_of(found).scan_timestamp == "2026-01-01T00:00:00Z"


def test_clean_code() -> None:
    found = scan(_report())
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ()


def test_what_is_hidden_is_told() -> None:
    found = scan(_report("HIGH", **{"SEVERITY.HIGH": 2.0, "SEVERITY.LOW": 3, "nosec": 4}))
    assert counts(found) == (0, 1, 0, 0, 0)
    assert found.notes == (
        "4 findings are in bandit's totals, not in its results and not counted",
        "4 lines are marked nosec",
    )


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ({"filename": "a.py", "reason": "syntax error"}, r"a\.py was not scanned \(syntax error\)"),
        ({}, r"a file was not scanned \(no reason told\)"),
    ],
)
def test_file_that_was_not_scanned_is_refused(error: dict[str, Any], told: str) -> None:
    refuse(_report("LOW", errors=[error]), rf"\$\.errors\[0\]: {told}")


def test_no_line_of_code_is_no_clean_code() -> None:
    refuse(_report(loc=0), r"\$\.metrics\._totals\.loc: is 0: no line of code was scanned")


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_report("LOW", 3), r"\$\.results\[1\]\.issue_severity: must be text"),
        (_report(None), r"\$\.results\[0\]\.issue_severity: is missing"),
        (_report() | {"results": {}}, r"\$\.results: must be a list"),
        (_report() | {"metrics": {}}, r"\$\.metrics\._totals: is missing"),
        (_report() | {"errors": [3]}, r"\$\.errors\[0\]: must be an object"),
        (_report(loc=1.5), r"\$\.metrics\._totals\.loc: must be a whole number"),
        (_report(nosec=-1), r"\$\.metrics\._totals\.nosec: is negative"),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)
