"""Metrics of a project's own: what can be defined and measured, and which definition is looser than another."""

from typing import Any

import pytest

from gitgates.codec.metric_rules import parse_rule, parse_rules
from gitgates.errors import InvalidValue
from gitgates.gates.evaluate import GATES
from gitgates.model.custom import BUILT_IN_GATES, MAX_METRICS, Measurement, MetricRule, looser_than, told
from gitgates.model.metrics import Metrics

TOXICITY = {"name": "toxicity", "max": 0.02, "max_increase": 0.1, "min_samples": 100}


def rule(**values: Any) -> MetricRule:
    return parse_rule(TOXICITY | values, "$")


def test_the_built_in_gates() -> None:
    assert BUILT_IN_GATES == GATES


def test_what_is_not_said() -> None:
    made = parse_rule({"name": "toxicity", "max": 0.02}, "$")
    assert (made.gate, made.path, made.direction, made.confidence, made.source) == (
        "toxicity", "toxicity", "lower", 0.95, None,
    )  # fmt: skip
    assert parse_rule({"name": "bleu", "min": 0.3}, "$").direction == "higher"
    assert parse_rule({"name": "bleu", "max_decrease_absolute": 0.3}, "$").direction == "higher"
    assert parse_rule({"name": "loss", "max_increase_absolute": 0.3}, "$").direction == "lower"
    assert parse_rule({"name": "size", "min": 1, "max": 9, "direction": "lower"}, "$").direction == "lower"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"name": "x"}, "$.name: judges nothing"),
        ({"min": 1}, "$.name: missing"),
        ({"name": "x", "min": 1, "max": 2}, "$.direction: missing, and the bounds point both ways"),
        ({"name": "x", "min": 2, "max": 1, "direction": "lower"}, "$.min: is 2, more than max = 1"),
        ({"name": "x", "max": "1"}, "$.max: expected a number"),
        ({"name": "x", "max": True}, "$.max: expected a number"),
        ({"name": "x", "max": float("nan")}, "$.max: must be a finite number"),
        ({"name": "x", "max_increase": -0.1}, "$.max_increase: must be at least 0"),
        ({"name": "x", "max_increase": 0.1, "direction": "higher"}, "$.max_increase: bounds a change for the better"),
        ({"name": "x", "max_decrease_absolute": 0.1, "direction": "lower"}, "max_decrease_absolute: bounds a change"),
        ({"name": "x", "max": 1, "direction": "down"}, "$.direction: must be one of higher, lower"),
        ({"name": "x", "max": 1, "confidence": 1}, "$.confidence: must be in 0..0.9999"),
        ({"name": "x", "max": 1, "confidence": 95}, "$.confidence: must be in 0..0.9999"),
        ({"name": "x", "min_samples": 1.5}, "$.min_samples: expected a whole number"),
        ({"name": "x", "maximum": 1}, "$.maximum: unknown key. Did you mean max"),
        ({"name": "", "max": 1}, "$.name: must be 1 to 64 of"),
        ({"name": "a b", "max": 1}, "$.name: must be 1 to 64 of"),
        ({"name": "x" * 65, "max": 1}, "$.name: must be 1 to 64 of"),
        ({"name": 7, "max": 1}, "$.name: must be 1 to 64 of"),
        ({"name": "max_regression", "max": 1}, "$.name: max_regression is a threshold"),
        ({"name": "tests", "max": 1}, "$.gate: tests is a built-in gate"),
        ({"name": "x", "gate": "Security", "max": 1}, "$.gate: Security is a built-in gate"),
        ({"name": "x", "path": "", "max": 1}, "$.path: must be the name of a number"),
        ({"name": "x", "path": "a\n", "max": 1}, "$.path: must be the name of a number"),
        ("x", "$: expected a table"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be(values: Any, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_rule(values, "$")
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        ({"name": "x", "max": 1}, "$: expected a list of tables"),
        ([{"name": "x", "max": 1}, {"name": "x", "max": 2}], "$[1].name: x is defined twice"),
        ([{"name": f"x{n}", "max": 1} for n in range(MAX_METRICS + 1)], "$: holds 51 metrics, at most 50 are allowed"),
    ],
)
def test_lists_that_cannot_be(tables: Any, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse_rules(tables, "$")
    assert str(caught.value).startswith(problem)


def test_lists_are_sorted_by_name() -> None:
    assert [made.name for made in parse_rules([{"name": "b", "max": 1}, {"name": "a", "max": 1}], "$")] == ["a", "b"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, []),
        ({"max": 0.01, "max_increase": 0, "min_samples": 101, "confidence": 0.9, "min": -1, "direction": "lower"}, []),
        ({"max": 0.03}, ["max = 0.03 is looser than the floor 0.02"]),
        ({"max": None}, ["max is missing, the floor is 0.02"]),
        ({"max_increase": 0.2}, ["max_increase = 0.2 is looser than the floor 0.1"]),
        ({"min_samples": 99}, ["min_samples = 99 is looser than the floor 100"]),
        ({"path": "other"}, ["path is other instead of toxicity"]),
        ({"gate": "other"}, ["gate is other instead of toxicity"]),
        ({"confidence": 0.99}, ["confidence = 0.99 takes more for noise than 0.95"]),
        (
            {"direction": "higher", "max_increase": None},
            ["direction is higher instead of lower", "max_increase is missing, the floor is 0.1"],
        ),
    ],
)
def test_looser(changes: dict[str, Any], says: list[str]) -> None:
    assert list(looser_than(rule(**changes), rule())) == says


