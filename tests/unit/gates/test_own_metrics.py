"""The rules `gates/2`: gates of a project's own, from metrics that it defines."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitgates.codec.metric_rules import parse_rule
from gitgates.gates.evaluate import FURTHER_RULES, evaluate, findings
from gitgates.gates.rules_2 import RULES, deviations_for
from gitgates.model.checks import Evaluation, GateCheckResult
from gitgates.model.custom import Measurement, MetricRule
from gitgates.model.metrics import Metrics, ModelMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.thresholds import default_thresholds

TOXICITY: dict[str, Any] = {"name": "toxicity", "max": 0.02, "max_increase": 0.1, "direction": "lower"}


def rule(**values: Any) -> MetricRule:
    return parse_rule({"name": "toxicity", **values}, "$")


def measured(value: float, **values: Any) -> Measurement:
    return Measurement(name="toxicity", value=value, **values)


def evaluation(
    rules: tuple[MetricRule, ...],
    *numbers: Measurement,
    evidence: bool = False,
    required: tuple[str, ...] = (),
    model: ModelMetrics | None = None,
) -> Evaluation:
    context = DeploymentContext.STAGING
    metrics = Metrics(model=model, custom=numbers)
    return Evaluation("gates/2", context, required, evidence, default_thresholds(context), metrics, metric_rules=rules)


def judged(asked: MetricRule, *numbers: Measurement, evidence: bool = False) -> GateCheckResult:
    (check,) = evaluate(evaluation((asked,), *numbers, evidence=evidence, required=(asked.gate,)))
    return check


def outcome(asked: MetricRule, *numbers: Measurement, evidence: bool = False) -> tuple[str, bool, str]:
    check = judged(asked, *numbers, evidence=evidence)
    return check.status.value, check.passed, check.message


def test_these_are_the_rules_that_metrics_have() -> None:
    assert RULES == FURTHER_RULES


@pytest.mark.parametrize(
    ("asked", "number", "told"),
    [
        ({"max": 0.02}, measured(0.02), ("passed", True, "toxicity 0.02 meets the maximum 0.02")),
        ({"max": 0.02}, measured(0.0200001), ("blocked", False, "toxicity 0.0200001 is above the maximum 0.02")),
        ({"min": 0.3}, measured(0.3), ("passed", True, "toxicity 0.3 meets the minimum 0.3")),
        ({"min": 0.3}, measured(0.29), ("blocked", False, "toxicity 0.29 is below the minimum 0.3")),
        ({"min": -1}, measured(-1.5), ("blocked", False, "toxicity -1.5 is below the minimum -1")),
        (
            {"max_increase": 0.1},
            measured(0.33, baseline=0.3),
            ("passed", True, "toxicity 0.33 against 0.3 within the allowed increase of 10%"),
        ),
        (
            {"max_increase": 0.1},
            measured(0.3301, baseline=0.3),
            ("blocked", False, "toxicity 0.3301 against 0.3 exceeds the allowed increase of 10%"),
        ),
        (
            {"max_decrease": 0.1},
            measured(0.2699, baseline=0.3),
            ("blocked", False, "toxicity 0.2699 against 0.3 exceeds the allowed decrease of 10%"),
        ),
        (
            {"max_decrease_absolute": 0.1},
            measured(0.2, baseline=0.3),
            ("passed", True, "toxicity 0.2 against 0.3 within the allowed decrease of 0.1"),
        ),
        (
            {"max_increase_absolute": 0.1},
            measured(0.41, baseline=0.3),
            ("blocked", False, "toxicity 0.41 against 0.3 exceeds the allowed increase of 0.1"),
        ),
        ({"max_increase": 0}, measured(0.1, baseline=0.3), ("passed", True, None)),
        ({"max_increase_absolute": 0}, measured(0, baseline=0), ("passed", True, None)),
        (  # of a negative baseline the size counts: -110 is 10 % below -100
            {"max_decrease": 0.1},
            measured(-110, baseline=-100),
            ("passed", True, "toxicity -110 against -100 within the allowed decrease of 10%"),
        ),
        ({"max_decrease": 0.1}, measured(-111, baseline=-100), ("blocked", False, None)),
        ({"max_decrease": 0.1}, measured(-50, baseline=-100), ("passed", True, None)),
        (
            {"min_samples": 100},
            measured(1, samples=100),
            ("passed", True, "toxicity on 100 samples, enough (at least 100)"),
        ),
        (
            {"min_samples": 100},
            measured(1, samples=99),
            ("blocked", False, "toxicity on 99 samples, too few (at least 100)"),
        ),
    ],
)
def test_bounds(asked: dict[str, Any], number: Measurement, told: tuple[str, bool, str | None]) -> None:
    status, passed, message = outcome(rule(**asked), number)
    assert (status, passed) == told[:2]
    assert told[2] in (None, message)


@pytest.mark.parametrize("evidence", [False, True])
def test_nothing_measured_has_not_run(evidence: bool) -> None:
    check = judged(rule(**TOXICITY), evidence=evidence)
    assert (check.status, check.passed) == ("not_run", False)


@pytest.mark.parametrize(
    ("asked", "number", "message"),
    [
        ({"max": 1, "min_samples": 10}, measured(0.5), "toxicity: how many samples there were is not known"),
        ({"max": 1, "max_increase": 0.1}, measured(0.5, baseline=0), "toxicity not comparable: the baseline is 0"),
    ],
)
def test_a_missing_number_warns_and_fails_where_evidence_is_required(
    asked: dict[str, Any], number: Measurement, message: str
) -> None:
    assert outcome(rule(**asked), number) == ("warning", True, message)
    assert outcome(rule(**asked), number, evidence=True) == ("blocked", False, message)


def test_another_metric_of_the_gate_that_is_missing() -> None:
    bias = parse_rule({"name": "bias", "gate": "harm", "max": 1}, "$")
    rules = (bias, rule(gate="harm", max=1))
    (check,) = evaluate(evaluation(rules, measured(0.5)))
    assert (check.gate_name, check.status, check.passed, check.message) == (
        "harm",
        "warning",
        True,
        "bias not measured",
    )
    (check,) = evaluate(evaluation(rules, measured(0.5), evidence=True))
    assert (check.status, check.passed) == ("blocked", False)
    assert check.details == {"toxicity": 0.5}


def test_without_a_baseline_there_is_nothing_to_compare() -> None:
    assert outcome(rule(**TOXICITY), measured(0.01), evidence=True)[:2] == ("passed", True)


def test_a_rule_that_only_compares_needs_a_baseline_where_evidence_is_required() -> None:
    asked = rule(max_increase=0.1)
    told = "toxicity has no baseline to compare with"
    assert outcome(asked, measured(0.01)) == ("warning", True, told)
    assert outcome(asked, measured(0.01), evidence=True)[:2] == ("not_run", False)


def test_gates_that_are_not_run() -> None:
    """A declared gate is run beside the model's numbers, as model_quality is, and not beside tests alone."""
    rules = (rule(**TOXICITY),)
    assert evaluate(evaluation(rules)) == ()
    checks = evaluate(evaluation(rules, model=ModelMetrics(0.9, throughput_tokens_per_sec=50)))
    assert [(check.gate_name, check.status) for check in checks] == [
        ("model_quality", "passed"),
        ("toxicity", "not_run"),
    ]
    assert list(findings(evaluation(rules, measured(0.5)))) == ["toxicity"]


