"""Changing the policy: proposals and endorsements, each one signed record in one commit."""

from datetime import datetime, timedelta

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import record_id
from gitgates.codec.seals import render_seal
from gitgates.decision.chain import PolicyChain, build_chain
from gitgates.decision.policy_diff import describe
from gitgates.decision.policy_lint import lockouts
from gitgates.decision.signed import Signed
from gitgates.errors import ConfigError, InvalidValue, NotAllowed, UsageError
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sealing import Progress, Sealing, unsealed_heads
from gitgates.ledger.writing import append_change, principal_of
from gitgates.model.frozen import frozen
from gitgates.model.paths import LEDGER_FOLDER, SIGNATURE_SUFFIX, record_path, seal_path
from gitgates.model.policy import Policy, Role
from gitgates.model.records import EndorsementRecord, PolicyRecord
from gitgates.store.append import Change
from gitgates.trust.allowed_signers import parse as parse_signers
from gitgates.trust.signing import SigningKey

POLICY_FILE = f"{LEDGER_FOLDER}/policy.toml"
SIGNERS_FILE = f"{LEDGER_FOLDER}/allowed_signers"


@frozen(kw_only=True)
class Draft:
    """What a new policy shall say.

    Attributes:
        admits, annuls: see `PolicyRecord`.
        revoked: keys, as `type base64`, that shall never count again.
    """

    policy_toml: str
    allowed_signers: str
    admits: tuple[str, ...] = ()
    annuls: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


@frozen(kw_only=True)
class Proposed:
    """A policy record that is now in the ledger.

    Attributes:
        accepted: whether it is in force already.
        lacking: what it still lacks, "" where it is accepted.
        changes: what it changes, in words.
    """

    id: str
    accepted: bool
    lacking: str
    changes: tuple[str, ...]
    sealing: Sealing
    ref: str


def read_draft(draft: Draft) -> Policy:
    """Return the policy that a draft makes.

    Raises:
        ConfigError: a file says something that cannot be meant; with its name and the key or line.
    """
    try:
        signers = parse_signers(draft.allowed_signers)
    except InvalidValue as error:
        raise ConfigError(f"allowed_signers: {error.message}", remedy=error.remedy) from None
    try:
        return parse_policy(draft.policy_toml, signers)
    except InvalidValue as error:
        raise ConfigError(f"policy.toml: {error.message}", remedy=error.remedy) from None


def changes_of(ledger: Ledger, policy: Policy) -> tuple[str, ...]:
    """Return what a policy would change against those that it would follow."""
    told = (sentence for head in ledger.chain.heads() for sentence in describe(ledger.chain.policy(head), policy))
    return tuple(dict.fromkeys(told))


def propose(ledger: Ledger, key: SigningKey, draft: Draft, now: datetime, progress: Progress) -> Proposed:
    """Append a policy that follows all policies now in force; where there is a fork, it joins them.

    Raises:
        ConfigError: the draft cannot be read, or would lock everybody out.
        NotAllowed: the signer is no admin of a policy that it would follow.
        UsageError: the draft changes nothing.
        CannotDecide: records are missing, so that no seal can be made.
    """
    policy = read_draft(draft)
    chain = ledger.chain
    heads = chain.heads()
    revoked = frozenset(key for key, _ in chain.revoked_by()) | set(draft.revoked)
    if locked := lockouts(policy, revoked):
        raise ConfigError(f"this policy would lock people out: {'; '.join(locked)}", remedy="Nothing was written")
    changes = (*changes_of(ledger, policy), *_told_of(draft))
    if not changes and len(heads) == 1:
        raise UsageError("the files say what the policy in force says", remedy="Edit them first")
    author = _admin(chain, heads[0], key)
    sealing = unsealed_heads(ledger, now, frozenset(draft.annuls), progress)
    seal = render_seal(sealing.heads) if sealing.heads else None
    record = PolicyRecord(
        ledger=ledger.root,
        parents=heads,
        created=_after(chain, heads, now),
        author=author,
        policy_toml=draft.policy_toml,
        allowed_signers=draft.allowed_signers,
        parsed=policy,
        seal=None if seal is None else record_id(seal),
        admits=tuple(sorted(draft.admits)),
        annuls=tuple(sorted(draft.annuls)),
        revoked=tuple(sorted(draft.revoked)),
    )
    data = ledger.codec.encode(record)
    identifier = record_id(data)
    signed = (*ledger.policies.signed, Signed(identifier, record, key.public.text))
    after = build_chain(ledger.root, signed, ledger.policies.endorsements)
    path = record_path(record, identifier)
    files = {path: data, path + SIGNATURE_SUFFIX: key.sign(data)}
    if seal is not None:
        files[seal_path(record_id(seal))] = seal
    ref = _append(ledger, files, _in_force(after), _message("policy", identifier, author, changes), author, now)
    return Proposed(
        id=identifier,
        accepted=identifier in after.accepted,
        lacking=after.refused.get(identifier, ""),
        changes=changes,
        sealing=sealing,
        ref=ref,
    )


