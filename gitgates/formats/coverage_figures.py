"""Which figure of a coverage report is taken, and how its percent is made of its counts.

| figure | percent |
|---|---|
| lines | lines hit of all lines |
| branches | branches hit of all branches |
| total | lines and branches hit of all lines and branches |

A report can tell its counts twice, in a header and in the parts below it. Where these differ, the lower percent is
taken and a note says so: the higher one rests on counts that the same file contradicts.
"""

from collections.abc import Sequence

from gitgates.errors import InputFileError
from gitgates.formats.base import Reading, measured
from gitgates.formats.options import ReadOptions
from gitgates.model.frozen import frozen
from gitgates.model.metric_paths import COVERAGE
from gitgates.model.metrics import TestMetrics

ROUNDING = 0.01
"""Percent points by which two figures of one report may differ without being told of."""


@frozen
class Part:
    """How many lines or branches were hit, of how many."""

    hit: int
    total: int


@frozen
class Counts:
    """What one place of a report tells.

    Attributes:
        place: where it stands, as words for a note, e.g. `the header`.
        lines, branches: None where it does not tell; no branch at all says nothing of branches either.
    """

    place: str
    lines: Part | None
    branches: Part | None = None

    def of(self, figure: str) -> Part | None:
        """Return the counts of a figure, None where this place does not tell it."""
        branches = self.branches if self.branches and self.branches.total else None
        if figure == "lines":
            return self.lines
        if figure == "branches" or self.lines is None or branches is None:
            return branches if figure == "branches" else None
        return Part(self.lines.hit + branches.hit, self.lines.total + branches.total)


def checked_part(file: str, hit: int, total: int, where: str, of: str) -> Part:
    """Return the counts; `where` names that of what was hit in the file, and `of` that of all.

    Raises:
        InputFileError: more were hit than there are, or fewer than none.
    """
    if not 0 <= hit <= total:
        raise InputFileError(file, f"{where}: is {hit}, which is not in 0..{total} ({of})")
    return Part(hit, total)


def reading_of(file: str, format_name: str, options: ReadOptions, default: str, places: Sequence[Counts]) -> Reading:
    """Return the coverage of a report.

    Args:
        default: the figure that the format states as its own; `--coverage` chooses another.
        places: all places of the report that tell counts, the header first.

    Raises:
        InputFileError: the report does not tell the figure, or no code was measured.
    """
    figure = options.coverage or default
    told = [(place, part) for place in places if (part := place.of(figure)) is not None]
    if not told:
        raise InputFileError(file, f"tells nothing of {_WORDS[figure]}", remedy=_remedy(figure, options))
    if not any(part.total for _, part in told):
        raise InputFileError(file, f"tells of 0 {figure if figure == 'branches' else 'lines'}, no code was measured")
    percents = ((100 * part.hit / part.total, place) for place, part in told if part.total)
    ordered = sorted(percents, key=lambda pair: pair[0])
    metrics = measured(file, TestMetrics, {"coverage_percent": ordered[0][0]})
    notes = (_counted(figure, places), *_disagreement(ordered))
    return Reading(file, format_name, metrics, notes, ((COVERAGE, figure),))


_WORDS = {"lines": "lines", "branches": "branches", "total": "lines and branches together"}
_MEASURE = {"lines": "Measure lines", "branches": "Measure branches", "total": "Measure branches too"}
_CHOOSE = {"total": "choose --coverage lines"}


def _remedy(figure: str, options: ReadOptions) -> str:
    if COVERAGE in options.pinned:
        return f"{_MEASURE[figure]}: the policy pins {COVERAGE} to {figure}; an admin can change metric_paths there"
    return f"{_MEASURE[figure]}, or {_CHOOSE.get(figure, 'choose another figure with --coverage')}"


def _counted(figure: str, places: Sequence[Counts]) -> str:
    lines = next((place.lines for place in places if place.lines and place.lines.total), None)
    alone = f" ({100 * lines.hit / lines.total:.2f}% of lines alone)" if lines and figure != "lines" else ""
    return f"coverage counts {'lines and branches' if figure == 'total' else figure}{alone}"


def _disagreement(ordered: Sequence[tuple[float, Counts]]) -> tuple[str, ...]:
    (low, low_place), (high, high_place) = ordered[0], ordered[-1]
    if high - low <= ROUNDING:
        return ()
    return (f"{high_place.place} makes {high:.2f}% coverage and {low_place.place} {low:.2f}%; the lower one is taken",)
