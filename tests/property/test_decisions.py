"""What must hold for decisions on any ledger: order is nothing, gaps never allow, strangers change nothing."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from gitgates.decision.decide import Question, decide
from gitgates.decision.knowledge import Knowledge
from gitgates.decision.result import Answer, Decision
from gitgates.decision.signed import Signed
from gitgates.model.records import VersionRecord
from tests.unit.decision.builder import BAD, GOOD, NOW, POLICY, World, rules

MEMBERS = ("alice", "bob", "carol")
RULES = tuple(
    rules(POLICY + extra)
    for extra in (
        "",
        "required_approvals = 2\n",
        "required_approvals = 0\n",
        "allow_force = true\nseparation_of_duties = true\n",
        'promoted_from = "staging"\n',
    )
)
STEPS = (
    "report",
    "report",
    "failed report",
    "approve",
    "approve",
    "approve",
    "reject",
    "withdraw",
    "roll back",
    "deploy",
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A ledger of one model version: records by members and strangers, after any others; half of them end well."""
    world = World(draw(st.sampled_from(RULES)))
    for _ in range(draw(st.integers(0, 10))):
        _step(world, draw)
    if draw(st.booleans()):
        _end_well(world)
    for _ in range(draw(st.integers(0, 2))):
        _step(world, draw)
    if draw(st.booleans()):
        world.follow(draw(st.sampled_from(RULES)), seals=[r for r in world.records if r.id in world.heads])
    return world


def _end_well(world: World) -> None:
    """Append, after all that there is, what the policies above ask for."""
    for context in ("staging", "production"):
        report = world.report(context=context)
        for member in MEMBERS:
            world.approve(report, by=member)


def _step(world: World, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    step = draw(st.sampled_from(STEPS))
    context = draw(st.sampled_from(["production", "production", "staging"]))
    parents = (
        draw(st.lists(st.sampled_from(world.records), max_size=3, unique_by=lambda r: r.id)) if world.records else []
    )
    values: dict[str, Any] = {
        "by": draw(st.sampled_from((*MEMBERS, "mallory"))),
        "context": context,
        "created": NOW - timedelta(days=draw(st.sampled_from([0, 1, 40, 100]))),
    }
    if draw(st.integers(0, 3)) == 0:
        values["after"] = parents
    reports = [record for record in world.records if record.record.kind == "report"]
    decisions = [record for record in world.records if record.record.kind == "decision"]
    if step in ("report", "failed report"):
        world.report(GOOD if step == "report" else BAD, **values)
    elif step == "approve" and reports:
        forced = draw(st.booleans())
        report = draw(st.sampled_from(reports[-2:]))
        world.approve(report, forced=forced, reason="why not" if forced else None, **values)
    elif step == "reject":
        world.reject(**values)
    elif step == "withdraw" and decisions:
        decision = draw(st.sampled_from(decisions))
        world.withdraw(decision, **values | {"by": decision.record.author})
    elif step == "roll back":
        world.roll_back(**values)
    elif step == "deploy":
        world.deploy(**values)


def _decide(world: World, records: list[Signed[VersionRecord]]) -> Decision:
    return decide(world.known(records), Question("veran", "v1", "production"))


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_records_changes_nothing(world: World, shuffler: random.Random) -> None:
    shuffled = list(world.records)
    shuffler.shuffle(shuffled)
    answer = _decide(world, shuffled)
    expected = _decide(world, world.records)
    assert (answer.answer, answer.approvals, answer.reports) == (expected.answer, expected.approvals, expected.reports)
    assert [c.state for c in answer.conditions] == [c.state for c in expected.conditions]


def _descended_to(known: Knowledge) -> set[str]:
    """Ids that a counting record knows of."""
    counting = [i for i, standing in known.standings.items() if standing.say.name != "NONE"]
    return known.graph.reached_from(counting)


@given(worlds(), st.data())
def test_a_gap_never_allows(world: World, data: st.DataObject) -> None:
    left_out = data.draw(st.sets(st.sampled_from([r.id for r in world.records]))) if world.records else set()
    rest = [record for record in world.records if record.id not in left_out]
    if left_out & _descended_to(world.known(rest)):
        assert _decide(world, rest).answer is Answer.CANNOT_DECIDE


@given(worlds(), st.data())
def test_leaving_out_a_known_record_never_allows(world: World, data: st.DataObject) -> None:
    inner = sorted(_descended_to(world.known()))
    if inner:
        lost = data.draw(st.sampled_from(inner))
        rest = [record for record in world.records if record.id != lost]
        assert _decide(world, rest).answer is Answer.CANNOT_DECIDE


@given(worlds(), st.data())
def test_records_of_strangers_change_no_decision(world: World, data: st.DataObject) -> None:
    expected = _decide(world, world.records)
    before = len(world.records)
    for _ in range(data.draw(st.integers(1, 3))):
        _step(world, data.draw)
    kept = world.records[:before]
    strangers = [attrs.evolve(record, key="ssh-ed25519 mallory") for record in world.records[before:]]
    answer = _decide(world, [*kept, *strangers])
    assert (answer.answer, answer.approvals, answer.reports) == (expected.answer, expected.approvals, expected.reports)
    assert [(c.state, c.records) for c in answer.conditions] == [(c.state, c.records) for c in expected.conditions]


@given(worlds(), st.data())
def test_a_further_approval_never_turns_allowed_into_denied(world: World, data: st.DataObject) -> None:
    if _decide(world, world.records).answer is not Answer.ALLOWED:
        return
    for _ in range(data.draw(st.integers(1, 3))):
        reports = [record for record in world.records if record.record.kind == "report"]
        after = data.draw(st.lists(st.sampled_from(world.records), max_size=3, unique_by=lambda r: r.id))
        report = data.draw(st.sampled_from(reports)) if reports else None
        if report is not None:
            world.approve(report, by=data.draw(st.sampled_from(MEMBERS)), after=after)
    assert _decide(world, world.records).answer is Answer.ALLOWED


def test_the_worlds_hold_every_answer() -> None:
    """Or the properties above would hold of nothing."""
    world = World()
    world.approve(world.report(), by="bob")
    assert _decide(world, world.records).answer is Answer.ALLOWED
    assert _decide(world, world.records[1:]).answer is Answer.CANNOT_DECIDE
    assert _decide(world, world.records[:1]).answer is Answer.DENIED
