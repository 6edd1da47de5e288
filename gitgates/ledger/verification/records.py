"""Findings about the records of one model version."""

from collections.abc import Iterator

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import refuted_claims
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.errors import CannotDecide
from gitgates.ledger.verification.findings import Finding, Severity, error, notice, warning
from gitgates.model.paths import record_path
from gitgates.model.records import ReportRecord, TargetEntry

_CHECK_AGAIN = "Run `gitgates check` again; find out who signed this report"


def record_findings(known: Knowledge) -> Iterator[Finding]:
    """Yield what is wrong with the validly signed records that are there."""
    ahead = frozenset(known.ahead_of_clock)
    for signed in known.records.values():
        path = record_path(signed.record, signed.id)
        counts = known.standings[signed.id].say is not Say.NONE
        yield from _standing(known, signed, path)
        if signed.id in ahead:
            yield error(path, "clock", "it is dated more than five minutes ahead", "Set this machine's clock, or wait")
        if isinstance(signed.record, ReportRecord):
            yield from _report(signed.record, path, counts)
        elif isinstance(signed.record, TargetEntry):
            yield from _previous(signed.record, path)


def missing_findings(known: Knowledge, folder: str, reported: frozenset[str]) -> Iterator[Finding]:
    """Yield the ids that counting records know of and that are not there.

    Args:
        reported: ids that are missing for every model version, and were reported once.
    """
    for missing in known.missing:
        if missing in reported:
            continue
        naming = next((s for s in known.records.values() if missing in s.record.parents), None)
        told = f"{record_path(naming.record, naming.id)} names it" if naming else "a seal or record names it"
        yield error(
            folder,
            "missing",
            f"{missing} is missing: {told}",
            "Fetch the ledger's branch from a clone that has it; if it is lost for good, an admin can annul it",
        )


def _standing(known: Knowledge, signed: SignedVersionRecord, path: str) -> Iterator[Finding]:
    standing = known.standings[signed.id]
    if standing.say is Say.AGAINST:
        yield notice(path, "standing", f"it counts against only: {standing.reason}")
    elif signed.id in known.chain.annulled():
        yield notice(path, "standing", "a policy annulled it")
    elif standing.say is Say.NONE:
        remedy = "If it should count, an admin admits it in a policy; else it can stay as it is"
        yield warning(path, "standing", f"it does not count: {standing.reason}", remedy)


def _report(record: ReportRecord, path: str, counts: bool) -> Iterator[Finding]:
    try:
        refuted = refuted_claims(record)
    except CannotDecide as problem:
        yield Finding(Severity.ERROR, path, problem.cause.replace(" ", "-"), problem.message, problem.remedy, counts)
        return
    for claim in refuted:
        yield Finding(Severity.ERROR, path, "report", claim, _CHECK_AGAIN, counts)


def _previous(record: TargetEntry, path: str) -> Iterator[Finding]:
    """A record that names the last one of its target comes after it; else the order on the target is lost."""
    if record.previous is not None and record.previous.id not in record.parents:
        text = f"it names {record.previous.id} as the last record of its target, but not as a parent"
        yield warning(path, "previous", text, "Look at the target's history before a rollback")


def reports_on_records(known: Knowledge) -> Iterator[Signed[ReportRecord]]:
    """Yield the reports that were compared with a record of this ledger."""
    for signed in known.records.values():
        record = signed.record
        if isinstance(record, ReportRecord) and record.baseline is not None and record.baseline.source == "record":
            yield Signed(signed.id, record, signed.key)
