"""Metrics of a project's own before they are recorded: they are what the policy defines, or stricter."""

import attrs

from gitgates.decision.metric_rules import differences
from gitgates.errors import UsageError
from gitgates.gates.evaluate import FURTHER_RULES
from gitgates.model.checks import Evaluation
from gitgates.model.policy import ContextPolicy


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
