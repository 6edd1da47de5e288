"""Thresholds: what a gate holds metrics against, with the defaults of each built-in context."""

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model.fields import Number, Validator, as_count, as_number, count, number_in
from gitgates.model.frozen import frozen
from gitgates.model.names import DeploymentContext

_fraction = number_in(0, 1)
_at_least_zero = number_in(low=0)

_DEVELOPMENT: dict[str, Number] = {
    "min_test_pass_rate": 0.80,
    "min_code_coverage": 0.60,
    "min_quality_score": 0.50,
    "max_regression": 0.20,
    "max_latency_increase": 0.50,
    "max_critical_vulnerabilities": 1,
    "max_high_vulnerabilities": 5,
    "max_medium_vulnerabilities": 20,
}
_PRODUCTION: dict[str, Number] = {
    "min_test_pass_rate": 0.98,
    "min_code_coverage": 0.90,
    "min_quality_score": 0.85,
    "max_regression": 0.02,
    "max_latency_increase": 0.10,
    "max_critical_vulnerabilities": 0,
    "max_high_vulnerabilities": 0,
    "max_medium_vulnerabilities": 2,
    "max_memory_increase_percent": 5.0,
}
_BY_CONTEXT = {
    DeploymentContext.DEVELOPMENT: _DEVELOPMENT,
    DeploymentContext.STAGING: {},
    DeploymentContext.PRODUCTION: _PRODUCTION,
}


def _threshold(default: Number, validator: Validator = _at_least_zero) -> Any:
    return field(default=default, converter=as_number, validator=validator)


def _count(default: int) -> Any:
    return field(default=default, converter=as_count, validator=count)


@frozen(init=False)
class GateThresholds:
    """The limits that metrics are held against; every limit is inclusive.

    `min_*` and `max_*` are fractions (0.05 is 5 %), except for the counts of vulnerabilities,
    `max_memory_increase_percent` (percent) and `min_throughput_tokens_per_sec` (tokens a second). The class's own
    defaults are those of staging; what the caller did not set inherits the default of the context where the
    thresholds are used (`for_context`).
    """

    min_test_pass_rate: Number = _threshold(0.95, _fraction)
    min_code_coverage: Number = _threshold(0.80, _fraction)
    min_quality_score: Number = _threshold(0.70, _fraction)
    max_regression: Number = _threshold(0.05, _fraction)
    max_latency_increase: Number = _threshold(0.20)
    max_critical_vulnerabilities: int = _count(0)
    max_high_vulnerabilities: int = _count(2)
    max_medium_vulnerabilities: int = _count(10)
    max_memory_increase_percent: Number = _threshold(15.0)
    min_throughput_tokens_per_sec: Number = _threshold(10.0)
    explicit: frozenset[str] = field(default=frozenset(), init=False, eq=False, repr=False)

    def __init__(self, /, *args: Number, **kwargs: Number) -> None:
        """Take thresholds in the order of the fields or by name, and remember which were given."""
        if len(args) > len(NAMES):
            raise TypeError(f"GateThresholds takes at most {len(NAMES)} values, got {len(args)}")
        positional = dict(zip(NAMES, args, strict=False))
        if twice := positional.keys() & kwargs.keys():
            raise TypeError(f"GateThresholds got {min(twice)} twice")
        _refuse_unknown(kwargs)
        given: dict[str, Any] = positional | kwargs
        self.__attrs_init__(**given)
        object.__setattr__(self, "explicit", frozenset(given))

    def to_dict(self) -> dict[str, Number]:
        """Return all thresholds by name."""
        return {name: getattr(self, name) for name in NAMES}

    @classmethod
    def from_dict(cls, values: Mapping[str, Number]) -> "GateThresholds":
        """Return the thresholds that `values` names; an unknown name raises, and so does a value out of range."""
        return cls(**values)

    def for_context(self, context: DeploymentContext) -> "GateThresholds":
        """Return these thresholds with what was not set replaced by the defaults of `context`."""
        chosen = {name: getattr(self, name) for name in self.explicit}
        return GateThresholds.from_dict(_BY_CONTEXT[context] | chosen)

    def looser_than(self, floors: Mapping[str, Number]) -> tuple[str, ...]:
        """Return the names of the thresholds that let more pass than `floors` do."""
        return tuple(name for name, floor in floors.items() if is_looser(name, getattr(self, name), floor))


NAMES = tuple(attribute.name for attribute in attrs.fields(GateThresholds) if attribute.name != "explicit")
"""The names of all thresholds, in the order of the public API."""


def is_looser(name: str, value: Number, floor: Number) -> bool:
    """Tell whether `value` of the threshold `name` lets more pass than `floor` does."""
    return value < floor if name.startswith("min_") else value > floor


def default_thresholds(context: DeploymentContext) -> GateThresholds:
    """Return the thresholds of `context` where nobody sets any."""
    return GateThresholds().for_context(context)


def _refuse_unknown(values: Mapping[str, object]) -> None:
    for name in values:
        if name not in NAMES:
            from difflib import get_close_matches  # only a mistake pays for it

            near = get_close_matches(name, NAMES, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Known thresholds: {', '.join(NAMES)}"
            raise InvalidValue(f"unknown threshold {name!r}", remedy=hint)
