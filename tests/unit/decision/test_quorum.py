"""Who must still sign a policy, and whose signature would help; keys that a fork gave to two people."""

import pytest

from gitgates.decision.chain import build_chain
from gitgates.decision.quorum import quorums, signatures_by_policy
from gitgates.model.policy import Signer
from tests.unit.decision.builder import KEYS, POLICY, SIGNERS, endorsement, policy, rules

ROOT = policy(rules())
ACCEPTED = {ROOT.id: ROOT}
TWO = policy(rules(POLICY.replace("quorum = 1", "quorum = 2")), ROOT)


def test_the_parents_quorum_and_its_own() -> None:
    parents, own = quorums(TWO, (), ACCEPTED)
    assert (parents.of, parents.lacking, parents.signed) == (ROOT.id, 0, frozenset(["alice"]))
    assert (own.of, own.lacking, own.open_to) == (TWO.id, 1, ("bob",))


@pytest.mark.parametrize(
    ("name", "key", "gains"),
    [("bob", "bob", True), ("alice", "alice", False), ("carol", "carol", False), ("bob", "carol", False)],
)
def test_whose_signature_would_help(name: str, key: str, gains: bool) -> None:
    _, own = quorums(TWO, (), ACCEPTED)
    assert own.gains((name, KEYS[key])) is gains


def test_nobodys_signature_helps_a_quorum_that_is_met() -> None:
    parents, _ = quorums(TWO, (), ACCEPTED)
    assert not parents.gains(("bob", KEYS["bob"]))


def test_a_revoked_key_does_not_count_for_the_policys_own_quorum() -> None:
    revoking = policy(rules(POLICY, SIGNERS[1:3]), ROOT, revoked=(KEYS["alice"],))
    parents, own = quorums(revoking, (), ACCEPTED)
    assert (parents.lacking, own.lacking, own.open_to) == (0, 1, ("bob",))


def test_a_revoked_key_that_is_still_listed_brings_no_quorum_nearer() -> None:
    revoking = policy(TWO.record.parsed, ROOT, by="bob", revoked=(KEYS["alice"],))
    _, own = quorums(revoking, (), ACCEPTED)
    assert (own.lacking, own.open_to, own.gains(("alice", KEYS["alice"]))) == (1, (), False)


def test_endorsements_of_another_ledger_are_left_out() -> None:
    made = [endorsement(TWO, "bob", ROOT.id), endorsement(TWO, "bob", "f" * 64)]
    assert signatures_by_policy(made, ROOT.id) == {TWO.id: {("bob", KEYS["bob"])}}


def test_a_key_that_a_fork_gave_to_two_people_is_nobodys() -> None:
    """Whichever order the policies are read in: a key that was two people's can be listed for neither."""
    dave, erin = (
        policy(rules(POLICY, (*SIGNERS[:3], Signer(name, "ssh-ed25519 x"))), ROOT) for name in ("dave", "erin")
    )
    for name in ("dave", "erin"):
        joined = policy(rules(POLICY, (*SIGNERS[:3], Signer(name, "ssh-ed25519 x"))), dave, erin)
        chain = build_chain(ROOT.id, [ROOT, dave, erin, joined], [])
        assert "a key that was" in chain.refused[joined.id]
    clean = policy(rules(), dave, erin)
    assert build_chain(ROOT.id, [ROOT, dave, erin, clean], []).effective() == clean.id
