"""The rules `gates/2` on vulnerabilities of unknown severity, where the policy allows them."""

import attrs
import pytest

from gitgates.gates.evaluate import evaluate, findings
from gitgates.gates.findings import Verdict
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.metrics import Metrics, SecurityScanResults
from gitgates.model.names import DeploymentContext
from gitgates.model.vulnerabilities import Vulnerability
from tests.unit.gates.judge import FAILED, NOT_RUN, PASSED, PRODUCTION, STAGING, WARNING, evaluation_in, outcome

CLEAN = SecurityScanResults(0, 0, 0, 0)
TWO = attrs.evolve(CLEAN, unknown_vulnerabilities=2, vulnerabilities=(Vulnerability("PYSEC-1", "unknown", 2),))


def evaluation(
    scan: SecurityScanResults | None, context: DeploymentContext = PRODUCTION, *, evidence: bool = True
) -> Evaluation:
    plain = evaluation_in(context, evidence, ("security",))
    return attrs.evolve(plain, metrics=Metrics(security=scan), rules="gates/2", allow_unknown_severities=True)


def judge(
    scan: SecurityScanResults | None, context: DeploymentContext = PRODUCTION, *, evidence: bool = True
) -> GateCheckResult:
    (check,) = evaluate(evaluation(scan, context, evidence=evidence), "2026-11-23T09:30:00+00:00")
    return check


@pytest.mark.parametrize("context", [PRODUCTION, STAGING])
def test_they_are_a_warning_that_passes(context: DeploymentContext) -> None:
    check = judge(TWO, context)
    assert outcome(check) == (WARNING, True)
    assert check.message == "2 of unknown severity, allowed by the policy"
    assert check.details["unknown_vulnerabilities"] == 2
    assert check.timestamp == "2026-11-23T09:30:00+00:00"


def test_the_others_are_judged_as_ever() -> None:
    check = judge(attrs.evolve(TWO, medium_vulnerabilities=3))
    assert outcome(check) == (FAILED, False)
    assert check.message == "3 medium (more than the allowed 2); 2 of unknown severity, allowed by the policy"
    assert outcome(judge(attrs.evolve(TWO, high_vulnerabilities=1))) == (WARNING, False)


def test_without_any_nothing_is_said_of_them() -> None:
    check = judge(attrs.evolve(CLEAN, unknown_vulnerabilities=0))
    assert outcome(check) == (PASSED, True)
    assert "unknown" not in check.message


def test_a_count_that_is_missing_fails_where_evidence_is_required() -> None:
    scan = SecurityScanResults(unknown_vulnerabilities=1)
    assert outcome(judge(scan)) == (FAILED, False)
    assert outcome(judge(scan, evidence=False)) == (WARNING, True)
    assert outcome(judge(SecurityScanResults(scan_tool="trivy"))) == (NOT_RUN, False)
    assert outcome(judge(None)) == (NOT_RUN, False)


def test_where_they_are_not_allowed_the_rules_are_those_of_gates_1() -> None:
    refusing = attrs.evolve(evaluation(TWO), allow_unknown_severities=False)
    (check,) = evaluate(refusing)
    assert outcome(check) == (FAILED, False)
    assert evaluate(refusing) == evaluate(attrs.evolve(refusing, rules="gates/1"))


def test_the_rules_of_gates_1_never_allow_them() -> None:
    (check,) = evaluate(attrs.evolve(evaluation(TWO), rules="gates/1"))
    assert (outcome(check), check.message) == ((FAILED, False), "2 of unknown severity")


def test_what_was_found_of_each() -> None:
    found = findings(evaluation(TWO))["security"]
    assert [(one.verdict, one.threshold) for one in found] == [
        (Verdict.MET, "max_critical_vulnerabilities"),
        (Verdict.MET, "max_high_vulnerabilities"),
        (Verdict.MET, "max_medium_vulnerabilities"),
        (Verdict.NOTED, ""),
    ]
    assert findings(evaluation(None)) == {}
