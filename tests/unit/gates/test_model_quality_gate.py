"""The gate model_quality under gates/1: score, baselines and throughput at, just below and just above."""

import math

import pytest

from gitgates.model.metrics import ModelMetrics
from gitgates.model.names import DeploymentContext
from tests.unit.gates.judge import (
    BLOCKED,
    DEVELOPMENT,
    NOT_RUN,
    PASSED,
    PRODUCTION,
    STAGING,
    WARNING,
    judge_model,
    outcome,
)


@pytest.mark.parametrize(("score", "met"), [(0.7, True), (0.6999999999999999, False), (0.7000000000000001, True)])
def test_quality_score(score: float, met: bool) -> None:
    assert outcome(judge_model(ModelMetrics(score))) == ((PASSED, True) if met else (BLOCKED, False))


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
    check = judge_model(ModelMetrics(score, baseline_quality_score=baseline), max_regression=limit)
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


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
    check = judge_model(metrics, max_latency_increase=limit)
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


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
    check = judge_model(
        ModelMetrics(0.9, memory_mb=memory, baseline_memory_mb=baseline), max_memory_increase_percent=limit
    )
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


@pytest.mark.parametrize(("throughput", "met"), [(10, True), (9.999999999999998, False), (10.000000000000002, True)])
def test_throughput(throughput: float, met: bool) -> None:
    check = judge_model(ModelMetrics(0.9, throughput_tokens_per_sec=throughput), min_throughput_tokens_per_sec=10)
    assert outcome(check) == ((PASSED, True) if met else (BLOCKED, False))


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
        assert outcome(judge_model(metrics, context)) == (WARNING, True)
        assert judge_model(metrics, context).message == message
    assert outcome(judge_model(metrics, PRODUCTION)) == (BLOCKED, False)


def test_a_minimal_score_of_zero_needs_no_score() -> None:
    metrics = ModelMetrics(None, latency_ms=1, baseline_latency_ms=1)
    assert outcome(judge_model(metrics, PRODUCTION, min_quality_score=0)) == (PASSED, True)


def test_throughput_not_measured() -> None:
    check = judge_model(ModelMetrics(0.9), min_throughput_tokens_per_sec=10)
    assert (outcome(check), check.message) == ((WARNING, True), "throughput not measured")


@pytest.mark.parametrize(
    "metrics",
    [None, ModelMetrics(None), ModelMetrics(None, accuracy=0.99, f1_score=0.99), ModelMetrics(None, latency_ms=5),
     ModelMetrics(None, baseline_quality_score=0.9), ModelMetrics(None, latency_ms=5, baseline_latency_ms=0)],
)  # fmt: skip
def test_a_model_of_which_nothing_that_is_judged_was_measured(metrics: ModelMetrics | None) -> None:
    for context in DeploymentContext:
        assert outcome(judge_model(metrics, context)) == (NOT_RUN, False)


def test_without_a_baseline_there_is_nothing_to_compare() -> None:
    assert outcome(judge_model(ModelMetrics(0.9, latency_ms=1e9, memory_mb=1e9), PRODUCTION)) == (PASSED, True)


def test_the_details_of_a_model() -> None:
    metrics = ModelMetrics(0.9, latency_ms=110, baseline_latency_ms=100, baseline_quality_score=0.8)
    details = judge_model(metrics).details
    assert details["latency_increase_percent"] == pytest.approx(0.1)
    assert details["regression_percent"] == 0.0
    assert "memory_increase_percent" not in details


def test_details_hold_no_infinity() -> None:
    details = judge_model(ModelMetrics(0.9, latency_ms=1e308, baseline_latency_ms=5e-324)).details
    assert all(math.isfinite(value) for value in details.values())
