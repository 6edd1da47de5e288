"""Metrics of a project's own: what was measured, and the rules that it is held against."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.fields import Number, as_count, as_number
from gitgates.model.frozen import frozen
from gitgates.model.thresholds import NAMES

BUILT_IN_GATES = ("tests", "model_quality", "security")
MAX_METRICS = 50
"""How many a report or a context may have, so that a report stays below the size of a record."""
MAX_PATH = 200
DEFAULT_CONFIDENCE = 0.95
HIGHER, LOWER = "higher", "lower"

METRIC_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_WORSE = {HIGHER: ("max_decrease", "max_decrease_absolute"), LOWER: ("max_increase", "max_increase_absolute")}
CHANGES = (*_WORSE[LOWER], *_WORSE[HIGHER])
_POINTS = {"max": LOWER, "min": HIGHER} | {bound: LOWER if "increase" in bound else HIGHER for bound in CHANGES}
BOUNDS = ("min", "max", *CHANGES, "min_samples")
"""What a rule may ask; at least one of them."""

_is_word = fields.matches(METRIC_NAME, "1 to 64 of A-Z a-z 0-9 . _ -, starting with a letter")
_number = fields.maybe(fields.number_in())
_at_least_zero = fields.maybe(fields.number_in(low=0))
_some_count = fields.maybe(fields.count)


def is_metric_name(_: Any, attribute: Any, value: Any) -> None:
    """Refuse what cannot name a metric; a threshold's name would be taken for that threshold."""
    _is_word(_, attribute, value)
    if value in NAMES:
        raise InvalidValue(f"{value} is a threshold", field=attribute.name, remedy="Set it as one, or choose a name")


def _is_own_gate(_: Any, attribute: Any, value: Any) -> None:
    _is_word(_, attribute, value)
    if value.lower() in BUILT_IN_GATES:
        raise InvalidValue(
            f"{value} is a built-in gate, which no further metric may join",
            field=attribute.name,
            remedy=f"Name a gate of your own, e.g. gate = {value}_own",
        )


def _is_path(_: Any, attribute: Any, value: Any) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_PATH or not value.isprintable():
        raise InvalidValue(
            f"must be the name of a number in the file: 1 to {MAX_PATH} printable characters", field=attribute.name
        )


@frozen(kw_only=True)
class Measurement:
    """One number of a project's own, and the same of the version that it is compared with.

    Attributes:
        samples: how many samples it was measured on.
        stderr: its standard error.
    """

    name: str = field(validator=is_metric_name)
    value: Number = field(converter=as_number, validator=fields.number_in())
    samples: int | None = field(default=None, converter=as_count, validator=_some_count)
    stderr: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    baseline: Number | None = field(default=None, converter=as_number, validator=_number)
    baseline_samples: int | None = field(default=None, converter=as_count, validator=_some_count)
    baseline_stderr: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)

    def __attrs_post_init__(self) -> None:
        """Refuse what is told of a baseline that is not there."""
        if self.baseline is None and (self.baseline_samples is not None or self.baseline_stderr is not None):
            raise InvalidValue("missing, though its samples or standard error are given", field="baseline")

    def against(self, baseline: "Measurement | None") -> "Measurement":
        """Return this number with `baseline`, and nothing else, to compare with."""
        return Measurement(
            name=self.name,
            value=self.value,
            samples=self.samples,
            stderr=self.stderr,
            baseline=baseline.value if baseline else None,
            baseline_samples=baseline.samples if baseline else None,
            baseline_stderr=baseline.stderr if baseline else None,
        )


