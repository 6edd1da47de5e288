"""The SSH wire format, against the examples of RFC 4251, section 5."""

import pytest

from gitgates.errors import InvalidValue
from gitgates.trust.wire import first_string, pack, pack_integer, unpack, unpack_integer


def test_strings_carry_their_length_in_four_bytes() -> None:
    assert pack(b"testing") == b"\0\0\0\x07testing"
    assert pack() == b""
    assert pack(b"", b"a" * 0x010203) == b"\0\0\0\0\0\x01\x02\x03" + b"a" * 0x010203
    assert unpack(pack(b"", b"a" * 0x010203), 2, "x") == [b"", b"a" * 0x010203]
    assert unpack(b"", 0, "x") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the key is cut short"),
        (b"\0\0\0", "the key is cut short"),
        (pack(b"one"), "the key is cut short"),
        (pack(b"one") + b"\0\0\0\x04two", "the key is cut short"),
        (pack(b"one") + b"\xff\xff\xff\xfftwo", "the key is cut short"),
        (pack(b"one", b"two") + b"\0", "bytes follow the key"),
        (pack(b"one", b"two", b""), "bytes follow the key"),
    ],
)
def test_two_strings_are_neither_more_nor_less(data: bytes, reason: str) -> None:
    assert unpack(pack(b"one", b"two"), 2, "key") == [b"one", b"two"]
    with pytest.raises(InvalidValue) as caught:
        unpack(data, 2, "key")
    assert str(caught.value) == reason


def test_the_first_string_is_had_without_the_others() -> None:
    assert first_string(pack(b"ssh-ed25519", b"rest")) == b"ssh-ed25519"
    assert first_string(pack(b"a" * 300, b"rest")) == b"a" * 300
    assert first_string(b"\0\0\0\x09short") == b"short"
    assert first_string(b"\0\0") == b""


INTEGERS = {0x9A378F9B2E332A7: "09a378f9b2e332a7", 0x80: "0080", 0x7F: "7f", 1: "01", 0x8000: "008000", 0xFF: "00ff"}


@pytest.mark.parametrize(("number", "spelling"), INTEGERS.items())
def test_integers_have_a_byte_for_their_sign_where_they_need_it(number: int, spelling: str) -> None:
    assert pack_integer(number).hex() == spelling
    assert unpack_integer(bytes.fromhex(spelling), "number") == number


@pytest.mark.parametrize("spelling", ["", "00", "0000", "0001", "80", "ff", "00007f", "ffff", "ff80"])
def test_an_integer_has_one_spelling_and_is_positive(spelling: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        unpack_integer(bytes.fromhex(spelling), "RSA exponent")
    assert str(caught.value) == "the RSA exponent is not a positive integer in its shortest form"
