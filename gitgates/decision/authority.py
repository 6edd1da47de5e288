"""Authority without clocks (rules 4 and 5 of DESIGN section 4): which records have a say."""

from collections.abc import Iterable, Mapping
from enum import Enum

from gitgates.codec.seals import Seal, VersionName
from gitgates.decision.chain import PolicyChain
from gitgates.decision.graph import Graph
from gitgates.decision.signed import SignedVersionRecord
from gitgates.model.frozen import frozen
from gitgates.model.policy import Role
from gitgates.model.records import (
    AssertionRecord,
    DecisionRecord,
    DeploymentRecord,
    ReportRecord,
    RollbackRecord,
    VersionRecord,
    WithdrawalRecord,
)
from gitgates.model.waivers import WaiverRecord

ROLE_NEEDED: Mapping[type[VersionRecord], Role] = {
    ReportRecord: Role.CHECKER,
    DecisionRecord: Role.APPROVER,
    WithdrawalRecord: Role.APPROVER,
    WaiverRecord: Role.APPROVER,
    DeploymentRecord: Role.DEPLOYER,
    RollbackRecord: Role.DEPLOYER,
    AssertionRecord: Role.ADMIN,
}


class Say(Enum):
    """What a record may do to an answer."""

    FULL = "counts"
    AGAINST = "counts against only"
    NONE = "does not count"


@frozen
class Standing:
    """Whether a record counts, and why not where it does not.

    Attributes:
        missing_policy: the policy that the record names and that this ledger lacks, or lacks an endorsement of, where
            the record's key is a member's: the answer is incomplete without it.
        resigned: somebody may have put their own signature in place of the author's, since the id does not depend on
            it. Where a counting record knows of the id, the record that its author signed is missing.
    """

    say: Say
    reason: str = ""
    missing_policy: str | None = None
    resigned: bool = False


class Authority:
    """Judges the records of one model version under a chain of policies."""

    def __init__(
        self, chain: PolicyChain, seals: Mapping[str, Seal], name: VersionName, records: Iterable[SignedVersionRecord]
    ) -> None:
        """Take the accepted policies, the seals by digest, and all validly signed records of the model version."""
        records = tuple(records)
        self._chain = chain
        self._annulled = chain.annulled()
        self._admitted = chain.admitted()
        self._followed = chain.followed()
        self._known_keys = chain.known_keys()
        self._revocations = tuple(chain.revoked_by())
        self._sealed: dict[str, set[str]] = {}
        """What each policy or one that it follows has sealed."""
        graph = Graph({signed.id: signed.record.parents for signed in records})
        for policy_id, signed in chain.accepted.items():
            heads = seals.get(signed.record.seal or "", {}).get(name, ())
            before = (self._sealed[parent] for parent in signed.record.parents)  # accepted policies stand after these
            self._sealed[policy_id] = graph.reached_from(heads).union(heads, *before)

    def standing(self, signed: SignedVersionRecord) -> Standing:
        """Return whether `signed` counts."""
        record = signed.record
        if record.ledger != self._chain.root:
            return Standing(Say.NONE, "it belongs to another ledger")
        if signed.id in self._annulled:
            return Standing(Say.NONE, "a policy annulled it")
        policy = record.policy or ""
        if policy not in self._chain.accepted:
            return self._under_unknown_policy(signed, policy)
        reason = self._lacks_authority(signed, policy)
        if reason:
            return Standing(Say.NONE, reason, resigned=self._may_be_resigned(signed, policy))
        return self._after_revocation(signed, policy)

    def _under_unknown_policy(self, signed: SignedVersionRecord, policy: str) -> Standing:
        known = policy in self._chain.refused
        reason = f"it names the policy {policy}, which is {'not accepted' if known else 'not in this ledger'}"
        if known and policy not in self._chain.pending:
            return Standing(Say.NONE, reason)
        # The writer saw more than this ledger holds: the policy, or an endorsement of it, has been left out.
        missing = policy if signed.key in self._known_keys and not self._revoked_unsealed(signed) else None
        return Standing(Say.NONE, reason, missing, resigned=missing is None)

    def _lacks_authority(self, signed: SignedVersionRecord, policy_id: str) -> str:
        """Walk from the policy that the record names through all later ones until one seals it."""
        reason = self._not_authorised(signed, policy_id)
        if reason or signed.id in self._admitted:
            return reason
        everywhere = policy_id not in self._followed
        waiting, seen = list(self._chain.children(policy_id)), {policy_id}
        while waiting:
            later = waiting.pop()
            if later in seen or signed.id in self._sealed[later] or not (everywhere or later in self._followed):
                continue
            seen.add(later)
            reason = self._not_authorised(signed, later)
            if reason:
                return f"{reason}, and nothing had sealed it by then"
            waiting.extend(self._chain.children(later))
        return ""

    def _not_authorised(self, signed: SignedVersionRecord, policy_id: str) -> str:
        policy, author = self._chain.policy(policy_id), signed.record.author
        if not policy.holds(author, signed.key):
            return f"its key is not one of {author} under the policy {policy_id}"
        needed = ROLE_NEEDED[type(signed.record)]
        if needed not in policy.roles_of(author):
            return f"{author} is no {needed} under the policy {policy_id}"
        return ""

    def _may_be_resigned(self, signed: SignedVersionRecord, policy_id: str) -> bool:
        """Tell whether the signature may not be the author's own: by another's key, or a revoked one of several."""
        policy, author = self._chain.policy(policy_id), signed.record.author
        keys = {signer.key for signer in policy.signers if signer.principal == author}
        return signed.key not in keys or (len(keys) > 1 and bool(self._revoking(signed)))

    def _after_revocation(self, signed: SignedVersionRecord, named: str) -> Standing:
        if policy_id := self._revoked_unsealed(signed):
            reason = f"its key was revoked by the policy {policy_id}, and nothing had sealed it"
            return Standing(Say.NONE, reason, resigned=self._may_be_resigned(signed, named))
        if revoking := self._revoking(signed):
            return Standing(Say.AGAINST, f"its key was revoked by the policy {revoking[0]}")
        if signed.record.policy not in self._followed:
            return Standing(Say.AGAINST, f"it names the policy {signed.record.policy}, which the reader did not adopt")
        return Standing(Say.FULL)

    def _revoking(self, signed: SignedVersionRecord) -> list[str]:
        return [policy_id for key, policy_id in self._revocations if key == signed.key]

    def _revoked_unsealed(self, signed: SignedVersionRecord) -> str | None:
        """Return a policy that revoked the record's key before anything had sealed the record."""
        return next((i for i in self._revoking(signed) if signed.id not in self._sealed[i]), None)
