"""Results and reports."""

import json

import attrs
import pytest

from gitgates.errors import InvalidValue
from gitgates.model.checks import GateCheckResult, GateStatus, QualityGateReport
from gitgates.model.names import DeploymentContext

PASSED = GateCheckResult("tests", GateStatus.PASSED, True, "fine", {"pass_rate": 1.0}, "2026-11-23T12:00:00+00:00")
WARNED = GateCheckResult("security", GateStatus.WARNING, False, "3 high")
BLOCKED = GateCheckResult("model_quality", "blocked", False, "worse")


def test_words() -> None:
    assert [status.value for status in GateStatus] == ["passed", "failed", "blocked", "warning", "not_run"]
    assert BLOCKED.status is GateStatus.BLOCKED
    with pytest.raises(ValueError, match="odd"):
        GateCheckResult("tests", "odd", True, "")


def test_positional_construction() -> None:
    assert attrs.astuple(PASSED) == (
        "tests", GateStatus.PASSED, True, "fine", {"pass_rate": 1.0}, "2026-11-23T12:00:00+00:00",
    )  # fmt: skip
    report = QualityGateReport(DeploymentContext.STAGING, "veran", "v6.2", "now", (PASSED,))
    assert (report.context, report.model_name, report.model_version) == (DeploymentContext.STAGING, "veran", "v6.2")
    assert (report.timestamp, report.checks, report.evaluation) == ("now", (PASSED,), None)


def test_checks_become_a_tuple_and_the_context_is_known() -> None:
    report = QualityGateReport("production", "veran", "v1", checks=[PASSED])
    assert report.checks == (PASSED,)
    assert report.context is DeploymentContext.PRODUCTION
    with pytest.raises(InvalidValue, match="a context is 1 to 40 of a-z"):
        QualityGateReport("Prod EU", "veran", "v1")


def test_a_context_of_a_policys_own() -> None:
    report = QualityGateReport("prod-eu", "veran", "v1")
    assert report.context == "prod-eu"
    assert (report.context.value, type(report.context.value)) == ("prod-eu", str)
    assert report.to_dict()["context"] == report.summary()["context"] == f"{report.context}" == "prod-eu"


def _report(*checks: GateCheckResult) -> QualityGateReport:
    return QualityGateReport(DeploymentContext.STAGING, "veran", "v6.2", "now", checks)


def test_outcomes() -> None:
    assert _report(PASSED).all_passed()
    assert not _report().all_passed()
    assert not _report(PASSED, WARNED).all_passed()
    assert _report(PASSED, BLOCKED).any_blocked()
    assert not _report(PASSED, WARNED).any_blocked()
    assert _report(PASSED, WARNED, BLOCKED).failed_checks() == [WARNED, BLOCKED]


def test_summary() -> None:
    assert _report(PASSED, WARNED, BLOCKED).summary() == {
        "context": "staging",
        "model_name": "veran",
        "model_version": "v6.2",
        "timestamp": "now",
        "total_checks": 3,
        "passed_checks": 1,
        "failed_checks": 2,
        "all_passed": False,
        "any_blocked": True,
    }


def test_to_dict_is_fit_for_json() -> None:
    report = _report(PASSED, BLOCKED)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert {key: told[key] for key in report.summary()} == report.summary()
    assert told["checks"][0] == {
        "gate_name": "tests",
        "status": "passed",
        "passed": True,
        "message": "fine",
        "details": {"pass_rate": 1.0},
        "timestamp": "2026-11-23T12:00:00+00:00",
    }
