"""Durations as people write them: `30 days`, `12h`, `90 minutes`."""

import re

from gitgates.errors import InvalidValue

_SECONDS = {"s": 1, "second": 1, "m": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400}
_PATTERN = re.compile(r"([1-9][0-9]{0,8}) ?(?:([smhd])|(second|minute|hour|day)s?)")


def parse_duration(text: object) -> int:
    """Return the seconds that `text` spells, e.g. 2592000 for `30 days` or `30d`."""
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidValue(f"expected a duration such as '30 days', '12h' or '90 minutes', got {text!r}")
    return int(match[1]) * _SECONDS[match[2] or match[3]]


def duration_text(seconds: int) -> str:
    """Return the shortest spelling of a duration in whole units."""
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds > 1 else ''}"
