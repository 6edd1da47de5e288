"""Reports that a checker signs and that say more than their numbers give."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from gitgates.model.checks import GateStatus
from gitgates.model.metrics import Metrics, ModelMetrics, SecurityScanResults
from gitgates.model.names import DeploymentContext
from gitgates.model.provenance import Artifact, Baseline, Subject
from gitgates.model.records import Check
from gitgates.model.thresholds import default_thresholds
from tests.security.world import Made, Row, World, check_row, remade
from tests.support import git
from tests.unit.decision.builder import BAD, COMMIT, GOOD, artifact, loose
from tests.unit.decision.builder import World as InMemory

PRODUCTION = default_thresholds(DeploymentContext.PRODUCTION)


def approved(world: World, report: Made) -> None:
    """Approve a report as often as production requires: the approvers did not look."""
    world.approve("bob", report)
    world.approve("carol", report)


def lying(**values: Any) -> Callable[[World], None]:
    """Return an attack: a report with `values` in place of the truth, approved in full."""
    return lambda world: approved(world, world.report(**values))


def checks_of(**values: Any) -> tuple[Check, ...]:
    """Return the checks that an honest report with `values` would have."""
    checks: tuple[Check, ...] = InMemory().report(**values).record.checks
    return checks


def slow() -> Metrics:
    """Numbers that pass under thresholds that are looser than production's."""
    return attrs.evolve(GOOD, model=ModelMetrics(0.5, latency_ms=100, throughput_tokens_per_sec=50, memory_mb=1000))


def blind(**values: Any) -> Metrics:
    return attrs.evolve(GOOD, **values)


def old(world: World) -> None:
    world.now -= timedelta(days=31)
    report = world.report()
    world.now += timedelta(days=31)
    approved(world, report)


def dated_ahead(world: World) -> None:
    world.allowed()
    world.now = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=10)
    world.report(after=[])


def by_somebody_without_the_role(world: World) -> None:
    approved(world, world.report("bob"))


def over_a_failed_one(world: World) -> None:
    """The checker's failed report stays the latest: a passed one beside it does not take it away."""
    world.report(metrics=BAD)
    approved(world, world.report(after=[]))


def numbers_that_are_none(world: World) -> None:
    """NaN compares with nothing, and so exceeds no threshold: such bytes are no record."""
    honest = world.report()
    world.put(dict.fromkeys(honest.files))
    world.heads.clear()
    forged = remade(honest, honest.data.replace(b'"quality_score": 0.9', b'"quality_score": NaN', 1), "ci")
    world.put(forged.files)


REFUTED = "its numbers give"
BASELINE = Baseline(source="values", metrics=ModelMetrics(0.9))
HONEST = checks_of()

