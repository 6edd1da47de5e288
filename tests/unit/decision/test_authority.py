"""Which records count: roles, seals, admits, annuls, revocation, forks of policies."""

from typing import Any

import attrs
import pytest

from gitgates.decision.authority import Say, Standing
from gitgates.decision.result import Answer, State
from gitgates.model.policy import Signer
from gitgates.model.records import AssertionRecord
from tests.unit.decision.builder import (
    BAD,
    KEYS,
    NOW,
    POLICY,
    World,
    endorsement,
    identity,
    in_production,
    policy,
    rules,
)

WITHOUT_BOB = POLICY.replace('bob = ["admin", "approver", "checker", "deployer"]\n', "")
BOB_ONLY_CHECKS = POLICY.replace('bob = ["admin", "approver", "checker", "deployer"]', 'bob = ["checker"]')
ONLY_BOB = POLICY.replace('alice = ["admin", "approver", "checker", "deployer"]\n', "")
BOBS = "ssh-ed25519 bob"


def _standing(world: World, record: Any) -> tuple[Say, str]:
    standing = world.known().standings[record.id]
    return standing.say, standing.reason


@pytest.mark.parametrize(
    ("append", "role"),
    [
        (lambda w, by: w.report(by=by), "checker"),
        (lambda w, by: w.reject(by=by), "approver"),
        (lambda w, by: w.withdraw(w.reject(), by=by), "approver"),
        (lambda w, by: w.deploy(by=by), "deployer"),
        (lambda w, by: w.roll_back(by=by), "deployer"),
        (
            lambda w, by: w.add(AssertionRecord, by, asserts="approval", source="a.json", sha256="a" * 64),
            "admin",
        ),
    ],
    ids=["report", "decision", "withdrawal", "deployment", "rollback", "assertion"],
)
def test_each_kind_needs_its_role(append: Any, role: str) -> None:
    world = World(rules(POLICY.replace('carol = ["approver"]', "carol = []")))
    assert _standing(world, append(world, "alice")) == (Say.FULL, "")
    say, reason = _standing(world, append(world, "carol"))
    assert say is Say.NONE
    assert reason == f"carol is no {role} under the policy {world.root.id}"


def test_a_key_of_another_principal() -> None:
    world = World()
    record = world.report(key=BOBS)
    assert _standing(world, record) == (Say.NONE, f"its key is not one of alice under the policy {world.root.id}")


def test_another_ledger() -> None:
    world = World()
    assert _standing(world, world.report(ledger="a" * 64)) == (Say.NONE, "it belongs to another ledger")


def test_a_policy_without_its_signatures_is_a_policy_that_was_left_out() -> None:
    """An endorsement can be left out as well as a policy: the older, laxer policy must not come back for it."""
    world = World()
    pending = world.follow(rules(), by="carol")
    world.policies.insert(0, world.policies.pop())
    record = world.report(policy=pending.id)
    assert _standing(world, record) == (Say.NONE, f"it names the policy {pending.id}, which is not accepted")
    condition = world.condition(2)
    assert (condition.state, condition.cause) == (State.UNDECIDED, "incomplete")
    assert pending.id in condition.reason


@pytest.mark.parametrize("key", [None, "ssh-ed25519 unlisted"])
def test_a_policy_that_is_not_there(key: str | None) -> None:
    """It is missed where a member's key signed; else somebody may have signed again, and the record is missed."""
    world = World()
    lost = identity("lost")
    record = world.report(policy=lost, key=key)
    reason = f"it names the policy {lost}, which is not in this ledger"
    assert world.known().standings[record.id] == Standing(
        Say.NONE, reason, missing_policy=lost if key is None else None, resigned=key is not None
    )


def test_a_pending_policy_that_no_record_names_stops_nothing() -> None:
    world = World()
    world.approve(world.report())
    world.follow(rules(), by="carol")
    assert world.decision().answer is Answer.ALLOWED


def test_an_unfit_policy_is_no_reason_to_wait() -> None:
    world = World()
    stolen = [Signer("bob", KEYS["alice"])]
    unfit = world.follow(rules(ONLY_BOB, stolen), by="bob", key=KEYS["alice"])
    world.policies.insert(0, world.policies.pop())
    record = world.report(policy=unfit.id)
    assert world.condition(2).state is State.MET
    assert _standing(world, record) == (Say.NONE, f"it names the policy {unfit.id}, which is not accepted")
    assert world.known().heads == ()


def test_a_policy_in_the_middle_that_is_missing_stops_every_answer() -> None:
    world = World()
    second = world.follow(rules(WITHOUT_BOB))
    world.follow(rules(), second)
    world.approve(world.report(policy=world.root.id), policy=world.root.id)
    world.policies.remove(second)
    condition = world.condition(1)
    assert (condition.state, condition.cause) == (State.UNDECIDED, "incomplete")
    assert second.id in condition.reason