def test_told() -> None:
    assert told(rule(gate="harm", path="a.b")) == (
        "max = 0.02, max_increase = 0.1, min_samples = 100, lower is better, confidence = 0.95, read from a.b, "
        "in the gate harm"
    )
    assert told(parse_rule({"name": "x", "min": 1}, "$")) == "min = 1, higher is better"


def test_a_rule_has_the_defaults_of_toml() -> None:
    rule = MetricRule.of("toxicity", max=0.02, min=None)
    assert rule == parse_rule({"name": "toxicity", "max": 0.02}, "$")
    assert (rule.gate, rule.path, rule.direction, rule.confidence) == ("toxicity", "toxicity", "lower", 0.95)
    assert MetricRule.of("x", path="a.b", gate="g", min_samples=3).direction == "higher"
    with pytest.raises(InvalidValue, match="direction: missing, and the bounds point both ways"):
        MetricRule.of("x", min=0, max=1)


def test_measurements() -> None:
    one = Measurement(name="x", value=1, samples=10, stderr=0.5)
    both = one.against(Measurement(name="x", value=2, samples=20, stderr=0.25, baseline=3))
    assert (both.value, both.baseline, both.baseline_samples, both.baseline_stderr) == (1, 2, 20, 0.25)
    assert both.against(None) == one


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"value": None}, "value: expected a number"),
        ({"value": float("inf")}, "value: must be a finite number"),
        ({"value": 1, "stderr": -1}, "stderr: must be at least 0"),
        ({"value": 1, "samples": -1}, "samples: must not be negative"),
        ({"value": 1, "baseline_stderr": 1}, "baseline: missing"),
        ({"value": 1, "baseline_samples": 1}, "baseline: missing"),
    ],
)
def test_measurements_that_cannot_be(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Measurement(name="x", **values)
    assert str(caught.value).startswith(problem)


def test_metrics_keep_measurements_in_order() -> None:
    a, b = Measurement(name="a", value=1), Measurement(name="b", value=1)
    assert Metrics(custom=(b, a)).custom == (a, b)
    assert Metrics(custom=()).custom is None


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ((Measurement(name="a", value=1),) * 2, "custom: names a twice"),
        ((rule(),), "custom: expected a tuple of Measurement"),
        ((1,), "custom: expected a tuple of Measurement"),
        (tuple(Measurement(name=f"x{n}", value=1) for n in range(51)), "custom: holds 51 metrics, at most 50"),
    ],
)
def test_metrics_refuse(items: Any, problem: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Metrics(custom=items)
    assert str(caught.value).startswith(problem)
