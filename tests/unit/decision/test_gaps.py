"""Gaps that only a seal, or an endorsement, knows of: found in random ledgers, kept as the smallest of their kind."""

from gitgates.decision.authority import Say
from gitgates.decision.result import Answer
from gitgates.model.policy import Signer
from tests.unit.decision.builder import KEYS, POLICY, SIGNERS, World, endorsement, rules

WITH_DAVE = POLICY.replace('carol = ["approver"]\n', 'carol = ["approver"]\ndave = ["deployer"]\n')


def test_what_a_sealed_record_knows_of_is_missed_even_where_that_record_counts_no_more() -> None:
    """Dave deployed after bob's rejection; one policy sealed that, and one beside it took dave's role away."""
    world = World(rules(WITH_DAVE, SIGNERS))
    report = world.report()
    world.approve(report, by="bob")
    rejection = world.reject(by="carol", after=[report])
    deployment = world.deploy(by="dave", after=[rejection])
    sealing = world.follow(rules(WITH_DAVE, SIGNERS), world.root, seals=[deployment])
    without_dave = world.follow(rules(), world.root, created=sealing.record.created.replace(day=1))
    world.follow(rules(), sealing, without_dave)
    assert world.known().standings[deployment.id].say is Say.NONE
    assert world.decision().answer is Answer.DENIED
    rest = [signed for signed in world.records if signed is not rejection]
    assert world.known(rest).missing == (rejection.id,)


def _endorsed(quorum: int = 2) -> World:
    """Alice proposed, and bob endorsed, a policy that asks for two approvals; bob's approval is the only one."""
    world = World(rules(POLICY.replace("admin_quorum = 1", f"admin_quorum = {quorum}")))
    world.approve(world.report())
    strict = rules(POLICY.replace("admin_quorum = 1", f"admin_quorum = {quorum}") + "required_approvals = 2\n")
    made = world.follow(strict)
    world.endorsements.append(endorsement(made, "bob", world.root.id))
    assert world.decision().answer is Answer.DENIED
    return world


def test_a_policy_is_missed_where_an_admins_endorsement_of_it_is_left() -> None:
    world = _endorsed()
    lost = world.policies.pop()
    assert world.decision().cause == "incomplete"
    assert lost.id in world.decision().reason
    world.follow(rules(), world.root, annuls=(lost.id,))
    world.endorsements.append(endorsement(world.policies[-1], "bob", world.root.id))
    assert world.decision().answer is Answer.ALLOWED


def test_an_endorsement_of_nothing_by_a_stranger_or_a_member_who_is_no_admin_stops_nothing() -> None:
    world = _endorsed()
    lost = world.policies.pop()
    world.endorsements = [endorsement(lost, "carol", world.root.id), endorsement(lost, "mallory", world.root.id)]
    assert world.decision().answer is Answer.ALLOWED


def test_what_an_endorsed_policy_follows_is_missed_even_where_its_authors_key_is_new() -> None:
    """The policy that is gone gave bob the key with which he proposed the next; alice endorsed that one."""
    world = World()
    world.approve(world.report())
    with_key = rules(POLICY + "required_approvals = 2\n", [*SIGNERS[:3], Signer("bob", "ssh-ed25519 bob2")])
    middle = world.follow(with_key)
    later = world.follow(with_key, middle, by="bob", key="ssh-ed25519 bob2")
    world.endorsements.append(endorsement(later, "alice", world.root.id, KEYS["alice"]))
    assert world.decision().answer is Answer.DENIED
    world.policies.remove(middle)
    assert world.decision().cause == "incomplete"
    assert middle.id in world.decision().reason