def test_only_an_admins_orphan_stops_an_answer() -> None:
    world = World()
    world.approve(world.report())
    ghost = policy(rules(), by="alice", created=NOW)
    for by in ("dave", "carol"):
        world.policies.append(policy(rules(), ghost, by=by))
    assert world.decision().answer is Answer.ALLOWED


def test_a_sealed_version_whose_records_are_all_gone_is_incomplete() -> None:
    world = World()
    report = world.report()
    world.follow(rules(), seals=[report])
    world.records.clear()
    condition = world.condition(2)
    assert (condition.state, condition.records) == (State.UNDECIDED, (report.id,))


# --- later policies and seals ---


def test_what_is_not_sealed_needs_authority_under_later_policies() -> None:
    world = World()
    world.approve(world.report())
    later = world.follow(rules(WITHOUT_BOB))
    say, reason = _standing(world, world.records[1])
    assert say is Say.NONE
    assert reason == f"bob is no approver under the policy {later.id}, and nothing had sealed it by then"
    assert world.decision().answer is Answer.DENIED


def test_every_later_policy_must_give_the_authority_not_only_the_next() -> None:
    world = World()
    approval = world.approve(world.report())
    world.follow(rules())
    world.follow(rules())
    assert _standing(world, approval) == (Say.FULL, "")
    last = world.follow(rules(WITHOUT_BOB))
    reason = f"bob is no approver under the policy {last.id}, and nothing had sealed it by then"
    assert _standing(world, approval) == (Say.NONE, reason)


def test_what_is_sealed_needs_none() -> None:
    world = World()
    world.approve(world.report())
    world.follow(rules(WITHOUT_BOB), seals=world.records[-1:])
    world.follow(rules(WITHOUT_BOB))
    assert world.decision().answer is Answer.ALLOWED


def test_the_seal_comes_too_late() -> None:
    world = World()
    world.approve(world.report())
    world.follow(rules(WITHOUT_BOB))
    world.follow(rules(WITHOUT_BOB), seals=world.records[-1:])
    assert world.decision().answer is Answer.DENIED
    world.follow(rules(WITHOUT_BOB), admits=(world.records[1].id,))
    assert world.decision().answer is Answer.ALLOWED


def test_admitting_gives_no_authority_under_the_policy_that_a_record_names() -> None:
    world = World(rules(BOB_ONLY_CHECKS))
    world.approve(world.report())
    world.follow(rules(), admits=(world.records[1].id,))
    assert world.decision().answer is Answer.DENIED


def test_a_policy_that_gives_a_role_later_does_not_help() -> None:
    world = World(rules(BOB_ONLY_CHECKS))
    approval = world.approve(world.report())
    world.follow(rules())
    assert _standing(world, approval) == (Say.NONE, f"bob is no approver under the policy {world.root.id}")


def test_a_seal_on_one_side_of_a_fork_serves_what_follows_both_sides() -> None:
    world = World()
    world.approve(world.report())
    sealing = world.follow(rules(WITHOUT_BOB), world.root, seals=world.records[-1:])
    beside = world.follow(rules(), world.root, by="bob")
    world.follow(rules(WITHOUT_BOB), sealing, beside)
    assert world.decision().answer is Answer.ALLOWED


@pytest.mark.parametrize("sealing_first", [True, False])
def test_a_seal_on_one_side_of_a_fork_does_not_serve_the_other(sealing_first: bool) -> None:
    world = World()
    world.approve(world.report())
    sealing = world.follow(rules(), world.root, seals=world.records[-1:])
    beside = world.follow(rules(WITHOUT_BOB), world.root)
    if not sealing_first:
        world.policies.reverse()
    world.policies.append(policy(rules(), sealing, beside))
    assert world.decision().answer is Answer.DENIED
    assert _standing(world, world.records[1])[1].startswith(f"bob is no approver under the policy {beside.id}")


def test_a_side_of_a_fork_that_the_reader_did_not_adopt_judges_its_own_records() -> None:
    """Bob rejected under a policy that is not adopted; the one after it takes his role away, and nothing sealed it."""
    world = World()
    world.approve(world.report())
    adopted = world.follow(rules(), world.root)
    other = world.follow(rules(), world.root, by="bob")
    rejection = world.reject(policy=other.id)
    assert world.known(adopted=adopted.id).standings[rejection.id].say is Say.AGAINST
    last = world.follow(rules(WITHOUT_BOB), other)
    standing = world.known(adopted=adopted.id).standings[rejection.id]
    reason = f"bob is no approver under the policy {last.id}, and nothing had sealed it by then"
    assert (standing.say, standing.reason) == (Say.NONE, reason)


