"""Proposing a policy: one signed record in one commit, which follows all policies in force."""

from datetime import datetime

from gitgates.codec.policy_toml import parse_policy
from gitgates.codec.records import record_id
from gitgates.codec.seals import render_seal
from gitgates.decision.chain import PolicyChain, build_chain
from gitgates.decision.policy_diff import describe
from gitgates.decision.policy_lint import lockouts, oddities
from gitgates.decision.signed import Signed
from gitgates.errors import ConfigError, InvalidValue, NotAllowed, UsageError
from gitgates.ledger.policy_files import append_policy_files, policy_message, refuse_partial_view
from gitgates.ledger.reading import Ledger
from gitgates.ledger.sealing import Progress, Sealing, unsealed_heads
from gitgates.ledger.writing import principal_of, time_after
from gitgates.model.fields import RECORD_ID
from gitgates.model.frozen import frozen
from gitgates.model.paths import SIGNATURE_SUFFIX, record_path, seal_path
from gitgates.model.policy import Policy, Role
from gitgates.model.records import PolicyRecord
from gitgates.trust.allowed_signers import parse as parse_signers
from gitgates.trust.keys import PublicKey
from gitgates.trust.signing import SigningKey


@frozen(kw_only=True)
class Draft:
    """What a new policy shall say.

    Attributes:
        admits, annuls: see `PolicyRecord`; in any order, repeated or not.
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
        accepted: whether it is accepted already.
        lacking: what it still lacks, "" where it is accepted.
        changes: what it changes, in words.
        oddities: what is probably a mistake in it, in words.
        joins: how many policies were in force at once and are so no longer, or will not be; 1 where there was no fork.
    """

    id: str
    accepted: bool
    lacking: str
    changes: tuple[str, ...]
    oddities: tuple[str, ...]
    sealing: Sealing
    ref: str
    joins: int


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


def changes_of(ledger: Ledger, draft: Draft) -> tuple[str, ...]:
    """Return what a draft would change against the policies that it would follow; raises as `read_draft`."""
    policy = read_draft(draft)
    told = (sentence for head in ledger.chain.heads() for sentence in describe(ledger.chain.policy(head), policy))
    return (*dict.fromkeys(told), *_told(frozenset(draft.admits), frozenset(draft.annuls), draft.revoked))


def lockouts_of(
    ledger: Ledger, policy: Policy, revoked: tuple[str, ...] = (), *, moves: bool = False
) -> tuple[str, ...]:
    """Return every way in which a policy that follows those in force could not work, one sentence each.

    Args:
        revoked: keys that it revokes, besides those that are revoked already.
        moves: whether it may name another branch for the ledger.
    """
    keys = frozenset(key for key, _ in ledger.chain.revoked_by()) | set(revoked)
    branches = {ledger.chain.policy(head).ledger_branch for head in ledger.chain.heads()}
    moved = () if moves or policy.ledger_branch in branches else (_moved(policy),)
    return (*lockouts(policy, keys), *moved)


def _moved(policy: Policy) -> str:
    # Whoever edits that line by mistake would send every reader to a branch without records.
    name = policy.ledger_branch.removeprefix("refs/heads/")
    text = "a ledger cannot be moved to another branch by an edit of this line"
    return f"ledger_branch names {name}: {text}, but with `gitgates migrate --to {name}`"


