"""coverage.py JSON: one figure, checked against its counts."""

import json
from typing import Any

import pytest

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, Role
from gitgates.formats.detect import read
from gitgates.model.metrics import TestMetrics

LINES = {"covered_lines": 8, "num_statements": 10, "percent_covered": 80.0}
BRANCHES = {**LINES, "covered_branches": 1, "num_branches": 5, "percent_covered": 60.0}


def _read(totals: Any, **more: Any) -> Reading:
    return read(Role.TESTS, "c.json", json.dumps({"meta": {"version": "7"}, "totals": totals, **more}).encode())


def test_lines() -> None:
    reading = _read(LINES, files={})
    assert reading.metrics == TestMetrics(coverage_percent=80.0)
    assert (reading.format, reading.notes) == ("coverage-json", ("coverage counts lines",))


def test_branches_are_in_the_figure_and_the_note_tells_the_lines() -> None:
    reading = _read(BRANCHES)
    assert reading.metrics == TestMetrics(coverage_percent=60.0)
    assert reading.notes == ("coverage counts lines and branches (80.00% of lines alone)",)


REFUSED = {
    "more than 100": ({**LINES, "percent_covered": 101}, r"\$\.totals\.percent_covered: must be in 0\.\.100"),
    "text": ({**LINES, "percent_covered": "80"}, r"\$\.totals\.percent_covered: expected a number"),
    "null": ({**LINES, "percent_covered": None}, r"\$\.totals\.percent_covered: is missing"),
    "more hit than there are": ({**LINES, "covered_lines": 11}, r"\$\.totals\.covered_lines: is 11, which is not in 0"),
    "negative": ({**LINES, "covered_lines": -1}, r"\$\.totals\.covered_lines: is -1"),
    "counts missing": ({"percent_covered": 80}, r"\$\.totals\.covered_lines: is missing"),
    "branches missing": ({**LINES, "num_branches": 3}, r"\$\.totals\.covered_branches: is missing"),
    "figure and counts disagree": (
        {**LINES, "percent_covered": 95.0},
        r"\$\.totals\.percent_covered: is 95.0, but 8 of",
    ),
    "boolean count": ({**LINES, "covered_lines": True}, r"\$\.totals\.covered_lines: must be a whole number"),
    "nothing measured": (
        {"covered_lines": 0, "num_statements": 0, "percent_covered": 100.0},
        r"\$\.totals\.num_statements: is 0, no code was measured",
    ),
}


@pytest.mark.parametrize(("totals", "fault"), REFUSED.values(), ids=REFUSED.keys())
def test_impossible_totals_are_refused(totals: Any, fault: str) -> None:
    with pytest.raises(InputFileError, match=f"^c.json: {fault}"):
        _read(totals)


@pytest.mark.parametrize("totals", [None, [], {}, 7])
def test_without_a_figure_it_is_no_coverage_report(totals: Any) -> None:
    with pytest.raises(InputFileError, match="of no known format"):
        _read(totals)
