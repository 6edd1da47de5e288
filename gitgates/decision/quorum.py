"""The quorums that a policy needs (rule 3 of DESIGN section 4): that of each policy it follows, and its own."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from gitgates.decision.graph import Graph
from gitgates.decision.signed import SignedEndorsement, SignedPolicy
from gitgates.model.frozen import frozen
from gitgates.model.policy import Policy, Role
from gitgates.model.records import PolicyRecord

Signature = tuple[str, str]
"""(principal, key) of somebody who signed a policy or endorsed it."""


@frozen
class Quorum:
    """How many admins of one policy must sign another one.

    Attributes:
        of: id of the policy whose admins must sign; a policy's own quorum has its own id.
        rules: of that policy.
        revoked: keys that do not count for it.
        signatures: all that were made, by whomever.
    """

    of: str
    rules: Policy
    revoked: frozenset[str]
    signatures: frozenset[Signature]

    @property
    def signed(self) -> frozenset[str]:
        """The distinct admins who signed, by keys that are not revoked."""
        return admins_among(self.signatures, self.rules, self.revoked)

    @property
    def lacking(self) -> int:
        """How many admins must still sign, 0 where it is met."""
        return max(0, self.rules.admin_quorum - len(self.signed))

    @property
    def open_to(self) -> tuple[str, ...]:
        """The admins who could still sign: they have a key that is not revoked, and have not signed."""
        keys = {(signer.principal, signer.key) for signer in self.rules.signers}
        return tuple(sorted(admins_among(keys, self.rules, self.revoked) - self.signed))

    def gains(self, signature: Signature) -> bool:
        """Tell whether one more signature would bring it nearer."""
        further = admins_among({signature}, self.rules, self.revoked)
        return self.lacking > 0 and bool(further - self.signed)


def quorums(
    signed: SignedPolicy, signatures: Iterable[Signature], accepted: Mapping[str, SignedPolicy]
) -> Iterator[Quorum]:
    """Yield every quorum that `signed` needs; all its parents must be among `accepted`.

    Args:
        signatures: of the endorsements; the author's own is added.
    """
    made = frozenset([*signatures, (signed.record.author, signed.key)])
    for parent in signed.record.parents:
        lineage = (accepted[parent].record, *ancestors(accepted[parent], accepted))
        yield Quorum(parent, accepted[parent].record.parsed, _revoked_in(lineage), made)
    own = _revoked_in((signed.record, *ancestors(signed, accepted)))
    yield Quorum(signed.id, signed.record.parsed, own, made)


def signatures_by_policy(endorsements: Iterable[SignedEndorsement], root: str) -> dict[str, set[Signature]]:
    """Return who endorsed each policy of the ledger `root`, whether or not that counts."""
    found: dict[str, set[Signature]] = {}
    for endorsement in endorsements:
        if endorsement.record.ledger == root:
            found.setdefault(endorsement.record.endorses, set()).add((endorsement.record.author, endorsement.key))
    return found


def ancestors(signed: SignedPolicy, accepted: Mapping[str, SignedPolicy]) -> list[PolicyRecord]:
    """Return all policies that `signed` follows, sorted by id."""
    graph = Graph({i: s.record.parents for i, s in accepted.items()})
    return [accepted[i].record for i in sorted({*signed.record.parents, *graph.reached_from(signed.record.parents)})]


def _revoked_in(records: Iterable[PolicyRecord]) -> frozenset[str]:
    return frozenset(key for record in records for key in record.revoked)


def admins_among(
    signatures: AbstractSet[Signature], policy: Policy, revoked: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the distinct admins of `policy` among those who signed, by keys that are not revoked."""
    return frozenset(
        principal
        for principal, key in signatures
        if key not in revoked and policy.holds(principal, key) and Role.ADMIN in policy.roles_of(principal)
    )
