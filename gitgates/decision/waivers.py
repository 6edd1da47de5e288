"""Waivers in condition 3: which failed reports are taken as passed, and on whose word (`docs/adr/0012-waivers.md`)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import evaluation_of
from gitgates.decision.signed import Signed
from gitgates.gates.evaluate import evaluate, findings
from gitgates.gates.findings import FAILING, Finding, Verdict
from gitgates.model.checks import Evaluation, GateStatus
from gitgates.model.metrics import SecurityScanResults
from gitgates.model.policy import ContextPolicy
from gitgates.model.records import ReportRecord
from gitgates.model.waivers import WaiverRecord

Waivers = tuple[Signed[WaiverRecord], ...]
Accepted = Mapping[str, Waivers]
"""By id of each failed report that is taken as passed: the waivers that this rests on."""


def accepted(known: Knowledge, reports: Sequence[Signed[ReportRecord]], required: ContextPolicy) -> Accepted:
    """Return which of `reports` failed and pass with what was waived.

    Raises:
        CannotDecide: a failed report's rules are newer than this program, and there are waivers.
    """
    found = {}
    for signed in reports:
        waivers = active_waivers(known, signed, required) if signed.record.outcome != "passed" else ()
        serving = that_serve(signed.record, waivers)
        if serving and passes(evaluation_of(signed.record), waived_by(serving)):
            found[signed.id] = serving
    return found


def active_waivers(known: Knowledge, report: Signed[ReportRecord], required: ContextPolicy) -> Waivers:
    """Return the waivers that count for a report now.

    None does where the policy allows none; nor does one that has expired, was withdrawn, counts against only, is for
    another context, or is by the report's author where duties are separated.
    """
    return tuple(signed for signed in _ever_active(known, report, required) if signed.record.expires > known.now)


def expired_waivers(known: Knowledge, report: Signed[ReportRecord], required: ContextPolicy) -> Waivers:
    """Return the waivers of what fails in a report that would count for it, were they not expired.

    Where another one of the same finding still counts, there is nothing to tell.

    Raises:
        CannotDecide: the report's rules are newer than this program, and there are such waivers.
    """
    found = _ever_active(known, report, required)
    active = waived_by(signed for signed in found if signed.record.expires > known.now)
    return that_serve(report.record, tuple(signed for signed in found if signed.record.finding not in active))


def _ever_active(known: Knowledge, report: Signed[ReportRecord], required: ContextPolicy) -> Waivers:
    if not required.allow_waivers:
        return ()
    waivers = (
        signed
        for signed in known.counting(WaiverRecord, required.name)
        if signed.id not in known.withdrawn
        and not (required.separation_of_duties and signed.record.author == report.record.author)
    )
    return tuple(sorted(waivers, key=lambda signed: (signed.record.finding, signed.id)))


def known_to(known: Knowledge, approval: str, waivers: Waivers) -> Waivers:
    """Return those of `waivers` that an approval comes after: it approved no more than it could see."""
    return tuple(waiver for waiver in waivers if known.graph.is_ancestor(waiver.id, approval))


def waived_by(waivers: Iterable[Signed[WaiverRecord]]) -> frozenset[str]:
    """Return what is waived: names of thresholds and ids of vulnerabilities."""
    return frozenset(waiver.record.finding for waiver in waivers)


def passes(evaluation: Evaluation, waived: frozenset[str]) -> bool:
    """Tell whether a report on these numbers passes where what is waived is excused.

    A gate that did not run is never excused, nor is one in which nothing would be left that was compared. More waivers
    never make a report that passes fail.
    """
    left = findings(_lowered(evaluation, waived))
    checks = evaluate(evaluation)
    return bool(checks) and all(
        check.passed or (check.status is not GateStatus.NOT_RUN and _excused(left[check.gate_name], evaluation, waived))
        for check in checks
    )


def left_failing(evaluation: Evaluation, waived: frozenset[str]) -> tuple[str, ...]:
    """Return in words each number, among those that are there, that is beyond what is allowed and not excused."""
    found = findings(_lowered(evaluation, waived)).values()
    failing = (finding for made in found for finding in made if finding.verdict in FAILING)
    return tuple(finding.text for finding in failing if not finding.excused_by(waived))


def _excused(found: Sequence[Finding], evaluation: Evaluation, waived: frozenset[str]) -> bool:
    compared = any(finding.verdict is not Verdict.MISSING for finding in found)
    return compared and all(f.excused_by(waived) for f in found if _fails(f, evaluation))


def _fails(finding: Finding, evaluation: Evaluation) -> bool:
    return finding.verdict in FAILING or (finding.verdict is Verdict.MISSING and evaluation.require_evidence)


def _lowered(evaluation: Evaluation, waived: frozenset[str]) -> Evaluation:
    """Return `evaluation` with the waived vulnerabilities taken out of the counts."""
    scan = evaluation.metrics.security
    if scan is None or scan.vulnerabilities is None:
        return evaluation
    counts: dict[str, Any] = {}
    for item in scan.vulnerabilities:
        if item.id in waived:
            name = f"{item.severity}_vulnerabilities"
            counts[name] = counts.get(name, getattr(scan, name)) - item.count
    lowered = attrs.evolve(scan, vulnerabilities=None, **counts)
    return attrs.evolve(evaluation, metrics=attrs.evolve(evaluation.metrics, security=lowered))


def that_serve(record: ReportRecord, waivers: Waivers) -> Waivers:
    """Return those of `waivers` that are of what fails in a report; the others change nothing."""
    return serving(evaluation_of(record), waivers)


def serving(evaluation: Evaluation, waivers: Waivers) -> Waivers:
    """Return those of `waivers` that are of what fails on these numbers."""
    if not waivers:
        return ()
    failing, ids = _failing(evaluation)

    def serves(waived: str) -> bool:
        return waived in ids or any(f.excused_by({waived}) for f in failing)

    return tuple(waiver for waiver in waivers if serves(waiver.record.finding))


def _failing(evaluation: Evaluation) -> tuple[list[Finding], frozenset[str]]:
    """Return what fails, and the ids of the vulnerabilities among it."""
    found = {gate: [f for f in made if _fails(f, evaluation)] for gate, made in findings(evaluation).items()}
    ids = _failing_ids(evaluation.metrics.security, {finding.threshold for finding in found.get("security", ())})
    return [finding for made in found.values() for finding in made], ids


def _failing_ids(scan: SecurityScanResults | None, thresholds: set[str]) -> frozenset[str]:
    """Return the ids of the vulnerabilities whose severity is over its threshold; the unknown ones have none."""
    listed = scan.vulnerabilities or () if scan is not None else ()
    return frozenset(
        item.id
        for item in listed
        if ("" if item.severity == "unknown" else f"max_{item.severity}_vulnerabilities") in thresholds
    )


def waivable(record: ReportRecord) -> tuple[str, ...]:
    """Return what a waiver for a report that fails could name: thresholds, metrics and ids.

    Raises:
        CannotDecide: the report's rules are newer than this program.
    """
    failing, ids = _failing(evaluation_of(record))
    names = {f.threshold for f in failing if f.threshold and f.excused_by({f.threshold})}
    return tuple(sorted(names | ids))


def names_in(record: ReportRecord) -> frozenset[str]:
    """Return the metrics of the project's own that a report judges, and the ids of vulnerabilities that it lists."""
    scan = record.metrics.security
    ids = (item.id for item in scan.vulnerabilities or ()) if scan is not None else ()
    return frozenset((*ids, *(rule.name for rule in record.metric_rules or ())))


def told(waiver: Signed[WaiverRecord]) -> str:
    """Return a waiver in a few words."""
    record = waiver.record
    return f"{record.finding} until {record.expires:%Y-%m-%d %H:%M} UTC by {record.author}"
