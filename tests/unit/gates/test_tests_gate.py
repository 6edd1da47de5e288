"""The gate tests under gates/1: pass rate and coverage at, just below and just above; what is missing; what ran."""

import pytest

from gitgates.model.metrics import TestMetrics
from gitgates.model.names import DeploymentContext
from tests.unit.gates.judge import (
    BLOCKED,
    DEVELOPMENT,
    NOT_RUN,
    PASSED,
    PRODUCTION,
    STAGING,
    WARNING,
    judge_tests,
    outcome,
)


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
    check = judge_tests(TestMetrics(total, passed), min_test_pass_rate=minimum, min_code_coverage=0)
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


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
    check = judge_tests(TestMetrics(1, 1, coverage_percent=coverage), min_code_coverage=minimum)
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


def test_skipped_tests_do_not_count_and_errors_count_as_failures() -> None:
    assert outcome(judge_tests(TestMetrics(100, 95, 0, 5, coverage_percent=90))) == (PASSED, True)
    assert outcome(judge_tests(TestMetrics(100, 90, 0, 5, coverage_percent=90))) == (BLOCKED, False)  # 5 errors


@pytest.mark.parametrize(
    "metrics", [TestMetrics(0), TestMetrics(0, 0), TestMetrics(5, 0, 0, 5), TestMetrics(5, skipped_tests=5)]
)
@pytest.mark.parametrize("minimum", [0, 0.95])
def test_where_no_test_ran_the_gate_does_not_pass(metrics: TestMetrics, minimum: float) -> None:
    check = judge_tests(metrics, min_test_pass_rate=minimum, min_code_coverage=0)
    assert outcome(check) == (BLOCKED, False)
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
        assert outcome(judge_tests(metrics, context)) == (WARNING, True)
        assert judge_tests(metrics, context).message == message
    assert outcome(judge_tests(metrics, PRODUCTION)) == (BLOCKED, False)


@pytest.mark.parametrize(
    "metrics", [None, TestMetrics(), TestMetrics(duration_seconds=3), TestMetrics(10), TestMetrics(10, failed_tests=1)]
)
def test_tests_where_nothing_that_is_judged_was_measured(metrics: TestMetrics | None) -> None:
    for context in DeploymentContext:
        assert outcome(judge_tests(metrics, context)) == (NOT_RUN, False)


def test_a_minimum_of_zero_needs_no_number() -> None:
    assert outcome(judge_tests(TestMetrics(10, 10), PRODUCTION, min_code_coverage=0)) == (PASSED, True)
    only_coverage = TestMetrics(coverage_percent=95)
    assert outcome(judge_tests(only_coverage, PRODUCTION, min_test_pass_rate=0)) == (PASSED, True)
    assert outcome(judge_tests(TestMetrics(10), min_test_pass_rate=0, min_code_coverage=0)) == (NOT_RUN, False)


def test_the_message_and_details_of_tests() -> None:
    check = judge_tests(TestMetrics(20, 18, 2, 0, 1.5, 70))
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
    assert judge_tests(TestMetrics(20, 20, coverage_percent=80)).message == (
        "pass rate 100.00% (20/20) meets 95.00%; coverage 80.00% meets 80.00%"
    )
    assert "pass_rate" not in judge_tests(TestMetrics(20, coverage_percent=80)).details
