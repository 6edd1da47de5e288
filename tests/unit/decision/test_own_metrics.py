"""Condition 3 on metrics of a project's own: the policy pins what they are, and who edits a project's file cannot."""

from typing import Any

import attrs
import pytest

from gitgates.codec.convert import Converter
from gitgates.codec.metric_rules import parse_rule
from gitgates.codec.records import RecordCodec
from gitgates.decision.policy_diff import describe
from gitgates.decision.policy_lint import lockouts
from gitgates.gates.evaluate import all_passed, evaluate
from gitgates.model.checks import Evaluation
from gitgates.model.custom import Measurement, MetricRule
from gitgates.model.metrics import Metrics, ModelMetrics
from gitgates.model.names import DeploymentContext
from gitgates.model.policy import Policy
from gitgates.model.provenance import Baseline
from gitgates.model.records import Check
from gitgates.model.thresholds import default_thresholds
from tests.unit.decision.builder import GOOD, POLICY, World, rules

PINNED = '[[contexts.production.metric]]\nname = "toxicity"\nmax = 0.02\nmax_increase = 0.1\n'
REQUIRED = 'required_gates = ["model_quality", "security", "tests", "toxicity"]\n'
TOXICITY: dict[str, Any] = {"name": "toxicity", "max": 0.02, "max_increase": 0.1}
FINE = Measurement(name="toxicity", value=0.01)


def pinning(settings: str = REQUIRED, pinned: str = PINNED) -> Policy:
    return rules(POLICY + settings + pinned)


def report(
    world: World,
    *asked: dict[str, Any],
    measured: tuple[Measurement, ...] = (FINE,),
    evidence: bool = True,
    **more: Any,
) -> Any:
    """Append a report whose checks are those that its numbers give."""
    made: tuple[MetricRule, ...] = tuple(parse_rule(one, "$", "pyproject.toml") for one in asked)
    metrics = attrs.evolve(more.pop("metrics", GOOD), custom=measured)
    required = more.pop("required_gates", ("model_quality", "security", "tests", "toxicity"))
    evaluation = Evaluation(
        more.get("rules", "gates/2"),
        DeploymentContext.PRODUCTION,
        required,
        evidence,
        default_thresholds(DeploymentContext.PRODUCTION),
        metrics,
        metric_rules=made,
    )
    checks = evaluate(evaluation)
    facts: dict[str, Any] = {
        "rules": "gates/2",
        "required_gates": required,
        "require_evidence": evidence,
        "metric_rules": evaluation.metric_rules,
        "checks": tuple(Check(c.gate_name, c.status, c.passed, c.message) for c in checks),
        "outcome": "passed" if all_passed(checks) else "failed",
    }
    return world.report(metrics, **facts | more)


def reason(policy: Policy, *asked: dict[str, Any], **more: Any) -> str:
    world = World(policy)
    world.approve(report(world, *asked, **more))
    condition = world.condition(3)
    assert (world.decision().answer == "allowed") is (condition.state.value == "met")
    return condition.reason.partition(": ")[2] or condition.reason


def test_a_report_that_judges_what_is_pinned() -> None:
    assert reason(pinning(), TOXICITY) == "the latest report passed"


def test_a_stricter_report_and_further_metrics() -> None:
    bias = {"name": "bias", "max": 1}
    measured = (FINE, Measurement(name="bias", value=0.5))
    assert reason(pinning(), TOXICITY | {"max": 0.015}, bias, measured=measured) == "the latest report passed"


