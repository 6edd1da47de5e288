"""What one comparison found, and how the findings of a gate make its result."""

from collections.abc import Container, Iterable
from enum import Enum
from typing import Any

from gitgates.model.checks import GateCheckResult, GateStatus
from gitgates.model.frozen import frozen


class Verdict(Enum):
    """What a comparison says of its gate."""

    MET = "met"
    MISSING = "missing"
    """A number that a threshold needs was not measured, or cannot be compared."""
    NOTED = "noted"
    """Worth a warning, and passes."""
    REFUSED = "refused"
    """A warning that does not pass."""
    FAILED = "failed"
    BLOCKED = "blocked"


@frozen
class Finding:
    """One comparison of a number with a threshold.

    Attributes:
        threshold: its name, "" where none was compared with.
        relative: whether a baseline took part.
    """

    verdict: Verdict
    text: str
    threshold: str = ""
    relative: bool = False

    def excused_by(self, waived: Container[str]) -> bool:
        """Tell whether a waiver of one of these thresholds covers this.

        A number that was not measured is covered only where it could not be compared with a baseline.
        """
        return self.threshold in waived and (self.verdict is not Verdict.MISSING or self.relative)


_STATUS = {
    Verdict.BLOCKED: (GateStatus.BLOCKED, False),
    Verdict.FAILED: (GateStatus.FAILED, False),
    Verdict.REFUSED: (GateStatus.WARNING, False),
    Verdict.NOTED: (GateStatus.WARNING, True),
}
_WORST_FIRST = tuple(_STATUS)
FAILING = frozenset(verdict for verdict, (_, passed) in _STATUS.items() if not passed)
"""What keeps a gate from passing."""


def not_run(gate: str, timestamp: str, details: dict[str, Any] | None = None) -> GateCheckResult:
    """Return the result of a gate for which nothing was measured that it could judge."""
    told = "not run: nothing was measured that this gate judges" if details else "not run: nothing was measured"
    return GateCheckResult(gate, GateStatus.NOT_RUN, False, told, details or {}, timestamp)


def result(
    gate: str,
    findings: Iterable[Finding],
    missing_is: Verdict,
    details: dict[str, Any],
    timestamp: str,
) -> GateCheckResult:
    """Return the result of a gate: the worst finding decides, and the message tells every finding that is not met.

    A gate that compared nothing has not run, whatever was measured beside what it needs.

    Args:
        missing_is: what a missing number counts as: NOTED, or worse where evidence is required.
    """
    findings = tuple(findings)
    if all(item.verdict is Verdict.MISSING for item in findings):
        return not_run(gate, timestamp, details)
    found = [Finding(missing_is, item.text) if item.verdict is Verdict.MISSING else item for item in findings]
    for verdict in _WORST_FIRST:
        if any(item.verdict is verdict for item in found):
            status, passed = _STATUS[verdict]
            break
    else:
        status, passed = GateStatus.PASSED, True
    told = [item.text for item in found if item.verdict is not Verdict.MET] or [item.text for item in found]
    return GateCheckResult(gate, status, passed, "; ".join(told), details, timestamp)
