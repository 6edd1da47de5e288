"""A random ledger from a plan, and what must be true of an honest one at any time."""

import random
from typing import Any

from gitgates.decision.authority import Say
from gitgates.decision.chain import PolicyChain
from gitgates.decision.signed import Signed
from tests.property.clones import Clone, authorised, revoked_keys
from tests.property.worlds import Team

Plan = tuple[int, ...]


def grow(plan: Plan) -> Team:
    """Return what a team makes of a plan, after the proof that it was sound after every step.

    Every prefix of an honest history verifies: each clone is whole and refuses nothing, and each record counts as it
    did when it was written unless a later policy says otherwise.
    """
    team = Team(quorum=1 + (plan[0] if plan else 0) % 4 // 3)
    for number in plan:
        changed = team.step(random.Random(number))
        is_sound(changed, team)
    return team


def is_sound(world: Clone, team: Team) -> None:
    chain, known = world.chain(), world.known(now=team.now)
    assert set(chain.refused) <= chain.pending
    assert not chain.missing
    assert known.ahead_of_clock == ()
    # Whose author revoked one of several keys may have been signed anew by whoever has that key: missed until annulled.
    assert all(i in known.records and known.standings[i].resigned for i in known.missing)
    for i, standing in known.standings.items():
        later = chain.accepted.keys() - team.saw[i]
        assert standing.say is not Say.FULL or known.records[i].key not in revoked_keys(chain)
        if standing.say is not Say.FULL:
            assert any(speaks_against(chain, policy_id, known.records[i]) for policy_id in later), standing


def speaks_against(chain: PolicyChain, policy_id: str, signed: Signed[Any]) -> bool:
    """Tell whether a policy annuls a record, revokes its key, or no longer lets its author write it."""
    made = chain.accepted[policy_id].record
    taken = signed.id in made.annuls or signed.key in made.revoked
    return taken or not authorised(made.parsed, signed.record.author, signed.key, type(signed.record))
