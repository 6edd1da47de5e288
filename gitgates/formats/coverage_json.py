"""The JSON report of coverage.py (`coverage json`, `pytest --cov-report=json`), formats 2 and 3 (coverage.py 5 to 7).

The figure taken is the total, `totals.percent_covered`. With branch coverage it counts branches too: 100 * (lines +
branches hit) / (lines + branches), which is what coverage.py prints and what its `fail_under` holds. Without, it counts
lines alone.
"""

from typing import Any

from gitgates.errors import InputFileError
from gitgates.formats.base import Format, Reading, Role, measured
from gitgates.formats.coverage_figures import ROUNDING, Counts, Part, checked_part, reading_of
from gitgates.formats.document import Document, JsonDocument, as_json
from gitgates.formats.options import ReadOptions
from gitgates.model.metrics import TestMetrics

NAME = "coverage-json"
_PERCENT = "$.totals.percent_covered"


def matches(document: Document) -> bool:
    """Tell whether this is coverage.py's JSON."""
    return (
        isinstance(document, JsonDocument)
        and isinstance(document.value, dict)
        and document.value.keys() >= {"meta", "totals"}
        and isinstance(document.value["totals"], dict)
        and "percent_covered" in document.value["totals"]
    )


def read(document: Document, options: ReadOptions) -> Reading:
    """Return the coverage of the whole project."""
    document = as_json(document)
    totals = _counts(document, "$.totals", document.value["totals"], "$.totals")
    own = totals.of("total") or totals.lines
    if own is None or not own.total:  # coverage.py calls this 100 percent
        raise InputFileError(document.file, "$.totals.num_statements: is 0, no code was measured")
    _check_percent(document, own)
    places = [totals, *_of_files(document)]
    return reading_of(document.file, NAME, options, "total" if totals.of("total") else "lines", places)


def _check_percent(document: JsonDocument, counted: Part) -> None:
    """Refuse a figure that its own counts contradict."""
    percent = document.value["totals"]["percent_covered"]
    told = measured(document.file, TestMetrics, {"coverage_percent": percent}, {"coverage_percent": _PERCENT})
    if told.coverage_percent is None:
        raise InputFileError(document.file, f"{_PERCENT}: is missing")
    made = 100 * counted.hit / counted.total
    if abs(made - told.coverage_percent) > ROUNDING:
        fault = f"{_PERCENT}: is {percent}, but {counted.hit} of {counted.total} is {made:.2f}"
        raise InputFileError(document.file, fault)


def _of_files(document: JsonDocument) -> list[Counts]:
    """Return the sum of all files' summaries, where the report lists files."""
    files = document.value.get("files")
    if not files:
        return []
    parts = []
    for name, file in document.expect(files, dict, "$.files").items():
        where = f"$.files[{name[:80]!r}]"
        summary = document.expect(document.expect(file, dict, where).get("summary"), dict, f"{where}.summary")
        parts.append(_counts(document, name, summary, f"{where}.summary"))
    lines, branches = ([getattr(part, kind) for part in parts] for kind in ("lines", "branches"))
    return [Counts("the sum of all files", _sum(lines), _sum([part for part in branches if part is not None]))]


def _sum(parts: list[Part]) -> Part:
    return Part(sum(part.hit for part in parts), sum(part.total for part in parts))


def _counts(document: JsonDocument, place: str, summary: dict[str, Any], where: str) -> Counts:
    lines = _part(document, summary, where, ("covered_lines", "num_statements"))
    if "num_branches" not in summary:
        return Counts(place, lines)
    return Counts(place, lines, _part(document, summary, where, ("covered_branches", "num_branches")))


def _part(document: JsonDocument, summary: dict[str, Any], where: str, keys: tuple[str, str]) -> Part:
    hit, total = (document.expect(summary.get(key), int, f"{where}.{key}") for key in keys)
    return checked_part(document.file, hit, total, f"{where}.{keys[0]}", keys[1])


FORMAT = Format(NAME, "coverage.py JSON", (Role.TESTS,), matches, read)
