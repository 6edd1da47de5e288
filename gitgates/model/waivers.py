"""Waivers: somebody who may approve accepts one named finding for a while."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model.entries import VersionEntry
from gitgates.model.frozen import frozen
from gitgates.model.thresholds import NAMES
from gitgates.model.vulnerabilities import VULNERABILITY_ID


def is_finding(_: Any, attribute: Any, value: Any) -> None:
    """Refuse what can be neither the name of a threshold or metric nor the id of a vulnerability."""
    if value not in NAMES and (not isinstance(value, str) or not _can_name_a_finding(value)):
        raise InvalidValue(
            f"must be a threshold, a metric or the id of a vulnerability, got {value!r}",
            field=attribute.name,
            remedy=f"For example CVE-2024-1234, or one of {', '.join(NAMES)}",
        )


def _can_name_a_finding(text: str) -> bool:
    if VULNERABILITY_ID.fullmatch(text) is not None:
        return True
    from gitgates.model.custom import METRIC_NAME  # few waivers are of a metric

    return METRIC_NAME.fullmatch(text) is not None


def _is_utc(_: Any, attribute: Any, value: datetime) -> None:
    if value.tzinfo is not UTC:
        raise InvalidValue("must be a time in UTC", field=attribute.name)


def _says_something(_: Any, attribute: Any, value: str) -> None:
    if not value:
        raise InvalidValue("must say why", field=attribute.name)


@frozen(kw_only=True)
class WaiverRecord(VersionEntry):
    """A finding is accepted for a model version in a context, whichever report has it, until it expires.

    Attributes:
        finding: the name of a threshold, e.g. `max_latency_increase`, the name of a metric of the project's own,
            or the id of a vulnerability.
        expires: from this time on the waiver counts for nothing.
    """

    kind: ClassVar[str] = "waiver"

    finding: str = field(validator=is_finding)
    expires: datetime = field(validator=_is_utc)
    reason: str = field(validator=_says_something)

    def __attrs_post_init__(self) -> None:
        """Refuse a waiver that never held."""
        super().__attrs_post_init__()
        if self.expires <= self.created:
            raise InvalidValue("must be after `created`", field="expires")
