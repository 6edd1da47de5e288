"""Baselines and what is live: nobody chooses with what a version is compared by writing what does not count."""

import json

import attrs

from gitgates.model.metrics import ModelMetrics
from tests.security.world import World
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
