"""Which reports wait for approvals: what they lack, who counts already, and who could still approve."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitgates.decision.pending import Waiting, waiting_reports
from gitgates.decision.result import State
from gitgates.errors import CannotDecide
from tests.unit.decision.builder import BAD, KEYS, NOW, SIGNERS, World, in_production

FORCE = {"allow_force": "true"}
WAIVERS = {"allow_waivers": "true", "allow_force": "true"}
SLOW = "min_test_pass_rate"  # what BAD falls short of


def _waiting(world: World, context: str = "production") -> tuple[Waiting, ...]:
    known = world.known()
    required = known.chain.current().context(context)
    assert required is not None
    return waiting_reports(known, required)


def _lacks(report: Any, lacking: int = 1, *, by: tuple[str, ...] = (), **values: Any) -> Waiting:
    """Return what is expected of a report that lacks approvals; by default anybody else's would serve."""
    facts: dict[str, Any] = {
        "context": "production",
        "report": report.id,
        "author": "alice",
        "open_to": tuple(name for name in ("alice", "bob", "carol") if name not in by),
        "forced": False,
        "objections": (),
    }
    return Waiting(lacking=lacking, approved_by=by, **facts | values)


def test_a_report_that_nobody_approved() -> None:
    world = World()
    assert _waiting(world) == ()
    report = world.report()
    assert _waiting(world) == (_lacks(report),)
    assert _waiting(world, "staging") == ()


def test_until_enough_have_approved() -> None:
    world = World(in_production(required_approvals=2))
    report = world.report(by="bob")
    world.approve(report, by="carol")
    world.approve(report, by="carol")  # the same approver, counted once
    assert _waiting(world) == (_lacks(report, by=("carol",), author="bob"),)
    world.approve(report, by="alice")
    assert _waiting(world) == ()


def test_a_report_that_needs_no_approval_waits_for_none() -> None:
    world = World(in_production(required_approvals=0))
    world.report()
    assert _waiting(world) == ()


def test_whoever_made_the_report_is_not_asked_where_duties_are_separated() -> None:
    world = World(in_production(required_approvals=2, separation_of_duties="true"))
    report = world.report()
    world.approve(report, by="alice")
    world.approve(report, by="bob")
    assert _waiting(world) == (_lacks(report, by=("bob",), open_to=("carol",)),)


def test_whoever_has_no_key_that_counts_is_not_asked() -> None:
    world = World()
    world.follow(in_production(), revoked=(KEYS["carol"],))
    assert _waiting_open_to(world) == ("alice", "bob")
    world.follow(in_production(), revoked=(KEYS["bob"],))
    assert _waiting_open_to(world) == ("alice",)


def _waiting_open_to(world: World) -> tuple[str, ...]:
    world.report()
    return _waiting(world)[0].open_to


@pytest.mark.parametrize("values", [{"metrics": BAD}, {"created": NOW - timedelta(days=31)}, {"profile": "staging"}])
def test_a_report_that_no_approval_would_help_does_not_wait(values: dict[str, Any]) -> None:
    world = World()
    world.report(**values)
    assert world.condition(3).state is State.NOT_MET
    assert _waiting(world) == ()


def test_a_failed_report_waits_for_a_forced_approval_and_no_other() -> None:
    world = World(in_production(required_approvals=0, **FORCE))
    report = world.report(BAD)
    world.approve(report)
    assert _waiting(world) == (_lacks(report, forced=True),)
    world.approve(report, forced=True, reason="the flaky rack")
    assert _waiting(world) == ()


def test_a_waived_report_waits_for_an_approval_that_saw_the_waiver() -> None:
    world = World(in_production(**WAIVERS))
    report = world.report(BAD)
    assert _waiting(world) == (_lacks(report, forced=True),)
    world.approve(report, by="carol")
    world.waive(SLOW)
    assert _waiting(world) == (_lacks(report),)
    world.approve(report, by="carol")
    assert _waiting(world) == ()


def test_an_approval_before_an_objection_must_be_given_again() -> None:
    world = World(in_production(required_approvals=2))
    report = world.report()
    world.approve(report, by="carol")
    first = world.reject(by="bob")
    world.approve(report, by="alice")
    assert _waiting(world) == (_lacks(report, by=("alice",), objections=(first.id,)),)
    second = world.roll_back()
    both = tuple(sorted([first.id, second.id]))
    assert _waiting(world) == (_lacks(report, 2, objections=both),)
    for name in ("alice", "carol"):
        world.approve(report, by=name)
    assert _waiting(world) == ()


def test_an_objection_makes_an_approval_needed_where_the_policy_asks_for_none() -> None:
    world = World(in_production(required_approvals=0))
    report = world.report()
    objection = world.reject()
    assert _waiting(world) == (_lacks(report, objections=(objection.id,)),)
    world.withdraw(objection)
    assert _waiting(world) == ()


def test_after_a_race_each_report_waits_for_its_own_approvals() -> None:
    world = World()
    mine, bobs = world.report(after=[]), world.report(after=[], by="bob")
    expected = {mine.id: _lacks(mine), bobs.id: _lacks(bobs, author="bob")}
    assert _waiting(world) == tuple(expected[i] for i in sorted(expected))
    world.approve(mine, by="carol")
    assert _waiting(world) == (expected[bobs.id],)
    world.approve(bobs, by="carol")
    assert _waiting(world) == ()


def test_rules_of_a_newer_program() -> None:
    world = World()
    world.report(rules="gates/9")
    with pytest.raises(CannotDecide) as caught:
        _waiting(world)
    assert caught.value.cause == "newer format"


# --- it agrees with the decision ---

_NAMES = st.sampled_from([signer.principal for signer in SIGNERS[:3]])
_STEPS = st.lists(st.tuples(st.sampled_from(["approve", "force", "reject", "withdraw", "waive"]), _NAMES), max_size=6)
_POLICIES = st.fixed_dictionaries(
    {
        "required_approvals": st.integers(0, 2),
        "separation_of_duties": st.sampled_from(["true", "false"]),
        "allow_force": st.sampled_from(["true", "false"]),
        "allow_waivers": st.sampled_from(["true", "false"]),
    }
)


def _story(policy: dict[str, Any], good: bool, steps: list[tuple[str, str]]) -> World:
    world = World(in_production(**policy))
    report = world.report() if good else world.report(BAD)
    for step, name in steps:
        if step == "reject":
            world.reject(name)
        elif step == "waive":
            world.waive(SLOW, name)
        elif step == "withdraw":
            world.withdraw(world.records[-1], world.records[-1].record.author)
        else:
            world.approve(report, name, **{"forced": True, "reason": "now"} if step == "force" else {})
    return world


@settings(max_examples=100, deadline=None)
@given(_POLICIES, st.booleans(), _STEPS)
def test_a_report_waits_exactly_where_only_approvals_are_lacking(
    policy: dict[str, Any], good: bool, steps: list[tuple[str, str]]
) -> None:
    world = _story(policy, good, steps)
    decision, waiting = world.decision(), _waiting(world)
    assert bool(waiting) is (decision.meets(3) and not decision.meets(5, 6))
    for one in waiting:
        forced = {"forced": True, "reason": "now"} if one.forced else {}
        report = next(signed for signed in world.records if signed.id == one.report)
        for name in one.open_to[: one.lacking]:
            assert _waiting(world)
            world.approve(report, name, **forced)
        enough = len(one.open_to) >= one.lacking
        assert world.decision().meets(3, 5, 6) is enough
