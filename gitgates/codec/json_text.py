"""JSON text: strict reading, and the one canonical writing.

The canonical form is what ECMAScript's `JSON.stringify(value, null, 2)` gives, encoded in UTF-8, with one LF at the
end, but for whole numbers: these stand with all their digits, where ECMAScript rounds those beyond 2**53. It has no
null, and no number without fraction or exponent beyond 64 bits (so that every reader agrees on its value).
"""

import json
import math
from json.encoder import encode_basestring
from typing import Any, NoReturn

from gitgates.errors import InvalidValue
from gitgates.model.fields import INT64_MAX, INT64_MIN, Number

Json = dict[str, Any] | list[Any] | str | Number | bool

MAX_DEPTH = 32


def parse(data: bytes) -> Any:
    """Return the JSON value in `data`.

    Raises:
        InvalidValue: not UTF-8, not JSON, a key twice in one object, NaN or an infinity, null, an integer beyond
            64 bits, or more than `MAX_DEPTH` levels.
    """
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError as error:
        raise InvalidValue(f"not UTF-8 at byte {error.start}", field="$") from None
    except json.JSONDecodeError as error:
        raise InvalidValue(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}", field="$") from None
    except RecursionError:
        raise InvalidValue(f"more than {MAX_DEPTH} levels", field="$") from None
    # Most records need no second walk: no null without these letters, no depth without as many brackets.
    if b"null" in data or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _check(value, 0)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        from collections import Counter  # only a broken record pays for it

        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise InvalidValue(f"the key {key!r} stands twice in one object", field="$")
    return value


def _integer(text: str) -> int:
    value = int(text) if len(text) <= 20 else INT64_MAX + 1
    if not INT64_MIN <= value <= INT64_MAX:
        raise InvalidValue(f"the integer {text[:30]} is beyond 64 bits", field="$")
    return value


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InvalidValue(f"the number {text[:30]} is too large", field="$")
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise InvalidValue(f"{text} is not a number", field="$")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidValue(f"more than {MAX_DEPTH} levels", field="$")
    if value is None:
        raise InvalidValue("null is not used; leave the key out", field="$")
    if isinstance(value, dict):
        for item in value.values():
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def render(value: Json) -> bytes:
    """Return the canonical form of `value`; the keys of objects stand in the order in which they are given."""
    parts: list[str] = []
    _write(value, "\n", parts)
    parts.append("\n")
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidValue("text holds a lone surrogate, which UTF-8 cannot hold", field="$") from None


def _write(value: Any, newline: str, parts: list[str]) -> None:
    kind = type(value)
    if kind is str:
        parts.append(encode_basestring(value))
    elif kind is bool:
        parts.append("true" if value else "false")
    elif kind is int or kind is float:
        parts.append(number_text(value))
    elif kind is dict:
        _write_object(value, newline, parts)
    elif kind is list:
        _write_array(value, newline, parts)
    else:
        raise InvalidValue(f"{value!r} has no place in JSON", field="$")


def _write_object(value: dict[str, Any], newline: str, parts: list[str]) -> None:
    deeper = newline + "  "
    before = "{" + deeper
    for key, item in value.items():
        if type(item) is str:  # most are; one piece less for each
            parts.append(f"{before}{encode_basestring(key)}: {encode_basestring(item)}")
        else:
            parts.append(f"{before}{encode_basestring(key)}: ")
            _write(item, deeper, parts)
        before = "," + deeper
    parts.append(newline + "}" if value else "{}")


def _write_array(value: list[Any], newline: str, parts: list[str]) -> None:
    deeper = newline + "  "
    before = "[" + deeper
    for item in value:
        parts.append(before)
        _write(item, deeper, parts)
        before = "," + deeper
    parts.append(newline + "]" if value else "[]")


def number_text(value: Number) -> str:
    """Return a whole number with all its digits, any other as ECMAScript prints it (ECMA-262, Number::toString).

    Raises:
        InvalidValue: not finite, or a whole number beyond 64 bits that ECMAScript prints without an exponent.
    """
    if isinstance(value, int):
        if not INT64_MIN <= value <= INT64_MAX:
            raise InvalidValue(f"the integer {value} is beyond 64 bits", field="$")
        return str(value)
    if not math.isfinite(value):
        raise InvalidValue(f"{value} is not a finite number", field="$")
    if value.is_integer() and abs(value) < 1e21:
        return number_text(int(value))
    return _fraction_text(value)


def _fraction_text(value: float) -> str:
    """Respell Python's shortest decimal, which has the same digits but changes to exponents at other sizes."""
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    point = len(whole) + int(exponent or 0)  # where the decimal point stands, counted from the first digit
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    digits = stripped.rstrip("0")
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    shown = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{shown}e{point - 1:+d}"
