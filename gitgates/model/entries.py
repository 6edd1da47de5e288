"""What all records have in common, in the order of the file."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from attrs import field

from gitgates.errors import InvalidValue
from gitgates.model import fields
from gitgates.model.frozen import frozen
from gitgates.model.names import is_context, is_name

RECORD_FORMAT = "gitgates-record/1"
MAX_RECORD_BYTES = 64 * 1024
MAX_POLICY_RECORD_BYTES = 1024 * 1024
MAX_PARENTS = 256


def _is_utc(_: Any, attribute: Any, value: datetime) -> None:
    if value.tzinfo is not UTC:
        raise InvalidValue("must be a time in UTC", field="created")


_ids = fields.each(fields.record_id)
_some_id = fields.maybe(fields.record_id)


@frozen(kw_only=True)
class Entry:
    """What every record has.

    Attributes:
        ledger: id of the root policy record; None in the root itself.
        policy: id of the policy in force for the writer; None in policy records and endorsements.
        parents: ids of the heads that the writer saw, sorted.
        author: the principal who signed.
    """

    kind: ClassVar[str]

    ledger: str | None = field(default=None, validator=_some_id)
    policy: str | None = field(default=None, validator=_some_id)
    parents: tuple[str, ...] = field(
        default=(), validator=[_ids, fields.sorted_distinct, fields.no_longer_than(MAX_PARENTS)]
    )
    created: datetime = field(validator=_is_utc)
    author: str = field(validator=fields.principal)


@frozen(kw_only=True)
class VersionEntry(Entry):
    """What every record of a model version has."""

    model: str = field(validator=is_name)
    version: str = field(validator=is_name)
    context: str = field(validator=is_context)

    def __attrs_post_init__(self) -> None:
        """Refuse a record that names no ledger or no policy."""
        if self.ledger is None or self.policy is None:
            raise InvalidValue("missing", field="ledger" if self.ledger is None else "policy")
