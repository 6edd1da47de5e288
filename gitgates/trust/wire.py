"""The SSH wire format (RFC 4251, section 5): strings with their length before them, and big integers."""

from gitgates.errors import InvalidValue


def pack(*parts: bytes) -> bytes:
    """Return `parts` as SSH strings, one after the other."""
    return b"".join([len(part).to_bytes(4, "big") + part for part in parts])


def unpack(data: bytes, count: int, what: str) -> list[bytes]:
    """Return the `count` SSH strings that make up `data` to its last byte, else raise `InvalidValue`."""
    parts = []
    end = 0
    for _ in range(count):
        start = end + 4
        end = start + int.from_bytes(data[end:start], "big")
        parts.append(data[start:end])
    # Positions only grow, so one that ran past the end never comes back to it: this one test finds every cut.
    if end != len(data):
        raise InvalidValue(f"the {what} is cut short" if end > len(data) else f"bytes follow the {what}")
    return parts


def first_string(data: bytes) -> bytes:
    """Return the first SSH string of `data`, or less where it is cut short."""
    return data[4 : 4 + int.from_bytes(data[:4], "big")]


def pack_integer(number: int) -> bytes:
    """Return the content of the SSH mpint of a positive `number`."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def unpack_integer(data: bytes, what: str) -> int:
    """Return the positive integer that `data` spells in the only way allowed, else raise `InvalidValue`."""
    number = int.from_bytes(data, "big")
    if number == 0 or pack_integer(number) != data:
        raise InvalidValue(f"the {what} is not a positive integer in its shortest form")
    return number
