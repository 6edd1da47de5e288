"""Condition 3 on pinned numbers: a metric that was read from another number of a file decides nothing."""

from typing import Any

import attrs
import pytest

from gitgates.codec.convert import Converter
from gitgates.codec.policy_edit import set_roles
from gitgates.decision.policy_diff import describe
from gitgates.errors import InvalidValue
from gitgates.model.metric_paths import COVERAGE, METRICS, MetricPath
from gitgates.model.metrics import Metrics, ModelMetrics, TestMetrics
from gitgates.model.policy import ContextPolicy, Policy
from gitgates.model.provenance import Baseline, Input
from tests.unit.decision.builder import GOOD, POLICY, World, rules

PINS = '[contexts.production.metric_paths]\nquality_score = "tasks.arc.acc"\ncoverage_percent = "branches"\n'
DIGEST = "d" * 64
MET = "the latest report passed"


def pinning(pins: str = PINS) -> Policy:
    return rules(POLICY + pins)


def read(role: str, **paths: str) -> Input:
    """Return a file of that role, of which these numbers were taken."""
    return Input(role, f"{role}.json", "lm-eval", DIGEST, read_from=[MetricPath(*one) for one in paths.items()])  # type: ignore[arg-type]  # the field makes a tuple of it


ARC = read("model", quality_score="tasks.arc.acc")
EASY = read("model", quality_score="tasks.easy.acc")
NATIVE = read("model")
BRANCHES = read("tests", coverage_percent="branches")
LINES = read("tests", coverage_percent="lines")
COUNTS = read("tests")


def reason(*inputs: Input, policy: Policy | None = None, metrics: Metrics = GOOD, **more: Any) -> str:
    """Return what condition 3 says of a report from these files that everybody approved."""
    world = World(policy or pinning())
    world.approve(world.report(metrics, inputs=inputs, **more))
    condition = world.condition(3)
    assert (world.decision().answer == "allowed") is (condition.state.value == "met")
    return condition.reason


def test_a_report_from_the_pinned_numbers() -> None:
    assert reason(ARC, BRANCHES) == MET
    assert reason(COUNTS, BRANCHES, read("model", quality_score="tasks.arc.acc", latency_ms="x")) == MET


SILENT = "a file that does not say which number it is"
FROM = "its {} was read from {}, the policy pins {}"
SCORE = "quality_score", "tasks.arc.acc"
COVERED = "coverage_percent", "branches"
FORGED: dict[str, tuple[tuple[Input, ...], tuple[str, str], str]] = {
    "another number": ((EASY, BRANCHES), SCORE, "tasks.easy.acc"),
    "its own name": ((NATIVE, BRANCHES), SCORE, SILENT),
    "no file": ((BRANCHES,), SCORE, "no file"),
    "a second file": ((ARC, EASY, BRANCHES), SCORE, "tasks.easy.acc"),
    "a second file before": ((EASY, ARC, BRANCHES), SCORE, "tasks.easy.acc"),
    "a second file that is silent": ((ARC, NATIVE, BRANCHES), SCORE, SILENT),
    "the baseline's file": ((read("baseline", quality_score="tasks.arc.acc"), BRANCHES), SCORE, "no file"),
    "the baseline's file and a silent one": (
        (NATIVE, read("baseline", quality_score="tasks.arc.acc"), BRANCHES), SCORE, SILENT,
    ),
    "another metric from there": ((read("model", accuracy="tasks.arc.acc"), BRANCHES), SCORE, SILENT),
    "nearly the name": ((read("model", quality_score="tasks.arc.acc "), BRANCHES), SCORE, "tasks.arc.acc "),
    "another figure": ((ARC, LINES), COVERED, "lines"),
    "two figures": ((ARC, BRANCHES, LINES), COVERED, "lines"),
    "instructions": ((ARC, read("tests", coverage_percent="instructions")), COVERED, "instructions"),
    "counts alone": ((ARC, COUNTS), COVERED, SILENT),
    "no file of tests": ((ARC, read("security")), COVERED, "no file"),
}  # fmt: skip


@pytest.mark.parametrize(("inputs", "pin", "wrong"), FORGED.values(), ids=FORGED.keys())
def test_a_number_from_elsewhere(inputs: tuple[Input, ...], pin: tuple[str, str], wrong: str) -> None:
    assert FROM.format(pin[0], wrong, pin[1]) in reason(*inputs)
    assert reason(*inputs, policy=rules()) == MET, "nothing is pinned"


def test_no_force_and_no_waiver_excuses_it() -> None:
    world = World(rules(POLICY + "allow_force = true\nallow_waivers = true\n" + PINS))
    report = world.report(inputs=(EASY, BRANCHES))
    world.waive(finding="min_quality_score")
    world.approve(report, forced=True, reason="in a hurry")
    assert FROM.format("quality_score", "tasks.easy.acc", "tasks.arc.acc") in world.condition(3).reason


def test_what_was_not_measured_is_for_the_rules_on_evidence() -> None:
    blind = attrs.evolve(GOOD, tests=TestMetrics(100, 100, 0, 0, 1.5))
    missing = "a number that the policy requires is missing (tests: coverage not measured)"
    assert missing in reason(ARC, COUNTS, metrics=blind)
    lenient = rules(POLICY + "require_evidence = false\n" + PINS)
    assert reason(ARC, COUNTS, metrics=blind, policy=lenient, require_evidence=False) == MET


def compared(*inputs: Input, source: str = "file") -> str:
    model = attrs.evolve(GOOD.model or ModelMetrics(None), baseline_quality_score=0.9)
    baseline = Baseline(source=source, metrics=ModelMetrics(0.9))
    return reason(ARC, BRANCHES, *inputs, metrics=attrs.evolve(GOOD, model=model), baseline=baseline)


