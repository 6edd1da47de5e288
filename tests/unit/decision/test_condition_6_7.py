"""Conditions 6 and 7 of can-deploy: objections and promotion."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from gitgates.decision.result import Answer, State
from gitgates.model.provenance import Subject
from tests.unit.decision.builder import (
    World,
    allowed,
    artifact,
    facts_of,
    in_production,
)

# --- 6 ---


Objection = Callable[[World], Any]
OBJECTIONS = pytest.mark.parametrize(
    ("object_to", "told"),
    [(lambda w: w.reject(), "rejected by bob: it stutters"), (lambda w: w.roll_back(), "rolled back by alice")],
    ids=["rejection", "rollback"],
)


@OBJECTIONS
def test_6_an_objection_after_the_approval(object_to: Objection, told: str) -> None:
    world = allowed()
    objection = object_to(world)
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.NOT_MET, (objection.id,))
    assert condition.reason == f"{told}, and too few approvals came after it"
    assert world.decision().answer is Answer.DENIED


@OBJECTIONS
def test_6_an_approval_that_knew_of_the_objection(object_to: Objection, told: str) -> None:
    world = World()
    report = world.report()
    objection = object_to(world)
    approval = world.approve(report)
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.MET, (objection.id,))
    assert world.decision().approvals == (approval.id,)
    assert world.decision().answer is Answer.ALLOWED, told


def test_6_approving_again_answers_an_objection() -> None:
    world = allowed()
    world.reject()
    again = world.approve(world.records[0])
    decision = world.decision()
    assert decision.answer is Answer.ALLOWED
    assert decision.approvals == (again.id,)  # the first one did not know of it, and is not relied upon


def test_6_enough_approvers_must_have_known() -> None:
    world = World(in_production(required_approvals=2))
    report = world.report()
    world.approve(report, by="alice")
    world.approve(report, by="carol")
    world.reject()
    world.approve(report, by="alice")
    assert world.condition(5).state is State.MET
    assert world.condition(6).state is State.NOT_MET
    world.approve(report, by="carol")
    assert world.decision().answer is Answer.ALLOWED


def test_6_an_objection_beside_the_approval() -> None:
    world = World()
    report = world.report()
    world.approve(report)
    world.reject(after=[report])
    assert world.condition(6).state is State.NOT_MET


def test_6_each_of_two_objections_is_known_to_one_approval_only() -> None:
    world = World()
    report = world.report()
    first, second = world.reject(after=[report]), world.reject(by="carol", after=[report])
    world.approve(report, after=[first])
    world.approve(report, by="carol", after=[second])
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.NOT_MET, tuple(sorted([first.id, second.id])))


def test_6_a_withdrawn_rejection() -> None:
    world = allowed()
    world.withdraw(world.reject())
    assert world.decision().answer is Answer.ALLOWED


def test_6_an_objection_without_any_report_or_approval() -> None:
    world = World(in_production(required_approvals=0))
    world.reject()
    condition = world.condition(6)
    assert condition.state is State.NOT_MET
    world.report()
    assert world.condition(5).reason.endswith("has 0 of 1 approvals")


def test_6_an_objection_in_another_context() -> None:
    world = allowed()
    world.reject(context="staging")
    assert world.decision().answer is Answer.ALLOWED


# --- 7 ---

PROMOTED = {"promoted_from": '"staging"'}


def _promoted(here: Subject, there: Subject) -> World:
    world = World(in_production(**PROMOTED))
    world.approve(world.report(context="staging", required_gates=(), subject=there))
    world.approve(world.report(subject=here))
    return world


CLEAN = Subject(commit="c" * 40, dirty=False)
WITH_A = attrs.evolve(CLEAN, artifacts=(artifact("a"),))
WITH_B = attrs.evolve(CLEAN, artifacts=(artifact("b"),))


@pytest.mark.parametrize(
    ("here", "there", "reason"),
    [
        (CLEAN, CLEAN, "allowed in staging"),
        (WITH_A, WITH_A, "allowed in staging"),
        (WITH_A, attrs.evolve(WITH_A, commit="d" * 40, dirty=True), "allowed in staging"),
        (WITH_A, WITH_B, "not allowed in staging: the file a (sha256"),
        (WITH_A, attrs.evolve(WITH_A, artifacts=(artifact("a"), artifact("b"))), "other artifacts were checked in"),
        (CLEAN, WITH_A, "artifacts were checked in staging"),
        (CLEAN, attrs.evolve(CLEAN, commit="d" * 40), "another commit was checked in staging"),
        (
            attrs.evolve(CLEAN, dirty=True),
            CLEAN,
            "a report without artifacts is about a dirty worktree or no commit, here or in staging",
        ),
        (CLEAN, attrs.evolve(CLEAN, dirty=True), "dirty worktree"),
        (attrs.evolve(CLEAN, commit=None), attrs.evolve(CLEAN, commit=None), "no commit"),
    ],
)
def test_7(here: Subject, there: Subject, reason: str) -> None:
    condition = _promoted(here, there).condition(7)
    assert reason in condition.reason
    assert (condition.state is State.MET) == (reason == "allowed in staging")


def test_7_not_allowed_there() -> None:
    world = World(in_production(**PROMOTED))
    world.approve(world.report())
    decision = world.decision()
    assert decision.answer is Answer.DENIED
    assert "not allowed in staging: there is no report for staging" in decision.reason


def test_7_cannot_be_told_there() -> None:
    world = _promoted(CLEAN, CLEAN)
    record = world.records[0].record
    newer = world.add(type(record), "alice", **facts_of(record, rules="gates/9"))
    world.approve(newer)
    condition = world.condition(7)
    assert (condition.state, condition.cause) == (State.UNDECIDED, "newer format")
    assert condition.reason.startswith("in staging: ")


def test_7_from_nowhere() -> None:
    assert allowed().condition(7).reason == "it is promoted from nowhere"
