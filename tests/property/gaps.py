"""What a ledger can know to be missing, told from the whole ledger: the measure for what is taken away."""

from gitgates.decision.authority import Say
from gitgates.decision.graph import Graph
from gitgates.model.policy import Role, Signer
from tests.property.clones import Clone, able


def knows_of_a_gap(world: Clone, rest: Clone, left_out: frozenset[str]) -> bool:
    """Tell whether something in `rest` by a key that it lists names, over any steps, what was left out of `world`.

    A key that only a missing policy lists is to `rest` a stranger's, and a stranger must not stop an answer.
    """
    whole, chain, known = world.chain(), rest.chain(), world.known()
    keys = chain.known_keys()
    knowing = [s for s in rest.records if known.standings[s.id].say is not Say.NONE and s.key in keys]
    named = {s.record.policy for s in knowing if s.record.policy} | set(chain.accepted)
    policies = {i for policy_id in named for i in whole.lineage(policy_id)}
    if (policies - chain.accepted.keys()) | (named_by_admins(rest) & left_out) - whole.annulled():
        return True
    seals = {seal for i in policies if (seal := whole.accepted[i].record.seal)}
    sealed = {i for digest in seals for i in world.seals[digest][("veran", "v1")]}
    gone = left_out & whole.annulled()  # not missed, and nobody can tell from it what came before
    graph = Graph({s.id: s.record.parents for s in world.records if s.id not in gone})
    known_of = graph.reached_from([*sealed, *(s.id for s in knowing)]) | sealed | seals
    return bool((known_of & left_out) - whole.annulled())


def named_by_admins(rest: Clone) -> set[str]:
    """Return what policies and endorsements name that somebody wrote who is admin under an accepted policy."""
    accepted = rest.chain().accepted.values()
    admins = {signer for s in accepted for signer in able(s.record.parsed, Role.ADMIN, frozenset())}
    endorsed = {s.record.endorses for s in rest.endorsements if Signer(s.record.author, s.key) in admins}
    theirs = [s for s in rest.policies if s.id in endorsed or Signer(s.record.author, s.key) in admins]
    return endorsed | {parent for s in theirs for parent in s.record.parents}
