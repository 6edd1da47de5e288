"""Metrics of a project's own before they are recorded or waived: they are what the policy defines, or stricter."""

import attrs

from gitgates.decision.knowledge import Knowledge
from gitgates.decision.metric_rules import differences
from gitgates.errors import UsageError
from gitgates.gates.evaluate import FURTHER_RULES
from gitgates.model.checks import Evaluation
from gitgates.model.policy import ContextPolicy
from gitgates.model.thresholds import NAMES


def with_metric_rules(evaluation: Evaluation, required: ContextPolicy) -> Evaluation:
    """Return `evaluation` with the policy's metrics beside its own ones.

    Raises:
        UsageError: a metric is not what the policy defines, or looser.
    """
    own = evaluation.metric_rules or ()
    known = {rule.name for rule in own}
    pinned = required.metric_rules or ()
    rules = (*own, *(attrs.evolve(rule, source="policy") for rule in pinned if rule.name not in known))
    if problems := tuple(differences(rules, pinned)):
        raise UsageError(
            f"looser than what the policy defines for {required.name}: {'; '.join(problems)}",
            remedy="Define metrics at least as strict, or have an admin change the policy",
        )
    return attrs.evolve(evaluation, rules=FURTHER_RULES, metric_rules=rules)


def refuse_unknown_metric(known: Knowledge, required: ContextPolicy, finding: str) -> None:
    """Refuse to waive what neither the policy nor a latest report has: nobody means to.

    Raises:
        UsageError: `finding` is no metric; the remedy names those that are.
    """
    reports = known.latest_reports(required.name)
    rules = (required.metric_rules or (), *(report.record.metric_rules or () for report in reports))
    metrics = sorted({rule.name for some in rules for rule in some})
    if finding not in metrics:
        raise UsageError(
            f"--finding: must be a threshold, a metric or the id of a vulnerability, got {finding!r}",
            remedy=f"For example CVE-2024-1234, or one of {', '.join((*metrics, *NAMES))}",
        )
