"""Decisions as scripts for AFS know them."""

from datetime import datetime
from typing import Any

from gitgates.decision.authority import Say
from gitgates.decision.decide import Question, decide
from gitgates.decision.result import Decision
from gitgates.decision.signed import Signed
from gitgates.errors import UnknownVersion
from gitgates.ledger.query import Opened, judged
from gitgates.ledger.reading import Ledger, VersionFiles
from gitgates.model.frozen import frozen
from gitgates.model.records import DecisionRecord, ReportRecord


@frozen
class ApprovalRecord:
    """One decision on a model version in a context.

    Attributes:
        approved: true only if it approves and conditions 3, 5 and 6 of `can-deploy` hold.
        timestamp: ISO 8601, UTC.
        gates_report: the report decided upon, None for a rejection without one.
        approved_by: what was passed as `approved_by`, else the signer.
        signer: the principal whose key signed.
    """

    model_name: str
    model_version: str
    approved: bool
    context: str
    timestamp: str
    gates_report: dict[str, Any] | None
    approved_by: str | None
    notes: str
    record_id: str = ""
    signer: str = ""
    key_fingerprint: str = ""


def approval_records(
    ledger: Ledger, files: VersionFiles, now: datetime, context: str | None = None
) -> list[ApprovalRecord]:
    """Return the decisions on a model version that count, in a context or in all; each after those that it knew of.

    Raises:
        CannotDecide: the version has no record here, and this clone does not have the whole ledger.
    """
    try:
        opened = judged(ledger, files, now)
    except UnknownVersion:
        return []
    name, known = files.name, opened.known
    contexts = {signed.record.context for signed in known.records.values()}
    decisions = {
        c: decide(known, Question(name.model, name.version, c)) for c in contexts if context is None or c == context
    }
    ordered = (known.records[i] for i in known.graph.in_order(lambda i: known.records[i].record.created))
    return [
        _approval_record(opened, signed.id, signed.key, signed.record, decisions[signed.record.context])
        for signed in ordered
        if isinstance(signed.record, DecisionRecord)
        and context in (None, signed.record.context)
        and known.standings[signed.id].say is not Say.NONE
        and signed.id not in known.withdrawn
    ]


def _approval_record(
    opened: Opened, record_id: str, key: str, record: DecisionRecord, decision: Decision
) -> ApprovalRecord:
    """Return the decision `record` as scripts know it."""
    from gitgates.trust.keys import PublicKey

    report = opened.known.records.get(record.report or "")
    return ApprovalRecord(
        model_name=record.model,
        model_version=record.version,
        approved=record.approved and record_id in decision.approvals and decision.meets(1, 2, 3, 5, 6),
        context=record.context,
        timestamp=record.created.isoformat(),
        gates_report=_report_dict(report) if report is not None else None,
        approved_by=record.on_behalf_of or record.author,
        notes=record.notes or record.reason or "",
        record_id=record_id,
        signer=record.author,
        key_fingerprint=PublicKey.parse(key).fingerprint,
    )


def _report_dict(signed: Signed[Any]) -> dict[str, Any] | None:
    record = signed.record
    if not isinstance(record, ReportRecord):
        return None
    return {
        "record_id": signed.id,
        "context": record.context,
        "model_name": record.model,
        "model_version": record.version,
        "timestamp": record.created.isoformat(),
        "all_passed": record.outcome == "passed",
        "checks": [
            {"gate_name": c.gate, "status": c.status.value, "passed": c.passed, "message": c.message}
            for c in record.checks
        ],
    }
