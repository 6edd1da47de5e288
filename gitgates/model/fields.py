"""Converters and validators of single fields: what a number, a digest, a name may be.

Validators raise `InvalidValue` whose `field` is the attribute's name, so that callers can put a path before it.
"""

import contextlib
import math
import re
import reprlib
from collections.abc import Callable
from itertools import pairwise
from types import EllipsisType
from typing import Any, SupportsIndex

import attrs

from gitgates.errors import InvalidValue

Number = int | float

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

RECORD_ID = re.compile(r"[0-9a-f]{64}")
PRINCIPAL = re.compile(r"[a-z0-9._+@-]{1,128}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

OMIT_DEFAULT = "omit default"
"""In a field's metadata: its default, True or False, is written as an absent key. Records that were signed before the
field was there so keep their bytes."""

Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 100


def _shown(value: object) -> str:
    """Return what a message shows of a value, which may be megabytes of somebody's file."""
    return _REPR.repr(value)


def as_number(value: Number | EllipsisType | None) -> Number | None:
    """Return numpy scalars and the like as the int or float that they hold; leave the rest to the validator.

    `...` stands for "not measured" as None does: sketches and the predecessor's documentation write it.
    """
    if value is ...:
        return None
    if value is None or type(value) is float or type(value) is int or isinstance(value, bool | str | bytes):
        return value
    if _is_no_scalar(value):
        return value
    if isinstance(value, SupportsIndex):
        with contextlib.suppress(TypeError):  # tensors, and arrays of no dimension, have it for whole numbers alone
            return value.__index__()
    try:
        return float(value) if hasattr(value, "__float__") else value
    except (TypeError, ValueError, OverflowError):
        return value


def _is_no_scalar(value: object) -> bool:
    """Tell whether this is an array or a tensor of any dimension, or a truth value: those would pass for numbers."""
    dtype = getattr(value, "dtype", None)
    return bool(getattr(value, "ndim", 0)) or getattr(dtype, "kind", "") == "b" or str(dtype) == "torch.bool"


def as_count(value: int | EllipsisType | None) -> int | None:
    """Return numpy integers and the like as the int that they hold, and None for `...`; see `as_number`."""
    if value is ...:
        return None
    if value is None or type(value) is int or isinstance(value, bool) or not isinstance(value, SupportsIndex):
        return value
    try:
        return value.__index__()
    except TypeError:
        return value


def number_in(low: float = -math.inf, high: float = math.inf) -> Validator:
    """Return a validator of finite numbers in `low..high`, both ends included."""

    def validate(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if type(value) is int:
            if not INT64_MIN <= value <= INT64_MAX:
                raise InvalidValue("is an integer beyond 64 bits", field=attribute.name)
        elif not isinstance(value, float):
            raise InvalidValue(f"expected a number, got {_shown(value)}", field=attribute.name)
        elif not math.isfinite(value):
            raise InvalidValue(f"must be a finite number, got {_shown(value)}", field=attribute.name)
        elif value.is_integer() and not INT64_MIN <= value <= INT64_MAX and abs(value) < 1e21:
            raise InvalidValue(f"is a whole number beyond 64 bits: {_shown(value)}", field=attribute.name)
        if not low <= value <= high:
            raise InvalidValue(f"must be {_range(low, high)}, got {_shown(value)}", field=attribute.name)

    return validate


def _range(low: float, high: float) -> str:
    if high == math.inf:
        return f"at least {low:g}"
    return f"in {low:g}..{high:g}" if low > -math.inf else f"at most {high:g}"


def count(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse all but whole numbers from 0 to 2**63 - 1; 3.0 too, since a count is never measured as a float."""
    if type(value) is not int:
        raise InvalidValue(f"expected a whole number, got {_shown(value)}", field=attribute.name)
    if value < 0:
        raise InvalidValue(f"must not be negative, got {value}", field=attribute.name)
    if value > INT64_MAX:
        raise InvalidValue(f"is too large, got {value}", field=attribute.name)


def matches(pattern: "re.Pattern[str]", meaning: str) -> Validator:
    """Return a validator of text that must match `pattern` as a whole."""

    def validate(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise InvalidValue(f"must be {meaning}, got {_shown(value)}", field=attribute.name)

    return validate


def each(validator: Validator) -> Validator:
    """Return a validator that holds every item of a tuple against `validator`."""

    def validate(instance: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        for item in value if isinstance(value, tuple) else ():
            validator(instance, attribute, item)

    return validate


def maybe(validator: Validator) -> Validator:
    """Return a validator that lets None through."""

    def validate(instance: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if value is not None:
            validator(instance, attribute, value)

    return validate


def one_of(*words: str) -> Validator:
    """Return a validator of text that must be one of `words`."""

    def validate(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if value not in words:
            raise InvalidValue(f"must be one of {', '.join(words)}, got {_shown(value)}", field=attribute.name)

    return validate


def sorted_distinct(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse a tuple that is not in strictly rising order; one set has one spelling."""
    if isinstance(value, tuple) and any(a >= b for a, b in pairwise(value)):
        raise InvalidValue("must be sorted and without duplicates", field=attribute.name)


def text(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse all but text."""
    if not isinstance(value, str):
        raise InvalidValue(f"expected text, got {_shown(value)}", field=attribute.name)


def no_longer_than(limit: int) -> Validator:
    """Return a validator of tuples with at most `limit` items."""

    def validate(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
        if isinstance(value, tuple) and len(value) > limit:
            raise InvalidValue(f"holds {len(value)} items, at most {limit} are allowed", field=attribute.name)

    return validate


record_id = matches(RECORD_ID, "64 lower-case hexadecimal digits")
principal = matches(PRINCIPAL, "a principal: 1 to 128 of a-z 0-9 . _ + @ -")
commit_id = matches(_COMMIT, "a full commit id")
