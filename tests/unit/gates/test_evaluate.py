"""All gates together, and the door to the versions of the rules."""

from typing import Any

import attrs
import pytest

from gitgates.errors import CannotDecide
from gitgates.gates.evaluate import GATES, all_passed, evaluate, findings
from gitgates.gates.findings import Verdict
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import NAMES
from tests.unit.gates.judge import NOT_RUN, PASSED, PRODUCTION, STAGING, WARNING, evaluation_in

GOOD = Metrics(
    TestMetrics(10, 10, coverage_percent=95),
    ModelMetrics(0.9, throughput_tokens_per_sec=50),
    SecurityScanResults(0, 0, 0),
)


def _all(metrics: Metrics, required: tuple[str, ...] = (), context: DeploymentContext = PRODUCTION) -> list[Any]:
    evaluation = attrs.evolve(evaluation_in(context, context is PRODUCTION, required), metrics=metrics)
    return [(check.gate_name, check.status, check.timestamp) for check in evaluate(evaluation, "now")]


def test_what_was_measured_is_judged_in_order() -> None:
    assert GATES == ("tests", "model_quality", "security")
    assert _all(GOOD) == [(gate, PASSED, "now") for gate in GATES]
    assert _all(Metrics(security=GOOD.security)) == [("security", PASSED, "now")]
    assert _all(Metrics()) == []


def test_required_gates_that_did_not_run_are_told() -> None:
    assert _all(Metrics(tests=GOOD.tests), GATES) == [
        ("tests", PASSED, "now"), ("model_quality", NOT_RUN, "now"), ("security", NOT_RUN, "now"),
    ]  # fmt: skip
    assert _all(Metrics(), ("tests", "unknown")) == [("tests", NOT_RUN, "now")]


def test_all_passed() -> None:
    passed, failed = GateCheckResult("a", PASSED, True, ""), GateCheckResult("b", WARNING, False, "")
    assert all_passed((passed,))
    assert not all_passed((passed, failed))
    assert not all_passed(())


def test_newer_rules() -> None:
    evaluation = attrs.evolve(evaluation_in(STAGING, False, ()), rules="gates/3")
    for function in (evaluate, findings):
        with pytest.raises(CannotDecide, match="made under the rules 'gates/3'") as caught:
            function(evaluation)
        assert caught.value.cause == "newer format"


def _missing(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    found = findings(evaluation)
    return [(gate, f.text, f.threshold) for gate in found for f in found[gate] if f.verdict is Verdict.MISSING]


def test_findings_tell_what_is_missing_and_for_which_threshold() -> None:
    metrics = Metrics(TestMetrics(10, 0), ModelMetrics(0.1), SecurityScanResults(9))
    evaluation = attrs.evolve(evaluation_in(STAGING, False, ()), metrics=metrics)
    assert _missing(evaluation) == [
        ("tests", "coverage not measured", "min_code_coverage"),
        ("model_quality", "throughput not measured", "min_throughput_tokens_per_sec"),
        ("security", "high vulnerabilities not measured", "max_high_vulnerabilities"),
        ("security", "medium vulnerabilities not measured", "max_medium_vulnerabilities"),
    ]
    assert _missing(attrs.evolve(evaluation, metrics=GOOD)) == []
    assert findings(attrs.evolve(evaluation, metrics=Metrics())) == {}


def test_every_threshold_has_its_finding() -> None:
    model = ModelMetrics(0.9, None, None, None, 1, 50, 1, 0.9, 1, 1)
    evaluation = attrs.evolve(evaluation_in(STAGING, False, ()), metrics=attrs.evolve(GOOD, model=model))
    told = [finding.threshold for found in findings(evaluation).values() for finding in found]
    assert sorted(told) == sorted(NAMES)
    relative = {finding.threshold for finding in findings(evaluation)["model_quality"] if finding.relative}
    assert relative == {"max_regression", "max_latency_increase", "max_memory_increase_percent"}
