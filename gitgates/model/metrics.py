"""What was measured: tests, the model, its security scan. None means not measured, never zero."""

from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model.fields import (
    Number,
    as_count,
    as_number,
    count,
    maybe,
    no_longer_than,
    number_in,
    text,
)
from gitgates.model.frozen import frozen
from gitgates.model.late import measurements
from gitgates.model.vulnerabilities import MAX_VULNERABILITIES, Vulnerability, in_order, is_in_order

if TYPE_CHECKING:
    from gitgates.model.custom import Measurement

_at_least_zero = maybe(number_in(low=0))
_score = maybe(number_in(0, 1))
_percent = maybe(number_in(0, 100))
_count = maybe(count)


def _measured(instance: "attrs.AttrsInstance") -> dict[str, Any]:
    return {name: value for name, value in attrs.asdict(instance, recurse=False).items() if value is not None}


@frozen
class TestMetrics:
    """Counts of a test run. A test that ended in an error counts as failed.

    Attributes:
        coverage_percent: 0 to 100.
        duration_seconds: wall-clock seconds.
    """

    __test__: ClassVar[bool] = False  # or pytest would collect this class wherever a test imports it

    total_tests: int | None = field(default=None, converter=as_count, validator=_count)
    passed_tests: int | None = field(default=None, converter=as_count, validator=_count)
    failed_tests: int | None = field(default=None, converter=as_count, validator=_count)
    skipped_tests: int | None = field(default=None, converter=as_count, validator=_count)
    duration_seconds: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    coverage_percent: Number | None = field(default=None, converter=as_number, validator=_percent)

    def __attrs_post_init__(self) -> None:
        """Refuse sums that no test run can have."""
        if self.total_tests is None:
            if self.passed_tests or self.failed_tests or self.skipped_tests:
                raise InvalidValue("missing, though other counts are given", field="total_tests")
            return
        parts = (self.passed_tests or 0) + (self.failed_tests or 0) + (self.skipped_tests or 0)
        if parts > self.total_tests:
            raise InvalidValue(
                f"is {self.total_tests}, less than passed + failed + skipped = {parts}", field="total_tests"
            )

    def pass_rate(self) -> float:
        """Return passed / (total - skipped), 0 to 1; 1.0 where nothing ran (the gate itself does not pass then)."""
        ran = (self.total_tests or 0) - (self.skipped_tests or 0)
        return (self.passed_tests or 0) / ran if ran else 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the measured fields."""
        return _measured(self)


def _increase(value: Number | None, baseline: Number | None) -> float | None:
    """Return (value - baseline) / baseline, or None where that is not defined."""
    if value is None or not baseline:
        return None
    return (value - baseline) / baseline


@frozen
class ModelMetrics:
    """Measurements of a model.

    Attributes:
        quality_score: 0 to 1, higher is better.
        accuracy, f1_score: 0 to 1.
        perplexity: at least 0, lower is better.
        latency_ms: milliseconds for a request.
        throughput_tokens_per_sec: tokens a second.
        memory_mb: peak, in MiB or MB; only its relation to the baseline is judged.
        baseline_quality_score, baseline_latency_ms, baseline_memory_mb: the same of the version compared with.
    """

    quality_score: Number | None = field(converter=as_number, validator=_score)
    accuracy: Number | None = field(default=None, converter=as_number, validator=_score)
    f1_score: Number | None = field(default=None, converter=as_number, validator=_score)
    perplexity: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    latency_ms: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    throughput_tokens_per_sec: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    memory_mb: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    baseline_quality_score: Number | None = field(default=None, converter=as_number, validator=_score)
    baseline_latency_ms: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    baseline_memory_mb: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)

    def regression_percent(self) -> float | None:
        """Return the loss of quality against the baseline as a fraction (0.05 is 5 %), 0.0 for an improvement."""
        change = _increase(self.quality_score, self.baseline_quality_score)
        return None if change is None else max(0.0, -change)

    def latency_increase_percent(self) -> float | None:
        """Return the relative increase of latency as a fraction; negative where it fell, None where not comparable."""
        return _increase(self.latency_ms, self.baseline_latency_ms)

    def memory_increase_percent(self) -> float | None:
        """Return the relative increase of memory as a fraction; negative where it fell, None where not comparable."""
        return _increase(self.memory_mb, self.baseline_memory_mb)

    def with_baseline(self, baseline: "ModelMetrics") -> "ModelMetrics":
        """Return these metrics with every value that `baseline` measured as their baseline."""
        values = {
            "baseline_quality_score": baseline.quality_score,
            "baseline_latency_ms": baseline.latency_ms,
            "baseline_memory_mb": baseline.memory_mb,
        }
        return attrs.evolve(self, **{name: value for name, value in values.items() if value is not None})

    def without_baseline(self) -> "ModelMetrics":
        """Return these metrics by themselves, with nothing that they were compared with."""
        return attrs.evolve(self, baseline_quality_score=None, baseline_latency_ms=None, baseline_memory_mb=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the measured fields."""
        return _measured(self)


