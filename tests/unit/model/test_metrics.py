"""Metrics: positional construction, arithmetic, and what is refused."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import pytest

from gitgates.errors import GitgatesError, InvalidValue
from gitgates.model.metrics import ModelMetrics, SecurityScanResults, TestMetrics


def test_positional_construction_in_the_order_of_the_public_api() -> None:
    assert attrs.asdict(TestMetrics(9, 5, 3, 1, 2.5, 81.5)) == {
        "total_tests": 9,
        "passed_tests": 5,
        "failed_tests": 3,
        "skipped_tests": 1,
        "duration_seconds": 2.5,
        "coverage_percent": 81.5,
    }
    assert list(attrs.asdict(ModelMetrics(0.1, 0.2, 0.3, 4, 5, 6, 7, 0.8, 9, 10)).items()) == [
        ("quality_score", 0.1),
        ("accuracy", 0.2),
        ("f1_score", 0.3),
        ("perplexity", 4),
        ("latency_ms", 5),
        ("throughput_tokens_per_sec", 6),
        ("memory_mb", 7),
        ("baseline_quality_score", 0.8),
        ("baseline_latency_ms", 9),
        ("baseline_memory_mb", 10),
    ]
    assert attrs.asdict(SecurityScanResults(1, 2, 3, 4, "2026-11-23", "trivy")) == {
        "critical_vulnerabilities": 1,
        "high_vulnerabilities": 2,
        "medium_vulnerabilities": 3,
        "low_vulnerabilities": 4,
        "scan_timestamp": "2026-11-23",
        "scan_tool": "trivy",
        "unknown_vulnerabilities": None,
        "vulnerabilities": None,
    }


def test_the_quality_score_is_asked_for() -> None:
    with pytest.raises(TypeError):
        ModelMetrics()  # type: ignore[call-arg]


def test_pytest_collects_no_metrics() -> None:
    assert TestMetrics.__test__ is False


def test_metrics_are_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        TestMetrics(1).total_tests = 2  # type: ignore[misc]


def test_to_dict_holds_what_was_measured() -> None:
    assert TestMetrics(3, 0).to_dict() == {"total_tests": 3, "passed_tests": 0}
    assert ModelMetrics(None, accuracy=0.0).to_dict() == {"accuracy": 0.0}
    assert SecurityScanResults(scan_tool="x").to_dict() == {"scan_tool": "x"}


@pytest.mark.parametrize(
    ("metrics", "rate"),
    [
        (TestMetrics(10, 9), 0.9),
        (TestMetrics(10, 9, 0, 1), 1.0),
        (TestMetrics(10, 5, 0, 0), 0.5),
        (TestMetrics(0), 1.0),
        (TestMetrics(4, 0, 0, 4), 1.0),
        (TestMetrics(4, 0), 0.0),
    ],
)
def test_pass_rate(metrics: TestMetrics, rate: float) -> None:
    assert metrics.pass_rate() == rate


def test_changes_are_fractions() -> None:
    worse = ModelMetrics(0.8, latency_ms=150, memory_mb=3, baseline_quality_score=1.0, baseline_latency_ms=100,
                         baseline_memory_mb=2)  # fmt: skip
    assert worse.regression_percent() == pytest.approx(0.2)
    assert worse.latency_increase_percent() == 0.5
    assert worse.memory_increase_percent() == 0.5
    better = ModelMetrics(1.0, latency_ms=50, baseline_quality_score=0.5, baseline_latency_ms=100)
    assert better.regression_percent() == 0.0
    assert better.latency_increase_percent() == -0.5
    assert better.memory_increase_percent() is None


@pytest.mark.parametrize(
    "metrics",
    [ModelMetrics(0.5), ModelMetrics(None, baseline_quality_score=0.5), ModelMetrics(0.5, baseline_quality_score=0.0)],
)
def test_what_cannot_be_compared(metrics: ModelMetrics) -> None:
    assert metrics.regression_percent() is None


def test_an_explicit_baseline_beats_the_fields_and_changes_no_argument() -> None:
    metrics = ModelMetrics(0.9, baseline_quality_score=0.1, baseline_latency_ms=7)
    baseline = ModelMetrics(0.8, memory_mb=5)
    merged = metrics.with_baseline(baseline)
    assert (merged.baseline_quality_score, merged.baseline_latency_ms, merged.baseline_memory_mb) == (0.8, 7, 5)
    assert (metrics.baseline_quality_score, metrics.baseline_memory_mb) == (0.1, None)


def test_total_vulnerabilities() -> None:
    assert SecurityScanResults(1, 2, 3, 4, unknown_vulnerabilities=5).total_vulnerabilities() == 15
    assert SecurityScanResults(None, 2).total_vulnerabilities() == 2


class _Scalar:
    """What numpy's scalars look like."""

    def __repr__(self) -> str:
        return "_Scalar"

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return float(self.value)


