"""Fields that few records have: their classes are imported when the first value comes, not at every start."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attrs import field

if TYPE_CHECKING:
    from gitgates.model.claims import Claim
    from gitgates.model.custom import Measurement, MetricRule
    from gitgates.model.metric_paths import MetricPath

LATE = "items of"
"""In the metadata of a field whose type is `tuple[X, ...] | None`: a function that returns X."""


def measurement() -> "type[Measurement]":
    """Return the class of measurements."""
    from gitgates.model.custom import Measurement

    return Measurement


def metric_rule() -> "type[MetricRule]":
    """Return the class of metric rules."""
    from gitgates.model.custom import MetricRule

    return MetricRule


def metric_path() -> "type[MetricPath]":
    """Return the class of metrics with the names of their numbers."""
    from gitgates.model.metric_paths import MetricPath

    return MetricPath


def metric_paths() -> Any:
    """Return a field for metrics with the names of their numbers, sorted by metric; None where there are none."""

    def convert(items: Iterable[Any] | None) -> Any:
        if not items:
            return None
        from gitgates.model.metric_paths import in_order

        return in_order(items)

    def validate(_: Any, attribute: Any, value: Any) -> None:
        if value is not None:
            from gitgates.model.metric_paths import each_metric_once

            each_metric_once(attribute, value)

    return field(default=None, kw_only=True, converter=convert, validator=validate, metadata={LATE: metric_path})


def claim() -> "type[Claim]":
    """Return the class of what a CI system says."""
    from gitgates.model.claims import Claim

    return Claim


def claims() -> Any:
    """Return a field for what a CI system says, sorted by name; None where there is nothing."""

    def convert(items: Iterable[Any] | None) -> Any:
        if not items:
            return None
        from gitgates.model.claims import in_order

        return in_order(items)

    def validate(_: Any, attribute: Any, value: Any) -> None:
        if value is not None:
            from gitgates.model.claims import each_once

            each_once(attribute, value)

    return field(default=None, kw_only=True, converter=convert, validator=validate, metadata={LATE: claim})


def _converted(items: Iterable[Any] | None) -> Any:
    if not items:
        return None
    from gitgates.model.custom import in_order

    return in_order(items)


def measurements() -> Any:
    """Return a field for measurements, sorted by name; None where there are none."""
    return _field(measurement)


def metric_rules() -> Any:
    """Return a field for metric rules, sorted by name; None where there are none."""
    return _field(metric_rule)


def _field(kind: Any) -> Any:
    def validate(_: Any, attribute: Any, value: Any) -> None:
        if value is not None:
            from gitgates.model.custom import each_is

            each_is(kind(), attribute, value)

    return field(default=None, kw_only=True, converter=_converted, validator=validate, metadata={LATE: kind})
