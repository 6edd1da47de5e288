"""Condition 3: what the latest reports must meet."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta

import attrs

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.signed import Signed
from gitgates.gates.evaluate import CURRENT_RULES, GATES, all_passed, evaluate, findings
from gitgates.gates.findings import Verdict
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.metrics import Metrics, ModelMetrics
from gitgates.model.policy import BaselineRule, ContextPolicy
from gitgates.model.provenance import Baseline
from gitgates.model.records import ReportRecord


def evaluation_of(record: ReportRecord) -> Evaluation:
    """Return what the outcome of a report was computed from."""
    return Evaluation(
        rules=record.rules,
        profile=record.profile,
        required_gates=record.required_gates,
        require_evidence=record.require_evidence,
        thresholds=record.thresholds,
        metrics=record.metrics,
        metric_rules=record.metric_rules,
        allow_unknown_severities=record.allow_unknown_severities,
    )


def refuted_claims(record: ReportRecord) -> list[str]:
    """Evaluate a report again; return every claim that its own numbers refute.

    Raises:
        CannotDecide: the report's rules are newer than this program.
    """
    return _refuted_by(record, evaluate(evaluation_of(record)))


def _refuted_by(record: ReportRecord, checks: tuple[GateCheckResult, ...]) -> list[str]:
    claimed = [(check.gate, check.status, check.passed) for check in record.checks]
    computed = [(check.gate_name, check.status, check.passed) for check in checks]
    refuted = []
    if claimed != computed:
        refuted.append(f"its checks read {_told(claimed)}, its numbers give {_told(computed)}")
    outcome = "passed" if all_passed(checks) else "failed"
    if record.outcome != outcome:
        refuted.append(f"its outcome reads {record.outcome}, its numbers give {outcome}")
    return refuted + refuted_baseline(record)


def refuted_baseline(record: ReportRecord) -> list[str]:
    """Return every baseline number in the metrics that differs from the baseline that the report names."""
    if record.baseline is None:
        return []
    model = record.metrics.model or ModelMetrics(None)
    pairs = (
        ("baseline_quality_score", model.baseline_quality_score, record.baseline.metrics.quality_score),
        ("baseline_latency_ms", model.baseline_latency_ms, record.baseline.metrics.latency_ms),
        ("baseline_memory_mb", model.baseline_memory_mb, record.baseline.metrics.memory_mb),
    )
    return [
        f"its {name} is not that of its baseline" for name, used, given in pairs if given is not None and used != given
    ]


def _told(checks: Sequence[tuple[str, object, bool]]) -> str:
    return ", ".join(f"{gate} {status}{'' if passed else ' (not passed)'}" for gate, status, passed in checks) or "none"


def shortcomings(
    signed: Signed[ReportRecord], required: ContextPolicy, now: datetime, waived: Container[str] = ()
) -> Iterator[str]:
    """Yield every way in which a report falls short of what the context requires, but for a failed outcome.

    Args:
        waived: what is excused where the report is taken as passed by waivers; see `decision.waivers`.
    """
    record = signed.record
    checks = evaluate(evaluation_of(record))
    yield from _refuted_by(record, checks)
    yield from _too_old(record, required, now)
    if record.profile is not required.profile:
        yield f"it follows the profile {record.profile}, the policy says {required.profile}"
    by_gate = {check.gate_name: check for check in checks}
    yield from _missing_gates(by_gate, required)
    floors = {floor.threshold: floor.value for floor in required.floors}
    for name in record.thresholds.looser_than(floors):
        used = getattr(record.thresholds, name)
        yield f"its threshold {name} = {used:g} is looser than the policy's floor {floors[name]:g}"
    if record.allow_unknown_severities:
        yield from _unknown_severities(record, required)
    if problem := without_required_status(record.afs_status, required):
        yield f"it {problem}"
    if record.metric_rules or required.metric_rules:
        from gitgates.decision import metric_rules  # few ledgers know metrics of their own

        yield from metric_rules.shortcomings(record, required, CURRENT_RULES)
    if required.metric_paths:
        from gitgates.decision import metric_paths  # few policies pin numbers

        yield from metric_paths.differences(record.metrics, record.inputs, required)
    if required.require_evidence:
        yield from _missing_numbers(record, waived)
    if problem := without_required_baseline(record.metrics, record.baseline, required):
        yield f"it {problem}"


def without_required_status(status: str | None, required: ContextPolicy) -> str:
    """Return what the policy misses about the version's status in AFS's model registry, "" if nothing."""
    if not required.afs_status or status in required.afs_status:
        return ""
    found = "was not looked up in AFS's model registry" if status is None else f"is {status} in AFS's model registry"
    return f"{found}, and the policy requires {' or '.join(required.afs_status)}"


def _missing_numbers(record: ReportRecord, waived: Container[str]) -> Iterator[str]:
    # Whatever the report says of evidence: what is missing may depend on it.
    evaluation = attrs.evolve(evaluation_of(record), require_evidence=True)
    for gate, found in findings(evaluation).items():
        for finding in found:
            if finding.verdict is Verdict.MISSING and not finding.excused_by(waived):
                yield f"a number that the policy requires is missing ({gate}: {finding.text})"


def _unknown_severities(record: ReportRecord, required: ContextPolicy) -> Iterator[str]:
    if record.rules == CURRENT_RULES:
        yield f"it allows unknown severities, which {record.rules} know nothing of"
    if not required.allow_unknown_severities:
        yield "it lets vulnerabilities of unknown severity pass, the policy does not"


def _too_old(record: ReportRecord, required: ContextPolicy, now: datetime) -> Iterator[str]:
    if required.max_report_age is not None and now - record.created > timedelta(seconds=required.max_report_age):
        allowed = timedelta(seconds=required.max_report_age)
        yield f"it is {_days(now - record.created)} old, the policy allows {_days(allowed)}"


def _days(age: timedelta) -> str:
    return f"{age / timedelta(days=1):.1f} days".replace(".0 ", " ")


def _missing_gates(by_gate: dict[str, GateCheckResult], required: ContextPolicy) -> Iterator[str]:
    """A gate that did not run, or that the policy does not know, is missing; one that failed is not."""
    defined = {*GATES, *(rule.gate for rule in required.metric_rules or ())}
    if not required.required_gates and not any(check.status != "not_run" for check in by_gate.values()):
        yield "no gate ran"
    for gate in required.required_gates:
        if gate not in defined:
            yield f"the required gate {gate} is none that the policy defines"
        elif gate not in by_gate or by_gate[gate].status == "not_run":
            yield f"the required gate {gate} did not run"


def unfounded_baseline(known: Knowledge, signed: Signed[ReportRecord], required: ContextPolicy) -> Iterator[str]:
    """Yield why the record that a report was compared with does not stand for it, where the policy requires one."""
    baseline = signed.record.baseline
    if required.require_baseline is not BaselineRule.RECORD or baseline is None or baseline.source != "record":
        return  # where one is required and there is none, `without_required_baseline` says so
    if problem := known.unfounded(signed, baseline):
        yield problem


def without_required_baseline(metrics: Metrics, baseline: Baseline | None, required: ContextPolicy) -> str:
    """Return in what a comparison falls short of `require_baseline`, "" where it does not.

    The quality must in fact have been compared: both numbers are there, and the baseline is not 0. A report has one
    baseline, so what the policy's own metrics were compared with comes from the same place.
    """
    rule, model = required.require_baseline, metrics.model
    if rule is BaselineRule.NONE:
        return ""
    from_record = baseline is not None and baseline.source == "record"
    if model is not None or not any(r.compares() for r in required.metric_rules or ()):
        if model is None or model.regression_percent() is None:
            return "was not compared with a baseline, and the policy requires one"
        from_record = from_record and baseline is not None and baseline.metrics.quality_score is not None
    # Whether each of the policy's own metrics was compared, `decision.metric_rules` asks.
    if rule is BaselineRule.RECORD and not from_record:
        return "was not compared with a report of this ledger, and the policy requires that"
    return ""