@frozen
class SecurityScanResults:
    """Counts of known vulnerabilities by severity.

    Attributes:
        unknown_vulnerabilities: those for which the scanner gave no severity; never dropped.
        vulnerabilities: which ones were counted, as far as they are known by an id; the counts above decide.
    """

    critical_vulnerabilities: int | None = field(default=None, converter=as_count, validator=_count)
    high_vulnerabilities: int | None = field(default=None, converter=as_count, validator=_count)
    medium_vulnerabilities: int | None = field(default=None, converter=as_count, validator=_count)
    low_vulnerabilities: int | None = field(default=None, converter=as_count, validator=_count)
    scan_timestamp: str | None = field(default=None, validator=maybe(text))
    scan_tool: str | None = field(default=None, validator=maybe(text))
    unknown_vulnerabilities: int | None = field(default=None, kw_only=True, converter=as_count, validator=_count)
    vulnerabilities: tuple[Vulnerability, ...] | None = field(
        default=None, kw_only=True, converter=in_order, validator=[is_in_order, no_longer_than(MAX_VULNERABILITIES)]
    )

    def __attrs_post_init__(self) -> None:
        """Refuse a list that names more of a severity than were counted."""
        named: dict[str, int] = {}
        for item in self.vulnerabilities or ():
            named[item.severity] = named.get(item.severity, 0) + item.count
        for severity, number in named.items():
            counted = getattr(self, f"{severity}_vulnerabilities")
            if counted is None or number > counted:
                told = "none were counted" if counted is None else f"{counted} were counted"
                raise InvalidValue(f"names {number} of severity {severity}, but {told}", field="vulnerabilities")

    def lists_all(self) -> bool:
        """Tell whether every vulnerability that was counted is listed by its id."""
        return self.total_vulnerabilities() == sum(item.count for item in self.vulnerabilities or ())

    def total_vulnerabilities(self) -> int:
        """Return the sum over the severities that were counted."""
        counts = (
            self.critical_vulnerabilities,
            self.high_vulnerabilities,
            self.medium_vulnerabilities,
            self.low_vulnerabilities,
            self.unknown_vulnerabilities,
        )
        return sum(count or 0 for count in counts)

    def to_dict(self) -> dict[str, Any]:
        """Return the measured fields."""
        values = _measured(self)
        if self.vulnerabilities is not None:
            values["vulnerabilities"] = [attrs.asdict(item) for item in self.vulnerabilities]
        return values


@frozen
class Metrics:
    """All that was measured of one model version.

    Attributes:
        custom: the numbers that rules of the project's own judge.
    """

    tests: TestMetrics | None = None
    model: ModelMetrics | None = None
    security: SecurityScanResults | None = None
    custom: "tuple[Measurement, ...] | None" = measurements()
