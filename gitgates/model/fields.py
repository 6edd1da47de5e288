"""Converters and validators of single fields: what a number, a digest, a name may be.

Each raises `InvalidValue` whose `field` is the attribute's name, so that callers can prefix a path.
"""

import math
import re
from collections.abc import Callable
from typing import SupportsFloat, SupportsIndex

import attrs

from gitgates.errors import InvalidValue

Number = int | float

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

_ID = re.compile(r"[0-9a-f]{64}")
_PRINCIPAL = re.compile(r"[a-z0-9._+@-]{1,128}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

Validator = Callable[[object, "attrs.Attribute[object]", object], None]


def to_number(value: object) -> Number:
    """Return `value` as a finite int or float; numpy scalars count as what they hold, booleans and text as nothing."""
    number: Number
    if type(value) is float or type(value) is int:
        number = value
    elif isinstance(value, bool | str | bytes) or not isinstance(value, SupportsFloat):
        raise InvalidValue(f"expected a number, got {value!r}")
    else:
        number = value.__index__() if isinstance(value, SupportsIndex) else float(value)
    if isinstance(number, int):
        if not INT64_MIN <= number <= INT64_MAX:
            raise InvalidValue("is an integer beyond 64 bits")
    elif not math.isfinite(number):
        raise InvalidValue(f"must be a finite number, got {number!r}")
    return number


def to_count(value: object) -> int:
    """Return `value` as a whole number from 0 to 2**63 - 1; 3.0 is refused, since a count is never measured as a float."""
    if type(value) is int:
        count = value
    elif isinstance(value, bool | str | bytes) or not isinstance(value, SupportsIndex):
        raise InvalidValue(f"expected a whole number, got {value!r}")
    else:
        count = value.__index__()
    if count < 0:
        raise InvalidValue(f"must not be negative, got {count}")
    if count > INT64_MAX:
        raise InvalidValue(f"is too large, got {count}")
    return count


def number_in(low: float = -math.inf, high: float = math.inf) -> Callable[[object], Number]:
    """Return a converter to a finite number in `low..high`, both ends included."""

    def convert(value: object) -> Number:
        number = to_number(value)
        if not low <= number <= high:
            raise InvalidValue(f"must be {_range(low, high)}, got {number!r}")
        return number

    return convert


def _range(low: float, high: float) -> str:
    if high == math.inf:
        return f"at least {low:g}"
    return f"in {low:g}..{high:g}" if low > -math.inf else f"at most {high:g}"


def named(convert: Callable[[object], object]) -> "attrs.Converter[object, object]":
    """Return an attrs converter that puts the attribute's name into the errors of `convert`."""

    def with_field(value: object, field: "attrs.Attribute[object]") -> object:
        try:
            return convert(value)
        except InvalidValue as error:
            raise error.below(field.name) from None

    return attrs.Converter(with_field, takes_field=True)


def optional(convert: Callable[[object], object]) -> "attrs.Converter[object, object]":
    """Return the same as `named`, with None let through: not measured."""
    return named(lambda value: None if value is None else convert(value))


def matches(pattern: "re.Pattern[str]", meaning: str) -> Validator:
    """Return a validator of text that must match `pattern` as a whole."""

    def validate(_: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise InvalidValue(f"must be {meaning}, got {value!r}", field=attribute.name)

    return validate


def each(validator: Validator) -> Validator:
    """Return a validator that holds every item of a tuple against `validator`."""

    def validate(instance: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        for item in value if isinstance(value, tuple) else ():
            validator(instance, attribute, item)

    return validate


def maybe(validator: Validator) -> Validator:
    """Return a validator that lets None through."""

    def validate(instance: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        if value is not None:
            validator(instance, attribute, value)

    return validate


def one_of(*words: str) -> Validator:
    """Return a validator of text that must be one of `words`."""

    def validate(_: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        if value not in words:
            raise InvalidValue(f"must be one of {', '.join(words)}, got {value!r}", field=attribute.name)

    return validate


def sorted_distinct(_: object, attribute: "attrs.Attribute[object]", value: object) -> None:
    """Refuse a tuple that is not in strictly rising order; one set has one spelling."""
    if isinstance(value, tuple) and any(a >= b for a, b in zip(value, value[1:], strict=False)):
        raise InvalidValue("must be sorted and without duplicates", field=attribute.name)


def no_longer_than(limit: int) -> Validator:
    """Return a validator of tuples with at most `limit` items."""

    def validate(_: object, attribute: "attrs.Attribute[object]", value: object) -> None:
        if isinstance(value, tuple) and len(value) > limit:
            raise InvalidValue(f"holds {len(value)} items, at most {limit} are allowed", field=attribute.name)

    return validate


record_id = matches(_ID, "64 lower-case hexadecimal digits")
principal = matches(_PRINCIPAL, "a principal: 1 to 128 of a-z 0-9 . _ + @ -")
commit_id = matches(_COMMIT, "a full commit id")
