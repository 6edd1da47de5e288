"""Semgrep JSON: the rule's security-severity, else its severity; an error or no file is no clean code."""

from typing import Any

import pytest

from tests.unit.formats.scans import counts, listed, metrics_of, refuse, scan


def _report(*results: Any, errors: Any = (), scanned: Any = ("a.py",)) -> dict[str, Any]:
    paths = {"scanned": list(scanned)}
    return {"version": "1.200.0", "results": list(results), "errors": list(errors), "paths": paths}


def _result(severity: Any, rated: Any = None, **more: Any) -> dict[str, Any]:
    metadata = {} if rated is None else {"security-severity": rated}
    return {"check_id": "rules.x", "extra": {"severity": severity, "metadata": metadata, **more}}


@pytest.mark.parametrize(
    ("severity", "rated", "expected"),
    [
        ("ERROR", None, (0, 1, 0, 0, 0)),
        ("WARNING", None, (0, 0, 1, 0, 0)),
        ("INFO", None, (0, 0, 0, 1, 0)),
        ("CRITICAL", None, (1, 0, 0, 0, 0)),
        ("MEDIUM", None, (0, 0, 1, 0, 0)),
        ("INVENTORY", None, (0, 0, 0, 0, 1)),
        ("INFO", "9.1", (1, 0, 0, 0, 0)),
        ("ERROR", 5.5, (0, 0, 1, 0, 0)),
        ("INFO", "HIGH", (0, 1, 0, 0, 0)),
        ("WARNING", "odd", (0, 0, 1, 0, 0)),
    ],
)
def test_severity(severity: str, rated: Any, expected: tuple[int, ...]) -> None:
    assert counts(scan(_report(_result(severity, rated)))) == expected


def test_each_result_counts_and_ignored_ones_are_told() -> None:
    found = scan(_report(_result("ERROR"), _result("ERROR"), _result("ERROR", is_ignored=True)))
    assert listed(found) == [("rules.x", "high", 2)]
    assert found.notes == ("1 findings are marked nosemgrep and not counted",)
    assert (found.format, metrics_of(found).scan_tool) == ("semgrep-json", "semgrep 1.200.0")


def test_warnings_are_told() -> None:
    found = scan(_report(errors=[{"level": "warn"}, {"level": "info"}]))
    assert counts(found) == (0, 0, 0, 0, 0)
    assert found.notes == ("Semgrep warned 2 times: something was not scanned in full",)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        ({"level": "error", "type": "Rule parse error"}, "Rule parse error"),
        ({"level": "error", "type": ["odd"]}, "an error"),
        ({}, "an error"),
    ],
)
def test_scan_that_ended_in_an_error_is_refused(error: dict[str, Any], what: str) -> None:
    refuse(_report(errors=[{"level": "warn"}, error]), rf"\$\.errors\[1\]: the scan ended in an error \({what}\)")


def test_no_file_is_no_clean_code() -> None:
    refuse(_report(scanned=()), r"\$\.paths\.scanned: is empty: no file was scanned")


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (_report({}), r"\$\.results\[0\]\.extra: is missing"),
        (_report(_result(None)), r"\$\.results\[0\]\.extra\.severity: is missing"),
        (_report(_result("INFO", 11)), r"\$\.results\[0\]\.extra\.metadata\.security-severity: is 11, which is not in"),
        (_report(_result("INFO", [1])), r"\$\.results\[0\]\.extra\.metadata\.security-severity: must be a number"),
        (_report() | {"errors": None}, r"\$\.errors: is missing"),
        (_report() | {"paths": {}}, r"\$\.paths\.scanned: is missing"),
    ],
)
def test_other_shapes_are_refused_with_their_field(report: dict[str, Any], fault: str) -> None:
    refuse(report, fault)