def test_the_file_of_the_baseline() -> None:
    assert compared(read("baseline", quality_score="tasks.arc.acc")) == MET
    assert compared(read("baseline")) == MET, "it has the metric under its own name"
    assert compared(source="values") == MET
    wrong = FROM.format("baseline_quality_score", "tasks.easy.acc", "tasks.arc.acc")
    assert wrong in compared(read("baseline", quality_score="tasks.easy.acc"))
    assert reason(ARC, BRANCHES, read("baseline", quality_score="tasks.easy.acc")) == MET, "nothing was compared"


@pytest.mark.parametrize("metric", METRICS)
def test_each_metric_of_a_model_can_be_pinned(metric: str) -> None:
    policy = pinning(f'[contexts.production.metric_paths]\n{metric} = "a.b"\n')
    every = ModelMetrics(0.9, 0.9, 0.9, 5, 100, 50, 1000)
    metrics = attrs.evolve(GOOD, model=every)
    assert reason(read("model", **{metric: "a.b"}), policy=policy, metrics=metrics) == MET
    assert FROM.format(metric, "a.c", "a.b") in reason(read("model", **{metric: "a.c"}), policy=policy, metrics=metrics)


# --- the policy ---


def test_what_the_policy_says() -> None:
    context = pinning().context("production")
    assert context is not None
    assert context.metric_paths == (MetricPath(COVERAGE, "branches"), MetricPath("quality_score", "tasks.arc.acc"))
    written = Converter().unstructure(context)
    assert Converter().structure(ContextPolicy, written) == context
    assert "metric_paths" not in Converter().unstructure(rules().contexts[0])
    assert rules(POLICY + "[contexts.production.metric_paths]\n") == rules()


def test_changes_in_words() -> None:
    other = pinning('[contexts.production.metric_paths]\nquality_score = "a"\nlatency_ms = "b"\n')
    assert describe(pinning(), other) == (
        "production takes coverage_percent from any number, and no longer from branches alone",
        "production takes latency_ms from b alone",
        "production takes quality_score from a instead of tasks.arc.acc",
    )
    new = rules(POLICY + '[contexts.eu]\nprofile = "staging"\nmetric_paths.quality_score = "a"\n')
    assert describe(rules(), new) == (
        "the context eu is new, with the profile staging", "eu takes quality_score from a alone",
    )  # fmt: skip


def test_an_edit_of_the_members_keeps_the_pins() -> None:
    assert PINS in set_roles(POLICY + PINS, "dave", ["approver"])


UNSAYABLE: dict[str, tuple[str, str]] = {
    "unknown": ('quality = "x"', "$.contexts.production.metric_paths.quality: unknown key"),
    "no text": ("accuracy = 1", "$.contexts.production.metric_paths.accuracy: expected text"),
    "blank": ('accuracy = " "', "$.contexts.production.metric_paths.accuracy: must be the name of a number"),
    "long": (f'accuracy = "{"x" * 201}"', "metric_paths.accuracy: must be at most 200 printable characters"),
    "no figure": (
        'coverage_percent = "instructions"',
        "metric_paths.coverage_percent: coverage_percent must be one of lines, branches, total, got 'instructions'",
    ),
}


@pytest.mark.parametrize(("line", "fault"), UNSAYABLE.values(), ids=UNSAYABLE.keys())
def test_policies_that_cannot_be_meant(line: str, fault: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        pinning(f"[contexts.production.metric_paths]\n{line}\n")
    assert fault in caught.value.message


def test_no_table() -> None:
    with pytest.raises(InvalidValue, match=r"\$\.contexts\.production\.metric_paths: expected a table"):
        rules(POLICY + 'metric_paths = "x"\n')


# --- records ---

MALFORMED: dict[str, tuple[str, list[dict[str, str]], str]] = {
    "twice": ("model", [{"metric": "accuracy", "path": "a"}, {"metric": "accuracy", "path": "b"}], "accuracy twice"),
    "of another role": ("security", [{"metric": "accuracy", "path": "a"}], "read from no file of the role security"),
    "coverage of a model": ("model", [{"metric": COVERAGE, "path": "lines"}], "read from no file of the role model"),
    "a model's of tests": ("tests", [{"metric": "accuracy", "path": "a"}], "read from no file of the role tests"),
    "no metric": ("model", [{"metric": "baseline_quality_score", "path": "a"}], "must be one of quality_score"),
    "line break": ("model", [{"metric": "accuracy", "path": "a\nb"}], "at most 200 printable characters"),
    "empty": ("model", [], "must not be empty"),
}


@pytest.mark.parametrize(("role", "read_from", "fault"), MALFORMED.values(), ids=MALFORMED.keys())
def test_inputs_that_are_none(role: str, read_from: list[dict[str, str]], fault: str) -> None:
    value = {"role": role, "file": "f", "format": "x", "sha256": DIGEST, "read_from": read_from}
    with pytest.raises(InvalidValue) as caught:
        Converter().structure(Input, value)
    assert fault in caught.value.message


def test_one_spelling_of_an_input() -> None:
    """A record whose sources are in another order is not the bytes that its value is written as."""
    value: dict[str, Any] = {"role": "model", "file": "f", "format": "x", "sha256": DIGEST}
    value["read_from"] = [{"metric": "quality_score", "path": "b"}, {"metric": "accuracy", "path": "a"}]
    written = Converter().unstructure(Converter().structure(Input, value))
    assert written == value | {"read_from": value["read_from"][::-1]}


def test_pins_made_in_python() -> None:
    with pytest.raises(InvalidValue, match="expected a tuple of MetricPath"):
        Input("model", "f", "x", DIGEST, read_from=("quality_score",))  # type: ignore[arg-type]  # as a caller might