@frozen(kw_only=True)
class MetricRule:
    """What one metric of a project's own is held against. Every bound is inclusive.

    Attributes:
        gate: the gate that it is part of.
        path: the name of its number in a file of metrics.
        direction: which way is better, `higher` or `lower`.
        min, max: of the number itself.
        max_increase, max_decrease: of the change, as a fraction of the baseline's absolute value.
        max_increase_absolute, max_decrease_absolute: of the change itself.
        min_samples: how many samples it must have been measured on.
        confidence: a change for the worse that is within the noise at this confidence, two-sided, is no regression; 0
            takes no change for noise.
        source: who set the rule; of a policy's own rules, nobody else.
    """

    name: str = field(validator=is_metric_name)
    gate: str = field(validator=_is_own_gate)
    path: str = field(validator=_is_path)
    direction: str = field(validator=fields.one_of(HIGHER, LOWER))
    min: Number | None = field(default=None, converter=as_number, validator=_number)
    max: Number | None = field(default=None, converter=as_number, validator=_number)
    max_increase: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    max_decrease: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    max_increase_absolute: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    max_decrease_absolute: Number | None = field(default=None, converter=as_number, validator=_at_least_zero)
    min_samples: int | None = field(default=None, converter=as_count, validator=_some_count)
    confidence: Number = field(converter=as_number, validator=fields.number_in(0, 0.9999))
    source: str | None = field(default=None, validator=fields.maybe(fields.text))

    def __attrs_post_init__(self) -> None:
        """Refuse a rule that judges nothing, or that nothing could meet, or that an improvement would break."""
        if not any(True for _ in self.bounds()):
            raise InvalidValue("judges nothing", field="name", remedy=f"Give one of {', '.join(BOUNDS)}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise InvalidValue(f"is {self.min!r}, more than max = {self.max!r}: nothing could meet it", field="min")
        for bound in CHANGES:
            if getattr(self, bound) is not None and bound not in _WORSE[self.direction]:
                raise InvalidValue(
                    f"bounds a change for the better, as the direction is {self.direction}",
                    field=bound,
                    remedy=f"Use {' or '.join(_WORSE[self.direction])}, or the other direction",
                )

    @classmethod
    def of(cls, name: str, **asked: Any) -> "MetricRule":
        """Return a rule with the defaults that it has in TOML: `MetricRule.of("toxicity", max=0.02)`.

        Without `gate` and `path` they are the name. Without `direction` the bounds tell it: a maximum or a bounded
        increase means that lower is better, a minimum or a bounded decrease that higher is.

        Raises:
            InvalidValue: the bounds point both ways, or the rule cannot be.
            TypeError: there is no such attribute.
        """
        values = {"gate": name, "path": name, "confidence": DEFAULT_CONFIDENCE, **asked}
        if "direction" not in values:
            pointed = {_POINTS[key] for key, bound in asked.items() if key in _POINTS and bound is not None} or {HIGHER}
            if len(pointed) > 1:
                raise InvalidValue(
                    "missing, and the bounds point both ways", field="direction", remedy=f"Say {HIGHER} or {LOWER}"
                )
            values["direction"] = pointed.pop()
        return cls(name=name, **values)

    def bounds(self) -> Iterator[tuple[str, Number]]:
        """Yield what the rule asks, by name, in the order of `BOUNDS`."""
        for bound in BOUNDS:
            value = getattr(self, bound)
            if value is not None:
                yield bound, value

    def compares(self) -> bool:
        """Tell whether the rule bounds a change, and so needs a baseline."""
        return any(getattr(self, bound) is not None for bound in CHANGES)


def looser_than(rule: MetricRule, pinned: MetricRule) -> tuple[str, ...]:
    """Return in words every way in which `rule` is another definition than `pinned`, or lets more pass."""
    found = [
        f"{key} is {getattr(rule, key)} instead of {getattr(pinned, key)}"
        for key in ("gate", "path", "direction")
        if getattr(rule, key) != getattr(pinned, key)
    ]
    for bound, floor in pinned.bounds():
        value = getattr(rule, bound)
        if value is None:
            found.append(f"{bound} is missing, the floor is {floor!r}")
        elif (value < floor) if bound.startswith("min") else (value > floor):
            found.append(f"{bound} = {value!r} is looser than the floor {floor!r}")
    if rule.confidence > pinned.confidence:
        found.append(f"confidence = {rule.confidence!r} takes more for noise than {pinned.confidence!r}")
    return tuple(found)


def told(rule: MetricRule) -> str:
    """Return what a rule asks, in a line."""
    asked = [f"{bound} = {value!r}" for bound, value in rule.bounds()]
    asked.append(f"{rule.direction} is better")
    if rule.compares():
        asked.append(f"confidence = {rule.confidence!r}")
    if rule.path != rule.name:
        asked.append(f"read from {rule.path}")
    if rule.gate != rule.name:
        asked.append(f"in the gate {rule.gate}")
    return ", ".join(asked)


def in_order(items: Iterable[Any] | None) -> Any:
    """Return `items` as a tuple sorted by name, None where there are none; leave the rest to the validator."""
    found = tuple(items or ())
    if all(isinstance(item, Measurement | MetricRule) for item in found):
        found = tuple(sorted(found, key=lambda item: item.name))
    return found or None


def each_is(kind: type[Measurement] | type[MetricRule], attribute: Any, value: Any) -> None:
    """Refuse all but None and a tuple of at most `MAX_METRICS` of `kind`, sorted by name, no name twice."""
    if value is None:
        return
    if not isinstance(value, tuple) or not value or not all(isinstance(item, kind) for item in value):
        raise InvalidValue(f"expected a tuple of {kind.__name__}", field=attribute.name)
    if len(value) > MAX_METRICS:
        raise InvalidValue(f"holds {len(value)} metrics, at most {MAX_METRICS} are allowed", field=attribute.name)
    for one, other in pairwise(value):
        if one.name >= other.name:
            fault = f"names {one.name} twice" if one.name == other.name else "must be sorted by name"
            raise InvalidValue(fault, field=attribute.name)
