"""Findings about the records of one model version."""

from collections.abc import Iterator

from gitgates.decision.authority import Say
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import refuted_claims
from gitgates.decision.signed import Signed, SignedVersionRecord
from gitgates.errors import CannotDecide
from gitgates.ledger.verification.findings import Finding, Severity, error, notice, warning
from gitgates.model.paths import record_path
from gitgates.model.provenance import Baseline
from gitgates.model.records import ReportRecord, TargetEntry

_CHECK_AGAIN = "Run `gitgates check` again; find out who signed this report"


def record_findings(known: Knowledge) -> Iterator[Finding]:
    """Yield what is wrong with the validly signed records that are there."""
    ahead = frozenset(known.ahead_of_clock)
    for signed in known.records.values():
        yield from _standing(known, signed)
        if signed.id in ahead:
            remedy = "Set this machine's clock, or wait"
            yield error(_path(signed), "clock", "it is dated more than five minutes ahead", remedy)
        if isinstance(signed.record, ReportRecord):
            yield from _report(signed, signed.record, known.standings[signed.id].say is not Say.NONE)
        elif isinstance(signed.record, TargetEntry):
            yield from _previous(signed, signed.record)


def _path(signed: SignedVersionRecord) -> str:
    """Return where a record lies; asked for only where there is something to tell, since most records are in order."""
    return record_path(signed.record, signed.id)


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


def _standing(known: Knowledge, signed: SignedVersionRecord) -> Iterator[Finding]:
    standing = known.standings[signed.id]
    if standing.say is Say.AGAINST:
        yield notice(_path(signed), "standing", f"it counts against only: {standing.reason}")
    elif signed.id in known.chain.annulled():
        yield notice(_path(signed), "standing", "a policy annulled it")
    elif standing.say is Say.NONE:
        remedy = "If it should count, an admin admits it in a policy; else it can stay as it is"
        yield warning(_path(signed), "standing", f"it does not count: {standing.reason}", remedy)


def _report(signed: SignedVersionRecord, record: ReportRecord, counts: bool) -> Iterator[Finding]:
    try:
        refuted = refuted_claims(record)
    except CannotDecide as problem:
        yield Finding(
            Severity.ERROR, _path(signed), problem.cause.replace(" ", "-"), problem.message, problem.remedy, counts
        )
        return
    for claim in refuted:
        yield Finding(Severity.ERROR, _path(signed), "report", claim, _CHECK_AGAIN, counts)


def _previous(signed: SignedVersionRecord, record: TargetEntry) -> Iterator[Finding]:
    """A record that names the last one of its target comes after it; else the order on the target is lost."""
    if record.previous is not None and record.previous.id not in record.parents:
        text = f"it names {record.previous.id} as the last record of its target, but not as a parent"
        yield warning(_path(signed), "previous", text, "Look at the target's history before a rollback")


def record_baselines(known: Knowledge) -> Iterator[tuple[Signed[ReportRecord], Baseline]]:
    """Yield the reports that were compared with a record of this ledger, each with its baseline."""
    for signed in known.records.values():
        record = signed.record
        if isinstance(record, ReportRecord) and record.baseline is not None and record.baseline.source == "record":
            yield Signed(signed.id, record, signed.key), record.baseline
