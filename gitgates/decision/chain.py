"""The effective policy (rule 3 of DESIGN section 4): which policies are accepted, and which one is in force."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from attrs import field

from gitgates.decision.graph import Graph
from gitgates.decision.quorum import Signature, admins_among, ancestors, quorums, signatures_by_policy
from gitgates.decision.signed import SignedEndorsement, SignedPolicy
from gitgates.errors import CannotDecide
from gitgates.model.frozen import frozen
from gitgates.model.policy import Policy


@frozen
class PolicyChain:
    """All accepted policies of one root.

    Attributes:
        refused: why each other policy of the ledger is not accepted, by id.
        pending: those of the refused that lack only signatures, or what they follow: a clone that has more may accept
            them.
        missing: what an admin's policy follows, or an admin's endorsement names, and this ledger lacks.
        adopted: the policy that the reader adopted explicitly, where there is a fork.
    """

    root: str
    accepted: Mapping[str, SignedPolicy]
    refused: Mapping[str, str]
    adopted: str | None = None
    pending: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    _children: Mapping[str, tuple[str, ...]] = field(init=False)
    _graph: Graph = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Index the chain downwards."""
        children: dict[str, tuple[str, ...]] = {}
        for policy_id, signed in self.accepted.items():
            for parent in signed.record.parents:
                children[parent] = (*children.get(parent, ()), policy_id)
        object.__setattr__(self, "_children", children)
        object.__setattr__(self, "_graph", Graph({i: s.record.parents for i, s in self.accepted.items()}))

    def policy(self, policy_id: str) -> Policy:
        """Return the rules of an accepted policy."""
        return self.accepted[policy_id].record.parsed

    def children(self, policy_id: str) -> tuple[str, ...]:
        """Return the accepted policies that follow `policy_id`."""
        return self._children.get(policy_id, ())

    def lineage(self, policy_id: str) -> tuple[str, ...]:
        """Return `policy_id` and all that it follows."""
        return (policy_id, *self._graph.reached_from([policy_id]))

    def heads(self) -> tuple[str, ...]:
        """Return the accepted policies that no other follows; those after the adopted one, where one is adopted."""
        heads = self._graph.heads(self.accepted)
        if self.adopted is None:
            return heads
        return tuple(head for head in heads if self.adopted in self.lineage(head))

    def effective(self) -> str:
        """Return the id of the one policy in force.

        Raises:
            CannotDecide: concurrent policies (fork), a missing policy that another follows, or an adopted policy that
                this ledger does not have.
        """
        heads = self.heads()
        missing = self.missing - self.annulled() if self.adopted is None else ()
        if missing:
            raise CannotDecide(
                "incomplete",
                f"policies that others follow are missing, or lack endorsements: {', '.join(sorted(missing))}",
                remedy="Fetch the ledger's branch from a clone that has them",
            )
        if len(heads) == 1:
            return heads[0]
        if not heads:
            raise CannotDecide(
                "no policy",
                f"the adopted policy {self.adopted} is not an accepted policy of this ledger",
                remedy="Fetch the ledger, or adopt another policy",
            )
        raise CannotDecide(
            "fork",
            f"{len(heads)} policies are in force at once: {', '.join(heads)}",
            remedy="An admin must write a policy that follows all of them, or adopt one for this answer with "
            f"GITGATES_ROOT={self.root}@<policy id>",
        )

    def current(self) -> Policy:
        """Return the rules in force; see `effective`."""
        return self.policy(self.effective())

    def followed(self) -> frozenset[str]:
        """Return the heads and all that they follow: every accepted policy, but for what was not adopted in a fork.

        Only these admit, annul and revoke: what a reader did not adopt must not take away a rejection.
        """
        return frozenset(i for head in self.heads() for i in self.lineage(head))

    def revoked_by(self) -> Iterator[tuple[str, str]]:
        """Yield (key, id of the policy that revokes it)."""
        for policy_id in sorted(self.followed()):
            for key in self.accepted[policy_id].record.revoked:
                yield key, policy_id

    def known_keys(self) -> frozenset[str]:
        """Return every key that any accepted policy lists."""
        return frozenset(key for _, key in self.known_signers())

    def known_signers(self) -> frozenset[Signature]:
        """Return who holds which key by any accepted policy.

        The id of a record does not depend on its signature. So a key that is known does not make it the author's.
        """
        return listed_signers(self.accepted.values())

    def serves_as_well(self, principal: str, key: str, other: str) -> bool:
        """Tell whether what `principal` signed with `key` counts wherever it would with `other`.

        Every policy that lists `other` as theirs lists `key` too, and none revokes `key` alone.
        """
        policies = [signed.record.parsed for signed in self.accepted.values()]
        revoked = {by for revoked_key, by in self.revoked_by() if revoked_key == key}
        return revoked <= {by for revoked_key, by in self.revoked_by() if revoked_key == other} and all(
            policy.holds(principal, key) for policy in policies if policy.holds(principal, other)
        )

    def annulled(self) -> frozenset[str]:
        """Return the ids that do not count and are not missed."""
        return frozenset(i for policy_id in self.followed() for i in self.accepted[policy_id].record.annuls)

    def admitted(self) -> frozenset[str]:
        """Return the ids that count although they were sealed too late."""
        return frozenset(i for policy_id in self.followed() for i in self.accepted[policy_id].record.admits)


