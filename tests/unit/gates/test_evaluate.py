"""All gates together, and the door to the versions of the rules."""

from typing import Any

import attrs
import pytest

from gitgates.errors import CannotDecide
from gitgates.gates.evaluate import GATES, all_passed, evaluate, missing_numbers
from gitgates.model.checks import GateCheckResult
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
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
    evaluation = attrs.evolve(evaluation_in(STAGING, False, ()), rules="gates/2")
    for function in (evaluate, missing_numbers):
        with pytest.raises(CannotDecide, match="made under the rules 'gates/2'") as caught:
            function(evaluation)
        assert caught.value.cause == "newer format"


def test_missing_numbers() -> None:
    metrics = Metrics(TestMetrics(10, 0), ModelMetrics(0.1), SecurityScanResults(9))
    evaluation = attrs.evolve(evaluation_in(STAGING, False, ()), metrics=metrics)
    assert missing_numbers(evaluation) == (
        ("tests", "coverage not measured"),
        ("model_quality", "throughput not measured"),
        ("security", "high vulnerabilities not measured"),
        ("security", "medium vulnerabilities not measured"),
    )
    assert missing_numbers(attrs.evolve(evaluation, metrics=GOOD)) == ()
    assert missing_numbers(attrs.evolve(evaluation, metrics=Metrics())) == ()
