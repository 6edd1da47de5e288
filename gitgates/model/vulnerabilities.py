"""Vulnerabilities by their ids, beside the counts that gates judge: what a waiver can name."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model.fields import count, matches, one_of
from gitgates.model.frozen import frozen

SEVERITIES = ("critical", "high", "medium", "low", "unknown")
MAX_VULNERABILITIES = 200
"""How many a list may hold, so that a report stays below the size of a record."""

VULNERABILITY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,63}")
"""E.g. `CVE-2024-1234`. It holds no underscore, and every threshold's name does: neither is taken for the other."""


@frozen
class Vulnerability:
    """A known vulnerability, and how often it was counted at one severity."""

    id: str = field(validator=matches(VULNERABILITY_ID, "an id such as CVE-2024-1234"))
    severity: str = field(validator=one_of(*SEVERITIES))
    count: int = field(default=1, validator=count)

    def __attrs_post_init__(self) -> None:
        """Refuse a vulnerability that was not found."""
        if self.count == 0:
            raise InvalidValue("must be at least 1", field="count")


def in_order(items: Iterable[Vulnerability] | None) -> tuple[Vulnerability, ...] | None:
    """Return `items` sorted by id and severity, None where there are none; leave the rest to the validator."""
    found = tuple(items or ())
    if all(isinstance(item, Vulnerability) for item in found):
        found = tuple(sorted(found, key=_place))
    return found or None


def is_in_order(_: Any, attribute: Any, value: Any) -> None:
    """Refuse all but a tuple of vulnerabilities with one entry for each id and severity."""
    if value is None:
        return
    if not isinstance(value, tuple) or not all(isinstance(item, Vulnerability) for item in value):
        raise InvalidValue("expected vulnerabilities, each with id, severity and count", field=attribute.name)
    if any(_place(a) >= _place(b) for a, b in pairwise(value)):
        raise InvalidValue("names one id twice with the same severity; add up their counts", field=attribute.name)


def _place(item: Vulnerability) -> tuple[str, str]:
    return item.id, item.severity