def listed_signers(policies: Iterable[SignedPolicy]) -> frozenset[Signature]:
    """Return who holds which key by any of `policies`."""
    return frozenset((one.principal, one.key) for signed in policies for one in signed.record.parsed.signers)


def build_chain(
    root: str,
    policies: Iterable[SignedPolicy],
    endorsements: Iterable[SignedEndorsement],
    adopted: str | None = None,
) -> PolicyChain:
    """Return the chain of `root`: accept it, then every policy whose parents are accepted and whose quorum is met.

    Raises:
        CannotDecide: the root is not there, or is not signed by one of its own admins.
    """
    waiting = {signed.id: signed for signed in policies}
    signatures = signatures_by_policy(endorsements, root)
    accepted = {root: _accept_root(root, waiting)}
    refused: dict[str, str] = {}
    short: set[str] = set()
    while True:
        ready = [s for s in waiting.values() if set(s.record.parents) <= accepted.keys() and s.id not in refused]
        if not ready:
            break
        for signed in ready:
            del waiting[signed.id]
            if reason := _why_unfit(signed, accepted, root):
                refused[signed.id] = reason
            elif reason := _signatures_lacking(signed, signatures.get(signed.id, set()), accepted):
                refused[signed.id] = reason
                short.add(signed.id)
            else:
                accepted[signed.id] = signed
    # A policy follows only accepted ones: one that now lacks signatures had more when it was followed.
    there = waiting.keys() | (refused.keys() - short)
    missing = _missing_parents(waiting.values(), signatures, accepted, there)
    missing |= _missing_endorsed(signatures, accepted, waiting.keys() | refused.keys())
    refused.update(dict.fromkeys(waiting, "it follows a policy that is not accepted or not there"))
    return PolicyChain(root, accepted, refused, adopted, frozenset(short | waiting.keys()), missing)


def _missing_parents(
    orphans: Iterable[SignedPolicy],
    signatures: Mapping[str, set[Signature]],
    accepted: Mapping[str, SignedPolicy],
    present: AbstractSet[str],
) -> frozenset[str]:
    """Return what the orphans follow and nobody here has whole. Only an orphan that an admin wrote or endorsed counts:
    a stranger's, or a member's without that role, must not stop an answer.
    """
    missing: set[str] = set()
    for orphan in orphans:
        if _by_an_admin({(orphan.record.author, orphan.key), *signatures.get(orphan.id, ())}, accepted):
            missing.update(orphan.record.parents)
    return frozenset(missing - accepted.keys() - present)


def _missing_endorsed(
    signatures: Mapping[str, set[Signature]], accepted: Mapping[str, SignedPolicy], refused: AbstractSet[str]
) -> frozenset[str]:
    """Return what admins endorsed and nobody here has: it may have been accepted."""
    absent = signatures.keys() - accepted.keys() - refused
    return frozenset(policy_id for policy_id in absent if _by_an_admin(signatures[policy_id], accepted))


def _by_an_admin(signatures: AbstractSet[Signature], accepted: Mapping[str, SignedPolicy]) -> bool:
    return any(admins_among(signatures, signed.record.parsed) for signed in accepted.values())


def _accept_root(root: str, waiting: dict[str, SignedPolicy]) -> SignedPolicy:
    signed = waiting.pop(root, None)
    if signed is None:
        raise CannotDecide(
            "incomplete", f"the root policy {root} is not in this ledger", remedy="Fetch the ledger's whole branch"
        )
    if signed.record.parents or not admins_among({(signed.record.author, signed.key)}, signed.record.parsed):
        raise CannotDecide(
            "no policy",
            f"{root} is no root policy: it has parents, or its author is not one of its admins",
            remedy="Pin the right root with --root",
        )
    return signed


def _why_unfit(signed: SignedPolicy, accepted: Mapping[str, SignedPolicy], root: str) -> str:
    """Return why no signature could make the policy accepted, "" if there is no such reason."""
    if signed.record.ledger != root:
        return "it belongs to another ledger or is a second root"
    owners: dict[str, set[str]] = {}
    for record in ancestors(signed, accepted):
        for signer in record.parsed.signers:
            owners.setdefault(signer.key, set()).add(signer.principal)
    for signer in signed.record.parsed.signers:
        if others := owners.get(signer.key, set()) - {signer.principal}:
            return f"it gives {signer.principal} a key that was {min(others)}'s"
    return ""


def _signatures_lacking(signed: SignedPolicy, signatures: set[Signature], accepted: Mapping[str, SignedPolicy]) -> str:
    """Return how many signatures the policy lacks of each parent's quorum and its own, "" if none."""
    for quorum in quorums(signed, signatures, accepted):
        if quorum.lacking:
            whose = "its own" if quorum.of == signed.id else f"the policy {quorum.of}"
            return f"it lacks {quorum.lacking} more admin signature(s) of {whose}"
    return ""