ROWS: dict[str, Row] = {
    "claims that it passed": Row(
        lying(metrics=BAD, checks=HONEST, outcome="passed"), "denied", REFUTED, finding="report"
    ),
    "outcome alone is turned": Row(lying(metrics=BAD, outcome="passed"), "denied", "its outcome reads passed"),
    "claims that one gate passed": Row(
        lying(metrics=BAD, checks=(*checks_of(metrics=BAD)[:1], *HONEST[1:]), outcome="passed"), "denied", REFUTED
    ),
    "leaves the failed gate out": Row(
        lying(metrics=BAD, checks=tuple(c for c in checks_of(metrics=BAD) if c.passed), outcome="passed"),
        "denied", REFUTED,
    ),
    "a warning as a pass": Row(
        lying(
            metrics=blind(security=SecurityScanResults(0, 1, 0, 0)),
            checks=tuple(attrs.evolve(c, status=GateStatus.PASSED, passed=True) for c in HONEST),
        ),
        "denied", REFUTED,
    ),
    "other thresholds than it lists": Row(
        lying(metrics=slow(), checks=checks_of(metrics=slow(), thresholds=loose(min_quality_score=0.1)),
              outcome="passed"),
        "denied", REFUTED,
    ),
    "lists looser thresholds": Row(
        lying(metrics=slow(), thresholds=loose(min_quality_score=0.1),
              checks=checks_of(metrics=slow(), thresholds=loose(min_quality_score=0.1)), outcome="passed"),
        "denied", "looser than the policy's floor",
    ),
    "another profile": Row(
        lying(profile=DeploymentContext.DEVELOPMENT, checks=checks_of(profile="development"), thresholds=PRODUCTION),
        "denied", "follows the profile development",
    ),
    "a gate did not run": Row(
        lying(metrics=blind(security=None), required_gates=(),
              checks=checks_of(metrics=blind(security=None), required_gates=()), outcome="passed"),
        "denied", "required gate security did not run",
    ),
    "a number is missing": Row(
        lying(metrics=blind(model=ModelMetrics(0.9)), require_evidence=False,
              checks=checks_of(metrics=blind(model=ModelMetrics(0.9)), require_evidence=False), outcome="passed"),
        "denied", "a number that the policy requires is missing",
    ),
    "rules of tomorrow": Row(lying(rules="gates/99"), "cannot decide", "gates/99", "newer format"),
    "a baseline of its own": Row(
        lying(baseline=attrs.evolve(BASELINE, metrics=ModelMetrics(0.1)),
              metrics=blind(model=attrs.evolve(GOOD.model or ModelMetrics(None), baseline_quality_score=0.9))),
        "denied", "is not that of its baseline",
    ),
    "written after the deployment": Row(lying(stage="post"), "denied", "no report"),
    "for another context": Row(lying(context="staging"), "denied", "no report"),
    "by somebody without the role": Row(by_somebody_without_the_role, "denied", "no report", finding="standing"),
    "beside a failed one": Row(over_a_failed_one, "denied", "it failed .*the policy allows no force"),
    "too old": Row(old, "denied", r"31\.\d days old, the policy allows 30 days"),
    "dated ahead": Row(dated_ahead, "cannot decide", "ahead", "clock", "clock"),
    "numbers that are none": Row(numbers_that_are_none, "denied", "no report", finding="foreign: .*not a valid record"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_report(world: World, name: str) -> None:
    check_row(world, ROWS[name])


def test_another_artifact_than_was_checked(world: World) -> None:
    """The bytes are asked about, not the name."""
    checked = artifact("weights.bin")
    approved(world, world.report(subject=Subject(commit=COMMIT, dirty=False, artifacts=(checked,))))
    (world.path / "weights.bin").write_bytes(b"others")
    world.commit()
    assert world.ask().answer == "allowed"
    asked = world.ask("veran:v1", "production", "--artifact", "weights.bin")
    assert (asked.code, asked.answer) == (1, "denied")
    assert "weights.bin" in asked.reason


def test_a_file_in_place_of_a_folder(world: World) -> None:
    folder = world.path / "weights"
    folder.mkdir()
    (folder / "a.bin").write_bytes(b"a")
    lines = f"{hashlib.sha256(b'a').hexdigest()}  ./a.bin\n".encode()
    (world.path / "lines").write_bytes(lines)
    checked = Artifact("weights", "folder", hashlib.sha256(lines).hexdigest(), 1)
    approved(world, world.report(subject=Subject(commit=COMMIT, dirty=False, artifacts=(checked,))))
    world.commit()
    assert world.ask("veran:v1", "production", "--artifact", "weights").answer == "allowed"
    asked = world.ask("veran:v1", "production", "--artifact", "lines")
    assert (asked.code, asked.answer) == (1, "denied")
    assert f"the file lines (sha256 {checked.sha256[:12]}) is not what report" in asked.reason


@pytest.mark.parametrize("name", ["claims that it passed", "outcome alone is turned", "lists looser thresholds"])
def test_such_a_report_is_not_approved(world: World, name: str) -> None:
    """The approver's own command looks at the numbers, too; approve writes nothing."""
    values: dict[str, Any] = {
        "claims that it passed": {"metrics": BAD, "checks": HONEST, "outcome": "passed"},
        "outcome alone is turned": {"metrics": BAD, "outcome": "passed"},
        "lists looser thresholds": {
            "metrics": slow(), "thresholds": loose(min_quality_score=0.1), "outcome": "passed",
            "checks": checks_of(metrics=slow(), thresholds=loose(min_quality_score=0.1)),
        },
    }[name]  # fmt: skip
    world.report(**values)
    before = world.commit()
    done = world.as_person("bob", "approve", "--model", "veran:v1", "--context", "production")
    assert done.code == 1, done
    assert REFUTED in done.err or "floor" in done.err, done.err
    assert git(world.path, "rev-parse", "HEAD") == before
