"""Endorsing a policy that another admin proposed, and which policies wait for whom."""

from datetime import datetime

from gitgates.codec.records import record_id
from gitgates.decision.chain import build_chain
from gitgates.decision.policy_diff import describe
from gitgates.decision.quorum import Quorum, Signature, quorums, signatures_by_policy
from gitgates.decision.signed import Signed, SignedPolicy
from gitgates.errors import NotAllowed, UsageError
from gitgates.ledger.opening import ledger_branch
from gitgates.ledger.policy_files import append_policy_files, policy_message, refuse_partial_view
from gitgates.ledger.reading import Ledger
from gitgates.ledger.writing import time_after
from gitgates.model.frozen import frozen
from gitgates.model.paths import SIGNATURE_SUFFIX, record_path
from gitgates.model.records import EndorsementRecord
from gitgates.trust.signing import SigningKey

MIN_PREFIX = 12
"""Hexadecimal digits of an id that are enough to endorse by: fewer could be made to fit another policy."""


@frozen(kw_only=True)
class Pending:
    """A policy that is not accepted and may yet be.

    Attributes:
        changes: what it would change, in words.
        quorums: those that lack signatures; none where it follows a policy that is not accepted itself.
        overtaken: whether other policies are in force than those that it follows; then it must be proposed anew.
        reason: why it is not accepted.
    """

    signed: SignedPolicy
    changes: tuple[str, ...]
    quorums: tuple[Quorum, ...]
    overtaken: bool
    reason: str


@frozen(kw_only=True)
class Endorsed:
    """An endorsement that is now in the ledger.

    Attributes:
        changes: what the endorsed policy changes, in words.
        accepted, lacking: of the endorsed policy, as in `Proposed`.
        left: the branch that the ledger leaves with it, "" where it stays.
    """

    id: str
    endorses: str
    changes: tuple[str, ...]
    accepted: bool
    lacking: str
    ref: str
    left: str = ""


def pending_policies(ledger: Ledger) -> tuple[Pending, ...]:
    """Return the policies that wait for signatures, by id."""
    waiting = (signed for signed in ledger.policies.signed if signed.id in ledger.chain.pending)
    return tuple(_pending(ledger, signed) for signed in sorted(waiting, key=lambda signed: signed.id))


def _pending(ledger: Ledger, signed: SignedPolicy) -> Pending:
    chain, parents = ledger.chain, signed.record.parents
    reason = chain.refused[signed.id]
    if not set(parents) <= chain.accepted.keys():
        return Pending(signed=signed, changes=(), quorums=(), overtaken=False, reason=reason)
    told = (sentence for parent in parents for sentence in describe(chain.policy(parent), signed.record.parsed))
    made = signatures_by_policy(ledger.policies.endorsements, ledger.root).get(signed.id, set())
    return Pending(
        signed=signed,
        changes=tuple(dict.fromkeys(told)),
        quorums=tuple(quorum for quorum in quorums(signed, made, chain.accepted) if quorum.lacking),
        overtaken=not set(parents) <= set(chain.heads()),
        reason=reason,
    )


def endorsers_of(ledger: Ledger, policy_id: str) -> tuple[str, ...]:
    """Return who endorsed an accepted policy, as far as it counts: anybody can sign a file that names somebody else."""
    signed = ledger.chain.accepted[policy_id]
    made = signatures_by_policy(ledger.policies.endorsements, ledger.root).get(policy_id, set())
    counting = {name for quorum in quorums(signed, made, ledger.chain.accepted) for name in quorum.signed}
    return tuple(sorted(counting - {signed.record.author}))


def endorse(ledger: Ledger, key: SigningKey, prefix: str, now: datetime) -> Endorsed:
    """Append an endorsement of the pending policy whose id starts with `prefix`.

    Raises:
        UsageError: no pending policy fits, or several do, or the prefix is too short.
        NotAllowed: the signature would not count, or the policy no longer follows all that are in force.
        CannotDecide: this clone lacks policies, or its clock is behind.
    """
    policy = _one_pending(ledger, prefix)
    if not policy.quorums:
        raise NotAllowed(f"{policy.signed.id}: {policy.reason}", remedy="Endorse that one first, or fetch it")
    if policy.overtaken:
        raise NotAllowed(
            f"the policy {policy.signed.id} was overtaken: {', '.join(ledger.chain.heads())} is in force, which it "
            "does not follow; endorsed, it would be in force beside that one",
            remedy=f"Propose it again: save it with `gitgates policy show {policy.signed.id[:MIN_PREFIX]} --text "
            "policy`, bring it up to date, and run `gitgates policy propose --policy FILE`",
        )
    refuse_partial_view(ledger)
    before = ledger_branch(ledger.chain)
    author = _endorser(policy, key)
    record = EndorsementRecord(
        ledger=ledger.root,
        created=time_after([policy.signed.record.created], now),
        author=author,
        endorses=policy.signed.id,
    )
    data = ledger.codec.encode(record)
    identifier = record_id(data)
    endorsements = (*ledger.policies.endorsements, Signed(identifier, record, key.public.text))
    after = build_chain(ledger.root, ledger.policies.signed, endorsements, ledger.chain.adopted)
    path = record_path(record, identifier)
    files = {path: data, path + SIGNATURE_SUFFIX: key.sign(data)}
    told = (f"endorses the policy {policy.signed.id}", *policy.changes)
    message = policy_message("endorsement", identifier, author, told)
    ref = append_policy_files(ledger, files, after, message, author, now)
    lacking = after.refused.get(policy.signed.id, "")
    return Endorsed(
        id=identifier,
        endorses=policy.signed.id,
        changes=policy.changes,
        accepted=not lacking,
        lacking=lacking,
        ref=ref,
        left="" if ref == before else before,
    )


def _one_pending(ledger: Ledger, prefix: str) -> Pending:
    if len(prefix) < MIN_PREFIX:
        raise UsageError(f"{prefix!r} is too short for an id", remedy=f"Give {MIN_PREFIX} digits or more")
    waiting = pending_policies(ledger)
    fitting = [policy for policy in waiting if policy.signed.id.startswith(prefix)]
    if len(fitting) != 1:
        if prefix in ledger.chain.accepted:
            raise UsageError(f"the policy {prefix} is accepted already", remedy="There is nothing to endorse")
        known = ", ".join(policy.signed.id for policy in waiting) or "none"
        raise UsageError(f"{len(fitting)} pending policies start with {prefix!r}", remedy=f"Pending: {known}")
    return fitting[0]


def _endorser(policy: Pending, key: SigningKey) -> str:
    """Return as whom the owner of `key` endorses: a principal whose signature brings a quorum nearer."""
    text = key.public.text
    names = sorted({s.principal for quorum in policy.quorums for s in quorum.rules.signers if s.key == text})
    for name in names:
        signature: Signature = (name, text)
        if any(quorum.gains(signature) for quorum in policy.quorums):
            return name
    if any(name in quorum.signed for name in names for quorum in policy.quorums):
        raise NotAllowed(f"{names[0]} has signed this policy already", remedy="Another admin must endorse it")
    open_to = sorted({name for quorum in policy.quorums for name in quorum.open_to})
    raise NotAllowed(
        f"the key {key.public.fingerprint} is no admin's, or revoked",
        remedy=f"These can endorse it: {', '.join(open_to) or 'nobody any more'}",
    )
