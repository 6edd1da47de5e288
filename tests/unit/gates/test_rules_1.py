"""The rules gates/1 as tables: each threshold at, just below and just above; what is missing; what ran."""

import json
import math
from typing import Any

import attrs
import pytest

from gitgates.errors import CannotDecide
from gitgates.gates import rules_1
from gitgates.gates.evaluate import CURRENT_RULES, GATES, all_passed, evaluate, missing_numbers
from gitgates.model.checks import Evaluation, GateCheckResult, GateStatus
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import GateThresholds, default_thresholds

PASSED, FAILED, BLOCKED, WARNING, NOT_RUN = GateStatus
DEVELOPMENT, STAGING, PRODUCTION = DeploymentContext


def _evaluation(context: DeploymentContext, evidence: bool, required: tuple[str, ...], **limits: float) -> Evaluation:
    thresholds = GateThresholds.from_dict(default_thresholds(context).to_dict() | limits)
    return Evaluation(CURRENT_RULES, context, required, evidence, thresholds, Metrics())


def _tests(metrics: TestMetrics | None, context: DeploymentContext = STAGING, **limits: float) -> GateCheckResult:
    return rules_1.check_tests(metrics, _evaluation(context, context is PRODUCTION, (), **limits), "")


def _model(metrics: ModelMetrics | None, context: DeploymentContext = STAGING, **limits: float) -> GateCheckResult:
    limits = {"min_throughput_tokens_per_sec": 0, **limits}
    return rules_1.check_model_quality(metrics, _evaluation(context, context is PRODUCTION, (), **limits), "")


def _security(
    metrics: SecurityScanResults | None, context: DeploymentContext = STAGING, **limits: float
) -> GateCheckResult:
    return rules_1.check_security(metrics, _evaluation(context, context is PRODUCTION, (), **limits), "")


def _outcome(check: GateCheckResult) -> tuple[GateStatus, bool]:
    json.dumps(check.to_dict(), allow_nan=False)
    return check.status, check.passed


# --- tests ---


@pytest.mark.parametrize(
    ("passed", "total", "minimum", "met"),
    [
        (19, 20, 0.95, True),
        (18, 20, 0.95, False),
        (20, 20, 0.95, True),
        (3, 10, 0.3, True),
        (3, 10, 0.1 + 0.2, False),  # 0.30000000000000004 is what was asked for, and 3/10 is less
        (49, 50, 0.98, True),
        (97, 99, 0.98, False),
        (29, 100, 0.29, True),  # 0.29 * 100 is 28.999999999999996 in binary, 0.57 * 100 is 56.99999999999999
        (57, 100, 0.57, True),
        (58, 100, 0.58, True),
        (2**62 - 1, 2**62, 1, False),  # as doubles both are the same
        (2, 3, 0.6666666666666666, True),
        (2, 3, 0.6666666666666667, False),
        (0, 5, 0, True),
    ],
)
def test_pass_rate(passed: int, total: int, minimum: float, met: bool) -> None:
    check = _tests(TestMetrics(total, passed), min_test_pass_rate=minimum, min_code_coverage=0)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(
    ("coverage", "minimum", "met"),
    [
        (80, 0.8, True),
        (80.0, 0.8, True),
        (79.99999999999999, 0.8, False),
        (80.00000000000001, 0.8, True),
        (29, 0.29, True),
        (57, 0.57, True),
        (30, 0.1 + 0.2, False),
        (100, 1, True),
        (0, 0, True),
    ],
)
def test_coverage(coverage: float, minimum: float, met: bool) -> None:
    check = _tests(TestMetrics(1, 1, coverage_percent=coverage), min_code_coverage=minimum)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


def test_skipped_tests_do_not_count_and_errors_count_as_failures() -> None:
    assert _outcome(_tests(TestMetrics(100, 95, 0, 5, coverage_percent=90))) == (PASSED, True)
    assert _outcome(_tests(TestMetrics(100, 90, 0, 5, coverage_percent=90))) == (BLOCKED, False)  # 5 errors


