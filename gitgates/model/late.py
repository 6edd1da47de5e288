"""Fields that few records have: their classes are imported when the first value comes, not at every start."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from attrs import field

from gitgates.errors import InvalidValue

if TYPE_CHECKING:
    from gitgates.model.claims import Claim
    from gitgates.model.custom import Measurement, MetricRule
    from gitgates.model.metric_paths import MetricPath

LATE = "items of"
"""In the metadata of a field whose type is `tuple[X, ...] | None`: a function that returns X."""

_Rules = tuple[Callable[[Iterable[Any]], Any], Callable[[Any, Any], None]]
"""What brings items into their order, and what refuses an attribute's value."""


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
    return _once(metric_path, "metric")


def claim() -> "type[Claim]":
    """Return the class of what a CI system says."""
    from gitgates.model.claims import Claim

    return Claim


def claims() -> Any:
    """Return a field for what a CI system says, sorted by name; None where there is nothing."""
    return _once(claim, "name")


def measurements() -> Any:
    """Return a field for measurements, sorted by name; None where there are none."""
    return _by_name(measurement)


def metric_rules() -> Any:
    """Return a field for metric rules, sorted by name; None where there are none."""
    return _by_name(metric_rule)


def _by_name(kind: Callable[[], type]) -> Any:
    def rules() -> _Rules:
        from gitgates.model.custom import each_is, in_order

        return in_order, lambda attribute, value: each_is(kind(), attribute, value)

    return _field(kind, rules)


def _once(kind: Callable[[], type], key: str) -> Any:
    """Return a field whose items are sorted by `key`, none twice."""
    by = attrgetter(key)

    def in_order(items: Iterable[Any]) -> Any:
        found = tuple(items)
        # What is of another class is for `check` to refuse.
        return tuple(sorted(found, key=by)) if all(isinstance(item, kind()) for item in found) else found

    def check(attribute: Any, value: Any) -> None:
        cls = kind()
        if not isinstance(value, tuple) or not value or not all(isinstance(item, cls) for item in value):
            raise InvalidValue(f"expected a tuple of {cls.__name__}", field=attribute.name)
        for one, other in pairwise(map(by, value)):
            if one >= other:
                fault = f"names {one} twice" if one == other else f"must be sorted by {key}"
                raise InvalidValue(fault, field=attribute.name)

    return _field(kind, lambda: (in_order, check))


def _field(kind: Callable[[], type], rules: Callable[[], _Rules]) -> Any:
    def convert(items: Iterable[Any] | None) -> Any:
        return rules()[0](items) if items else None

    def validate(_: Any, attribute: Any, value: Any) -> None:
        if value is not None:
            rules()[1](attribute, value)

    return field(default=None, kw_only=True, converter=convert, validator=validate, metadata={LATE: kind})
