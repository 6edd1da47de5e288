"""How the events of a history are shown: who, when, what, why, signed with which key, and whether it counts."""

from typing import Any

from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.cli.views import short
from gitgates.codec.convert import Converter
from gitgates.decision.authority import Say
from gitgates.ledger.index import outcome_word
from gitgates.ledger.query import Event
from gitgates.model.paths import record_path
from gitgates.model.records import (
    AssertionRecord,
    DecisionRecord,
    ReportRecord,
    RollbackRecord,
    TargetEntry,
    VersionRecord,
    WithdrawalRecord,
)
from gitgates.model.waivers import WaiverRecord
from gitgates.trust.keys import PublicKey

_STYLES = {
    "passed": GOOD,
    "approved": GOOD,
    "succeeded": GOOD,
    "failed": BAD,
    "rejected": BAD,
    "forced": UNSURE,
    "waived": UNSURE,
    "started": UNSURE,
}


def event_value(event: Event) -> dict[str, Any]:
    """Return an event for JSON: the record's own fields under `record`."""
    standing = {"counts": event.standing.say.value, "why_not": event.standing.reason, "withdrawn": event.withdrawn}
    if event.signed is None:
        path = event.foreign.path if event.foreign else ""
        return {"kind": "foreign", "path": path, **standing}
    signed = event.signed
    return {
        "kind": signed.record.kind,
        "id": signed.id,
        "outcome": outcome_word(signed.record),
        "path": record_path(signed.record, signed.id),
        "key_fingerprint": PublicKey.parse(signed.key).fingerprint,
        **standing,
        "record": Converter().unstructure(signed.record),
    }


def show_event(output: Output, event: Event, *, verbose: bool) -> None:
    """Print an event as a few lines."""
    if event.signed is None:
        path = event.foreign.path if event.foreign else ""
        output.line(f"  foreign file, does not count: {path}: {event.standing.reason}", BAD)
        return
    signed, record = event.signed, event.signed.record
    word = outcome_word(record)
    when = f"{record.created:%Y-%m-%d %H:%M:%S} UTC"
    head = f"  {when}  {record.context:<12} {record.kind} {word}  by {record.author}  {short(signed.id)}"
    output.line(head, _STYLES.get(word))
    for detail in _details(record):
        output.line(f"      {detail}")
    if event.withdrawn:
        output.line("      withdrawn by its author", UNSURE)
    if event.standing.say is not Say.FULL:
        output.line(f"      {event.standing.say.value}: {event.standing.reason}", BAD)
    output.line(f"      key {PublicKey.parse(signed.key).fingerprint}", DIM)
    if verbose:
        _show_claims(output, record)
        output.line(f"      id {signed.id}", DIM)
        output.line(f"      path {record_path(record, signed.id)}", DIM)
        output.line(f"      policy {record.policy}", DIM)
        output.line(f"      after {', '.join(record.parents) or 'nothing'}", DIM)


def _show_claims(output: Output, record: VersionRecord) -> None:
    if isinstance(record, ReportRecord) and record.unverified_claims:
        from gitgates.model.claims import told

        output.line(f"      CI says, {told(record.unverified_claims)}", DIM)


def _details(record: VersionRecord) -> list[str]:
    """Return what a record says beyond its heading."""
    if isinstance(record, ReportRecord):
        return _report_details(record)
    if isinstance(record, DecisionRecord):
        about = [f"report {short(record.report)}"] if record.report else []
        return about + _texts(("reason", record.reason), ("notes", record.notes), ("on behalf of", record.on_behalf_of))
    if isinstance(record, TargetEntry):
        to = f", back to {record.to_version or 'nothing'}" if isinstance(record, RollbackRecord) else ""
        return [f"target {record.target}{to}", *_texts(("reason", record.reason))]
    if isinstance(record, WithdrawalRecord):
        return [f"takes back {short(record.withdraws)}", *_texts(("reason", record.reason))]
    if isinstance(record, WaiverRecord):
        until = f"{record.expires:%Y-%m-%d %H:%M:%S} UTC"
        return [f"accepts {record.finding} until {until}", *_texts(("reason", record.reason))]
    return _assertion_details(record)


def _report_details(record: ReportRecord) -> list[str]:
    commit = f"commit {short(record.subject.commit)}" if record.subject.commit else "no commit"
    about = commit + (", worktree differed" if record.subject.dirty else "")
    about += ", measured after deployment" if record.stage == "post" else ""
    artifacts = [f"artifact {a.path} sha256 {short(a.sha256)}" for a in record.subject.artifacts]
    checks = [f"{check.gate}: {check.status.value}: {check.message}" for check in record.checks]
    return [about, *artifacts, *checks]


def _assertion_details(record: AssertionRecord) -> list[str]:
    imported = f"imported from {record.source}, unsigned there: never a reason to allow anything"
    claims = (("claimed by", record.claimed_by), ("claimed at", record.claimed_at), ("notes", record.notes))
    return [imported, *_texts(*claims)]


def _texts(*named: tuple[str, str | None]) -> list[str]:
    return [f"{name}: {text}" for name, text in named if text]
