"""Members and their keys: each function edits the texts of a policy into a draft of the next one."""

from collections.abc import Callable

from gitgates.codec.policy_edit import set_roles
from gitgates.errors import InvalidValue, UsageError
from gitgates.ledger.proposing import Draft
from gitgates.model.policy import Signer
from gitgates.model.records import PolicyRecord
from gitgates.trust.allowed_signers import parse, render
from gitgates.trust.keys import PublicKey


def add_member(record: PolicyRecord, principal: str, roles: tuple[str, ...], key: PublicKey | None) -> Draft:
    """Return a draft in which a member has `roles`, and also the key where one is given.

    Raises:
        UsageError: the member would have no key.
        InvalidValue: the principal cannot be one, or the key is somebody else's.
    """
    signers = record.allowed_signers
    if key is not None:
        signers = _with_key(signers, Signer(principal, key.text))
    elif not any(signer.principal == principal for signer in parse(signers)):
        raise UsageError(f"{principal} has no key yet", remedy="Give it with --public-key")
    return Draft(policy_toml=set_roles(record.policy_toml, principal, roles), allowed_signers=signers)


def remove_member(record: PolicyRecord, principal: str) -> Draft:
    """Return a draft without a member and their keys.

    Raises:
        UsageError: nobody would be left.
        InvalidValue: there is neither such a member nor such a key.
    """
    if [member.principal for member in record.parsed.members] == [principal]:
        raise UsageError(f"{principal} is the only member: nobody could change the policy", remedy="Add another first")
    signers = _without(record.allowed_signers, lambda signer: signer.principal == principal)
    try:
        text = set_roles(record.policy_toml, principal, None)
    except InvalidValue:
        if signers == record.allowed_signers:
            raise
        text = record.policy_toml  # keys without a member: these can go too
    return Draft(policy_toml=text, allowed_signers=signers)


def rotate_key(record: PolicyRecord, principal: str, key: PublicKey) -> Draft:
    """Return a draft in which all keys of a principal are replaced by a new one.

    Raises:
        UsageError: the principal has no key.
        InvalidValue: the key is somebody else's.
    """
    kept = _without(record.allowed_signers, lambda signer: signer.principal == principal and signer.key != key.text)
    if not any(signer.principal == principal for signer in parse(record.allowed_signers)):
        raise UsageError(f"{principal} has no key to replace", remedy="Use `gitgates member add`")
    return Draft(policy_toml=record.policy_toml, allowed_signers=_with_key(kept, Signer(principal, key.text)))


def revoke_key(record: PolicyRecord, keys: frozenset[str]) -> Draft:
    """Return a draft that revokes `keys` (`type base64`) for good, and lists them no more."""
    return Draft(
        policy_toml=record.policy_toml,
        allowed_signers=_without(record.allowed_signers, lambda signer: signer.key in keys),
        revoked=tuple(sorted(keys)),
    )


def _with_key(text: str, signer: Signer) -> str:
    if signer in parse(text):
        return text
    text += render([signer])
    parse(text)  # refuses a key that stands for somebody else
    return text


def _without(text: str, drop: Callable[[Signer], bool]) -> str:
    """Return `allowed_signers` without the lines of some signers; comments stay."""
    lines = text.split("\n")[:-1]
    return "".join(f"{line}\n" for line in lines if not any(drop(signer) for signer in parse(f"{line}\n")))
