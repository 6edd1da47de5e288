"""What would lock people out, and what is only odd."""

import pytest

from gitgates.decision.policy_lint import lockouts, oddities
from gitgates.model.policy import Policy, Signer
from tests.unit.decision.builder import KEYS, POLICY, SIGNERS, in_production, rules

NONE: frozenset[str] = frozenset()


def test_a_policy_that_works() -> None:
    assert lockouts(rules(), NONE) == ()
    assert oddities(rules()) == ()


@pytest.mark.parametrize(
    ("policy", "revoked", "says"),
    [
        (in_production(required_approvals=4), (), "production needs 4 approvals, and 3 approver(s) have a key"),
        (
            in_production(required_approvals=3, separation_of_duties="true"),
            (),
            "production needs 3 approval(s) by others than the report's author, and at most 2 approver(s)",
        ),
        (rules(POLICY, SIGNERS[:2]), ("alice", "bob"), "nobody could change this policy"),
        (
            rules(POLICY.replace('"checker", ', "")),
            (),
            "no checker has a key that is not revoked: no report could be written",
        ),
        (rules(), ("carol",), "allowed_signers gives carol a key that is revoked for good"),
    ],
)
def test_lockouts(policy: Policy, revoked: tuple[str, ...], says: str) -> None:
    found = lockouts(policy, frozenset(KEYS[name] for name in revoked))
    assert any(says in text for text in found), found


def test_each_lockout_is_told() -> None:
    everybody = lockouts(rules(), frozenset(KEYS.values()))
    assert len(everybody) == 3 + 1 + 1 + 2  # listed keys, quorum, checkers, approvals in two contexts


def test_lockouts_are_whole_sentences() -> None:
    assert lockouts(rules(POLICY, SIGNERS[:2]), frozenset(KEYS.values())) == (
        "allowed_signers gives alice a key that is revoked for good and can never count again",
        "allowed_signers gives bob a key that is revoked for good and can never count again",
        "admin_quorum is 1, and 0 admin(s) have a key that is not revoked: nobody could change this policy",
        "no checker has a key that is not revoked: no report could be written",
        "production needs 1 approvals, and 0 approver(s) have a key",
        "staging needs 1 approvals, and 0 approver(s) have a key",
    )


def test_one_admin_who_signs_alone_is_nothing_odd() -> None:
    assert oddities(rules(POLICY.replace('bob = ["admin", ', "bob = ["))) == ()


def test_separation_where_no_approval_is_needed() -> None:
    """A passing report is enough there, whoever made it."""
    alone = rules(
        POLICY.replace('carol = ["approver"]\n', "").replace('bob = ["admin", "approver", "checker", "deployer"]\n', "")
        + "required_approvals = 0\nseparation_of_duties = true\n",
        SIGNERS[:1],
    )
    assert lockouts(alone, NONE) == ()


def test_a_required_gate_that_nothing_defines() -> None:
    assert lockouts(in_production(required_gates='["tests", "smoke", "bias"]'), NONE) == (
        "production requires gates that are not built in, and that no metric of this policy is in: bias, smoke",
    )


def test_two_keys_of_one_approver_are_one_approver() -> None:
    signers = (*SIGNERS[:3], Signer("carol", "ssh-ed25519 carol-2"))
    four = rules(POLICY + "required_approvals = 4\n", signers)
    assert lockouts(four, NONE) == ("production needs 4 approvals, and 3 approver(s) have a key",)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (rules(POLICY, SIGNERS[:2]), "carol has roles and no key"),
        (rules(POLICY, SIGNERS), "dave has a key and is no member"),
        (rules(POLICY.replace('carol = ["approver"]', "carol = []")), "carol is a member without a role"),
        (rules(POLICY.replace("quorum = 1", "quorum = 2")), "all 2 admins must sign: one lost key"),
        (rules(POLICY.replace(', "deployer"', "")), "no deployer has a key"),
    ],
)
def test_oddities(policy: Policy, says: str) -> None:
    assert any(text.startswith(says) for text in oddities(policy)), oddities(policy)
    assert lockouts(policy, NONE) == ()


def test_a_context_named_like_a_table_of_the_projects_files() -> None:
    (told,) = lockouts(rules(POLICY + '[contexts.metrics]\nprofile = "staging"\n'), frozenset())
    assert told.startswith(
        "metrics is no name for a context: [tool.gitgates.metrics] of a project's files is something"
    )
