"""Waivers and withdrawals: what is checked before they are written, and what they say."""

from datetime import timedelta

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.waivers import names_in, waivable
from gitgates.errors import InvalidValue, NotAllowed, UsageError
from gitgates.ledger.writing import Writer, Written
from gitgates.model.names import ModelVersion
from gitgates.model.policy import ContextPolicy
from gitgates.model.records import DecisionRecord, WithdrawalRecord
from gitgates.model.thresholds import NAMES
from gitgates.model.vulnerabilities import VULNERABILITY_ID
from gitgates.model.waivers import WaiverRecord

_MAX_LISTED = 12


def waive(
    writer: Writer,
    known: Knowledge,
    name: ModelVersion,
    required: ContextPolicy,
    finding: str,
    seconds: int,
    reason: str,
) -> Written:
    """Append a waiver of one finding that expires after `seconds`.

    Raises:
        NotAllowed: the policy allows no waivers in the context, or the writer made every latest report and duties are
            separated.
        UsageError: the finding is nothing that a report can have, or an id that the latest ones would list; the time is
            too long; or no reason is given.
    """
    if not required.allow_waivers:
        raise NotAllowed(
            f"the policy for {required.name} allows no waivers",
            remedy="Have an admin set allow_waivers, or fix the model version and check it again",
        )
    authors = {report.record.author for report in known.latest_reports(required.name)}
    if required.separation_of_duties and authors == {writer.principal}:
        raise NotAllowed(
            f"{writer.principal} made the latest report and may not waive what it found", remedy="Ask another approver"
        )
    _refuse_unknown(known, required, finding)
    if not reason.strip():
        raise UsageError("a waiver needs a reason", remedy="Say why with --reason")
    heading = writer.heading(WaiverRecord, name, required.name, known)
    try:
        expires = heading["created"] + timedelta(seconds=seconds)
        record = WaiverRecord(**heading, finding=finding, expires=expires, reason=reason)
    except OverflowError:
        raise UsageError("--expires: is beyond the year 9999", remedy="For example 30d") from None
    except InvalidValue as error:
        raise UsageError(f"--{error.message}", remedy=error.remedy) from None
    return writer.append(record, known)


def is_named(known: Knowledge, required: ContextPolicy, finding: str) -> bool:
    """Tell whether `finding` is a threshold, or a metric or vulnerability that the policy or a latest report names."""
    reports = (signed.record for signed in known.latest_reports(required.name))
    pinned = {rule.name for rule in required.metric_rules or ()}
    return finding in NAMES or finding in pinned or any(finding in names_in(record) for record in reports)


def _refuse_unknown(known: Knowledge, required: ContextPolicy, finding: str) -> None:
    """Refuse to waive what nothing names; an id may yet be one that no report lists.

    A report may list no ids, or not all of them, and a waiver may come before the first scan.

    Raises:
        UsageError: the remedy names what could be meant.
    """
    if is_named(known, required, finding):
        return
    latest = [signed.record for signed in known.latest_reports(required.name)]
    scans = [record.metrics.security for record in latest]
    like_an_id = VULNERABILITY_ID.fullmatch(finding) is not None and not finding.isalpha()
    if like_an_id and not (scans and all(scan is not None and scan.lists_all() for scan in scans)):
        return
    from gitgates.codec.toml_text import nearest  # only a mistake pays for it

    metrics = {rule.name for rule in required.metric_rules or ()}
    names = sorted(metrics.union(*map(names_in, latest)))
    failing = sorted({name for record in latest for name in waivable(record)})
    remedy = nearest(finding, [*names, *NAMES], "findings")
    if not remedy.startswith("Did you mean"):
        listed = failing or [*names, *NAMES]
        more = f" and {len(listed) - _MAX_LISTED} more" if len(listed) > _MAX_LISTED else ""
        what = "What fails" if failing else "What can be waived"
        remedy = f"{what}: {', '.join(listed[:_MAX_LISTED])}{more}"
    told = "is not among what the latest report found" if like_an_id else "names no threshold, metric or vulnerability"
    raise UsageError(f"--finding: {finding!r} {told} for {required.name}", remedy=remedy)


def withdraw(
    writer: Writer, known: Knowledge, name: ModelVersion, required: ContextPolicy, prefix: str | None, reason: str
) -> Written:
    """Take back a decision or waiver of one's own: the one whose id starts with `prefix`, else the only one there is.

    Raises:
        UsageError: none fits, several do, or there is no reason.
    """
    if not reason.strip():
        raise UsageError("a withdrawal needs a reason", remedy="Say why with --reason")
    own = [
        signed.id
        for kind in (DecisionRecord, WaiverRecord)
        for signed in known.counting(kind, required.name, against=True)
        if signed.record.author == writer.principal
        and signed.id not in known.withdrawn
        and signed.id.startswith(prefix or "")
    ]
    if len(own) != 1:
        told = f"{len(own)} decisions and waivers" if own else "no decision or waiver"
        listed = f": {', '.join(own)}" if own else ""
        raise UsageError(
            f"{writer.principal} has {told} on {name} for {required.name} to withdraw{listed}",
            remedy="Name one with --record ID; `gitgates history` lists them",
        )
    heading = writer.heading(WithdrawalRecord, name, required.name, known)
    return writer.append(WithdrawalRecord(**heading, withdraws=own[0], reason=reason), known)
