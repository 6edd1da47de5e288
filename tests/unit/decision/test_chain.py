"""The effective policy: root, quorum, endorsements, forks, adoption, and why a policy is refused."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from gitgates.decision.chain import PolicyChain, build_chain
from gitgates.errors import CannotDecide
from gitgates.model.policy import Member, Policy, Role, Signer
from tests.unit.decision.builder import POLICY, SIGNERS, World, endorsement, identity, policy, rules

TWO_ADMINS = POLICY.replace("admin_quorum = 1", "admin_quorum = 2")
ROOT = policy(rules())


def _chain(*policies: Any, endorsements: tuple[Any, ...] = (), adopted: str | None = None) -> PolicyChain:
    return build_chain(ROOT.id, (ROOT, *policies), endorsements, adopted)


def _refusal(made: Any, *others: Any, endorsements: tuple[Any, ...] = ()) -> str:
    chain = _chain(*others, made, endorsements=endorsements)
    assert (made.id in chain.accepted) != (made.id in chain.refused)
    return chain.refused.get(made.id, "accepted")


def test_the_root_alone() -> None:
    chain = _chain()
    assert (chain.effective(), chain.current(), chain.heads()) == (ROOT.id, ROOT.record.parsed, (ROOT.id,))
    assert chain.lineage(ROOT.id) == (ROOT.id,)


def test_no_root() -> None:
    with pytest.raises(CannotDecide, match=r"the root policy .* is not in this ledger") as caught:
        build_chain(ROOT.id, [policy(rules(), ROOT)], [])
    assert caught.value.cause == "incomplete"


@pytest.mark.parametrize(
    "root",
    [
        policy(rules(), by="carol"),
        policy(rules(), by="alice", key="ssh-ed25519 mallory"),
        policy(rules(), by="mallory"),
        policy(rules(), ROOT),
    ],
    ids=["no admin", "foreign key", "stranger", "has parents"],
)
def test_no_root_policy(root: Any) -> None:
    with pytest.raises(CannotDecide, match="is no root policy") as caught:
        build_chain(root.id, [root], [])
    assert caught.value.cause == "no policy"


def test_a_successor() -> None:
    second = policy(rules(), ROOT)
    third = policy(rules(), second)
    chain = _chain(third, second)
    assert chain.effective() == third.id
    assert set(chain.lineage(third.id)) == {ROOT.id, second.id, third.id}
    assert chain.children(ROOT.id) == (second.id,)
    assert chain.children(third.id) == ()


@pytest.mark.parametrize(
    ("by", "key", "reason"),
    [
        ("bob", None, "accepted"),
        ("carol", None, f"it lacks 1 more admin signature(s) of the policy {ROOT.id}"),
        ("alice", "ssh-ed25519 bob", f"it lacks 1 more admin signature(s) of the policy {ROOT.id}"),
        ("mallory", None, f"it lacks 1 more admin signature(s) of the policy {ROOT.id}"),
    ],
)
def test_who_may_write_a_policy(by: str, key: str | None, reason: str) -> None:
    assert _refusal(policy(rules(), ROOT, by=by, key=key)) == reason


def test_the_quorum_of_the_parent_and_its_own() -> None:
    raised = policy(rules(TWO_ADMINS), ROOT)
    assert _refusal(raised) == "it lacks 1 more admin signature(s) of its own"
    bobs = endorsement(raised, "bob", ROOT.id)
    assert _refusal(raised, endorsements=(bobs,)) == "accepted"
    lowered = policy(rules(), raised)
    refused = f"it lacks 1 more admin signature(s) of the policy {raised.id}"
    assert _refusal(lowered, raised, endorsements=(bobs,)) == refused
    assert _refusal(lowered, raised, endorsements=(bobs, endorsement(lowered, "bob", ROOT.id))) == "accepted"


@pytest.mark.parametrize(
    "made",
    [
        lambda of: endorsement(of, "alice", ROOT.id),
        lambda of: endorsement(of, "carol", ROOT.id),
        lambda of: endorsement(of, "bob", ROOT.id, key="ssh-ed25519 mallory"),
        lambda of: endorsement(of, "bob", identity("another ledger")),
        lambda of: endorsement(ROOT, "bob", ROOT.id),
    ],
    ids=["the author again", "no admin", "foreign key", "another ledger", "another policy"],
)
def test_endorsements_that_do_not_count(made: Any) -> None:
    raised = policy(rules(TWO_ADMINS), ROOT)
    assert _refusal(raised, endorsements=(made(raised),)) == "it lacks 1 more admin signature(s) of its own"


def test_an_admin_with_two_keys_counts_once() -> None:
    signers = (*SIGNERS[:3], Signer("alice", "ssh-ed25519 alice-2"))
    raised = policy(rules(TWO_ADMINS, signers), ROOT)
    again = endorsement(raised, "alice", ROOT.id, key="ssh-ed25519 alice-2")
    assert _refusal(raised, endorsements=(again,)) == "it lacks 1 more admin signature(s) of its own"


def test_a_second_root_and_another_ledger() -> None:
    second = policy(rules(), by="bob")
    assert _refusal(second) == "it belongs to another ledger or is a second root"
    foreign = attrs.evolve(
        ROOT, id=identity("x"), record=attrs.evolve(ROOT.record, ledger="a" * 64, parents=(ROOT.id,))
    )
    assert _refusal(foreign) == "it belongs to another ledger or is a second root"


def test_what_follows_a_refused_or_missing_policy_is_refused() -> None:
    refused = policy(rules(), ROOT, by="carol")
    after = policy(rules(), refused)
    assert _refusal(after, refused) == "it follows a policy that is not accepted or not there"
    assert _refusal(after) == "it follows a policy that is not accepted or not there"
    with pytest.raises(CannotDecide, match=refused.id):  # an endorsement of it may have been left out
        _chain(after, refused).effective()


def test_a_key_belongs_to_one_principal_for_ever() -> None:
    without_carol = policy(rules(POLICY.replace('carol = ["approver"]\n', ""), SIGNERS[:2]), ROOT)
    moved = policy(rules(POLICY, (*SIGNERS[:2], Signer("carol", "ssh-ed25519 x"))), without_carol)
    assert _refusal(moved, without_carol) == "accepted"
    stolen = (*SIGNERS[:2], Signer("dave", SIGNERS[2].key))
    bad = policy(rules(POLICY.replace("carol", "dave"), stolen), without_carol)
    assert _refusal(bad, without_carol) == "it gives dave a key that was carol's"


# --- revoked admin keys ---


def test_a_revoked_admin_key_signs_no_policy() -> None:
    revoking = policy(rules(), ROOT, by="alice", revoked=("ssh-ed25519 bob",))
    after = policy(rules(), revoking, by="bob")
    assert _refusal(after, revoking) == f"it lacks 1 more admin signature(s) of the policy {revoking.id}"


def test_nobody_revokes_the_key_that_they_sign_with() -> None:
    assert _refusal(policy(rules(), ROOT, by="bob", revoked=("ssh-ed25519 bob",))) == (
        "it lacks 1 more admin signature(s) of its own"
    )


def test_a_policy_written_before_the_revocation_stands() -> None:
    by_bob = policy(rules(), ROOT, by="bob")
    revoking = policy(rules(), by_bob, by="alice", revoked=("ssh-ed25519 bob",))
    assert _chain(by_bob, revoking).effective() == revoking.id


# --- forks ---

LEFT, RIGHT = policy(rules(), ROOT, by="alice"), policy(rules(), ROOT, by="bob")


def test_a_fork() -> None:
    with pytest.raises(CannotDecide, match="2 policies are in force at once") as caught:
        _chain(LEFT, RIGHT).effective()
    assert caught.value.cause == "fork"
    assert f"GITGATES_ROOT={ROOT.id}@<policy id>" in caught.value.remedy


def test_a_policy_that_follows_both_ends_a_fork() -> None:
    merging = policy(rules(), LEFT, RIGHT)
    assert _chain(merging, RIGHT, LEFT).effective() == merging.id
    assert set(_chain(merging, RIGHT, LEFT).lineage(merging.id)) == {ROOT.id, LEFT.id, RIGHT.id, merging.id}


def test_a_merging_policy_needs_the_quorum_of_each_parent() -> None:
    strict = policy(rules(TWO_ADMINS), ROOT)
    bobs = endorsement(strict, "bob", ROOT.id)
    merging = policy(rules(), strict, RIGHT)
    refused = f"it lacks 1 more admin signature(s) of the policy {strict.id}"
    assert _refusal(merging, strict, RIGHT, endorsements=(bobs,)) == refused


def test_adoption() -> None:
    assert _chain(LEFT, RIGHT, adopted=LEFT.id).effective() == LEFT.id
    later = policy(rules(), RIGHT)
    assert _chain(LEFT, RIGHT, later, adopted=RIGHT.id).effective() == later.id
    with pytest.raises(CannotDecide, match="fork"):
        _chain(LEFT, RIGHT, adopted=ROOT.id).effective()


def test_adopting_what_is_not_accepted() -> None:
    with pytest.raises(CannotDecide, match="is not an accepted policy of this ledger") as caught:
        _chain(LEFT, adopted=identity("nothing")).effective()
    assert caught.value.cause == "no policy"


def test_what_was_not_adopted_neither_admits_nor_annuls_nor_revokes() -> None:
    bad = policy(rules(), ROOT, by="bob", admits=("a" * 64,), annuls=("b" * 64,), revoked=("ssh-ed25519 carol",))
    open_fork = _chain(LEFT, bad)
    assert open_fork.admitted() == {"a" * 64}
    assert open_fork.annulled() == {"b" * 64}
    assert list(open_fork.revoked_by()) == [("ssh-ed25519 carol", bad.id)]
    adopted = _chain(LEFT, bad, adopted=LEFT.id)
    assert not adopted.admitted()
    assert not adopted.annulled()
    assert not list(adopted.revoked_by())


def test_a_policy_not_adopted_takes_no_rejection_away() -> None:
    world = World()
    world.approve(world.report())
    rejection = world.reject()
    left = world.follow(rules(), world.root, by="alice")
    without_bob = POLICY.replace('bob = ["admin", "approver", "checker", "deployer"]\n', "")
    other = world.follow(rules(without_bob), world.root, annuls=(rejection.id,), revoked=("ssh-ed25519 carol",))
    assert set(world.chain().heads()) == {left.id, other.id}
    condition = world.condition(6, adopted=left.id)
    assert condition.records == (rejection.id,)
    assert condition.state == "not met"


def test_records_under_a_policy_not_adopted_count_against_only() -> None:
    world = World()
    left = world.follow(rules(), world.root, by="alice")
    world.follow(rules(), world.root, by="bob")
    approved = world.report(policy=left.id)
    world.approve(approved, policy=left.id)
    assert world.decision(adopted=left.id).answer == "allowed"
    rejection = world.reject()  # names the policy that the reader does not adopt
    assert world.condition(6, adopted=left.id).records == (rejection.id,)
    assert "which the reader did not adopt" in world.known(adopted=left.id).standings[rejection.id].reason
    world.approve(approved)
    assert world.condition(6, adopted=left.id).state == "not met"


# --- what to do where no policy is in force ---


def _undecidable(make: Callable[[], PolicyChain]) -> tuple[str, str, str]:
    with pytest.raises(CannotDecide) as caught:
        make().effective()
    error = caught.value
    return error.cause, error.message.removeprefix(f"cannot decide ({error.cause}): "), error.remedy


def test_no_root_says_what_to_do() -> None:
    assert _undecidable(lambda: build_chain(ROOT.id, [], [])) == (
        "incomplete",
        f"the root policy {ROOT.id} is not in this ledger",
        "Fetch the ledger's whole branch",
    )


def test_a_root_that_is_none_says_what_to_do() -> None:
    assert _undecidable(lambda: build_chain(LEFT.id, [LEFT], [])) == (
        "no policy",
        f"{LEFT.id} is no root policy: it has parents, or its author is not one of its admins",
        "Pin the right root with --root",
    )


def test_a_fork_says_what_to_do() -> None:
    assert set(_chain(LEFT, RIGHT).children(ROOT.id)) == {LEFT.id, RIGHT.id}
    cause, message, remedy = _undecidable(lambda: _chain(LEFT, RIGHT))
    assert (cause, message) == ("fork", f"2 policies are in force at once: {', '.join(sorted([LEFT.id, RIGHT.id]))}")
    assert remedy.startswith("An admin must write a policy that follows all of them, or adopt one for this answer with")
    assert remedy.endswith(f" with GITGATES_ROOT={ROOT.id}@<policy id>")


def test_adopting_what_is_not_there_says_what_to_do() -> None:
    nothing = identity("nothing")
    assert _undecidable(lambda: _chain(LEFT, adopted=nothing)) == (
        "no policy",
        f"the adopted policy {nothing} is not an accepted policy of this ledger",
        "Fetch the ledger, or adopt another policy",
    )


def test_every_missing_policy_is_told_and_where_to_get_them() -> None:
    one, two = policy(rules(), LEFT), policy(rules(), RIGHT)
    orphans = policy(rules(), one), policy(rules(), two, by="bob")
    missing = sorted([one.id, two.id])
    assert _undecidable(lambda: _chain(LEFT, RIGHT, *orphans)) == (
        "incomplete",
        f"policies that others follow are missing, or lack endorsements: {missing[0]}, {missing[1]}",
        "Fetch the ledger's branch from a clone that has them",
    )
    assert _chain(LEFT, RIGHT, *orphans, adopted=LEFT.id).effective() == LEFT.id


# --- what waits, and what is refused for good ---


def test_what_lacks_signatures_or_follows_such_a_policy_is_pending() -> None:
    proposed = policy(rules(), ROOT, by="carol")
    after = policy(rules(), proposed)
    stolen = policy(rules(POLICY, (SIGNERS[0], Signer("carol", SIGNERS[1].key))), ROOT)
    second = policy(rules(), by="bob")
    chain = _chain(proposed, after, second)
    assert chain.pending == {proposed.id, after.id}
    assert set(chain.refused) == {proposed.id, after.id, second.id}
    assert set(chain.accepted) == {ROOT.id}
    assert _chain(stolen).pending == frozenset()


def test_only_what_is_nowhere_is_missing_and_not_what_follows_it() -> None:
    lost = policy(rules(), ROOT)
    after = policy(rules(), lost)
    last = policy(rules(), after)
    assert _chain(last, after).missing == {lost.id}


def test_what_follows_a_policy_that_is_unfit_is_not_missing_anything() -> None:
    second = policy(rules(), by="bob")
    after = policy(rules(), second, by="alice")
    chain = _chain(second, after)
    assert (chain.missing, chain.effective()) == (frozenset(), ROOT.id)


def test_a_proposal_that_some_endorsed_already_stops_nothing() -> None:
    two = policy(rules(TWO_ADMINS))
    proposed = policy(rules(TWO_ADMINS), two, by="carol")
    chain = build_chain(two.id, [two, proposed], [endorsement(proposed, "bob", two.id)])
    assert chain.refused == {proposed.id: f"it lacks 1 more admin signature(s) of the policy {two.id}"}
    assert (chain.missing, chain.effective()) == (frozenset(), two.id)


def test_revoked_keys_are_told_with_the_policies_that_revoked_them() -> None:
    first = policy(rules(), ROOT, revoked=("ssh-ed25519 x", "ssh-ed25519 y"))
    second = policy(rules(), first, revoked=("ssh-ed25519 x",))
    expected = {("ssh-ed25519 x", first.id), ("ssh-ed25519 y", first.id), ("ssh-ed25519 x", second.id)}
    told = list(_chain(first, second).revoked_by())
    assert (set(told), len(told)) == (expected, 3)
    assert [policy_id for _, policy_id in told] == sorted(policy_id for _, policy_id in told)


# --- what no policy may be ---


def test_a_policy_that_nobody_could_change() -> None:
    member = Member("alice", (Role.ADMIN,))
    with pytest.raises(ValueError, match="admin_quorum: is 2, but 1 admins have a key"):
        Policy(ledger_branch="refs/heads/main", admin_quorum=2, members=(member,), signers=SIGNERS[:1], contexts=())


def test_known_keys() -> None:
    second = policy(rules(POLICY, (*SIGNERS[:2], Signer("carol", "ssh-ed25519 new"))), ROOT)
    assert _chain(second).known_keys() == {*(s.key for s in SIGNERS[:3]), "ssh-ed25519 new"}
