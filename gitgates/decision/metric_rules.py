"""Metrics of a project's own in condition 3: the policy pins their definitions, and a report may only be stricter."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from gitgates.model.custom import BUILT_IN_GATES, MetricRule, looser_than, told

if TYPE_CHECKING:
    from gitgates.model.policy import ContextPolicy
    from gitgates.model.records import ReportRecord


def differences(rules: Iterable[MetricRule], pinned: Iterable[MetricRule]) -> Iterator[str]:
    """Yield every way in which `rules` fall short of what the policy pins, one sentence each.

    A rule that the policy does not know may not join a gate of the policy's: a number of its own would make a gate run
    whose numbers are missing.
    """
    by_name = {rule.name: rule for rule in rules}
    pinned = tuple(pinned)
    for rule in pinned:
        if rule.name not in by_name:
            yield f"the metric {rule.name}, which the policy defines, is not judged"
        else:
            yield from (f"the metric {rule.name}: {text}" for text in looser_than(by_name[rule.name], rule))
    names, gates = {rule.name for rule in pinned}, {rule.gate for rule in pinned}
    for rule in by_name.values():
        if rule.name not in names and rule.gate in gates:
            yield f"the metric {rule.name} is in the gate {rule.gate}, which the policy defines without it"


def shortcomings(record: "ReportRecord", required: "ContextPolicy", rules_without: str) -> Iterator[str]:
    """Yield in what a report falls short of what the policy says of metrics of the project's own.

    Args:
        rules_without: the rules that know no such metrics.
    """
    rules = record.metric_rules or ()
    if rules and record.rules == rules_without:
        yield f"it has metric rules, which {record.rules} do not judge"
    yield from differences(rules, required.metric_rules or ())
    if required.require_baseline != "none":
        measured = {item.name: item for item in record.metrics.custom or ()}
        for rule in required.metric_rules or ():
            if rule.compares() and (rule.name not in measured or measured[rule.name].baseline is None):
                yield f"its {rule.name} was not compared with a baseline, and the policy requires one"


def undefined_gates(required: "ContextPolicy") -> Iterator[str]:
    """Yield the required gates that are neither built in nor defined by the policy: nothing can ever meet them."""
    defined = {rule.gate for rule in required.metric_rules or ()}
    yield from (gate for gate in required.required_gates if gate not in BUILT_IN_GATES and gate not in defined)


def changes(context: str, old: Iterable[MetricRule], new: Iterable[MetricRule]) -> Iterator[str]:
    """Yield in words what becomes of the metrics that the policy defines for a context."""
    before, after = {rule.name: rule for rule in old}, {rule.name: rule for rule in new}
    for name in sorted(before | after):
        if name not in before:
            yield f"{context} defines the metric {name}: {told(after[name])}"
        elif name not in after:
            yield f"{context} no longer defines the metric {name} ({told(before[name])})"
        elif before[name] != after[name]:
            yield f"{context}: the metric {name} is {told(after[name])} instead of {told(before[name])}"
