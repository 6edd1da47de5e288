"""How the outcome of `check` is shown."""

from typing import TYPE_CHECKING, Any

from gitgates.api.checking import Checked
from gitgates.api.summary import mark
from gitgates.cli.inputs_view import input_line, input_value
from gitgates.cli.output import BAD, DIM, GOOD, UNSURE, Output
from gitgates.cli.sharing import Shared
from gitgates.cli.views import written_line, written_value
from gitgates.model.checks import GateCheckResult
from gitgates.model.thresholds import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitgates.integrations.ci.told import Told
    from gitgates.model.provenance import Artifact

_STYLES = {"pass": GOOD, "warn": UNSURE, "FAIL": BAD, "skip": BAD}


def checked_value(checked: Checked, shared: Shared) -> dict[str, Any]:
    """Return the outcome for JSON."""
    report, provenance = checked.report, checked.report.provenance
    baseline = provenance.baseline
    value = report.to_dict() | {
        "outcome": "passed" if report.all_passed() else "failed",
        "thresholds": checked.resolved.thresholds.to_dict(),
        "origins": dict(checked.resolved.origins),
        "inputs": [input_value(item) for item in provenance.inputs],
        "baseline": {
            "source": baseline.source if baseline else "",
            "record": (baseline.record or "") if baseline else "",
            "version": str(checked.compared.name) if checked.compared else "",
        },
    }
    evaluation = report.evaluation
    if evaluation is not None and evaluation.metric_rules:
        from gitgates.cli.metric_rules_view import rules_value

        value["metric_rules"] = rules_value(evaluation.metric_rules)
    if checked.written is not None:
        value |= {
            "record": written_value(checked.written),
            "already_recorded": checked.already_recorded,
            **shared.value(),
        }
    return value


def told_of(checked: Checked) -> "Told":
    """Return the outcome for a CI system."""
    from gitgates.integrations.ci.told import Told

    compared = ("compared with", str(checked.compared) if checked.compared is not None else "")
    if checked.written is None:
        return Told(report=checked.report, facts=(compared, ("recorded", "no")))
    subject = getattr(checked.written.record, "subject", None)
    facts = (compared, ("by", checked.written.record.author), ("commit", getattr(subject, "commit", None) or ""))
    return Told(report=checked.report, record=checked.written.id, facts=facts)


def show(
    output: Output, checked: Checked, shared: Shared, *, verbose: bool, artifacts: "Iterable[Artifact]" = ()
) -> None:
    """Print the outcome for people; `verbose` with the digests of inputs and of the `artifacts` that it is about."""
    report = checked.report
    word, style = ("PASSED", GOOD) if report.all_passed() else ("FAILED", BAD)
    output.line(f"{report.model_name}:{report.model_version} {report.context.value}: {word}", style)
    for check in report.checks:
        _show_check(output, check)
    if checked.compared is not None:
        output.line(f"compared with {checked.compared}")
    if verbose:
        output.line("thresholds:")
        thresholds, origins = checked.resolved.thresholds.to_dict(), checked.resolved.origins
        output.table(("threshold", "value", "set by"), [(n, f"{thresholds[n]:g}", origins[n]) for n in NAMES])
        if report.evaluation is not None and report.evaluation.metric_rules:
            from gitgates.cli.metric_rules_view import show_rules

            show_rules(output, report.evaluation.metric_rules, report.evaluation.metrics)
        for item in report.provenance.inputs:
            output.line(f"input {input_line(item)}", DIM)
        for artifact in artifacts:
            output.line(f"artifact: {artifact.path}, sha256 {artifact.sha256}", DIM)
    if checked.written is None:
        output.line("not recorded", DIM)
    else:
        output.line(written_line(checked.written, shared, already=checked.already_recorded), DIM)


def _show_check(output: Output, check: GateCheckResult) -> None:
    word = mark(check.status, check.passed)
    output.line(f"  {word}  {check.gate_name:<14} {check.message}", _STYLES[word])