def _told_of(draft: Draft) -> tuple[str, ...]:
    return (
        *(f"the record {identifier} counts although it was sealed too late" for identifier in draft.admits),
        *(f"the record {identifier} does not count and is not missed" for identifier in draft.annuls),
        *(f"the key {key} is revoked for good" for key in draft.revoked),
    )


@frozen(kw_only=True)
class Endorsed:
    """An endorsement that is now in the ledger; `accepted` and `lacking` as in `Proposed`, of the endorsed policy."""

    id: str
    endorses: str
    accepted: bool
    lacking: str
    ref: str


def endorse(ledger: Ledger, key: SigningKey, prefix: str, now: datetime) -> Endorsed:
    """Append an endorsement of the pending policy whose id starts with `prefix`.

    Raises:
        UsageError: no pending policy fits, or several do.
        NotAllowed: the signer is no admin, or has signed it already.
    """
    waiting = [signed for signed in ledger.policies.signed if signed.id in ledger.chain.pending]
    fitting = [signed for signed in waiting if signed.id.startswith(prefix)]
    if len(fitting) != 1:
        known = ", ".join(signed.id for signed in waiting) or "none"
        raise UsageError(f"{len(fitting)} pending policies start with {prefix!r}", remedy=f"Pending: {known}")
    (policy,) = fitting
    author = _admin_of_any(ledger.chain, policy, key)
    others = [e.record.author for e in ledger.policies.endorsements if e.record.endorses == policy.id]
    if author in (policy.record.author, *others):
        raise NotAllowed(f"{author} has signed this policy already", remedy="Another admin must endorse it")
    record = EndorsementRecord(
        ledger=ledger.root, created=max(now, policy.record.created), author=author, endorses=policy.id
    )
    data = ledger.codec.encode(record)
    identifier = record_id(data)
    endorsements = (*ledger.policies.endorsements, Signed(identifier, record, key.public.text))
    after = build_chain(ledger.root, ledger.policies.signed, endorsements)
    path = record_path(record, identifier)
    files = {path: data, path + SIGNATURE_SUFFIX: key.sign(data)}
    message = _message("endorsement", identifier, author, (f"endorses the policy {policy.id}",))
    ref = _append(ledger, files, _in_force(after), message, author, now)
    lacking = after.refused.get(policy.id, "")
    return Endorsed(id=identifier, endorses=policy.id, accepted=not lacking, lacking=lacking, ref=ref)


def _admin(chain: PolicyChain, policy_id: str, key: SigningKey) -> str:
    policy = chain.policy(policy_id)
    principal = principal_of(policy, key)
    if Role.ADMIN not in policy.roles_of(principal):
        raise NotAllowed(f"{principal} is no admin under the policy in force", remedy="Ask an admin to propose it")
    return principal


def _admin_of_any(chain: PolicyChain, policy: Signed[PolicyRecord], key: SigningKey) -> str:
    """Return who endorses: an admin of a policy in force, or one whom the endorsed policy itself makes admin."""
    for rules in (*(chain.policy(head) for head in chain.heads()), policy.record.parsed):
        for signer in rules.signers:
            if signer.key == key.public.text and Role.ADMIN in rules.roles_of(signer.principal):
                return signer.principal
    raise NotAllowed(f"the key {key.public.fingerprint} is no admin's", remedy="An admin must endorse it")


def _after(chain: PolicyChain, heads: tuple[str, ...], now: datetime) -> datetime:
    newest = max(chain.accepted[head].record.created for head in heads)
    return max(now, newest + timedelta(microseconds=1))


def _in_force(chain: PolicyChain) -> PolicyRecord | None:
    """Return the policy whose texts the files for people shall have, None where there is a fork."""
    heads = chain.heads()
    return chain.accepted[heads[0]].record if len(heads) == 1 else None


def _append(
    ledger: Ledger, files: dict[str, bytes], in_force: PolicyRecord | None, message: str, author: str, now: datetime
) -> str:
    if in_force is not None:
        files = {
            **files,
            POLICY_FILE: in_force.policy_toml.encode("utf-8"),
            SIGNERS_FILE: in_force.allowed_signers.encode("utf-8"),
        }
    change = Change(files, message, replace=frozenset([POLICY_FILE, SIGNERS_FILE]))
    return append_change(ledger.location, ledger.repository, change, author, now).ref


def _message(kind: str, identifier: str, author: str, lines: tuple[str, ...]) -> str:
    body = "".join(f"{line}\n" for line in lines)
    return f"gates: {kind} by {author}\n\n{body}\nGates-Record: {identifier}\nGates-Kind: {kind}\n"