@pytest.mark.parametrize(
    "metrics", [TestMetrics(0), TestMetrics(0, 0), TestMetrics(5, 0, 0, 5), TestMetrics(5, skipped_tests=5)]
)
@pytest.mark.parametrize("minimum", [0, 0.95])
def test_where_no_test_ran_the_gate_does_not_pass(metrics: TestMetrics, minimum: float) -> None:
    check = _tests(metrics, min_test_pass_rate=minimum, min_code_coverage=0)
    assert _outcome(check) == (BLOCKED, False)
    assert check.message == "no test ran"


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (TestMetrics(10, 10), "coverage not measured"),
        (TestMetrics(coverage_percent=90), "pass rate not measured"),
        (TestMetrics(10, coverage_percent=90), "pass rate not measured"),
    ],
)
def test_what_is_not_measured_of_tests(metrics: TestMetrics, message: str) -> None:
    for context in (DEVELOPMENT, STAGING):
        assert _outcome(_tests(metrics, context)) == (WARNING, True)
        assert _tests(metrics, context).message == message
    assert _outcome(_tests(metrics, PRODUCTION)) == (BLOCKED, False)


@pytest.mark.parametrize(
    "metrics", [None, TestMetrics(), TestMetrics(duration_seconds=3), TestMetrics(10), TestMetrics(10, failed_tests=1)]
)
def test_tests_where_nothing_that_is_judged_was_measured(metrics: TestMetrics | None) -> None:
    for context in DeploymentContext:
        assert _outcome(_tests(metrics, context)) == (NOT_RUN, False)


def test_a_minimum_of_zero_needs_no_number() -> None:
    assert _outcome(_tests(TestMetrics(10, 10), PRODUCTION, min_code_coverage=0)) == (PASSED, True)
    only_coverage = TestMetrics(coverage_percent=95)
    assert _outcome(_tests(only_coverage, PRODUCTION, min_test_pass_rate=0)) == (PASSED, True)
    assert _outcome(_tests(TestMetrics(10), min_test_pass_rate=0, min_code_coverage=0)) == (NOT_RUN, False)


def test_the_message_and_details_of_tests() -> None:
    check = _tests(TestMetrics(20, 18, 2, 0, 1.5, 70))
    assert check.message == "pass rate 90.00% (18/20) is below 95.00%; coverage 70.00% is below 80.00%"
    assert check.details == {
        "total_tests": 20,
        "passed_tests": 18,
        "failed_tests": 2,
        "skipped_tests": 0,
        "duration_seconds": 1.5,
        "coverage_percent": 70,
        "pass_rate": 0.9,
    }
    assert _tests(TestMetrics(20, 20, coverage_percent=80)).message == (
        "pass rate 100.00% (20/20) meets 95.00%; coverage 80.00% meets 80.00%"
    )
    assert "pass_rate" not in _tests(TestMetrics(20, coverage_percent=80)).details


# --- model quality ---