def test_policies_met_on_two_ways_are_looked_at_once() -> None:
    world = World()
    world.approve(world.report())
    left, right = world.follow(rules(), world.root), world.follow(rules(), world.root, by="bob")
    world.follow(rules(), left, right)
    assert world.decision().answer is Answer.ALLOWED


# --- annulled ---


def test_an_annulled_record_does_not_count() -> None:
    world = World()
    approval = world.approve(world.report())
    world.follow(rules(), annuls=(approval.id,))
    assert _standing(world, approval) == (Say.NONE, "a policy annulled it")
    assert world.condition(5).state is State.NOT_MET


# --- revocation ---


def _revoked(world: World, *, sealed: bool) -> Any:
    signers = [signer for signer in rules().signers if signer.key != BOBS]
    return world.follow(rules(POLICY, signers), seals=world.records[-1:] if sealed else (), revoked=(BOBS,))


def test_a_sealed_approval_by_a_revoked_key_counts_for_nothing() -> None:
    world = World()
    approval = world.approve(world.report())
    revoking = _revoked(world, sealed=True)
    assert _standing(world, approval) == (Say.AGAINST, f"its key was revoked by the policy {revoking.id}")
    assert world.condition(5).state is State.NOT_MET


def test_a_sealed_rejection_by_a_revoked_key_counts_against() -> None:
    world = World()
    world.approve(world.report())
    rejection = world.reject()
    _revoked(world, sealed=True)
    world.approve(world.records[0], by="carol", after=world.records[:1])
    assert world.condition(6).records == (rejection.id,)
    assert world.condition(6).state is State.NOT_MET


def test_a_sealed_rollback_by_a_revoked_key_counts_against() -> None:
    world = World()
    report = world.report()
    rollback = world.roll_back(by="bob")
    _revoked(world, sealed=True)
    world.approve(report, by="carol", after=[report])
    condition = world.condition(6)
    assert (condition.state, condition.records) == (State.NOT_MET, (rollback.id,))


def test_an_unsealed_rejection_by_a_revoked_key_counts_for_nothing() -> None:
    world = World()
    world.approve(world.report(), by="carol")
    rejection = world.reject()
    revoking = _revoked(world, sealed=False)
    say, reason = _standing(world, rejection)
    assert say is Say.NONE
    assert reason.startswith(f"its key is not one of bob under the policy {revoking.id}")
    assert world.decision().answer is Answer.ALLOWED


def test_a_revoked_key_that_is_still_listed_counts_for_nothing() -> None:
    world = World()
    world.approve(world.report(), by="carol")
    rejection = world.reject()
    revoking = world.follow(rules(), revoked=(BOBS,))
    assert _standing(world, rejection) == (
        Say.NONE,
        f"its key was revoked by the policy {revoking.id}, and nothing had sealed it",
    )


def test_a_record_written_after_the_revocation_counts_for_nothing() -> None:
    world = World()
    report = world.report()
    world.follow(rules(), revoked=(BOBS,))
    world.approve(report)
    world.follow(rules(), seals=world.records[-1:])
    assert world.condition(5).state is State.NOT_MET


def test_a_passing_report_by_a_revoked_key_neither_counts_nor_supersedes() -> None:
    world = World()
    mine = world.report()
    world.report(by="bob")
    _revoked(world, sealed=True)
    assert world.condition(3).records == (mine.id,)


def test_a_failing_report_by_a_revoked_key_counts_against_and_is_not_forced() -> None:
    world = World(in_production(allow_force="true"))
    world.report()
    failing = world.report(BAD, by="bob")
    signers = [signer for signer in rules().signers if signer.key != BOBS]
    parsed = rules(POLICY + "allow_force = true\n", signers)
    world.follow(parsed, seals=world.records[-1:], revoked=(BOBS,))
    world.approve(failing, by="carol", forced=True, reason="no matter")
    condition = world.condition(3)
    assert (condition.state, condition.records) == (State.NOT_MET, (failing.id,))
    assert "it can only count against: its key was revoked" in condition.reason
    latest = world.report()
    assert world.condition(3).records == (latest.id,)


def test_a_withdrawal_by_a_revoked_key_takes_back_approvals_only() -> None:
    second = "ssh-ed25519 bob-2"
    signers = (*rules().signers, Signer("bob", second))
    world = World(rules(POLICY, signers))
    approval = world.approve(world.report(), key=second)
    rejection = world.reject(key=second)
    world.withdraw(approval)
    world.withdraw(rejection)
    world.follow(rules(POLICY, [s for s in signers if s.key != BOBS]), seals=world.records[-1:], revoked=(BOBS,))
    assert world.known().withdrawn == {approval.id}


def test_an_empty_version() -> None:
    world = World()
    world.follow(rules(), seal=identity("seal"))
    known = world.known(seals={identity("seal"): {("other", "v1"): ("a" * 64,)}})
    assert (known.heads, known.missing, known.standings) == ((), (), {})


