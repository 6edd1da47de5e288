"""Condition 3: what the latest reports must meet."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta

from gitgates.decision.signed import Signed
from gitgates.gates.evaluate import GATES, all_passed, evaluate, findings
from gitgates.gates.findings import Verdict
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.metrics import ModelMetrics
from gitgates.model.policy import BaselineRule, ContextPolicy
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
    )


def refuted_claims(record: ReportRecord) -> list[str]:
    """Evaluate a report again; return every claim that its own numbers refute.

    Raises:
        CannotDecide: the report's rules are newer than this program.
    """
    checks = evaluate(evaluation_of(record))
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
    yield from refuted_claims(record)
    yield from _too_old(record, required, now)
    if record.profile is not required.profile:
        yield f"it follows the profile {record.profile}, the policy says {required.profile}"
    by_gate = {check.gate_name: check for check in evaluate(evaluation_of(record))}
    yield from _missing_gates(by_gate, required)
    floors = {floor.threshold: floor.value for floor in required.floors}
    for name in record.thresholds.looser_than(floors):
        used = getattr(record.thresholds, name)
        yield f"its threshold {name} = {used:g} is looser than the policy's floor {floors[name]:g}"
    if required.require_evidence:
        yield from _missing_numbers(record, waived)
    if required.require_baseline is not BaselineRule.NONE and not _has_baseline(record):
        yield "it was not compared with a baseline, and the policy requires one"


def _missing_numbers(record: ReportRecord, waived: Container[str]) -> Iterator[str]:
    for gate, found in findings(evaluation_of(record)).items():
        for finding in found:
            if finding.verdict is Verdict.MISSING and not finding.excused_by(waived):
                yield f"a number that the policy requires is missing ({gate}: {finding.text})"


def _too_old(record: ReportRecord, required: ContextPolicy, now: datetime) -> Iterator[str]:
    if required.max_report_age is not None and now - record.created > timedelta(seconds=required.max_report_age):
        allowed = timedelta(seconds=required.max_report_age)
        yield f"it is {_days(now - record.created)} old, the policy allows {_days(allowed)}"


def _days(age: timedelta) -> str:
    return f"{age / timedelta(days=1):.1f} days".replace(".0 ", " ")


def _missing_gates(by_gate: dict[str, GateCheckResult], required: ContextPolicy) -> Iterator[str]:
    """A gate that did not run, or that these rules do not know, is missing; one that failed is not."""
    if not required.required_gates and not any(check.status != "not_run" for check in by_gate.values()):
        yield "no gate ran"
    for gate in required.required_gates:
        if gate not in by_gate or by_gate[gate].status == "not_run":
            unknown = "" if gate in GATES else " (these rules do not know it)"
            yield f"the required gate {gate} did not run{unknown}"


def _has_baseline(record: ReportRecord) -> bool:
    """Tell whether the quality was in fact compared: both numbers are there, and the baseline is not 0."""
    model = record.metrics.model
    return model is not None and model.regression_percent() is not None
