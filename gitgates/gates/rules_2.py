"""The rules `gates/2`: those of `gates/1`, and what few projects need. Frozen, as those are.

Where `allow_unknown_severities` holds, vulnerabilities of unknown severity are a WARNING in any profile, and pass. The
rest is gates of a project's own:

| a metric's | a breach makes its gate | passes |
|---|---|---|
| min, max, min_samples | BLOCKED | no |
| bound of a change for the worse | BLOCKED | no |
| the same, while the change is within the noise | WARNING | yes |
| a needed number missing | BLOCKED where evidence is required, else WARNING | only without that |
| nothing compared at all | NOT_RUN | no |

A gate is run where numbers of a model or of the project's own were measured, or where it is required. A change is
within the noise if both standard errors are known and it is at most z times the root of the sum of their squares,
where z is the number of standard deviations around the mean that holds `confidence` of a normal distribution.
Without a baseline there is nothing to compare; a rule that only bounds a change then has a number missing where
evidence is required, and is a WARNING elsewhere.
"""

from collections.abc import Iterator, Mapping
from math import erf, hypot, sqrt
from typing import Any

import attrs

from gitgates.gates import arithmetic, rules_1
from gitgates.gates.findings import Finding, Verdict, result
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.custom import HIGHER, Measurement, MetricRule
from gitgates.model.fields import Number
from gitgates.model.metrics import Metrics, SecurityScanResults

RULES = "gates/2"
_DECIMALS = 6


def deviations_for(confidence: Number) -> float:
    """Return z with erf(z / sqrt(2)) = confidence, rounded to six decimals, for 0 <= confidence < 1."""
    low, high = 0.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if erf(middle / sqrt(2)) < confidence else (low, middle)
    return round(high, _DECIMALS)


def evaluate(evaluation: Evaluation, timestamp: str = "") -> tuple[GateCheckResult, ...]:
    """Run the gates of `gates/1`, and then the project's own by name."""
    built_in = [_allowed(check, evaluation) for check in rules_1.evaluate(evaluation, timestamp)]
    own = (_check(gate, evaluation, timestamp) for gate in _gates_to_run(evaluation))
    return (*built_in, *own)


def findings(evaluation: Evaluation) -> Mapping[str, tuple[Finding, ...]]:
    """Return by gate all that was compared, or could not be, for the gates that were run."""
    found = dict(rules_1.findings(evaluation))
    scan = evaluation.metrics.security
    if scan is not None and evaluation.allow_unknown_severities:
        found["security"] = _security_findings(scan, evaluation)
    return found | {gate: tuple(_findings(gate, evaluation)) for gate in _gates_to_run(evaluation)}


# --- unknown severities ----------------------------------------------------------------------------------------------


def _allowed(check: GateCheckResult, evaluation: Evaluation) -> GateCheckResult:
    """Return the result of a built-in gate, that of the security gate judged anew where it may let more pass."""
    scan = evaluation.metrics.security
    if check.gate_name != "security" or scan is None or not evaluation.allow_unknown_severities:
        return check
    missing = Verdict.FAILED if evaluation.require_evidence else Verdict.NOTED
    found = _security_findings(scan, evaluation)
    return result("security", found, missing, dict(check.details), check.timestamp)


def _security_findings(scan: SecurityScanResults, evaluation: Evaluation) -> tuple[Finding, ...]:
    """Return the findings of `gates/1`, those of unknown severity as ones that pass."""
    known = attrs.evolve(scan, unknown_vulnerabilities=None, vulnerabilities=None)
    found = rules_1.findings(attrs.evolve(evaluation, metrics=Metrics(security=known)))["security"]
    if not scan.unknown_vulnerabilities:
        return found
    text = f"{scan.unknown_vulnerabilities} of unknown severity, allowed by the policy"
    return (*found, Finding(Verdict.NOTED, text))


# --- the project's own -----------------------------------------------------------------------------------------------


def _gates_to_run(evaluation: Evaluation) -> list[str]:
    measured = evaluation.metrics.model is not None or evaluation.metrics.custom is not None
    gates = sorted({rule.gate for rule in evaluation.metric_rules or ()})
    return [gate for gate in gates if measured or gate in evaluation.required_gates]


def _check(gate: str, evaluation: Evaluation, timestamp: str) -> GateCheckResult:
    details: dict[str, Any] = {}
    for rule, measured in _judged(gate, evaluation):
        if measured is not None:
            details[rule.name] = measured.value
            if measured.baseline is not None:
                details[f"baseline_{rule.name}"] = measured.baseline
    missing = Verdict.BLOCKED if evaluation.require_evidence else Verdict.NOTED
    return result(gate, _findings(gate, evaluation), missing, details, timestamp)


