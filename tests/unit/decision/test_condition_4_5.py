"""Conditions 4 and 5 of can-deploy: artifacts and approvals."""

from datetime import timedelta
from typing import Any

import attrs
import pytest

from gitgates.decision.conditions import GivenArtifact
from gitgates.decision.result import Answer, State
from gitgates.model.provenance import Subject
from tests.unit.decision.builder import (
    BAD,
    NOW,
    POLICY,
    World,
    allowed,
    artifact,
    given_artifact,
    in_production,
    rules,
    signed_as,
)

FORCE = {"allow_force": "true"}


# --- 4 ---


def _artifact_problem(parsed: Any, checked: tuple[str, ...], given: tuple[str, ...]) -> tuple[State, str]:
    world = World(parsed)
    world.report(subject=Subject(commit="c" * 40, dirty=False, artifacts=tuple(map(artifact, checked))))
    condition = world.condition(4, artifacts=tuple(map(given_artifact, given)))
    return condition.state, condition.reason


@pytest.mark.parametrize(
    ("required", "checked", "given", "state", "reason"),
    [
        ("false", (), (), State.MET, "no artifact given, none required"),
        ("false", ("a",), (), State.MET, "no artifact given, none required"),
        ("false", ("a", "b"), ("a",), State.MET, "1 artifact(s) as checked"),
        ("false", ("a",), ("x",), State.NOT_MET, "is not what report"),
        ("false", (), ("x",), State.NOT_MET, "is not what report"),
        ("true", ("a", "b"), ("a", "b"), State.MET, "2 artifact(s) as checked"),
        ("true", ("a", "b"), ("a",), State.NOT_MET, "the artifact b is not given"),
        ("true", ("a",), (), State.NOT_MET, "the policy requires artifacts, and none is given"),
        ("true", (), (), State.NOT_MET, "is about none"),
    ],
)
def test_4(required: str, checked: tuple[str, ...], given: tuple[str, ...], state: State, reason: str) -> None:
    found, told = _artifact_problem(in_production(require_artifacts=required), checked, given)
    assert found is state
    assert reason in told


@pytest.mark.parametrize("required", ["true", "false"])
@pytest.mark.parametrize(("checked", "given"), [("folder", "file"), ("file", "folder")])
def test_4_tells_files_from_folders_with_the_same_digest(required: str, checked: str, given: str) -> None:
    world = World(in_production(require_artifacts=required))
    one = attrs.evolve(artifact("weights"), type=checked)
    world.report(subject=Subject(commit="c" * 40, dirty=False, artifacts=(one,)))
    same = world.condition(4, artifacts=(GivenArtifact("there", checked, one.sha256),))
    assert (same.state, same.reason) == (State.MET, "1 artifact(s) as checked")
    other = world.condition(4, artifacts=(GivenArtifact("there", given, one.sha256),))
    assert other.state is State.NOT_MET
    assert f"the {given} there (sha256 {one.sha256[:12]}) is not what report" in other.reason
    assert ("the artifact weights is not given" in other.reason) is (required == "true")


# --- 5 ---


def _approval_state(world: World) -> str:
    condition = world.condition(5)
    return condition.reason.split(" ", 2)[2] if condition.state is State.NOT_MET else "met"


def test_5_none() -> None:
    world = World()
    world.report()
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_none_needed() -> None:
    world = World(in_production(required_approvals=0))
    world.report()
    assert world.decision().answer is Answer.ALLOWED


@pytest.mark.parametrize(("seconds", "state"), [(0, "met"), (1, "has 0 of 1 approvals (bob's approval has expired)")])
def test_5_expiry(seconds: int, state: str) -> None:
    world = World(in_production(max_report_age='"never"'))
    world.approve(world.report(), created=NOW - timedelta(days=90, seconds=seconds))
    assert _approval_state(world) == state


def test_5_no_expiry() -> None:
    world = World(in_production(approval_expires='"never"'))
    world.approve(world.report(), created=NOW - timedelta(days=900))
    assert _approval_state(world) == "met"


def test_5_withdrawn() -> None:
    world = allowed()
    world.withdraw(world.records[1])
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_nobody_else_withdraws() -> None:
    world = allowed()
    world.withdraw(world.records[1], by="alice")
    world.withdraw(world.records[0], by="alice")
    world.withdraw(signed_as("x", "no record"), by="bob")
    assert world.decision().answer is Answer.ALLOWED


def test_5_a_stranger_does_not_withdraw() -> None:
    world = allowed()
    world.withdraw(world.records[1], by="bob", key="ssh-ed25519 mallory")
    assert world.decision().answer is Answer.ALLOWED


def test_5_separation_of_duties() -> None:
    world = World(in_production(separation_of_duties="true"))
    report = world.report()
    world.approve(report, by="alice")
    assert _approval_state(world) == "has 0 of 1 approvals (alice made the report and may not approve it)"
    world.approve(report)
    assert _approval_state(world) == "met"


def test_5_a_principal_with_two_keys_counts_once() -> None:
    text = POLICY + "required_approvals = 2\n"
    second = attrs.evolve(rules().signers[1], key="ssh-ed25519 bob-2")
    world = World(rules(text, (*rules().signers, second)))
    report = world.report()
    world.approve(report)
    world.approve(report, key="ssh-ed25519 bob-2")
    assert _approval_state(world) == "has 1 of 2 approvals"
    world.approve(report, by="carol")
    assert _approval_state(world) == "met"


def test_5_an_approval_of_an_older_report_does_not_count() -> None:
    world = allowed()
    world.report()
    assert _approval_state(world) == "has 0 of 1 approvals"


def test_5_after_a_race_each_report_needs_its_approvals() -> None:
    world = World()
    one, two = world.report(after=[]), world.report(after=[], by="bob")
    world.approve(one)
    assert _approval_state(world) == "has 0 of 1 approvals"
    world.approve(two)
    assert _approval_state(world) == "met"


def test_5_a_failed_report_needs_a_forced_approval() -> None:
    world = World(in_production(required_approvals=0, **FORCE))
    report = world.report(BAD)
    assert _approval_state(world) == "has 0 of 1 approvals"
    world.approve(report)
    assert _approval_state(world) == "has 0 of 1 approvals (bob's approval of a failed report is not forced)"
    world.approve(report, forced=True, reason="because")
    assert _approval_state(world) == "met"


def test_5_an_approval_in_another_context_does_not_count() -> None:
    world = World()
    report = world.report()
    world.approve(report, context="staging")
    assert _approval_state(world) == "has 0 of 1 approvals"
