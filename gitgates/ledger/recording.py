"""Reports and decisions: what is checked before they are written, and what they say."""

import attrs

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.reports import shortcomings, unfounded_baseline
from gitgates.decision.signed import Signed
from gitgates.decision.waivers import accepted, waived_by
from gitgates.errors import InvalidValue, NotAllowed, UsageError
from gitgates.gates.evaluate import FURTHER_RULES, all_passed, evaluate
from gitgates.ledger.writing import Writer, Written
from gitgates.model.checks import Evaluation, GateCheckResult, QualityGateReport
from gitgates.model.frozen import frozen
from gitgates.model.names import ModelVersion
from gitgates.model.policy import ContextPolicy
from gitgates.model.provenance import Subject
from gitgates.model.records import Check, DecisionRecord, ReportRecord


def under_policy(evaluation: Evaluation, required: ContextPolicy) -> Evaluation:
    """Return `evaluation` with what the policy requires of the context.

    Raises:
        UsageError: a threshold is looser than the policy's floor, or a metric is not what the policy defines.
    """
    floors = {floor.threshold: floor.value for floor in required.floors}
    looser = evaluation.thresholds.looser_than(floors)
    if looser:
        told = ", ".join(
            f"{name} = {getattr(evaluation.thresholds, name):g} (floor {floors[name]:g})" for name in looser
        )
        raise UsageError(
            f"looser than the policy's floors for {required.name}: {told}",
            remedy="Set thresholds at least as strict, or have an admin change the policy",
        )
    if evaluation.metric_rules or required.metric_rules:
        from gitgates.ledger.metric_rules import with_metric_rules  # few ledgers know metrics of their own

        evaluation = with_metric_rules(evaluation, required)
    if required.allow_unknown_severities:
        evaluation = attrs.evolve(evaluation, rules=FURTHER_RULES)
    return attrs.evolve(
        evaluation,
        profile=required.profile,
        required_gates=required.required_gates,
        require_evidence=required.require_evidence,
        allow_unknown_severities=required.allow_unknown_severities,
    )


def record_report(
    writer: Writer,
    known: Knowledge,
    report: QualityGateReport,
    required: ContextPolicy,
    subject: Subject,
    stage: str = "pre",
) -> Written:
    """Append `report`, evaluated under what the policy requires of its context; raises as `report_record`."""
    return writer.append(report_record(writer, known, report, required, subject, stage), known)


def report_record(
    writer: Writer,
    known: Knowledge,
    report: QualityGateReport,
    required: ContextPolicy,
    subject: Subject,
    stage: str = "pre",
) -> ReportRecord:
    """Return the record of `report`, evaluated under what the policy requires of its context.

    Raises:
        InvalidValue: the report was put together by hand and carries no numbers.
        NotAllowed, CannotDecide: see `Writer.heading`.
    """
    if report.evaluation is None:
        raise InvalidValue("the report carries no numbers", remedy="Record a report that QualityGate.check_all made")
    evaluation = under_policy(report.evaluation, required)
    checks = evaluate(evaluation)
    name = ModelVersion(report.model_name, report.model_version)
    return ReportRecord(
        **writer.heading(ReportRecord, name, required.name, known),
        stage=stage,
        rules=evaluation.rules,
        profile=evaluation.profile,
        required_gates=evaluation.required_gates,
        require_evidence=evaluation.require_evidence,
        allow_unknown_severities=evaluation.allow_unknown_severities,
        subject=subject,
        unverified_claims=report.provenance.claims,
        afs_status=report.provenance.afs_status,
        thresholds=evaluation.thresholds,
        origins=report.provenance.origins,
        metric_rules=evaluation.metric_rules,
        inputs=report.provenance.inputs,
        metrics=evaluation.metrics,
        baseline=report.provenance.baseline,
        checks=tuple(_recorded(check) for check in checks),
        outcome="passed" if all_passed(checks) else "failed",
    )


def _recorded(check: GateCheckResult) -> Check:
    return Check(check.gate_name, check.status, check.passed, check.message)


@frozen(kw_only=True)
class Verdict:
    """What an approver or rejecter says.

    Attributes:
        reason: why; forced approvals need it.
        on_behalf_of: free text, shown beside the signer.
    """

    reason: str | None = None
    notes: str | None = None
    on_behalf_of: str | None = None
    force: bool = False


def approve(
    writer: Writer, known: Knowledge, name: ModelVersion, required: ContextPolicy, report_id: str, verdict: Verdict
) -> Written:
    """Append an approval of one report.

    Raises:
        NotAllowed: the report is not one of the latest, failed without leave to force it, falls short of the policy,
            or its author may not approve it.
        UsageError: force without a reason.
    """
    report = next((r for r in known.latest_reports(required.name) if r.id == report_id), None)
    if report is None:
        raise NotAllowed(
            f"{report_id} is not a latest report of {name} for {required.name}",
            remedy="Approve the report that `gitgates status` shows",
        )
    waivers = accepted(known, (report,), required).get(report.id, ())
    forced = not waivers and _needs_force(report, required, verdict)
    problems = list(shortcomings(report, required, known.now, waived_by(waivers)))
    problems += unfounded_baseline(known, report, required)
    if problems:
        raise NotAllowed(
            f"report {report_id[:12]} of {name} falls short of the policy: {'; '.join(problems)}",
            remedy="Run `gitgates check` again; an approval cannot make up for it",
        )
    if required.separation_of_duties and report.record.author == writer.principal:
        raise NotAllowed(f"{writer.principal} made this report and may not approve it", remedy="Ask another approver")
    return writer.append(
        DecisionRecord(
            **writer.heading(DecisionRecord, name, required.name, known),
            approved=True,
            report=report_id,
            forced=forced,
            reason=verdict.reason or None,
            notes=verdict.notes or None,
            on_behalf_of=verdict.on_behalf_of or None,
        ),
        known,
    )


def _needs_force(report: Signed[ReportRecord], required: ContextPolicy, verdict: Verdict) -> bool:
    """Tell whether the approval is a forced one; refuse where it may not be."""
    if report.record.outcome == "passed":
        return False
    failed = "; ".join(f"{check.gate}: {check.message}" for check in report.record.checks if not check.passed)
    told = f"report {report.id[:12]} failed ({failed or 'no gate ran'})"
    if not verdict.force:
        hint = (
            "Force it with --force and --reason" if required.allow_force else "Fix the model version and check it again"
        )
        if required.allow_waivers:
            hint += ", or accept what fails, by name and for a while, with `gitgates waive`"
        raise NotAllowed(told, remedy=hint)
    if not required.allow_force:
        raise NotAllowed(f"{told}, and the policy for {required.name} allows no force")
    if not (verdict.reason or "").strip():
        raise UsageError("a forced approval needs a reason", remedy="Say why with --reason")
    return True


def reject(writer: Writer, known: Knowledge, name: ModelVersion, required: ContextPolicy, verdict: Verdict) -> Written:
    """Append a rejection of the model version in a context; it names the latest report, where there is one."""
    reports = known.latest_reports(required.name)
    return writer.append(
        DecisionRecord(
            **writer.heading(DecisionRecord, name, required.name, known),
            approved=False,
            report=reports[-1].id if reports else None,
            forced=False,
            reason=verdict.reason or None,
            notes=verdict.notes or None,
            on_behalf_of=verdict.on_behalf_of or None,
        ),
        known,
    )
