"""The effective policy (rule 3 of DESIGN section 4): which policies are accepted, and which one is in force."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import field

from gitgates.decision.graph import Graph
from gitgates.decision.signed import SignedEndorsement, SignedPolicy
from gitgates.errors import CannotDecide
from gitgates.model.frozen import frozen
from gitgates.model.policy import Policy, Role

Signature = tuple[str, str]
"""(principal, key) of somebody who signed a policy or endorsed it."""


@frozen
class PolicyChain:
    """All accepted policies of one root.

    Attributes:
        refused: why each other policy of the ledger is not accepted, by id.
        adopted: the policy that the reader adopted explicitly, where there is a fork.
    """

    root: str
    accepted: Mapping[str, SignedPolicy]
    refused: Mapping[str, str]
    adopted: str | None = None
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
            CannotDecide: concurrent policies (fork), or an adopted policy that this ledger does not have.
        """
        heads = self.heads()
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
        return frozenset(s.key for signed in self.accepted.values() for s in signed.record.parsed.signers)

    def annulled(self) -> frozenset[str]:
        """Return the ids that do not count and are not missed."""
        return frozenset(i for policy_id in self.followed() for i in self.accepted[policy_id].record.annuls)

    def admitted(self) -> frozenset[str]:
        """Return the ids that count although they were sealed too late."""
        return frozenset(i for policy_id in self.followed() for i in self.accepted[policy_id].record.admits)


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
    signatures: dict[str, set[Signature]] = {}
    for endorsement in endorsements:
        if endorsement.record.ledger == root:
            signatures.setdefault(endorsement.record.endorses, set()).add((endorsement.record.author, endorsement.key))
    accepted = {root: _accept_root(root, waiting)}
    refused: dict[str, str] = {}
    while True:
        ready = [s for s in waiting.values() if set(s.record.parents) <= accepted.keys() and s.id not in refused]
        if not ready:
            break
        for signed in ready:
            del waiting[signed.id]
            signers = signatures.get(signed.id, set()) | {(signed.record.author, signed.key)}
            reason = _why_refused(signed, signers, accepted, root)
            if reason:
                refused[signed.id] = reason
            else:
                accepted[signed.id] = signed
    refused.update(dict.fromkeys(waiting, "it follows a policy that is not accepted or not there"))
    return PolicyChain(root, accepted, refused, adopted)


def _accept_root(root: str, waiting: dict[str, SignedPolicy]) -> SignedPolicy:
    signed = waiting.pop(root, None)
    if signed is None:
        raise CannotDecide(
            "incomplete", f"the root policy {root} is not in this ledger", remedy="Fetch the ledger's whole branch"
        )
    if signed.record.parents or not _admins({(signed.record.author, signed.key)}, signed.record.parsed, frozenset()):
        raise CannotDecide(
            "no policy",
            f"{root} is no root policy: it has parents, or its author is not one of its admins",
            remedy="Pin the right root with --root",
        )
    return signed


def _why_refused(
    signed: SignedPolicy, signatures: set[Signature], accepted: Mapping[str, SignedPolicy], root: str
) -> str:
    """Return why the policy is not accepted, "" if it is."""
    if signed.record.ledger != root:
        return "it belongs to another ledger or is a second root"
    graph = Graph({i: s.record.parents for i, s in accepted.items()})
    ancestors = [accepted[i].record for i in (*signed.record.parents, *graph.reached_from(signed.record.parents))]
    owners = {signer.key: signer.principal for record in ancestors for signer in record.parsed.signers}
    for signer in signed.record.parsed.signers:
        if owners.setdefault(signer.key, signer.principal) != signer.principal:
            return f"it gives {signer.principal} a key that was {owners[signer.key]}'s"
    for parent in signed.record.parents:
        lineage = (parent, *graph.reached_from([parent]))
        revoked = frozenset(key for i in lineage for key in accepted[i].record.revoked)
        if missing := _short_of_quorum(signatures, accepted[parent].record.parsed, revoked):
            return f"it lacks {missing} of the policy {parent}"
    revoked = frozenset(key for record in (*ancestors, signed.record) for key in record.revoked)
    if missing := _short_of_quorum(signatures, signed.record.parsed, revoked):
        return f"it lacks {missing} of its own"
    return ""


def _short_of_quorum(signatures: set[Signature], policy: Policy, revoked: frozenset[str]) -> str:
    lacking = policy.admin_quorum - len(_admins(signatures, policy, revoked))
    return f"{lacking} more admin signature(s)" if lacking > 0 else ""


def _admins(signatures: set[Signature], policy: Policy, revoked: frozenset[str]) -> frozenset[str]:
    """Return the distinct admins of `policy` among those who signed, by keys that are not revoked."""
    return frozenset(
        principal
        for principal, key in signatures
        if key not in revoked and policy.holds(principal, key) and Role.ADMIN in policy.roles_of(principal)
    )
