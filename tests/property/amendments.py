"""What a new policy of a random ledger says: the old one with a change or two."""

import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from gitgates.model.policy import Member, Policy, Role, Signer

PEOPLE = ("alice", "bob", "carol", "dave")
CONTEXTS = ("production", "production", "staging")
ROLES = tuple(Role)
NewKey = Callable[[str], Signer]
"""Makes a key that nobody had before for a principal."""


def amended(policy: Policy, revoked: tuple[str, ...], rng: random.Random, new_key: NewKey) -> Policy:
    """Return the policy with one or two changes; whose key it revokes gets a new one.

    Raises:
        InvalidValue: nobody could change it again.
    """
    for _ in range(rng.choice((1, 1, 2))):
        policy = rng.choice(_AMENDMENTS)(policy, rng, new_key)
    lost = [signer for signer in policy.signers if signer.key in revoked]
    kept = tuple(signer for signer in policy.signers if signer.key not in revoked)
    return attrs.evolve(policy, signers=(*kept, *(new_key(signer.principal) for signer in lost)))


def roles(policy: Policy, rng: random.Random, new_key: NewKey) -> Policy:
    name = rng.choice(PEOPLE)
    changed = frozenset(rng.sample(ROLES, rng.choice((1, 1, 2)))) ^ frozenset(policy.roles_of(name))
    members = {member.principal: member for member in policy.members}
    members[name] = Member(name, tuple(sorted(changed)))
    listed = any(signer.principal == name for signer in policy.signers)
    signers = policy.signers if listed else (*policy.signers, new_key(name))
    return attrs.evolve(policy, members=tuple(members[n] for n in sorted(members)), signers=signers)


def leaving(policy: Policy, rng: random.Random, new_key: NewKey) -> Policy:
    name = rng.choice(policy.members).principal
    members = tuple(member for member in policy.members if member.principal != name)
    return attrs.evolve(policy, members=members, signers=tuple(s for s in policy.signers if s.principal != name))


def rotation(policy: Policy, rng: random.Random, new_key: NewKey) -> Policy:
    old = rng.choice(policy.signers)
    kept = policy.signers if rng.random() < 0.3 else tuple(s for s in policy.signers if s.key != old.key)
    return attrs.evolve(policy, signers=(*kept, new_key(old.principal)))


def quorum(policy: Policy, rng: random.Random, new_key: NewKey) -> Policy:
    return attrs.evolve(policy, admin_quorum=rng.choice((1, 2, 2, 3)))


def context(policy: Policy, rng: random.Random, new_key: NewKey) -> Policy:
    settings: Mapping[str, Iterable[Any]] = {
        "required_approvals": (0, 1, 2),
        "separation_of_duties": (True, False),
        "allow_force": (True, False),
        "approval_expires": (None, 7200),
        "max_report_age": (None, 7200),
    }
    field = rng.choice(list(settings))
    contexts = {context.name: context for context in policy.contexts}
    name = rng.choice(CONTEXTS)
    contexts[name] = attrs.evolve(contexts[name], **{field: rng.choice(list(settings[field]))})
    promoted_from = rng.choice((None, None, "staging"))
    contexts["production"] = attrs.evolve(contexts["production"], promoted_from=promoted_from)
    return attrs.evolve(policy, contexts=tuple(contexts[n] for n in sorted(contexts)))


_AMENDMENTS = (roles, leaving, rotation, quorum, context, context)
