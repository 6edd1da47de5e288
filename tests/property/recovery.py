"""The documented ways back: a policy that joins what has forked and annuls what is missing, and ordinary work."""

from datetime import datetime
from typing import Any

from gitgates.model.policy import Role, Signer
from tests.property.amendments import PEOPLE
from tests.property.clones import Clone, able, revoked_keys
from tests.property.worlds import Team
from tests.unit.decision.builder import GOOD, rules


def join(world: Clone, at: datetime) -> None:
    """Follow all heads with a policy that gives everybody a new key, and annuls what is missing; all admins sign it."""
    chain = world.chain()
    fresh = tuple(Signer(name, f"ssh-ed25519 {name} anew") for name in PEOPLE[:3])
    members = "".join(f'{name} = ["admin", "approver", "checker"]\n' for name in PEOPLE[:3])
    text = f'format = "gitgates-policy/1"\nledger_branch = "main"\nadmin_quorum = 2\n[members]\n{members}'
    parsed = rules(text + "[contexts.staging]\n[contexts.production]\n", fresh)
    admins = []
    for head in chain.heads():
        lost = frozenset(key for i in chain.lineage(head) for key in chain.accepted[i].record.revoked)
        admins += able(chain.policy(head), Role.ADMIN, lost)
    made = world.propose(parsed, admins[0], at, annuls=world.known().missing)
    for signer in (*admins, *fresh):
        world.endorse(made, signer)
    assert world.in_force() == made.id, world.chain().refused.get(made.id)


def work(world: Clone, team: Team, in_force: str) -> None:
    """Report and approve, under the policy in force, for staging and then for production."""
    rules_now, revoked = world.chain().policy(in_force), revoked_keys(world.chain())
    approvers = {s.principal: s for s in able(rules_now, Role.APPROVER, revoked)}
    checkers = able(rules_now, Role.CHECKER, revoked)
    checker = min(checkers, key=lambda s: (s.principal in approvers, s.key))  # leaves the most approvers
    for context in ("staging", "production"):
        known = world.known(now=team.now)
        base: dict[str, Any] = {"policy": in_force, "created": team.now, "context": context}
        heads = [known.records[i] for i in known.heads]
        report = world.report(GOOD, by=checker.principal, key=checker.key, after=heads, **base)
        for signer in approvers.values():
            world.approve(report, by=signer.principal, key=signer.key, after=[report], **base)
