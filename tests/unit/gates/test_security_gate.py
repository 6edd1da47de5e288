"""The gate security under gates/1: what each severity does in each context."""

import pytest

from gitgates.model.checks import GateStatus
from gitgates.model.metrics import SecurityScanResults
from gitgates.model.names import DeploymentContext
from tests.unit.gates.judge import (
    BLOCKED,
    DEVELOPMENT,
    FAILED,
    NOT_RUN,
    PASSED,
    PRODUCTION,
    STAGING,
    WARNING,
    judge_security,
    outcome,
)


@pytest.mark.parametrize(
    ("context", "counts", "expected"),
    [
        (STAGING, (0, 2, 10), (PASSED, True)),
        (STAGING, (1, 0, 0), (BLOCKED, False)),
        (STAGING, (0, 3, 0), (WARNING, False)),
        (STAGING, (0, 0, 11), (WARNING, True)),
        (STAGING, (0, 3, 11), (WARNING, False)),
        (STAGING, (1, 3, 11), (BLOCKED, False)),
        (DEVELOPMENT, (1, 5, 20), (PASSED, True)),
        (DEVELOPMENT, (2, 0, 0), (BLOCKED, False)),
        (DEVELOPMENT, (0, 6, 0), (WARNING, False)),
        (DEVELOPMENT, (0, 0, 21), (WARNING, True)),
        (PRODUCTION, (0, 0, 2), (PASSED, True)),
        (PRODUCTION, (1, 0, 0), (BLOCKED, False)),
        (PRODUCTION, (0, 1, 0), (WARNING, False)),
        (PRODUCTION, (0, 0, 3), (FAILED, False)),
        (PRODUCTION, (0, 1, 3), (FAILED, False)),
    ],
)
def test_vulnerabilities(
    context: DeploymentContext, counts: tuple[int, int, int], expected: tuple[GateStatus, bool]
) -> None:
    assert outcome(judge_security(SecurityScanResults(*counts), context)) == expected


def test_low_ones_never_fail() -> None:
    assert outcome(judge_security(SecurityScanResults(0, 0, 0, 10**6), PRODUCTION)) == (PASSED, True)


def test_unknown_severity() -> None:
    scan = SecurityScanResults(0, 0, 0, 0, unknown_vulnerabilities=2)
    assert outcome(judge_security(scan)) == (WARNING, True)
    assert outcome(judge_security(scan, PRODUCTION)) == (FAILED, False)
    assert judge_security(scan).message == "2 of unknown severity"
    assert outcome(judge_security(SecurityScanResults(0, 0, 0, 0, unknown_vulnerabilities=0), PRODUCTION)) == (
        PASSED,
        True,
    )


def test_severities_that_were_not_counted() -> None:
    scan = SecurityScanResults(0, 0)
    assert outcome(judge_security(scan)) == (WARNING, True)
    assert judge_security(scan).message == "medium vulnerabilities not measured"
    assert outcome(judge_security(scan, PRODUCTION)) == (FAILED, False)
    assert outcome(judge_security(SecurityScanResults(1), PRODUCTION)) == (BLOCKED, False)


@pytest.mark.parametrize(
    "scan",
    [None, SecurityScanResults(), SecurityScanResults(scan_tool="trivy"), SecurityScanResults(low_vulnerabilities=3),
     SecurityScanResults(unknown_vulnerabilities=0)],
)  # fmt: skip
def test_a_scan_that_counted_nothing_that_is_judged(scan: SecurityScanResults | None) -> None:
    for context in DeploymentContext:
        assert outcome(judge_security(scan, context)) == (NOT_RUN, False)


def test_nothing_counted_is_not_told_as_zero() -> None:
    assert judge_security(SecurityScanResults(scan_tool="trivy")).details == {"scan_tool": "trivy"}
    assert judge_security(SecurityScanResults(0, 1, 2, 3, "t", "trivy")).details["total_vulnerabilities"] == 6
