"""Records as bytes: the container (format, kind) around the fields, and the id."""

from hashlib import sha256
from typing import Any

from gitgates.codec.convert import Converter
from gitgates.codec.json_text import parse, render
from gitgates.errors import InvalidValue
from gitgates.model import entries, records
from gitgates.model.entries import RECORD_FORMAT
from gitgates.model.records import Record
from gitgates.model.waivers import WaiverRecord

KINDS: dict[str, type[Record]] = {
    cls.kind: cls
    for cls in (
        records.ReportRecord,
        records.DecisionRecord,
        records.DeploymentRecord,
        records.RollbackRecord,
        records.WithdrawalRecord,
        WaiverRecord,
        records.AssertionRecord,
        records.PolicyRecord,
        records.EndorsementRecord,
    )
}


class NewerFormat(InvalidValue):
    """A record of a format or kind that this program does not know; a newer one might."""


def record_id(data: bytes) -> str:
    """Return the id of the record with these bytes: their SHA-256."""
    return sha256(data).hexdigest()


def size_limit(kind: str) -> int:
    """Return how many bytes a record of this kind may have."""
    return entries.MAX_POLICY_RECORD_BYTES if kind == "policy" else entries.MAX_RECORD_BYTES


class RecordCodec:
    """Encodes and decodes records; one for each command, so that tables are made once."""

    def __init__(self) -> None:
        """Start with an empty converter."""
        self.converter = Converter()

    def encode(self, record: Record) -> bytes:
        """Return the canonical bytes of `record`.

        Raises:
            InvalidValue: a value that the format cannot hold, or more bytes than a record may have.
        """
        data = self._render(record)
        if len(data) > size_limit(record.kind):
            raise InvalidValue(
                f"the {record.kind} record would have {len(data)} bytes, at most {size_limit(record.kind)} are allowed",
                remedy="Shorten its texts",
            )
        return data

    def _render(self, record: Record) -> bytes:
        fields = self.converter.unstructure(record)
        return render({"format": RECORD_FORMAT, "kind": record.kind, **fields})

    def decode(self, data: bytes) -> Record:
        """Return the record in `data`.

        Raises:
            NewerFormat: another format or kind than this program knows.
            InvalidValue: anything else than the canonical bytes of a valid record.
        """
        if len(data) > entries.MAX_POLICY_RECORD_BYTES:
            raise InvalidValue(f"{len(data)} bytes are too many for a record", field="$")
        value = parse(data)
        cls, fields = _open(value)
        if len(data) > size_limit(cls.kind):
            raise InvalidValue(f"{len(data)} bytes are too many for a {cls.kind} record", field="$")
        record = self.converter.structure(cls, fields)
        if self._render(record) != data:
            raise InvalidValue("not in canonical form", field="$")
        return record


def _open(value: Any) -> tuple[type[Record], dict[str, Any]]:
    if type(value) is not dict:
        raise InvalidValue("expected an object", field="$")
    fields = dict(value)
    format_name, kind = fields.pop("format", None), fields.pop("kind", None)
    if format_name != RECORD_FORMAT:
        if isinstance(format_name, str) and format_name.startswith("gitgates-record/"):
            raise NewerFormat(f"is {format_name!r}; this program knows {RECORD_FORMAT}", field="$.format")
        raise InvalidValue(f"must be {RECORD_FORMAT!r}, got {format_name!r}", field="$.format")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise NewerFormat(f"unknown kind {kind!r}", field="$.kind")
    return cls, fields