# --- noise ---


@pytest.mark.parametrize(
    ("confidence", "deviations"),
    [(0, 0), (0.5, 0.67449), (0.9, 1.644854), (0.95, 1.959964), (0.99, 2.575829), (0.9999, 3.890592)],
)
def test_deviations(confidence: float, deviations: float) -> None:
    assert deviations_for(confidence) == deviations


def noisy(value: float, **values: Any) -> tuple[str, bool, str]:
    asked = rule(direction="lower", max_increase=0.1, **values)
    return outcome(asked, measured(value, stderr=0.003, baseline=0.01, baseline_stderr=0.004))


def test_a_change_within_the_noise_is_no_regression_and_shown_as_such() -> None:
    told = (
        "toxicity 0.0195 against 0.01 exceeds the allowed increase of 10%, but is within the noise of 0.0098 at 95% "
        "confidence: no regression"
    )
    assert noisy(0.0195) == ("warning", True, told)


def test_a_change_beyond_the_noise_is_a_regression() -> None:
    told = "toxicity 0.0199 against 0.01 exceeds the allowed increase of 10%, and the noise of 0.0098 at 95% confidence"
    assert noisy(0.0199) == ("blocked", False, told)


def test_a_change_within_the_bound_needs_no_noise() -> None:
    assert noisy(0.011)[0] == "passed"


