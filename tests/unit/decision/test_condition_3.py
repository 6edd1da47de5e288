"""Condition 3 of can-deploy: what the latest reports must meet."""

import re
from datetime import timedelta
from typing import Any

import attrs
import pytest

from gitgates.decision.result import Answer, State
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults, TestMetrics
from gitgates.model.provenance import Baseline
from tests.unit.decision.builder import BAD, GOOD, NOW, World, facts_of, in_production, loose

FORCE = {"allow_force": "true"}


def test_3_no_report() -> None:
    world = World()
    assert world.condition(3).reason == "there is no report for production"
    assert world.condition(5).reason == "there is no report to approve"
    assert world.decision().answer is Answer.DENIED


def test_3_reports_of_other_contexts_and_after_deployment_do_not_serve() -> None:
    world = World()
    world.report(context="staging")
    world.report(stage="post")
    assert world.condition(3).reason == "there is no report for production"


def _problem(parsed: Any = None, metrics: Any = GOOD, **values: Any) -> str:
    world = World(parsed)
    report = world.report(metrics, **values)
    condition = world.condition(3)
    assert condition.records == (report.id,)
    assert condition.state is (State.MET if condition.reason == "the latest report passed" else State.NOT_MET)
    return condition.reason.removeprefix(f"report {report.id[:12]}: ")


def test_3_failed() -> None:
    problem = _problem(metrics=BAD)
    assert problem.startswith("it failed (tests: pass rate 50.00%")
    assert problem.endswith("and the policy allows no force")


def test_3_every_gate_that_failed_is_told() -> None:
    metrics = attrs.evolve(BAD, security=SecurityScanResults(1, 0, 0, 0))
    told = r"it failed \(tests: pass rate 50[^;]*; security: 1 critical[^;]*\), and the policy allows no force"
    assert re.fullmatch(told, _problem(metrics=metrics))


def test_3_failed_without_any_gate() -> None:
    problem = _problem(metrics=Metrics(), required_gates=())
    assert problem.startswith("it failed (no gate passed), and the policy allows no force; ")


@pytest.mark.parametrize(("seconds", "problem"), [(0, "the latest report passed"), (1, "it is 30 days old, ")])
def test_3_age(seconds: int, problem: str) -> None:
    assert _problem(created=NOW - timedelta(days=30, seconds=seconds)).startswith(problem)


def test_3_age_without_limit() -> None:
    parsed = in_production(max_report_age='"never"')
    assert _problem(parsed, created=NOW - timedelta(days=3000)) == "the latest report passed"


def test_3_missing_gate() -> None:
    metrics = attrs.evolve(GOOD, security=None)
    assert _problem(metrics=metrics, required_gates=()) == "the required gate security did not run"


def test_3_a_required_gate_that_did_not_run_is_not_forced() -> None:
    metrics = attrs.evolve(GOOD, security=None)
    assert _problem(in_production(**FORCE), metrics) == "the required gate security did not run"


def test_3_a_gate_that_the_policy_does_not_define() -> None:
    parsed = in_production(required_gates='["bias"]')
    assert _problem(parsed) == "the required gate bias is none that the policy defines"


def test_3_no_gate_ran() -> None:
    world = World()
    world.report(type(GOOD)(), context="staging", required_gates=())
    assert "no gate ran" in world.condition(3, "staging").reason
    world.report(type(GOOD)(TestMetrics()), context="staging", required_gates=())
    assert "no gate ran" in world.condition(3, "staging").reason


def test_3_floor() -> None:
    problem = _problem(thresholds=loose(min_code_coverage=0.89, max_high_vulnerabilities=1))
    assert "its threshold min_code_coverage = 0.89 is looser than the policy's floor 0.9" in problem
    assert "its threshold max_high_vulnerabilities = 1 is looser than the policy's floor 0" in problem


def test_3_stricter_than_the_floor() -> None:
    assert _problem(thresholds=loose(min_code_coverage=0.91)) == "the latest report passed"


def test_3_profile() -> None:
    assert "it follows the profile staging, the policy says production" in _problem(profile="staging")


NO_COVERAGE = attrs.evolve(GOOD, tests=TestMetrics(100, 100, 0, 0))


def test_3_evidence() -> None:
    problem = _problem(metrics=NO_COVERAGE, require_evidence=False)
    assert problem == "a number that the policy requires is missing (tests: coverage not measured)"


