"""A record with its standing, as a line of JSON or as a row of CSV (`docs/reference/export.md`)."""

import csv
import io
import re
from typing import Any

from gitgates.codec.convert import Converter
from gitgates.codec.json_text import number_text, render
from gitgates.decision.chain import listed_signers
from gitgates.ledger.listing import Listed
from gitgates.ledger.policies import Policies
from gitgates.model.entries import RECORD_FORMAT
from gitgates.model.paths import record_path

_ENVELOPE = ("id", "kind", "outcome", "path", "signer", "key_fingerprint", "counts", "why_not", "withdrawn")
_OF_RECORD = (
    *("created", "author", "model", "version", "context", "policy", "parents"),
    *("report", "reason", "notes", "on_behalf_of", "target", "phase", "to_version", "withdraws", "endorses"),
)
_OF_REPORT = ("stage", "rules", "commit", "dirty", "artifacts", "checks")
_NUMBERS = {
    "tests": ("total_tests", "passed_tests", "failed_tests", "skipped_tests", "coverage_percent"),
    "model": (
        *("quality_score", "accuracy", "f1_score", "perplexity"),
        *("latency_ms", "throughput_tokens_per_sec", "memory_mb"),
    ),
    "security": (
        *("critical_vulnerabilities", "high_vulnerabilities", "medium_vulnerabilities"),
        *("low_vulnerabilities", "unknown_vulnerabilities"),
    ),
}
COLUMNS = (*_ENVELOPE, *_OF_RECORD, *_OF_REPORT, *(name for names in _NUMBERS.values() for name in names))

# Wide forms are folded by some programs. Others split cells at a semicolon or tab, and then know of no quotes.
_FORMULA = re.compile(r"(?:^(?= *[\t\r\n])|(?:^|[;\t\r\n])(?=[ \"]*[-=+@＝＋－＠]))")  # noqa: RUF001


def holders(policies: Policies) -> dict[str, str]:
    """Return who holds each key, as `type base64`. What is not accepted says nothing about a key that is."""
    listed = {key: principal for principal, key in listed_signers(policies.signed)}
    return {**listed, **{key: principal for principal, key in policies.chain.known_signers()}}


class Lines:
    """Writes records as JSON Lines or CSV; one for each export, so that tables are made once.

    Args:
        as_csv: CSV instead of JSON Lines.
        holders: who holds each key, by `type base64`.
    """

    def __init__(self, holders: dict[str, str], *, as_csv: bool) -> None:
        self._holders = holders
        self._as_csv = as_csv
        self._converter = Converter()

    def head(self) -> bytes:
        """Return what stands before the first record."""
        return _csv_line(COLUMNS) if self._as_csv else b""

    def line(self, one: Listed) -> bytes:
        """Return the line of a record, its end included."""
        record = one.signed.record
        fields = {"format": RECORD_FORMAT, "kind": record.kind, **self._converter.unstructure(record)}
        envelope: dict[str, Any] = {
            "id": one.signed.id,
            "kind": record.kind,
            "outcome": one.outcome,
            "path": record_path(record, one.signed.id),
            "signer": self._holders.get(one.signed.key, ""),
            "key_fingerprint": one.fingerprint,
            "counts": one.standing.say.value,
            "why_not": one.standing.reason,
            "withdrawn": one.withdrawn,
        }
        if self._as_csv:
            cells = {**_flat(fields), **envelope}
            return _csv_line([cell(cells.get(column)) for column in COLUMNS])
        return on_one_line(render({**envelope, "record": fields}))


def on_one_line(canonical: bytes) -> bytes:
    """Return canonical JSON on one line: no text in it holds a line break, so each line's start is indentation."""
    lines = (line.lstrip(b" ") for line in canonical.split(b"\n"))
    return b"".join(line + b" " if line.endswith(b",") else line for line in lines) + b"\n"


def _flat(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that have a column."""
    cells = {name: fields.get(name) for name in _OF_RECORD}
    cells["parents"] = " ".join(fields.get("parents", ()))
    if "subject" in fields:
        subject = fields["subject"]
        cells |= {name: fields.get(name) for name in ("stage", "rules")}
        cells |= {"commit": subject.get("commit"), "dirty": subject["dirty"]}
        cells["checks"] = "; ".join(f"{check['gate']} {check['status']}" for check in fields["checks"])
        for group, names in _NUMBERS.items():
            numbers = fields["metrics"].get(group, {})
            cells |= {name: numbers.get(name) for name in names}
    artifacts = fields.get("subject", fields).get("artifacts", ())
    cells["artifacts"] = " ".join(artifact["sha256"] for artifact in artifacts)
    return cells


def cell(value: Any) -> str:
    """Return a value as a cell of a table; what a spreadsheet would take for a formula in a text gets a ' before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return _FORMULA.sub(r"\g<0>'", str(value))


def _csv_line(cells: tuple[str, ...] | list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8")
