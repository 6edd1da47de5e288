"""Days and times as people type them on the command line: ISO, in UTC unless an offset is given."""

import re
from datetime import UTC, datetime, timedelta

from gitgates.errors import UsageError
from gitgates.model.frozen import frozen

_PATTERN = re.compile(
    r"\d{4}-\d\d-\d\d(?P<minute>[T ]\d\d:\d\d(?P<second>:\d\d(?P<fraction>\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?"
)


@frozen
class Span:
    """The day, minute or second that a text names: from `start` up to, and without, `end`."""

    start: datetime
    end: datetime


def parse_span(option: str, text: str) -> Span:
    """Return what `text` names, e.g. all of `2026-03-02`, or the minute `2026-03-02T14:05`.

    Raises:
        UsageError: it is no ISO day or time; it names `option`.
    """
    match = _PATTERN.fullmatch(text)
    refused = UsageError(
        f"{option}: expected a day or a time, got {text!r}",
        remedy="Write 2026-03-02, or 2026-03-02T14:05 (UTC), or 2026-03-02T14:05:30+01:00",
    )
    if match is None:
        raise refused
    try:
        given = datetime.fromisoformat(text)
        start = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        return Span(start, start + _length(match))
    except (ValueError, OverflowError):
        raise refused from None


def _length(match: re.Match[str]) -> timedelta:
    if match["fraction"]:
        return timedelta(microseconds=1)
    if match["second"]:
        return timedelta(seconds=1)
    return timedelta(minutes=1) if match["minute"] else timedelta(days=1)
