"""The JSON report of coverage.py (`coverage json`, `pytest --cov-report=json`).

The figure taken is `totals.percent_covered`. With branch coverage it counts branches too: 100 * (lines + branches hit)
/ (lines + branches), which is what coverage.py prints and what its `fail_under` holds.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.model.metrics import TestMetrics

NAME = "coverage-json"
_PERCENT = "$.totals.percent_covered"
_TOLERANCE = 0.01
"""Percent points by which the figure may differ from its counts: rounding, never more."""


def matches(document: Document) -> bool:
    """Tell whether this is coverage.py's JSON."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and document.value.keys() >= {"meta", "totals"}
        and isinstance(document.value["totals"], dict)
        and "percent_covered" in document.value["totals"]
    )


def read(document: Document) -> Reading:
    """Return the coverage of the whole project."""
    document = as_json(document)
    totals: dict[str, Any] = document.value["totals"]
    percent = totals["percent_covered"]
    metrics = measured(document.file, TestMetrics, {"coverage_percent": percent}, {"coverage_percent": _PERCENT})
    if metrics.coverage_percent is None:
        raise InputFileError(document.file, f"{_PERCENT}: is missing")
    lines = _hit_of(document, totals, "covered_lines", "num_statements")
    branches = _hit_of(document, totals, "covered_branches", "num_branches") if "num_branches" in totals else (0, 0)
    hit, total = lines[0] + branches[0], lines[1] + branches[1]
    if not total:  # coverage.py calls this 100 percent
        raise InputFileError(document.file, "$.totals.num_statements: is 0, no code was measured")
    if abs(100 * hit / total - metrics.coverage_percent) > _TOLERANCE:
        raise InputFileError(
            document.file, f"{_PERCENT}: is {percent}, but {hit} of {total} is {100 * hit / total:.2f}"
        )
    if not branches[1]:
        return Reading(document.file, NAME, metrics, ("coverage counts lines",))
    alone = f"{100 * lines[0] / lines[1]:.2f}% of lines alone" if lines[1] else "no lines"
    return Reading(document.file, NAME, metrics, (f"coverage counts lines and branches ({alone})",))


def _hit_of(document: JsonDocument, totals: dict[str, Any], hit_key: str, total_key: str) -> tuple[int, int]:
    hit = document.expect(totals.get(hit_key), int, f"$.totals.{hit_key}")
    total = document.expect(totals.get(total_key), int, f"$.totals.{total_key}")
    if not 0 <= hit <= total:
        raise InputFileError(document.file, f"$.totals.{hit_key}: is {hit}, which is not in 0..{total} ({total_key})")
    return hit, total


FORMAT = Format(NAME, "coverage.py JSON", (Role.TESTS,), matches, read)
