"""What must hold for every ledger that an honest team can make, and whatever others add to it or take away."""

import random
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitgates.decision.authority import ROLE_NEEDED, Say
from gitgates.decision.decide import Question, decide
from gitgates.decision.policy_lint import lockouts
from gitgates.decision.result import Answer, Decision
from gitgates.model.policy import Role
from gitgates.model.records import ReportRecord
from tests.property.additions import GHOST, KINDS, MALLORY, add_policy, add_record, add_unauthorised, ghost, some
from tests.property.clones import Clone, able, revoked_keys
from tests.property.gaps import knows_of_a_gap
from tests.property.recovery import join, work
from tests.property.soundness import Plan, grow, is_sound
from tests.property.worlds import Team

QUESTION = Question("veran", "v1", "production")
Property = Callable[[Team, Clone, random.Random], None]


def answer(world: Clone, team: Team, adopted: str | None = None) -> Decision:
    return decide(world.known(now=team.now, adopted=adopted), QUESTION)


def gist(decision: Decision) -> Any:
    """Return all of a decision that does not depend on the order in which files are read."""
    states = [(c.state, sorted(c.records), c.cause) for c in decision.conditions]
    return decision.answer, decision.policy, sorted(decision.reports), sorted(decision.approvals), states


# --- honest histories ------------------------------------------------------------------------------------------------


def union_is_valid(team: Team, world: Clone, rng: random.Random) -> None:
    """What any clones accept stays accepted when they are united, in any order; nothing is missing."""
    is_sound(world, team)
    clones = team.clones
    for clone in clones:
        assert clone.chain().accepted.keys() <= world.chain().accepted.keys()
        if clone.chain().accepted.keys() == world.chain().accepted.keys():
            now = world.known().standings
            assert all(now[i].say is standing.say for i, standing in clone.known().standings.items())
    other = Clone(world.root)
    for clone in rng.sample(clones, len(clones)):
        other.absorb(clone)
    rng.shuffle(other.policies)
    rng.shuffle(other.endorsements)
    rng.shuffle(other.records)
    assert gist(answer(other, team)) == gist(answer(world, team))


def more_approvals_never_deny(team: Team, world: Clone, rng: random.Random) -> None:
    if answer(world, team).answer is Answer.ALLOWED:
        decide_more(world, team, rng, approved=True)
        assert answer(world, team).answer is Answer.ALLOWED


def more_rejections_never_allow(team: Team, world: Clone, rng: random.Random) -> None:
    if answer(world, team).answer is not Answer.ALLOWED:
        decide_more(world, team, rng, approved=False)
        assert answer(world, team).answer is not Answer.ALLOWED


def decide_more(world: Clone, team: Team, rng: random.Random, *, approved: bool) -> None:
    """Add decisions by keys that are or were approvers', after any counting records, under any accepted policy."""
    chain, known = world.chain(), world.known(now=team.now)
    counting = [s for i, s in known.records.items() if known.standings[i].say is not Say.NONE]
    reports = [s for s in counting if isinstance(s.record, ReportRecord)]
    for _ in range(rng.randint(1, 3)):
        policy_id = rng.choice(sorted(chain.accepted))
        keys = able(chain.policy(policy_id), Role.APPROVER, frozenset())
        if keys and reports:
            signer, report = rng.choice(keys), rng.choice(reports)
            values: dict[str, Any] = {"by": signer.principal, "key": signer.key, "after": some(rng, counting)}
            values |= {"policy": policy_id, "created": team.now, "context": report.record.context}
            if approved:
                world.approve(report, **values)
            else:
                world.reject(**values)


def way_back(team: Team, world: Clone, rng: random.Random) -> None:
    """From wherever honest members come, ordinary work, or after a fork a policy that joins, leads to "allowed"."""
    if world.in_force() is None or world.known().missing or rng.random() < 0.2:
        join(world, team.now)
    in_force = world.in_force()
    assert in_force is not None
    assert not lockouts(world.chain().policy(in_force), revoked_keys(world.chain()))
    work(world, team, in_force)
    decision = answer(world, team)
    assert decision.answer is Answer.ALLOWED, decision.reason


# --- what is taken away ----------------------------------------------------------------------------------------------


def a_gap_never_allows(team: Team, world: Clone, rng: random.Random) -> None:
    """Without any file that a counting record which is still there knows of, the answer is not "allowed"."""
    if rng.random() < 0.5:
        add_unauthorised(world, team, rng)
    policies, endorsements = [s.id for s in world.policies[1:]], [s.id for s in world.endorsements]
    files = [*policies, *endorsements, *(s.id for s in world.records), *world.seals]
    few = rng.random() < 0.4 and len(files) > len(world.records)
    left_out = frozenset([rng.choice([*policies, *endorsements, *world.seals])] if few else some(rng, files, most=4))
    rest = world.copy(left_out)
    if knows_of_a_gap(world, rest, left_out):
        decision = answer(rest, team)
        assert decision.answer is not Answer.ALLOWED, decision