ATTACKS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "removed": ([], "the metric toxicity, which the policy defines, is not judged"),
    "loosened": ([TOXICITY | {"max": 0.5}], "the metric toxicity: max = 0.5 is looser than the floor 0.02"),
    "renamed": ([TOXICITY | {"name": "toxicity2"}], "the metric toxicity, which the policy defines, is not judged"),
    "another number": (
        [TOXICITY | {"path": "kindness"}],
        "the metric toxicity: path is kindness instead of toxicity",
    ),
    "other direction": (
        [{"name": "toxicity", "min": 0, "direction": "higher"}],
        "the metric toxicity: direction is higher instead of lower; ",
    ),
    "another gate": ([TOXICITY | {"gate": "other"}], "the metric toxicity: gate is other instead of toxicity"),
    "all is noise": (
        [TOXICITY | {"confidence": 0.9999}],
        "the metric toxicity: confidence = 0.9999 takes more for noise than 0.95",
    ),
    "one that joins": (
        [TOXICITY, {"name": "kindness", "gate": "toxicity", "min": 0}],
        "the metric kindness is in the gate toxicity, which the policy defines without it",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("settings", ["", REQUIRED], ids=["pinned", "required too"])
def test_a_definition_that_is_not_what_is_pinned(attack: str, settings: str) -> None:
    asked, says = ATTACKS[attack]
    measured = (FINE, Measurement(name="kindness", value=1))
    assert says in reason(pinning(settings), *asked, measured=measured, required_gates=("model_quality",))


def test_a_required_gate_that_only_the_report_defines() -> None:
    policy = pinning('required_gates = ["bias"]\n')
    bias = {"name": "bias", "max": 1}
    told = reason(policy, TOXICITY, bias, measured=(FINE, Measurement(name="bias", value=0)))
    assert told == "the required gate bias is none that the policy defines"
    assert lockouts(policy, frozenset()) == (
        "production requires gates that are not built in, and that no metric of this policy is in: bias",
    )
    assert lockouts(pinning(), frozenset()) == ()


def test_a_required_gate_that_did_not_run() -> None:
    told = reason(pinning(REQUIRED + "allow_force = true\n"), TOXICITY, measured=())
    assert "the required gate toxicity did not run" in told


def test_old_rules_judge_no_metrics() -> None:
    told = reason(pinning(""), TOXICITY, rules="gates/1", measured=(Measurement(name="toxicity", value=1),))
    assert "it has metric rules, which gates/1 do not judge" in told


def test_checks_that_the_numbers_refute() -> None:
    claimed = (Check("toxicity", "passed", True, ""),)  # type: ignore[arg-type]
    told = reason(pinning(), TOXICITY, measured=(Measurement(name="toxicity", value=1),), checks=claimed)
    assert "its checks read toxicity passed, its numbers give" in told


def test_evidence() -> None:
    policy = pinning("", PINNED.replace("max =", "min_samples = 10\nmax ="))
    told = reason(policy, TOXICITY | {"min_samples": 10}, evidence=False, required_gates=())
    assert told == (
        "a number that the policy requires is missing (toxicity: toxicity: how many samples there were is not known)"
    )


def test_evidence_that_the_report_does_not_ask_for() -> None:
    """A report that says that it needs none is held to the policy's word all the same."""
    policy = pinning("", PINNED.replace("max = 0.02\n", ""))
    told = reason(policy, {"name": "toxicity", "max_increase": 0.1}, evidence=False, required_gates=())
    assert told == ("a number that the policy requires is missing (toxicity: toxicity has no baseline to compare with)")


def test_a_required_baseline() -> None:
    policy = pinning(REQUIRED + 'require_baseline = "any"\n')
    assert "its toxicity was not compared with a baseline, and the policy requires one" in reason(policy, TOXICITY)
    only = rules(POLICY + 'required_gates = ["toxicity"]\nrequire_baseline = "any"\n' + PINNED)
    compared = attrs.evolve(FINE, baseline=0.01)
    told = reason(only, TOXICITY, measured=(compared,), metrics=Metrics(), required_gates=("toxicity",))
    assert told == "the latest report passed"
    told = reason(only, TOXICITY, metrics=Metrics(), required_gates=("toxicity",))
    assert told == "its toxicity was not compared with a baseline, and the policy requires one"


def test_a_required_baseline_that_is_a_record() -> None:
    """A number that somebody wrote into a file is no report of the ledger, for a metric of the project's own either."""
    only = rules(POLICY + 'required_gates = ["toxicity"]\nrequire_baseline = "record"\n' + PINNED)
    compared: dict[str, Any] = {
        "measured": (attrs.evolve(FINE, baseline=0.01),),
        "metrics": Metrics(),
        "required_gates": ("toxicity",),
    }
    told = "it was not compared with a report of this ledger, and the policy requires that"
    assert reason(only, TOXICITY, **compared) == told
    file = Baseline(source="file", metrics=ModelMetrics(None))
    assert reason(only, TOXICITY, **compared, baseline=file) == told
    record = Baseline(source="record", record="a" * 64, metrics=ModelMetrics(None))
    assert reason(only, TOXICITY, **compared, baseline=record) == "the latest report passed"


def test_a_waiver_of_a_metric() -> None:
    world = World(pinning(REQUIRED + "allow_waivers = true\n"))
    made = report(world, TOXICITY, measured=(Measurement(name="toxicity", value=0.03),))
    assert world.condition(3).reason.endswith(
        "toxicity 0.03 is above the maximum 0.02), and the policy allows no force"
    )
    world.waive("max_toxicity")
    assert "allows no force" in world.condition(3).reason
    world.waive("toxicity")
    world.approve(made)
    assert world.condition(3).reason.startswith("the latest report passes with what was waived: toxicity until")
    assert world.decision().answer == "allowed"


def test_a_number_that_was_not_measured_is_not_waived() -> None:
    world = World(pinning(REQUIRED + "allow_waivers = true\n"))
    report(world, TOXICITY, measured=())
    world.waive("toxicity")
    assert "the required gate toxicity did not run" in world.condition(3).reason


def test_changes_in_words() -> None:
    none, one = rules(POLICY), rules(POLICY + PINNED)
    other = rules(POLICY + PINNED.replace("0.02", "0.03"))
    asked = "max = 0.02, max_increase = 0.1, lower is better, confidence = 0.95"
    assert describe(none, one) == (f"production defines the metric toxicity: {asked}",)
    assert describe(one, none) == (f"production no longer defines the metric toxicity ({asked})",)
    assert describe(one, other) == (
        f"production: the metric toxicity is {asked.replace('0.02', '0.03')} instead of {asked}",
    )
    new = rules(POLICY + '[contexts.eu]\nprofile = "staging"\n' + PINNED.replace("production", "eu"))
    assert describe(none, new)[1] == f"eu defines the metric toxicity: {asked}"


def test_records_keep_metrics_and_rules() -> None:
    signed = report(World(pinning()), TOXICITY, measured=(attrs.evolve(FINE, samples=100, stderr=0.001),))
    codec = RecordCodec()
    data = codec.encode(signed.record)
    assert codec.decode(data) == signed.record
    assert b'"stderr": 0.001' in data
    assert b'"source": "pyproject.toml"' in data
    plain = codec.encode(World().report().record)
    assert b"metric_rules" not in plain
    assert b"custom" not in plain


def test_a_policy_keeps_its_metrics() -> None:
    policy, converter = pinning(), Converter()
    described = converter.unstructure(policy)
    assert [one["name"] for one in described["contexts"][0]["metric_rules"]] == ["toxicity"]
    assert "metric_rules" not in described["contexts"][1]
    assert converter.structure(Policy, described) == policy