def test_less_confidence_takes_less_for_noise() -> None:
    assert noisy(0.0195, confidence=0.9)[:2] == ("blocked", False)
    assert noisy(0.0111, confidence=0)[:2] == ("blocked", False)


@pytest.mark.parametrize("known", [{"stderr": 9}, {"baseline_stderr": 9}, {}])
def test_with_one_standard_error_or_none_the_bound_holds(known: dict[str, Any]) -> None:
    asked = rule(max_increase=0.1)
    assert outcome(asked, measured(0.02, baseline=0.01, **known))[:2] == ("blocked", False)


def test_a_minimum_or_maximum_knows_no_noise() -> None:
    noise = {"stderr": 9, "baseline_stderr": 9}
    assert outcome(rule(max=0.02), measured(0.03, baseline=0.01, **noise))[:2] == ("blocked", False)
    assert outcome(rule(min=0.5), measured(0.4, baseline=0.5, **noise))[:2] == ("blocked", False)


# --- properties ---

numbers = st.floats(-1e6, 1e6, allow_nan=False) | st.integers(-1000, 1000)
sizes = st.floats(0, 1e3, allow_nan=False) | st.integers(0, 10)
bounds = st.sampled_from(["max_increase", "max_increase_absolute"])


@given(
    value=numbers, more=sizes, baseline=numbers, bound=bounds, limit=sizes, errors=st.none() | st.tuples(sizes, sizes)
)
def test_what_is_worse_never_passes_where_what_is_better_fails(
    value: float, more: float, baseline: float, bound: str, limit: float, errors: tuple[float, float] | None
) -> None:
    asked = rule(**{"direction": "lower", "max": 100, bound: limit})
    one, other = errors or (None, None)

    def passes(number: float) -> bool:
        return judged(asked, measured(number, baseline=baseline, stderr=one, baseline_stderr=other)).passed

    if passes(value + more):
        assert passes(value)


@given(value=numbers, baseline=numbers, limit=sizes, bound=bounds, errors=st.none() | st.tuples(sizes, sizes))
def test_the_other_direction_is_the_mirror_image(
    value: float, baseline: float, limit: float, bound: str, errors: tuple[float, float] | None
) -> None:
    one, other = errors or (None, None)
    up = judged(
        rule(**{"max": 50, bound: limit}), measured(value, baseline=baseline, stderr=one, baseline_stderr=other)
    )
    mirrored = {"min": -50, bound.replace("increase", "decrease"): limit}
    down = judged(rule(**mirrored), measured(-value, baseline=-baseline, stderr=one, baseline_stderr=other))
    assert (up.status, up.passed) == (down.status, down.passed)


@given(value=numbers, baseline=numbers, limit=sizes, stricter=sizes, confidence=st.floats(0, 0.9999))
def test_a_stricter_rule_never_passes_what_a_looser_one_fails(
    value: float, baseline: float, limit: float, stricter: float, confidence: float
) -> None:
    number = measured(value, baseline=baseline, stderr=1, baseline_stderr=1)
    low, high = sorted([limit, stricter])
    strict = rule(max_increase_absolute=low, confidence=min(confidence, 0.5))
    loose = rule(max_increase_absolute=high, confidence=max(confidence, 0.5))
    if judged(strict, number).passed:
        assert judged(loose, number).passed


@given(st.floats(0, 0.9999))
def test_deviations_hold_the_confidence(confidence: float) -> None:
    assert math.erf(deviations_for(confidence) / math.sqrt(2)) == pytest.approx(confidence, abs=1e-6)
