"""How much of an evaluation the numbers that are there can judge: after a deployment few are measured."""

from typing import Any

import attrs

from gitgates.gates.evaluate import CURRENT_RULES, FURTHER_RULES, findings
from gitgates.gates.findings import Verdict
from gitgates.model.checks import Evaluation
from gitgates.model.custom import BUILT_IN_GATES, CHANGES, Measurement, MetricRule

_SHARES = ("max_increase", "max_decrease")


def as_measured(evaluation: Evaluation) -> tuple[Evaluation, tuple[str, ...]]:
    """Return `evaluation` with its metric rules as far as there are numbers for them, and in words what is left out."""
    if not evaluation.metric_rules:
        return evaluation, ()
    measured = {item.name: item for item in evaluation.metrics.custom or ()}
    kept = [_judgeable(rule, measured.get(rule.name)) for rule in evaluation.metric_rules]
    rules = tuple(rule for rule in kept if rule is not None) or None
    further = rules or evaluation.allow_unknown_severities
    left = attrs.evolve(evaluation, metric_rules=rules, rules=FURTHER_RULES if further else CURRENT_RULES)
    return left, missing_numbers(evaluation, built_in=False)


def missing_numbers(evaluation: Evaluation, *, built_in: bool = True) -> tuple[str, ...]:
    """Return in words every number that would be needed where evidence is required, and is not there.

    Args:
        built_in: whether those of the built-in gates are meant too.
    """
    own = tuple(rule.gate for rule in evaluation.metric_rules or ())  # required, they are asked in any case
    found = findings(attrs.evolve(evaluation, require_evidence=True, required_gates=own))
    return tuple(
        finding.text
        for gate, made in found.items()
        for finding in made
        if finding.verdict is Verdict.MISSING and (built_in or gate not in BUILT_IN_GATES)
    )


def nothing_compared(evaluation: Evaluation) -> bool:
    """Tell whether no number at all was compared with anything."""
    return all(finding.verdict is Verdict.MISSING for found in findings(evaluation).values() for finding in found)


def _judgeable(rule: MetricRule, measured: Measurement | None) -> MetricRule | None:
    """Return what of a rule can be judged, None if nothing of it can."""
    if measured is None:
        return None
    without: tuple[str, ...] = () if measured.samples is not None else ("min_samples",)
    if measured.baseline is None:
        without += CHANGES
    elif measured.baseline == 0:
        without += _SHARES
    if all(bound in without for bound, _ in rule.bounds()):
        return None
    nothing: dict[str, Any] = dict.fromkeys(without)
    return attrs.evolve(rule, **nothing)