def test_heads_of_counting_records() -> None:
    world = World()
    report = world.report()
    world.reject(by="mallory")
    assert world.known().heads == (report.id,)


# --- signatures put in place of the author's: the id of a record does not depend on its signature ---


def _with_key(world: World, record: Any, key: str) -> None:
    """Have the holder of `key` sign the record `record` in place of its author."""
    at = world.records.index(record)
    world.records[at] = attrs.evolve(record, key=key)


@pytest.mark.parametrize("key", [KEYS["alice"], "ssh-ed25519 retired"])
def test_a_rejection_that_somebody_else_signed_again_is_missing(key: str) -> None:
    world = World()
    world.approve(world.report())
    rejection = world.reject(by="carol")
    world.report(context="staging")
    _with_key(world, rejection, key)
    condition = world.condition(2)
    assert (condition.state, condition.cause, condition.records) == (State.UNDECIDED, "incomplete", (rejection.id,))


def test_a_sealed_rejection_that_somebody_else_signed_again_is_missing() -> None:
    world = World()
    world.approve(world.report())
    rejection = world.reject(by="carol")
    world.follow(rules(), seals=[rejection])
    _with_key(world, rejection, KEYS["alice"])
    assert world.condition(2).records == (rejection.id,)


def _carols_second_key_revoked(world: World, *, sealed: bool) -> Any:
    world.approve(world.report(by="alice"), by="bob")
    rejection = world.reject(by="carol")
    world.report(context="staging")
    world.follow(rules(), revoked=("ssh-ed25519 carol-2",), seals=[rejection] if sealed else [])
    _with_key(world, rejection, "ssh-ed25519 carol-2")
    return rejection


def test_a_rejection_signed_again_with_a_stolen_key_of_its_author_is_missing() -> None:
    world = World(rules(POLICY, (*rules().signers, Signer("carol", "ssh-ed25519 carol-2"))))
    rejection = _carols_second_key_revoked(world, sealed=False)
    assert world.condition(2).records == (rejection.id,)


def test_it_is_missing_also_where_the_policy_lists_the_stolen_key_still() -> None:
    signers = (*rules().signers, Signer("carol", "ssh-ed25519 carol-2"))
    world = World(rules(POLICY, signers))
    world.approve(world.report())
    rejection = world.reject(by="carol")
    world.report(context="staging")
    revoking = world.follow(rules(POLICY, signers), revoked=("ssh-ed25519 carol-2",))
    _with_key(world, rejection, "ssh-ed25519 carol-2")
    reason = f"its key was revoked by the policy {revoking.id}, and nothing had sealed it"
    assert world.known().standings[rejection.id] == Standing(Say.NONE, reason, resigned=True)
    assert world.condition(2).records == (rejection.id,)


def test_where_it_was_sealed_it_still_counts_against() -> None:
    world = World(rules(POLICY, (*rules().signers, Signer("carol", "ssh-ed25519 carol-2"))))
    rejection = _carols_second_key_revoked(world, sealed=True)
    assert world.condition(2).state is State.MET
    assert world.condition(6).records == (rejection.id,)


def test_a_record_under_a_policy_left_out_signed_again_with_a_revoked_key_is_missing() -> None:
    world = World()
    world.follow(rules(), revoked=("ssh-ed25519 thief",))
    world.approve(world.report())
    later = world.follow(rules())
    rejection = world.reject(by="carol", policy=later.id)
    world.report(context="staging", policy=world.policies[1].id)
    world.policies.remove(later)
    _with_key(world, rejection, "ssh-ed25519 thief")
    assert world.condition(2).records == (rejection.id,)


def test_a_record_signed_again_that_nobody_names_stops_nothing() -> None:
    world = World()
    world.approve(world.report())
    world.reject(by="carol", key=KEYS["alice"])
    assert world.decision().answer is Answer.ALLOWED


def test_a_policy_in_the_middle_that_lost_an_endorsement_stops_every_answer() -> None:
    """Without its endorsement it waits like a proposal; but an admin's policy follows it, so it was in force."""
    quorum = rules(POLICY.replace("admin_quorum = 1", "admin_quorum = 2"))
    world = World(quorum)
    second = world.follow(quorum)
    world.endorsements.append(endorsement(second, "bob", world.root.id))
    third = world.follow(quorum, second)
    world.endorsements.append(endorsement(third, "bob", world.root.id))
    world.approve(world.report(policy=world.root.id), policy=world.root.id)
    assert world.decision().answer is Answer.ALLOWED
    del world.endorsements[0]
    condition = world.condition(1)
    assert (condition.state, condition.cause) == (State.UNDECIDED, "incomplete")
    assert second.id in condition.reason
