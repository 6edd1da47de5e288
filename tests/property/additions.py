"""What is added to a random ledger by those who may not, and by those who may and mean ill."""

import random
from typing import Any

import attrs

from gitgates.decision.signed import Signed
from gitgates.model.policy import Role, Signer
from gitgates.model.records import DecisionRecord, DeploymentRecord, ReportRecord, RollbackRecord, WithdrawalRecord
from tests.property.amendments import PEOPLE
from tests.property.clones import Clone, able, authorised, revoked_keys
from tests.property.worlds import Team
from tests.unit.decision.builder import GOOD, identity, policy, rules

KINDS = (ReportRecord, DecisionRecord, WithdrawalRecord, DeploymentRecord, RollbackRecord)
GHOST = identity("nobody ever wrote this")
MALLORY = Signer("mallory", "ssh-ed25519 mallory")


def some(rng: random.Random, items: list[Any], most: int = 3) -> list[Any]:
    return rng.sample(items, min(len(items), rng.randint(0, most)))


def add_unauthorised(world: Clone, team: Team, rng: random.Random) -> None:
    chain = world.chain()
    listed = [s for signed in chain.accepted.values() for s in signed.record.parsed.signers]
    signer = rng.choice([MALLORY, *sorted(set(listed), key=lambda s: s.key)])
    if rng.random() < 0.25:
        ever = [s for signed in world.policies for s in able(signed.record.parsed, Role.ADMIN, frozenset())]
        if signer not in ever:
            add_policy(world, team, rng, signer, after=[rng.choice([*world.policies, ghost(world)])])
            world.endorse(rng.choice(world.policies), signer)
        return
    kind, author = rng.choice(KINDS), rng.choice([*PEOPLE, signer.principal, signer.principal])
    holds = [authorised(chain.policy(head), author, signer.key, kind) for head in chain.heads()]
    if any(holds) and signer.key not in revoked_keys(chain):
        return
    policies = sorted(chain.accepted) if signer is not MALLORY else [*sorted(chain.accepted), GHOST]
    add_record(world, team, rng, kind, Signer(author, signer.key), rng.choice(policies))


def ghost(world: Clone) -> Signed[Any]:
    return attrs.evolve(world.root, id=GHOST, record=attrs.evolve(world.root.record, annuls=()))


def add_record(
    world: Clone, team: Team, rng: random.Random, kind: type[Any], signer: Signer, policy_id: str, **values: Any
) -> Signed[Any]:
    """Append a record after anything, and after what nobody has."""
    after = some(rng, [*world.records, ghost(world)])
    about: dict[str, Any] = {
        "by": signer.principal,
        "key": signer.key,
        "after": after,
        "policy": policy_id,
        "created": team.now,
    }
    reports = [s for s in world.records if isinstance(s.record, ReportRecord)]
    decisions = [s for s in world.records if isinstance(s.record, DecisionRecord)]
    made: Signed[Any]
    if kind is DecisionRecord and reports and rng.random() < 0.5:
        made = world.approve(rng.choice(reports), **about | values)
    elif kind is DecisionRecord or (kind is WithdrawalRecord and not decisions):
        made = world.reject(**about | values)
    elif kind is WithdrawalRecord:
        made = world.withdraw(rng.choice(decisions), **about | values)
    elif kind in (DeploymentRecord, RollbackRecord):
        made = (world.deploy if kind is DeploymentRecord else world.roll_back)(**about | values)
    else:
        made = world.report(GOOD, **about | values)
    return made


def add_policy(world: Clone, team: Team, rng: random.Random, signer: Signer, after: list[Signed[Any]]) -> Signed[Any]:
    """Append a policy that makes its author the master of everything, annuls a record and revokes a key."""
    roles = '["admin", "approver", "checker", "deployer"]'
    text = 'format = "gitgates-policy/1"\nledger_branch = "main"\nadmin_quorum = 1\n[members]\n'
    text += f"{signer.principal} = {roles}\n[contexts.production]\nrequired_approvals = 0\n"
    parsed = rules(text, [signer])
    values: dict[str, Any] = {
        "annuls": tuple(sorted(s.id for s in some(rng, world.records, most=2))),
        "revoked": tuple(sorted(some(rng, sorted(world.chain().known_keys()), most=1))),
    }
    made = policy(parsed, *after, by=signer.principal, key=signer.key, created=team.now, **values)
    made = attrs.evolve(made, record=attrs.evolve(made.record, ledger=world.root.id))
    world.policies.append(made)
    return made