@pytest.mark.parametrize("evidence", [False, True])
def test_3_force_never_excuses_missing_evidence(evidence: bool) -> None:
    bad = attrs.evolve(GOOD, tests=TestMetrics(100, 50, 50, 0))  # fails anyway, and coverage is missing
    assert "coverage not measured" in _problem(in_production(**FORCE), bad, require_evidence=evidence)
    assert "coverage not measured" in _problem(in_production(**FORCE), NO_COVERAGE, require_evidence=evidence)


@pytest.mark.parametrize(
    ("model", "met"),
    [
        (ModelMetrics(0.9, throughput_tokens_per_sec=50), False),
        (ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.9), True),
        (ModelMetrics(0.9, throughput_tokens_per_sec=50, latency_ms=1, baseline_latency_ms=1), False),
    ],
)
def test_3_baseline(model: ModelMetrics, met: bool) -> None:
    problem = _problem(in_production(require_baseline='"any"'), attrs.evolve(GOOD, model=model))
    expected = "the latest report passed" if met else "it was not compared with a baseline, and the policy requires one"
    assert problem == expected


def test_3_reevaluation_refutes_checks_and_outcome() -> None:
    world = World()
    honest = world.report(BAD).record
    lies = attrs.evolve(honest, checks=tuple(attrs.evolve(c, status="passed", passed=True) for c in honest.checks))
    world.add(type(lies), "alice", **facts_of(lies, outcome="passed"))
    reason = world.condition(3).reason
    assert (
        "its checks read tests passed, model_quality passed, security passed, "
        "its numbers give tests blocked (not passed), model_quality passed, security passed; " in reason
    )
    assert "its outcome reads passed, its numbers give failed" in reason


def test_3_reevaluation_refutes_left_out_checks() -> None:
    world = World()
    record = world.report().record
    world.add(type(record), "alice", **facts_of(record, checks=()))
    assert "its checks read none" in world.condition(3).reason


def test_3_reevaluation_refutes_a_baseline() -> None:
    model = ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.5)
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    problem = _problem(metrics=attrs.evolve(GOOD, model=model), baseline=baseline)
    assert problem == "its baseline_quality_score is not that of its baseline"


def test_3_a_true_baseline() -> None:
    model = ModelMetrics(0.9, throughput_tokens_per_sec=50, baseline_quality_score=0.9)
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    assert _problem(metrics=attrs.evolve(GOOD, model=model), baseline=baseline) == "the latest report passed"


def test_3_a_baseline_without_metrics_is_refuted() -> None:
    baseline = Baseline(source="values", metrics=ModelMetrics(0.9))
    assert "baseline_quality_score" in _problem(metrics=attrs.evolve(GOOD, model=None), baseline=baseline)


def test_3_rules_of_a_newer_program() -> None:
    world = World()
    record = world.report().record
    world.add(type(record), "alice", **facts_of(record, rules="gates/9"))
    condition = world.condition(3)
    assert (condition.state, condition.cause, condition.remedy) == (State.UNDECIDED, "newer format", "Upgrade gitgates")


def test_3_a_later_report_supersedes() -> None:
    world = World()
    world.report(BAD)
    latest = world.report()
    assert world.condition(3).records == (latest.id,)
    assert world.condition(3).state is State.MET


def test_3_after_a_race_each_report_must_do() -> None:
    world = World()
    good, bad = world.report(after=[]), world.report(BAD, after=[], by="bob")
    condition = world.condition(3)
    assert condition.records == tuple(sorted([good.id, bad.id]))
    assert f"report {bad.id[:12]}: it failed" in condition.reason
    assert good.id[:12] not in condition.reason
    merged = world.report()
    assert world.condition(3).records == (merged.id,)


def test_3_superseding_goes_through_records_of_other_kinds() -> None:
    world = World()
    world.report(BAD)
    world.deploy()
    latest = world.report()
    assert world.condition(3).records == (latest.id,)


def test_3_force() -> None:
    world = World(in_production(**FORCE))
    report = world.report(BAD)
    assert world.condition(3).reason == "1 report(s) failed and may be forced"
    world.approve(report, forced=True, reason="the flaky rack")
    decision = world.decision()
    assert (decision.answer, decision.forced) == (Answer.ALLOWED, True)


def test_missing_security_scan_in_detail() -> None:
    metrics = attrs.evolve(GOOD, security=SecurityScanResults(0, 0))
    world = World()
    world.approve(world.report(metrics))
    assert "medium vulnerabilities not measured" in world.condition(3).reason