@pytest.mark.parametrize(("score", "met"), [(0.7, True), (0.6999999999999999, False), (0.7000000000000001, True)])
def test_quality_score(score: float, met: bool) -> None:
    assert _outcome(_model(ModelMetrics(score))) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(
    ("score", "baseline", "limit", "met"),
    [
        (0.95, 1, 0.05, True),
        (0.9499999999999999, 1, 0.05, False),
        (0.9500000000000001, 1, 0.05, True),
        (0.855, 0.9, 0.05, True),  # (0.9 - 0.855) / 0.9 is 0.05000000000000004 in binary
        (0.8549999999999999, 0.9, 0.05, False),
        (0.9, 0.9, 0, True),
        (0.8999999999999999, 0.9, 0, False),
        (1, 0.5, 0, True),  # an improvement is no regression
    ],
)
def test_regression(score: float, baseline: float, limit: float, met: bool) -> None:
    check = _model(ModelMetrics(score, baseline_quality_score=baseline), max_regression=limit)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(
    ("latency", "baseline", "limit", "met"),
    [
        (120, 100, 0.2, True),
        (120.00000000000001, 100, 0.2, False),
        (119.99999999999999, 100, 0.2, True),
        (0.12, 0.1, 0.2, True),  # (0.12 - 0.1) / 0.1 is 0.1999999999999999
        (0.33, 0.3, 0.1, True),  # (0.33 - 0.3) / 0.3 is 0.10000000000000009
        (1.1, 1, 0.1, True),  # 1.1 - 1 is 0.10000000000000009
        (50, 100, 0, True),
        (1e308, 5e-324, 1, False),
        (5e-324, 1e308, 0, True),
    ],
)
def test_latency(latency: float, baseline: float, limit: float, met: bool) -> None:
    metrics = ModelMetrics(0.9, latency_ms=latency, baseline_latency_ms=baseline)
    check = _model(metrics, max_latency_increase=limit)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(
    ("memory", "baseline", "limit", "met"),
    [
        (115, 100, 15, True),
        (115.00000000000001, 100, 15, False),
        (1.15, 1, 15, True),
        (2.1, 2, 5, True),
        (9, 10, 0, True),
    ],
)
def test_memory_in_percent(memory: float, baseline: float, limit: float, met: bool) -> None:
    check = _model(ModelMetrics(0.9, memory_mb=memory, baseline_memory_mb=baseline), max_memory_increase_percent=limit)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(("throughput", "met"), [(10, True), (9.999999999999998, False), (10.000000000000002, True)])
def test_throughput(throughput: float, met: bool) -> None:
    check = _model(ModelMetrics(0.9, throughput_tokens_per_sec=throughput), min_throughput_tokens_per_sec=10)
    assert _outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        (ModelMetrics(None, latency_ms=1, baseline_latency_ms=1), "quality score not measured"),
        (
            ModelMetrics(0.9, baseline_latency_ms=100),
            "latency not comparable: not measured, though the baseline is 100",
        ),
        (ModelMetrics(0.9, baseline_memory_mb=100), "memory not comparable: not measured, though the baseline is 100"),
        (ModelMetrics(0.9, latency_ms=1, baseline_latency_ms=0), "latency not comparable: the baseline is 0"),
        (ModelMetrics(0.9, memory_mb=1, baseline_memory_mb=0.0), "memory not comparable: the baseline is 0"),
        (ModelMetrics(0.9, baseline_quality_score=0), "quality score not comparable: the baseline is 0"),
    ],
)
def test_what_is_not_measured_or_comparable_of_a_model(metrics: ModelMetrics, message: str) -> None:
    for context in (DEVELOPMENT, STAGING):
        assert _outcome(_model(metrics, context)) == (WARNING, True)
        assert _model(metrics, context).message == message
    assert _outcome(_model(metrics, PRODUCTION)) == (BLOCKED, False)


def test_throughput_not_measured() -> None:
    check = _model(ModelMetrics(0.9), min_throughput_tokens_per_sec=10)
    assert (_outcome(check), check.message) == ((WARNING, True), "throughput not measured")


@pytest.mark.parametrize(
    "metrics",
    [None, ModelMetrics(None), ModelMetrics(None, accuracy=0.99, f1_score=0.99), ModelMetrics(None, latency_ms=5),
     ModelMetrics(None, baseline_quality_score=0.9), ModelMetrics(None, latency_ms=5, baseline_latency_ms=0)],
)  # fmt: skip
def test_a_model_of_which_nothing_that_is_judged_was_measured(metrics: ModelMetrics | None) -> None:
    for context in DeploymentContext:
        assert _outcome(_model(metrics, context)) == (NOT_RUN, False)


def test_without_a_baseline_there_is_nothing_to_compare() -> None:
    assert _outcome(_model(ModelMetrics(0.9, latency_ms=1e9, memory_mb=1e9), PRODUCTION)) == (PASSED, True)


def test_the_details_of_a_model() -> None:
    metrics = ModelMetrics(0.9, latency_ms=110, baseline_latency_ms=100, baseline_quality_score=0.8)
    details = _model(metrics).details
    assert details["latency_increase_percent"] == pytest.approx(0.1)
    assert details["regression_percent"] == 0.0
    assert "memory_increase_percent" not in details