def _judged(gate: str, evaluation: Evaluation) -> Iterator[tuple[MetricRule, Measurement | None]]:
    measured = {item.name: item for item in evaluation.metrics.custom or ()}
    for rule in evaluation.metric_rules or ():
        if rule.gate == gate:
            yield rule, measured.get(rule.name)


def _findings(gate: str, evaluation: Evaluation) -> Iterator[Finding]:
    for rule, measured in _judged(gate, evaluation):
        if measured is None:
            yield Finding(Verdict.MISSING, f"{rule.name} not measured", rule.name)
        else:
            yield from _of_number(rule, measured)
            yield from _of_change(rule, measured, evaluation)


def _of_number(rule: MetricRule, measured: Measurement) -> Iterator[Finding]:
    value = arithmetic.exact(measured.value)
    if rule.min is not None:
        met = value >= arithmetic.exact(rule.min)
        yield _compared(rule, met, f"{measured.value!r} {'meets' if met else 'is below'} the minimum {rule.min!r}")
    if rule.max is not None:
        met = value <= arithmetic.exact(rule.max)
        yield _compared(rule, met, f"{measured.value!r} {'meets' if met else 'is above'} the maximum {rule.max!r}")
    if rule.min_samples is not None and measured.samples is None:
        yield Finding(Verdict.MISSING, f"{rule.name}: how many samples there were is not known", rule.name)
    elif rule.min_samples is not None and measured.samples is not None:
        met = measured.samples >= rule.min_samples
        relation = "enough" if met else "too few"
        yield _compared(rule, met, f"on {measured.samples} samples, {relation} (at least {rule.min_samples})")


def _compared(rule: MetricRule, met: bool, text: str) -> Finding:
    return Finding(Verdict.MET if met else Verdict.BLOCKED, f"{rule.name} {text}", rule.name)


def _of_change(rule: MetricRule, measured: Measurement, evaluation: Evaluation) -> Iterator[Finding]:
    if rule.direction == HIGHER:
        share, absolute, word = rule.max_decrease, rule.max_decrease_absolute, "decrease"
    else:
        share, absolute, word = rule.max_increase, rule.max_increase_absolute, "increase"
    if measured.baseline is None:
        only_changes = rule.min is None and rule.max is None and rule.min_samples is None
        if only_changes:
            verdict = Verdict.MISSING if evaluation.require_evidence else Verdict.NOTED
            yield Finding(verdict, f"{rule.name} has no baseline to compare with", rule.name, relative=True)
        return
    baseline = measured.baseline
    change = arithmetic.changed_by(measured.value, baseline)
    worse = -change if rule.direction == HIGHER else change
    if share is not None and baseline == 0:
        yield Finding(Verdict.MISSING, f"{rule.name} not comparable: the baseline is 0", rule.name, relative=True)
    elif share is not None:
        over = worse > arithmetic.share_of(baseline, share)
        yield _changed(rule, measured, baseline, over=over, limit=f"{word} of {100 * share:g}%")
    if absolute is not None:
        over = worse > arithmetic.exact(absolute)
        yield _changed(rule, measured, baseline, over=over, limit=f"{word} of {absolute!r}")


def _changed(rule: MetricRule, measured: Measurement, baseline: Number, *, over: bool, limit: str) -> Finding:
    """Return what a change means that is `over` its bound, or not."""
    text = f"{rule.name} {measured.value!r} against {baseline!r}"
    one, other = measured.stderr, measured.baseline_stderr
    if not over:
        return Finding(Verdict.MET, f"{text} within the allowed {limit}", rule.name, relative=True)
    if one is None or other is None:
        return Finding(Verdict.BLOCKED, f"{text} exceeds the allowed {limit}", rule.name, relative=True)
    deviations = deviations_for(rule.confidence)
    noise = f"noise of {deviations * hypot(one, other):.3g} at {100 * rule.confidence:g}% confidence"
    if arithmetic.within_noise(arithmetic.changed_by(measured.value, baseline), one, other, deviations):
        text = f"{text} exceeds the allowed {limit}, but is within the {noise}: no regression"
        return Finding(Verdict.NOTED, text, rule.name, relative=True)
    return Finding(Verdict.BLOCKED, f"{text} exceeds the allowed {limit}, and the {noise}", rule.name, relative=True)