def propose(
    ledger: Ledger, key: SigningKey, draft: Draft, now: datetime, progress: Progress, *, moves: bool = False
) -> Proposed:
    """Append a policy that follows all policies now in force; where there is a fork, it joins them.

    Args:
        moves: whether it may name another branch for the ledger.

    Raises:
        ConfigError: the draft cannot be read, would lock people out, or no signature could make it accepted.
        NotAllowed: the signer is no admin of any policy that it would follow.
        UsageError: the draft changes nothing, or its ids are none.
        CannotDecide: records or policies are missing, so that no seal can be made, or the clock is behind.
    """
    policy, admits, annuls = read_draft(draft), _ids("admits", draft.admits), _ids("annuls", draft.annuls)
    if both := admits & annuls:
        raise UsageError(f"{min(both)} cannot be admitted and annulled at once", remedy="Name it once")
    refuse_partial_view(ledger, annuls)
    if locked := lockouts_of(ledger, policy, draft.revoked, moves=moves):
        raise ConfigError(f"this policy would lock people out: {'; '.join(locked)}", remedy="Nothing was written")
    chain, heads = ledger.chain, ledger.chain.heads()
    changes = changes_of(ledger, draft)
    if not changes and len(heads) == 1:
        raise UsageError("the files say what the policy in force says", remedy="Edit them first")
    author = _author(chain, key)
    sealing = unsealed_heads(ledger, now, admits, annuls, progress)
    seal = render_seal(sealing.heads) if sealing.heads else None
    record = PolicyRecord(
        ledger=ledger.root,
        parents=heads,
        created=time_after((chain.accepted[head].record.created for head in heads), now),
        author=author,
        policy_toml=draft.policy_toml,
        allowed_signers=draft.allowed_signers,
        parsed=policy,
        seal=None if seal is None else record_id(seal),
        admits=tuple(sorted(admits)),
        annuls=tuple(sorted(annuls)),
        revoked=tuple(sorted(set(draft.revoked))),
    )
    return _append(ledger, key, record, seal, changes, sealing, now)


def _append(
    ledger: Ledger,
    key: SigningKey,
    record: PolicyRecord,
    seal: bytes | None,
    changes: tuple[str, ...],
    sealing: Sealing,
    now: datetime,
) -> Proposed:
    data = ledger.codec.encode(record)
    identifier = record_id(data)
    signed = (*ledger.policies.signed, Signed(identifier, record, key.public.text))
    after = build_chain(ledger.root, signed, ledger.policies.endorsements, ledger.chain.adopted)
    lacking = after.refused.get(identifier, "")
    if lacking and identifier not in after.pending:
        raise ConfigError(f"no signature could make this policy accepted: {lacking}", remedy="Nothing was written")
    path = record_path(record, identifier)
    files = {path: data, path + SIGNATURE_SUFFIX: key.sign(data)}
    if seal is not None:
        files[seal_path(record_id(seal))] = seal
    message = policy_message("policy", identifier, record.author, changes)
    return Proposed(
        id=identifier,
        accepted=not lacking,
        lacking=lacking,
        changes=changes,
        oddities=oddities(record.parsed),
        sealing=sealing,
        ref=append_policy_files(ledger, files, after, message, record.author, now),
        joins=len(record.parents),
    )


def _ids(what: str, given: tuple[str, ...]) -> frozenset[str]:
    for identifier in given:
        if RECORD_ID.fullmatch(identifier) is None:
            raise UsageError(f"--{what}: {identifier!r} is no id", remedy="Give all 64 hexadecimal digits")
    return frozenset(given)


def _told(admits: frozenset[str], annuls: frozenset[str], revoked: tuple[str, ...]) -> tuple[str, ...]:
    return (
        *(f"the record {identifier} counts although it was sealed too late" for identifier in sorted(admits)),
        *(f"the record {identifier} does not count and is not missed" for identifier in sorted(annuls)),
        *(f"the key {PublicKey.parse(key).fingerprint} is revoked for good" for key in sorted(set(revoked))),
    )


def _author(chain: PolicyChain, key: SigningKey) -> str:
    """Return who proposes: an admin of one of the policies in force; in a fork the others' admins endorse."""
    text = key.public.text
    if any(text == revoked for revoked, _ in chain.revoked_by()):
        raise NotAllowed(f"the key {key.public.fingerprint} is revoked", remedy="Sign with another key")
    for head in chain.heads():
        policy = chain.policy(head)
        for signer in policy.signers:
            if signer.key == text and Role.ADMIN in policy.roles_of(signer.principal):
                return signer.principal
    principal = principal_of(chain.policy(chain.heads()[0]), key)
    raise NotAllowed(f"{principal} is no admin under the policy in force", remedy="Ask an admin to propose it")
