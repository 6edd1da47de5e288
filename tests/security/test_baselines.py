"""Baselines and what is live: nobody chooses with what a version is compared by writing what does not count."""

import json

import attrs
import pytest

from gitgates.model.metrics import ModelMetrics
from gitgates.model.provenance import Baseline
from tests.security.world import RULES, Made, World
from tests.support import Result
from tests.unit.decision.builder import BAD, GOOD

LOW = attrs.evolve(GOOD, model=ModelMetrics(0.2, latency_ms=900, throughput_tokens_per_sec=50, memory_mb=9000))
OF_V1 = ("--model", "veran:v1", "--context", "production")


def compared(world: World, baseline: str) -> Result:
    """Check a version that is worse than v1 is in truth."""
    world.commit()
    (world.path / "new.json").write_text('{"quality_score": 0.86, "latency_ms": 100, "memory_mb": 1000}')
    check = ("--model", "veran:v2", "--context", "production", "--metrics", "new.json", "--baseline", baseline)
    return world.as_person("ci", "check", *check)


def live(world: World) -> list[str]:
    world.commit()
    return [one["version"] for one in json.loads(world("live", "--json").out)["targets"]]


def test_a_report_that_lies_is_no_baseline(world: World) -> None:
    world.report(metrics=LOW, outcome="passed")
    done = compared(world, "veran:v1")
    assert done.code == 2
    assert "cannot be a baseline: its outcome reads passed, its numbers give failed" in done.err


def test_a_report_by_a_stranger_is_no_baseline(world: World) -> None:
    report = world.report()
    world.report(metrics=LOW, key="mallory")
    done = compared(world, "veran:v1")
    assert done.code == 1
    assert f"compared with veran:v1 (report {report.id[:12]})" in done.out
    assert "quality score 0.86 against 0.9 exceeds" in done.out


def test_a_report_by_an_approver_is_no_baseline(world: World) -> None:
    world.report("bob")
    done = compared(world, "veran:v1")
    assert (done.code, "veran:v1 has no report for production that counts" in done.err) == (2, True)


def test_a_report_from_production_is_no_baseline(world: World) -> None:
    """It tells how a version did later, and a bad day would make the next version look good."""
    report = world.report()
    world.report(stage="post", metrics=LOW, outcome="failed")
    assert f"(report {report.id[:12]})" in compared(world, "veran:v1").out


def test_a_deployment_by_no_deployer_makes_nothing_live(world: World) -> None:
    world.allowed()
    world.deploy("bob")
    assert live(world) == []
    left = json.loads(world("live", "--json").out)["left_out"]
    assert [(one["author"], one["target"]) for one in left] == [("bob", "cluster")]
    done = compared(world, "live")
    assert (done.code, "no version of veran is live in production" in done.err) == (2, True)


def test_a_rollback_by_no_deployer_takes_nothing_away(world: World) -> None:
    world.allowed()
    world.deploy()
    world.roll_back("carol")
    assert live(world) == ["v1"]


def test_approvals_that_do_not_count_approve_no_baseline(world: World) -> None:
    report = world.report()
    world.approve("bob", report)
    world.approve("ci", report)
    done = compared(world, "approved")
    assert (done.code, "no other version of veran is approved in production" in done.err) == (2, True)


def test_a_deployment_that_names_no_report(world: World) -> None:
    world.deploy()
    assert live(world) == ["v1"]
    done = compared(world, "live")
    assert (done.code, "veran:v1 has no report for production that counts" in done.err) == (2, True)
    monitored = world.as_person(
        "dana", "monitor", "--model", "veran", "--context", "production", "--metrics", "new.json"
    )
    assert (monitored.code, "veran:v1 has no report for production" in monitored.err) == (2, True)


def test_reports_from_production_neither_allow_nor_deny(world: World) -> None:
    world.allowed()
    world.report(stage="post", metrics=BAD, outcome="failed")
    world.commit()
    assert world.ask().answer == "allowed"
    failed = world.report(metrics=BAD, outcome="failed")
    passed = world.report(stage="post")
    for approver in ("bob", "carol"):
        world.approve(approver, failed)
        world.approve(approver, passed)
    world.commit()
    asked = world.ask()
    assert (asked.answer, "it failed" in asked.reason) == ("denied", True)


RECORDED = RULES + 'require_baseline = "record"\n'
GHOST = "a" * 64


def claiming(world: World, record: str, score: float) -> Made:
    """Have a checker claim that `score` is that of the report `record`, and two approvers believe it."""
    baseline = Baseline(source="record", record=record, metrics=ModelMetrics(score))
    numbers = ModelMetrics(
        0.9, latency_ms=100, throughput_tokens_per_sec=50, memory_mb=1000, baseline_quality_score=score
    )
    report = world.report(metrics=attrs.evolve(GOOD, model=numbers), baseline=baseline)
    for approver in ("bob", "carol"):
        world.approve(approver, report)
    world.commit()
    return report


@pytest.mark.parametrize("what", ["nothing", "a decision", "a stranger's report", "an approver's report"])
def test_a_made_up_baseline(what: str, world: World) -> None:
    world.follow(rules=RECORDED)
    before = world.report(name="veran:v0")
    others = {
        "nothing": lambda: GHOST,
        "a decision": lambda: world.approve("bob", before, name="veran:v0").id,
        "a stranger's report": lambda: world.report(name="veran:v0", key="mallory").id,
        "an approver's report": lambda: world.report("bob", name="veran:v0").id,
    }
    named = others[what]()
    report = claiming(world, named, 0.5)
    asked = world.ask()
    expected = f"report {report.id[:12]}: its baseline {named} is no report of this ledger that counts"
    assert (asked.answer, expected in asked.reason) == ("denied", True), asked
    done = world.as_person("dana", "approve", "--model", "veran:v1", "--context", "production")
    assert (done.code, f"its baseline {named} is no report of this ledger" in done.err) == (1, True)


def test_a_baseline_with_other_numbers(world: World) -> None:
    world.follow(rules=RECORDED)
    before = world.report(name="other:v7")
    claiming(world, before.id, 0.5)
    asked = world.ask()
    assert asked.answer == "denied"
    assert f"its baseline says quality_score = 0.5, the record {before.id} has 0.9" in asked.reason


@pytest.mark.parametrize("name", ["veran:v0", "other:v7"])
def test_a_baseline_that_is_there(name: str, world: World) -> None:
    world.follow(rules=RECORDED)
    claiming(world, world.report(name=name).id, 0.9)
    assert world.ask().answer == "allowed"
