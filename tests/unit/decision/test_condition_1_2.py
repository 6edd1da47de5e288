"""Conditions 1 and 2 of can-deploy, and the answer as a whole."""

from datetime import timedelta

import pytest

from gitgates.decision.decide import Question, decide, undecided
from gitgates.decision.knowledge import Obstacle
from gitgates.decision.result import Answer, Condition, Decision, State
from gitgates.errors import CannotDecide
from tests.unit.decision.builder import NOW, allowed, identity, rules


def test_allowed() -> None:
    world = allowed()
    decision = world.decision()
    assert (decision.answer, decision.cause) == (Answer.ALLOWED, "")
    assert decision.reason == "all conditions are met"
    assert decision.policy == world.root.id
    assert decision.reports == (world.records[0].id,)
    assert decision.approvals == (world.records[1].id,)
    assert not decision.forced
    assert [c.number for c in decision.conditions] == [1, 2, 3, 4, 5, 6, 7]
    assert decision.conditions[1].title == "the records of the model version are complete"
    assert decision.meets(1, 7)
    denied = world.decision("staging")
    assert denied.meets(1, 2, 4)
    assert not denied.meets(1, 3)


def test_a_decision_needs_all_seven_conditions() -> None:
    met = allowed().decision().conditions
    assert Decision("veran", "v1", "production", met[:6]).answer is Answer.DENIED


def test_the_question_is_answered_for_the_context_asked() -> None:
    world = allowed()
    assert decide(world.known(), Question("veran", "v1", "staging")).answer is Answer.DENIED


# --- 1 ---


def _not_reached(first: int) -> tuple[Condition, ...]:
    return tuple(Condition(number, State.NOT_REACHED, "not reached") for number in range(first, 8))


def test_1_unknown_context() -> None:
    decision = allowed().decision("moon")
    assert decision.answer is Answer.DENIED
    assert decision.reason == "the policy knows no context 'moon', only production, staging"
    root = allowed().root.id
    first = Condition(1, State.NOT_MET, decision.reason, (root,), remedy="Use one of production, staging")
    assert decision == Decision("veran", "v1", "moon", (first, *_not_reached(2)), root)


def test_1_fork() -> None:
    world = allowed()
    world.follow(rules(), world.root, by="alice")
    world.follow(rules(), world.root, by="bob")
    decision = world.decision()
    assert (decision.answer, decision.cause, decision.policy) == (Answer.CANNOT_DECIDE, "fork", None)
    assert "2 policies are in force at once" in decision.reason
    assert [c.number for c in decision.conditions] == [1, 2, 3, 4, 5, 6, 7]
    assert decision.conditions[0].state is State.UNDECIDED


def test_1_no_readable_policy() -> None:
    decision = undecided(Question("veran", "v1", "production"), CannotDecide("no pin", "which root?", remedy="Ask"))
    assert (decision.answer, decision.cause) == (Answer.CANNOT_DECIDE, "no pin")
    first = Condition(1, State.UNDECIDED, "cannot decide (no pin): which root?", (), "no pin", "Ask")
    assert decision == Decision("veran", "v1", "production", (first, *_not_reached(2)))


# --- 2 ---


def test_2_a_missing_parent() -> None:
    world = allowed()
    lost = world.records[0]
    decision = world.decision(records=world.records[1:])
    assert (decision.answer, decision.cause) == (Answer.CANNOT_DECIDE, "incomplete")
    assert decision.conditions[1].records == (lost.id,)
    assert lost.id in decision.reason
    reached = decision.conditions[:2]
    assert decision == Decision("veran", "v1", "production", (*reached, *_not_reached(3)), world.root.id)


def test_2_what_stands_elsewhere_is_not_missing() -> None:
    world = allowed()
    other = identity("the last deployment, of another version")
    world.deploy(parents=tuple(sorted((world.heads[0], other))))
    assert world.condition(2).state is State.UNDECIDED
    assert world.condition(2, elsewhere=frozenset([other])).state is State.MET


def test_2_an_annulled_record_is_not_missed() -> None:
    world = allowed()
    rejection = world.reject()
    world.approve(world.records[0])
    world.follow(rules(), annuls=(rejection.id,))
    assert world.decision().answer is Answer.ALLOWED
    assert world.decision(records=[r for r in world.records if r is not rejection]).answer is Answer.ALLOWED
    assert world.known().standings[rejection.id].reason == "a policy annulled it"


def test_2_obstacles() -> None:
    obstacles = (Obstacle("shallow", "this clone is shallow", "Unshallow"), Obstacle("unreadable", "b", "c"))
    condition = allowed().condition(2, obstacles=obstacles)
    assert (condition.state, condition.cause, condition.remedy) == (State.UNDECIDED, "shallow", "Unshallow")
    assert condition.reason == "this clone is shallow; b"


@pytest.mark.parametrize(("ahead", "state"), [(300, State.MET), (301, State.UNDECIDED)])
def test_2_clock_ahead(ahead: int, state: State) -> None:
    world = allowed()
    late = world.deploy(created=NOW + timedelta(seconds=ahead))
    condition = world.condition(2)
    assert condition.state is state
    assert (condition.cause, condition.records) == (("clock", (late.id,)) if state is State.UNDECIDED else ("", ()))


def test_2_a_stranger_ahead_of_the_clock_locks_nobody_out() -> None:
    world = allowed()
    world.add(type(world.records[1].record), "mallory", approved=False, forced=False, created=NOW + timedelta(days=9))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_policy_that_a_known_key_names_is_missing() -> None:
    world = allowed()
    lost = identity("a policy that was deleted")
    world.reject(policy=lost)
    decision = world.decision()
    assert decision.cause == "incomplete"
    assert decision.conditions[1].records == (lost,)


def test_2_a_policy_that_a_stranger_names_is_not_missing() -> None:
    world = allowed()
    world.reject(by="mallory", policy=identity("made up"))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_revoked_key_cannot_lock_out_with_a_policy_that_it_made_up() -> None:
    world = allowed()
    bobs = "ssh-ed25519 bob"
    world.follow(rules(signers=[s for s in rules().signers if s.key != bobs]), seals=world.records, revoked=(bobs,))
    world.approve(world.report(), by="carol")
    assert world.decision().answer is Answer.ALLOWED
    world.reject(policy=identity("made up"))
    assert world.decision().answer is Answer.ALLOWED


def test_2_a_seal_that_is_not_there() -> None:
    world = allowed()
    sealing = world.follow(rules(), seals=world.records[-1:])
    assert world.condition(2).state is State.MET
    condition = world.condition(2, seals={})
    assert (condition.state, condition.records) == (State.UNDECIDED, (sealing.record.seal,))


def test_2_a_sealed_record_that_is_not_there() -> None:
    world = allowed()
    rejection = world.reject(after=[])
    world.follow(rules(), seals=[rejection])
    condition = world.condition(2, records=world.records[:2])
    assert (condition.state, condition.records) == (State.UNDECIDED, (rejection.id,))


def test_2_a_seal_that_no_policy_names_says_nothing() -> None:
    world = allowed()
    world.seals[identity("garbage")] = {("veran", "v1"): (identity("no such record"),)}
    assert world.decision().answer is Answer.ALLOWED
