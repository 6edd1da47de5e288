"""Canonical JSON: numbers as ECMAScript prints them, strict reading, one spelling."""

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from gitgates.codec.json_text import MAX_DEPTH, number_text, parse, render
from gitgates.errors import InvalidValue

# Lines `<the double's 16 hexadecimal digits> TAB <String(x)>`, printed by a JavaScript engine: corner cases, every
# third power of ten, and random bits. Whole numbers beyond 2**53 are left out: these the format writes in full.
TABLE = Path(__file__).with_name("ecmascript_numbers.tsv").read_text().splitlines()


def test_numbers_as_ecmascript_prints_them() -> None:
    assert len(TABLE) > 1500
    for line in TABLE:
        bits, text = line.split("\t")
        (value,) = struct.unpack(">d", bytes.fromhex(bits))
        assert number_text(value) == text
        assert float(text) == value
        if "." in text or "e" in text:
            assert parse(text.encode()) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-0.0, "0"),
        (1.0, "1"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
        (2.0**60, "1152921504606846976"),  # all digits, so that it is the same number to every reader
        (1e21, "1e+21"),
    ],
)
def test_whole_numbers(value: float, text: str) -> None:
    assert number_text(value) == text
    assert parse(text.encode()) == value


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (2**63, "the integer 9223372036854775808 is beyond 64 bits"),
        (-(2**63) - 1, "the integer -9223372036854775809 is beyond 64 bits"),
        (2.0**63, "the integer 9223372036854775808 is beyond 64 bits"),
        (1e20, "the integer 100000000000000000000 is beyond 64 bits"),
        (float("nan"), "nan is not a finite number"),
        (float("inf"), "inf is not a finite number"),
        (-float("inf"), "-inf is not a finite number"),
    ],
)
def test_numbers_that_have_no_spelling(value: float, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        number_text(value)
    assert str(caught.value) == f"$: {problem}"


def test_layout() -> None:
    value = {"a": [1, {"b": True}, [], {}], "c": "x", "d": {}, "e": [False, 0.5]}
    expected = json.dumps(value, indent=2) + "\n"
    assert render(value).decode() == expected
    assert parse(render(value)) == value


def test_texts_are_escaped_as_little_as_possible() -> None:
    text = '"\\/\b\f\n\r\t\x00\x1f\x7f\u2028é模😀'
    assert render(text).decode() == '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\u2028é模😀"\n'
    assert parse(render(text)) == text


@pytest.mark.parametrize("value", [None, b"x", (1,), {1, 2}, [None], {"a": object()}])
def test_what_has_no_place_in_json(value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^\$: .* has no place in JSON$"):
        render(value)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}])
def test_lone_surrogates(value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^\$: text holds a lone surrogate, which UTF-8 cannot hold$"):
        render(value)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b'"a\xc3"', "not UTF-8 at byte 2"),
        (b"", "not JSON: Expecting value at line 1, column 1"),
        (b"{", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"01", "not JSON"),
        (b"1.", "not JSON"),
        (b"'a'", "not JSON"),
        (b'"a\nb"', "not JSON"),
        (b'{"a": 1, "b": 2, "a": 3}', "the key 'a' stands twice in one object"),
        (b'[{"a": {"b": 1, "b": 1}}]', "the key 'b' stands twice"),
        (b"null", "null is not used"),
        (b'{"a": [null]}', "null is not used"),
        (b"NaN", "NaN is not a number"),
        (b"[-Infinity]", "-Infinity is not a number"),
        (b"1e999", "the number 1e999 is too large"),
        (b"9223372036854775808", "the integer 9223372036854775808 is beyond 64 bits"),
        (b"-9223372036854775809", "is beyond 64 bits"),
        (b"9" * 5000, f"the integer {'9' * 30} is beyond 64 bits"),
        (b"1" * 5000 + b".5", f"the number {'1' * 30} is too large"),
    ],
)
def test_refused_texts(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(data)
    assert caught.value.field == "$"
    assert problem in str(caught.value)


def _nested(levels: int) -> list[bytes]:
    """Return arrays and objects with so many levels below the outermost value."""
    return [b"[" * (levels + 1) + b"]" * (levels + 1), b'{"a":' * levels + b"{}" + b"}" * levels]


def test_depth() -> None:
    for data in (*_nested(MAX_DEPTH), b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH):
        assert parse(data)
    deep = b"[" * (MAX_DEPTH + 1) + b"1" + b"]" * (MAX_DEPTH + 1)
    for data in (*_nested(MAX_DEPTH + 1), *_nested(400_000), deep):
        with pytest.raises(InvalidValue) as caught:
            parse(data)
        assert str(caught.value) == "$: more than 32 levels"