def signing_anew_never_allows(team: Team, world: Clone, rng: random.Random) -> None:
    """A record that others know of, with another's signature in place of its author's, is missed if it lost its say."""
    if not world.records:
        return
    lost = rng.choice(world.records)
    others = sorted({*world.chain().known_keys(), MALLORY.key} - {lost.key})
    without = world.copy(frozenset([lost.id]))
    rest = without.copy()
    rest.records.append(attrs.evolve(lost, key=rng.choice(others)))
    before, after = (clone.known(now=team.now).standings[lost.id].say for clone in (world, rest))
    silenced = before is not Say.NONE and after is Say.NONE  # else it had none to lose
    if silenced and knows_of_a_gap(world, without, frozenset([lost.id])):
        assert answer(rest, team).answer is not Answer.ALLOWED


# --- what is added ---------------------------------------------------------------------------------------------------


def the_unauthorised_change_nothing(team: Team, world: Clone, rng: random.Random) -> None:
    """Records, policies and endorsements by strangers, and by members without the role, retired or revoked."""
    before = gist(answer(world, team))
    for _ in range(rng.randint(1, 4)):
        add_unauthorised(world, team, rng)
    assert gist(answer(world, team)) == before


def a_former_admin_stops_answers_at_most(team: Team, world: Clone, rng: random.Random) -> None:
    """A policy beside those in force, by whoever was admin once, allows nothing; adopting the right one heals."""
    chain, in_force = world.chain(), world.in_force()
    old = [i for i in sorted(chain.accepted) if i not in chain.heads()]
    if in_force is None or not old:
        return
    before = answer(world, team)
    target = rng.choice(old)
    signer = rng.choice(able(chain.policy(target), Role.ADMIN, frozenset()))
    made = add_policy(world, team, rng, signer, after=[chain.accepted[target]])
    for other in able(chain.policy(target), Role.ADMIN, frozenset()):
        world.endorse(made, other)
    if made.id in world.chain().accepted:
        assert answer(world, team).cause == "fork"
    else:
        assert gist(answer(world, team)) == gist(before)
    assert gist(answer(world, team, adopted=in_force)) == gist(before)


def ghosts_are_cleared(team: Team, world: Clone, rng: random.Random) -> None:
    """A member who names records or policies that nobody has stops the answer; a policy that annuls them heals."""
    in_force = world.in_force()
    if in_force is None:
        return
    before, chain = answer(world, team), world.chain()
    revoked = revoked_keys(chain)
    kind = rng.choice(KINDS)
    keys = able(chain.policy(in_force), ROLE_NEEDED[kind], revoked)
    admins = able(chain.policy(in_force), Role.ADMIN, revoked)
    if not keys or world.known().missing:
        return
    made = add_record(world, team, rng, kind, rng.choice(keys), rng.choice((in_force, GHOST)), after=[ghost(world)])
    if rng.random() < 0.3:
        add_policy(world, team, rng, rng.choice(admins), after=[ghost(world)])
    stopped = answer(world, team)
    assert stopped.answer is Answer.CANNOT_DECIDE
    annulling = world.propose(chain.policy(in_force), admins[0], team.now, annuls=tuple(sorted((made.id, GHOST))))
    for signer in admins[1:]:
        world.endorse(annulling, signer)
    after = answer(world, team)
    assert after.answer is before.answer
    assert (after.reports, after.approvals) == (before.reports, before.approvals)


# --- running them ----------------------------------------------------------------------------------------------------

PROPERTIES: tuple[Property, ...] = (
    union_is_valid,
    more_approvals_never_deny,
    more_rejections_never_allow,
    way_back,
    a_gap_never_allows,
    signing_anew_never_allows,
    the_unauthorised_change_nothing,
    a_former_admin_stops_answers_at_most,
    ghosts_are_cleared,
)
PLANS = st.lists(st.integers(0, 2**32 - 1), max_size=16).map(tuple)
DEEP_LEDGERS = 100_000
SHARDS = 40


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda holds: holds.__name__)
def test_property(holds: Property) -> None:
    @settings(max_examples=100)
    @given(PLANS, st.integers(0, 2**32 - 1))
    def check(plan: Plan, seed: int) -> None:
        team = grow(plan)
        holds(team, team.united(), random.Random(seed))

    check()


def random_plan(seed: int) -> Plan:
    rng = random.Random(seed)
    return tuple(rng.getrandbits(32) for _ in range(rng.randint(3, 16)))


@pytest.mark.deep
@pytest.mark.parametrize("shard", range(SHARDS))
def test_property_of_many_ledgers(shard: int) -> None:
    """Each ledger through every property; a failure tells the plan, from which hypothesis can find a smaller one."""
    for seed in range(shard, DEEP_LEDGERS, SHARDS):
        team = grow(random_plan(seed))
        world = team.united()
        for holds in PROPERTIES:
            try:
                holds(team, world.copy(), random.Random(seed))
            except AssertionError as error:
                error.add_note(f"{holds.__name__} fails with seed {seed}")
                raise


def test_the_ledgers_are_of_all_kinds() -> None:
    """Or the properties above would hold of nothing."""
    answers, standings = set(), set()
    for seed in range(200):
        team = grow(random_plan(seed))
        world = team.united()
        decision = answer(world, team)
        answers.add((decision.answer, decision.cause))
        standings |= {standing.say for standing in world.known(now=team.now).standings.values()}
    assert answers >= {(Answer.ALLOWED, ""), (Answer.DENIED, ""), (Answer.CANNOT_DECIDE, "fork")}
    assert standings == set(Say)