def test_details_hold_no_infinity() -> None:
    details = _model(ModelMetrics(0.9, latency_ms=1e308, baseline_latency_ms=5e-324)).details
    assert all(math.isfinite(value) for value in details.values())


# --- security ---


@pytest.mark.parametrize(
    ("context", "counts", "outcome"),
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
    context: DeploymentContext, counts: tuple[int, int, int], outcome: tuple[GateStatus, bool]
) -> None:
    assert _outcome(_security(SecurityScanResults(*counts), context)) == outcome


def test_low_ones_never_fail() -> None:
    assert _outcome(_security(SecurityScanResults(0, 0, 0, 10**6), PRODUCTION)) == (PASSED, True)


def test_unknown_severity() -> None:
    scan = SecurityScanResults(0, 0, 0, 0, unknown_vulnerabilities=2)
    assert _outcome(_security(scan)) == (WARNING, True)
    assert _outcome(_security(scan, PRODUCTION)) == (FAILED, False)
    assert _security(scan).message == "2 of unknown severity"
    assert _outcome(_security(SecurityScanResults(0, 0, 0, 0, unknown_vulnerabilities=0), PRODUCTION)) == (PASSED, True)


def test_severities_that_were_not_counted() -> None:
    scan = SecurityScanResults(0, 0)
    assert _outcome(_security(scan)) == (WARNING, True)
    assert _security(scan).message == "medium vulnerabilities not measured"
    assert _outcome(_security(scan, PRODUCTION)) == (FAILED, False)
    assert _outcome(_security(SecurityScanResults(1), PRODUCTION)) == (BLOCKED, False)


@pytest.mark.parametrize(
    "scan",
    [None, SecurityScanResults(), SecurityScanResults(scan_tool="trivy"), SecurityScanResults(low_vulnerabilities=3),
     SecurityScanResults(unknown_vulnerabilities=0)],
)  # fmt: skip
def test_a_scan_that_counted_nothing_that_is_judged(scan: SecurityScanResults | None) -> None:
    for context in DeploymentContext:
        assert _outcome(_security(scan, context)) == (NOT_RUN, False)


def test_nothing_counted_is_not_told_as_zero() -> None:
    assert _security(SecurityScanResults(scan_tool="trivy")).details == {"scan_tool": "trivy"}
    assert _security(SecurityScanResults(0, 1, 2, 3, "t", "trivy")).details["total_vulnerabilities"] == 6


# --- all ---

GOOD = Metrics(
    TestMetrics(10, 10, coverage_percent=95),
    ModelMetrics(0.9, throughput_tokens_per_sec=50),
    SecurityScanResults(0, 0, 0),
)


def _all(metrics: Metrics, required: tuple[str, ...] = (), context: DeploymentContext = PRODUCTION) -> list[Any]:
    evaluation = attrs.evolve(_evaluation(context, context is PRODUCTION, required), metrics=metrics)
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
    evaluation = attrs.evolve(_evaluation(STAGING, False, ()), rules="gates/2")
    for function in (evaluate, missing_numbers):
        with pytest.raises(CannotDecide, match="made under the rules 'gates/2'") as caught:
            function(evaluation)
        assert caught.value.cause == "newer format"


def test_missing_numbers() -> None:
    metrics = Metrics(TestMetrics(10, 0), ModelMetrics(0.1), SecurityScanResults(9))
    evaluation = attrs.evolve(_evaluation(STAGING, False, ()), metrics=metrics)
    assert missing_numbers(evaluation) == (
        ("tests", "coverage not measured"),
        ("model_quality", "throughput not measured"),
        ("security", "high vulnerabilities not measured"),
        ("security", "medium vulnerabilities not measured"),
    )
    assert missing_numbers(attrs.evolve(evaluation, metrics=GOOD)) == ()
    assert missing_numbers(attrs.evolve(evaluation, metrics=Metrics())) == ()
