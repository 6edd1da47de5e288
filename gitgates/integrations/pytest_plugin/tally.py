"""What pytest tells of a run, as counts that are read by the rules for pytest-json-report.

The document has the shape of that plug-in's report, so there is one set of counting rules, and `check --test-metrics`
reads a document that was kept. A test counts once, whatever it is reported as:

1. A failure in any of its stages or subtests, a crash of its worker and an outcome that is unknown here make it failed.
2. Else a skip in any stage or subtest makes it skipped; an expected failure is one for pytest.
3. Else it passed if its call did. A test that was only set up has not run.
4. What a run before a rerun was, does not count.
"""

import json
from collections import Counter
from typing import Any

import pytest

_STAGES = ("setup", "call", "teardown")


class Tally:
    """Counts one run, on the process that sees all of it."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}
        self._rerun: set[str] = set()
        self._broken: set[str] = set()

    def add(self, report: pytest.TestReport) -> None:
        """Take the report of one stage of a test."""
        seen = self._seen.setdefault(report.nodeid, set())
        if str(report.outcome) == "rerun":  # the word of pytest-rerunfailures
            self._rerun.add(report.nodeid)
            seen.clear()
        elif report.outcome == "passed":
            seen.add(report.when)
        else:
            seen.add("skipped" if report.outcome == "skipped" else "failed")

    def add_broken(self, report: pytest.CollectReport) -> None:
        """Take a file that could not be collected."""
        self._broken.add(report.nodeid)

    def outcomes(self) -> dict[str, str]:
        """Return passed, failed or skipped for each test that ran, by node id."""
        found = {name: _outcome(seen) for name, seen in sorted(self._seen.items())}
        return {name: outcome for name, outcome in found.items() if outcome}

    @property
    def is_empty(self) -> bool:
        """Whether nothing ran, and nothing failed to be collected."""
        return not self.outcomes() and not self._broken

    def document(self, exit_code: int, duration: float, collected: int, deselected: int) -> bytes:
        """Return the run as a document: the same run gives the same bytes, but for the duration.

        Args:
            collected: how many tests were to run.
            deselected: how many more were collected.
        """
        outcomes = self.outcomes()
        value = {
            "duration": round(duration, 3),
            "exitcode": exit_code,
            "root": ".",
            "summary": {
                **Counter(outcomes.values()),
                "collected": max(collected, len(outcomes)) + deselected,
                "deselected": deselected,
                "total": len(outcomes),
            },
            "collectors": [{"nodeid": name, "outcome": "failed"} for name in sorted(self._broken)],
            "tests": [self._test(name, outcome) for name, outcome in outcomes.items()],
        }
        return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()

    def _test(self, name: str, outcome: str) -> dict[str, Any]:
        if name not in self._rerun or outcome == "skipped":
            return {"nodeid": name, "outcome": outcome}
        return {"nodeid": name, "outcome": "rerun", **{stage: {"outcome": outcome} for stage in _STAGES}}


def _outcome(seen: set[str]) -> str:
    """Return the class of a test by what was seen of its last run: the stages that passed, and failed or skipped."""
    for worst in ("failed", "skipped"):
        if worst in seen:
            return worst
    return "passed" if "call" in seen else ""
