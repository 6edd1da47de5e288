"""What of the metrics of a project's own is judged where not every number is there."""

from typing import Any

import attrs

from gitgates.codec.metric_rules import parse_rule
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.gates.measured import as_measured, missing_numbers, nothing_compared
from gitgates.model.checks import Evaluation
from gitgates.model.custom import Measurement
from gitgates.model.metrics import Metrics, ModelMetrics
from tests.unit.gates.judge import PRODUCTION, evaluation_in


def evaluation(*asked: dict[str, Any], **measured: dict[str, Any]) -> Evaluation:
    """Return an evaluation that requires evidence, with what was measured by name."""
    rules = tuple(parse_rule(one, "$") for one in asked)
    custom = tuple(Measurement(name=name, **number) for name, number in measured.items())
    plain = evaluation_in(PRODUCTION, True, ())
    return attrs.evolve(plain, rules="gates/2", metrics=Metrics(custom=custom), metric_rules=rules)


TOXICITY = {"name": "toxicity", "max": 1}


def test_all_that_is_there_is_judged() -> None:
    whole = evaluation(TOXICITY | {"max_increase": 0.1, "min_samples": 5}, toxicity={"value": 1, "samples": 5})
    assert not nothing_compared(whole)
    left, not_judged = as_measured(whole)
    assert not_judged == ()
    assert [dict(rule.bounds()) for rule in left.metric_rules or ()] == [{"max": 1, "min_samples": 5}]
    assert all_passed(evaluate(left))


def test_a_metric_without_a_number() -> None:
    left, not_judged = as_measured(
        evaluation(TOXICITY, {"name": "bias", "max": 1, "gate": "toxicity"}, toxicity={"value": 2})
    )
    assert not_judged == ("bias not measured",)
    (check,) = evaluate(left)
    assert check.message == "toxicity 2 is above the maximum 1"


def test_bounds_that_lack_a_number() -> None:
    left, not_judged = as_measured(
        evaluation(
            TOXICITY | {"min_samples": 5},
            {"name": "bias", "max_increase": 0.1, "max_increase_absolute": 1},
            {"name": "drift", "max_increase": 0.1},
            {"name": "zero", "max_increase": 0.1},
            toxicity={"value": 1},
            bias={"value": 1, "baseline": 0},
            drift={"value": 1},
            zero={"value": 1, "baseline": 0},
        )
    )
    assert not_judged == (
        "bias not comparable: the baseline is 0",
        "drift has no baseline to compare with",
        "toxicity: how many samples there were is not known",
        "zero not comparable: the baseline is 0",
    )
    assert {rule.name: dict(rule.bounds()) for rule in left.metric_rules or ()} == {
        "bias": {"max_increase_absolute": 1},
        "toxicity": {"max": 1},
    }
    assert all_passed(evaluate(left))


def test_nothing_left_to_judge() -> None:
    left, not_judged = as_measured(evaluation(TOXICITY))
    assert (left.metric_rules, left.rules, not_judged) == (None, "gates/1", ("toxicity not measured",))
    assert nothing_compared(left)
    allowing = attrs.evolve(evaluation(TOXICITY), allow_unknown_severities=True)
    assert as_measured(allowing)[0].rules == "gates/2"


def test_without_metrics_of_ones_own_nothing_changes() -> None:
    plain = attrs.evolve(evaluation_in(PRODUCTION, True, ()), metrics=Metrics(model=ModelMetrics(None, perplexity=3)))
    assert as_measured(plain) == (plain, ())
    assert nothing_compared(plain)
    assert missing_numbers(plain) == ("quality score not measured", "throughput not measured")