class _Whole(_Scalar):
    def __index__(self) -> int:
        return int(self.value)


class _TruthValue:
    """numpy.bool_ and arrays have these methods, and they raise."""

    def __repr__(self) -> str:  # stands in test names, which must be the same in every process
        return "_TruthValue"

    def __index__(self) -> int:
        raise TypeError("not an integer")


class _NewTruthValue(_Scalar):
    """numpy.bool_ since 2.4: it has no index any more, and passes for a float."""

    class dtype:  # noqa: N801 -- numpy's name
        kind = "b"


class _Huge:
    def __repr__(self) -> str:  # stands in test names, which must be the same in every process
        return "_Huge"

    def __float__(self) -> float:
        raise OverflowError


def test_scalars_of_other_libraries_are_taken_as_what_they_hold() -> None:
    assert type(TestMetrics(_Whole(3)).total_tests) is int  # type: ignore[arg-type]
    model = ModelMetrics(_Scalar(0.5), latency_ms=_Whole(7), memory_mb=Decimal("1.5"), accuracy=Fraction(1, 4))  # type: ignore[arg-type]
    assert (model.quality_score, model.latency_ms, model.memory_mb, model.accuracy) == (0.5, 7, 1.5, 0.25)
    assert type(model.latency_ms) is int


BAD_COUNTS = [-1, 1.0, 1.5, "1", True, 2**63, float("nan"), _Scalar(1), _TruthValue(), b"1", [1]]
BAD_NUMBERS = [float("nan"), float("inf"), -float("inf"), -0.1, -1, "0.5", b"1", True, 2**63, 1e20, [0.5], 1j,
               _TruthValue(), _NewTruthValue(1), _Huge()]  # fmt: skip


@pytest.mark.parametrize("value", BAD_COUNTS, ids=repr)
@pytest.mark.parametrize(
    ("make", "field"),
    [
        (TestMetrics, "total_tests"),
        (lambda v: TestMetrics(10, v), "passed_tests"),
        (lambda v: TestMetrics(10, failed_tests=v), "failed_tests"),
        (lambda v: TestMetrics(10, skipped_tests=v), "skipped_tests"),
        (SecurityScanResults, "critical_vulnerabilities"),
        (lambda v: SecurityScanResults(unknown_vulnerabilities=v), "unknown_vulnerabilities"),
    ],
)
def test_no_count(make: Callable[[Any], Any], field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        make(value)
    assert caught.value.field == field


@pytest.mark.parametrize("value", BAD_NUMBERS, ids=repr)
@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda v: TestMetrics(duration_seconds=v), "duration_seconds"),
        (lambda v: TestMetrics(coverage_percent=v), "coverage_percent"),
        (ModelMetrics, "quality_score"),
        (lambda v: ModelMetrics(0.5, perplexity=v), "perplexity"),
        (lambda v: ModelMetrics(0.5, baseline_memory_mb=v), "baseline_memory_mb"),
    ],
)
def test_no_number(make: Callable[[Any], Any], field: str, value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        make(value)
    assert caught.value.field == field
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, GitgatesError)


@pytest.mark.parametrize("score", [1.0000000000000002, 1.01, 2])
@pytest.mark.parametrize("field", ["quality_score", "accuracy", "f1_score", "baseline_quality_score"])
def test_scores_end_at_one(field: str, score: float) -> None:
    with pytest.raises(InvalidValue, match=rf"{field}: must be in 0\.\.1, got {score}"):
        ModelMetrics(**{"quality_score": 1, field: score})


def test_coverage_ends_at_a_hundred() -> None:
    assert TestMetrics(coverage_percent=100).coverage_percent == 100
    with pytest.raises(InvalidValue, match=r"coverage_percent: must be in 0\.\.100, got 101"):
        TestMetrics(coverage_percent=101)


@pytest.mark.parametrize("counts", [(10, 11), (10, 5, 6), (10, 5, 5, 1), (0, 1), (None, 1), (None, None, 2)])
def test_sums_that_no_test_run_can_have(counts: tuple[int | None, ...]) -> None:
    with pytest.raises(InvalidValue, match="total_tests"):
        TestMetrics(*counts)


def test_counts_of_zero_without_a_total() -> None:
    assert TestMetrics(None, 0, 0, 0).total_tests is None


def test_scan_texts_are_texts() -> None:
    with pytest.raises(InvalidValue, match="scan_tool: expected text, got 5"):
        SecurityScanResults(scan_tool=5)  # type: ignore[arg-type]


def test_large_numbers_that_a_record_can_hold() -> None:
    assert ModelMetrics(0.5, perplexity=1e21, latency_ms=2**63 - 1).perplexity == 1e21
