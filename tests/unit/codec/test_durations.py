"""Durations as people write them."""

from typing import Any

import pytest

from gitgates.codec.durations import duration_text, parse_duration
from gitgates.errors import InvalidValue


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 days", 2592000), ("1 day", 86400), ("30d", 2592000), ("12h", 43200), ("1 hour", 3600),
        ("90 minutes", 5400), ("5m", 300),
        ("45s", 45), ("1 second", 1), ("2 seconds", 2), ("3 s", 3), ("999999999 days", 86399999913600),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "30", "days", "0 days", "-1 day", "1.5 hours", "5 ms", "5ss", "3 hs", "01 day", "1  day", " 1 day", "1 day ",
     "1 week", "1 Day", "٣ days", "1000000000 days", 30, None, True],
)  # fmt: skip
def test_no_durations(text: Any) -> None:
    with pytest.raises(InvalidValue, match="expected a duration such as"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (5400, "90 minutes"), (7200, "2 hours"), (86400, "1 day"),
     (2, "2 seconds"), (120, "2 minutes"), (3600, "1 hour"), (172800, "2 days"), (90000, "25 hours"),
     (2592000, "30 days"), (86401, "86401 seconds")],
)  # fmt: skip
def test_texts(seconds: int, text: str) -> None:
    assert duration_text(seconds) == text
    assert parse_duration(text) == seconds
